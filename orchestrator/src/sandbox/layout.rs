//! Where each endpoint is found inside a confined process: at its own address, or at one that stands for its name.

use flow_lang::plan::{Endpoint, Host};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Addresses that stand for names begin with these; all of 127/8 is there without being added.
const NAMED: [u8; 3] = [127, 77, 0];

/// The small network that one process sees.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Where it can connect to, and what is behind that.
    pub(super) doors: Vec<(SocketAddr, Endpoint)>,
    /// Addresses that its loopback device needs beside 127/8 and `::1`.
    pub(super) addresses: BTreeSet<IpAddr>,
    /// The text of its `/etc/hosts`.
    pub(super) hosts: String,
    /// Whether it can do without that text.
    pub(super) has_names: bool,
}

impl Layout {
    /// For these endpoints, on a machine of this name.
    pub(super) fn of(network: &[Endpoint], machine: &str) -> Layout {
        let literals: BTreeSet<IpAddr> = network.iter().filter_map(literal).collect();
        let mut free = (1..=u8::MAX)
            .map(|last| IpAddr::V4(Ipv4Addr::new(NAMED[0], NAMED[1], NAMED[2], last)))
            .filter(|address| !literals.contains(address));
        let mut names: BTreeMap<&str, IpAddr> = BTreeMap::new();
        let mut doors: BTreeMap<SocketAddr, Endpoint> = BTreeMap::new();
        for endpoint in network {
            let address = match &endpoint.host {
                Host::Address(address) => address.to_canonical(),
                // Many programs know where it is without asking.
                Host::Name(name) if name == "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
                Host::Name(name) => *names.entry(name).or_insert_with(|| {
                    free.next()
                        .expect("a plan has fewer endpoints than there are addresses")
                }),
            };
            doors
                .entry(SocketAddr::new(address, endpoint.port))
                .or_insert_with(|| endpoint.clone());
        }
        let mut hosts = String::new();
        let standard = [
            ("127.0.0.1", "localhost"),
            ("::1", "ip6-localhost"),
            ("127.0.0.1", machine),
        ];
        let listed = names.iter().map(|(name, address)| (address.to_string(), *name));
        let others = standard
            .into_iter()
            .filter(|(_, name)| !name.is_empty() && !names.contains_key(name))
            .map(|(address, name)| (address.to_owned(), name));
        for (address, name) in listed.chain(others) {
            writeln!(hosts, "{address} {name}").expect("writing into a string cannot fail");
        }
        Layout {
            addresses: literals
                .into_iter()
                .filter(|address| !address.is_loopback())
                .collect(),
            doors: doors.into_iter().collect(),
            has_names: !names.is_empty(),
            hosts,
        }
    }
}

fn literal(endpoint: &Endpoint) -> Option<IpAddr> {
    match &endpoint.host {
        Host::Address(address) => Some(address.to_canonical()),
        Host::Name(_) => None,
    }
}

/// A name service configuration that asks nobody, made from the machine's.
pub(super) fn asks_nobody(nsswitch: &str) -> String {
    let others = nsswitch
        .lines()
        .filter(|line| !line.trim_start().starts_with("hosts:"));
    let mut text: String = others.flat_map(|line| [line, "\n"]).collect();
    text.push_str("hosts: files\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_at_itself_and_a_name_at_an_address_that_nobody_else_has() {
        let network: Vec<Endpoint> = [
            "127.77.0.1:80",
            "10.0.0.5:443",
            "[::1]:53",
            "[2001:db8::1]:80",
            "localhost:5000",
            "127.0.0.1:5000",
            "a.example:80",
            "a.example:443",
            "box:1",
        ]
        .map(|text| text.parse().unwrap())
        .into();
        let layout = Layout::of(&network, "box");
        let doors: Vec<_> = layout
            .doors
            .iter()
            .map(|(inside, outside)| format!("{inside} {outside}"))
            .collect();
        let expected = [
            "10.0.0.5:443 10.0.0.5:443",
            "127.0.0.1:5000 localhost:5000",
            "127.77.0.1:80 127.77.0.1:80",
            "127.77.0.2:80 a.example:80",
            "127.77.0.2:443 a.example:443",
            "127.77.0.3:1 box:1",
            "[::1]:53 [::1]:53",
            "[2001:db8::1]:80 [2001:db8::1]:80",
        ];
        assert_eq!(doors, expected);
        let addresses: Vec<_> = layout.addresses.iter().map(IpAddr::to_string).collect();
        assert_eq!(addresses, ["10.0.0.5", "2001:db8::1"]);
        let hosts = "127.77.0.2 a.example\n127.77.0.3 box\n127.0.0.1 localhost\n::1 ip6-localhost\n";
        assert_eq!((layout.hosts.as_str(), layout.has_names), (hosts, true));
    }

    #[test]
    fn only_the_line_of_hosts_changes() {
        let before = "passwd: files systemd\n hosts: files mdns4 resolve dns\nnetworks: files";
        let after = "passwd: files systemd\nnetworks: files\nhosts: files\n";
        assert_eq!(asks_nobody(before), after);
    }
}
