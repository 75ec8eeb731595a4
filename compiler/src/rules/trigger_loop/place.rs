//! Where packages lie: two of them at one place see what is written through either.

use flow_lang::plan::{Package, Plan};
use serde_json::Value;
use std::collections::BTreeMap;

/// The ports of servers when none is written.
const PORTS: [(&str, &str); 2] = [("http", "80"), ("https", "443")];

/// Where a package lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A folder, by its names from the project or, with an empty first one, from the root.
    Folder(Vec<String>),
    /// A database of a server.
    Database { server: String, database: String },
    /// Nothing else is known to lie there.
    Own(String),
}

/// The packages of a plan by their places.
pub(super) struct Places<'a> {
    by_name: BTreeMap<&'a str, Place>,
    there: BTreeMap<Place, Vec<(&'a str, &'a Package)>>,
}

impl<'a> Places<'a> {
    pub(super) fn of(plan: &'a Plan) -> Places<'a> {
        let mut places = Places {
            by_name: BTreeMap::new(),
            there: BTreeMap::new(),
        };
        for (name, package) in &plan.packages {
            let place = place(name, package);
            places.by_name.insert(name, place.clone());
            places.there.entry(place).or_default().push((name, package));
        }
        places
    }

    /// The packages whose feeds may see what is written through this one, itself among them.
    pub(super) fn seen_from(&self, package: &str) -> Vec<&'a str> {
        let Some(place) = self.by_name.get(package) else {
            return vec![];
        };
        let here = self.there.get(place).into_iter().flatten();
        let mut seen: Vec<_> = here.map(|(name, _)| *name).collect();
        if let Place::Folder(names) = place {
            // Whoever writes into a folder may write below it.
            let below = self.there.range(place.clone()..);
            let below = below.skip_while(|(other, _)| *other == place);
            let below = below
                .take_while(|(other, _)| matches!(other, Place::Folder(inner) if inner.starts_with(names)));
            seen.extend(below.flat_map(|(_, packages)| packages).map(|(name, _)| *name));
            // A feed of a folder above sees what its `fields` reach.
            for depth in 0..names.len() {
                let above = self.there.get(&Place::Folder(names[..depth].to_vec()));
                let reaching = above
                    .into_iter()
                    .flatten()
                    .filter(|(_, package)| reaches(package, &names[depth..]));
                seen.extend(reaching.map(|(name, _)| *name));
            }
        }
        seen
    }
}

fn place(name: &str, package: &Package) -> Place {
    let text = |word| package.config.get(word).and_then(Value::as_str);
    match (text("url").map(|url| url.split_once(':')), text("database")) {
        (Some(Some(("file", path))), _) => Place::Folder(folder(path)),
        (Some(Some((scheme, rest))), Some(database)) => Place::Database {
            server: server(scheme, rest),
            database: database.to_owned(),
        },
        _ => Place::Own(name.to_owned()),
    }
}

/// The names of a path without those that lead nowhere: `./a//b/../c/` is `a`, `c`.
fn folder(path: &str) -> Vec<String> {
    let mut names: Vec<String> = match path.starts_with('/') {
        true => vec![String::new()],
        false => vec![],
    };
    for name in path.split('/') {
        let inside = names.last().is_some_and(|last| !last.is_empty() && last != "..");
        match name {
            "" | "." => {}
            ".." if inside => drop(names.pop()),
            name => names.push(name.to_owned()),
        }
    }
    names
}

/// One way to write the address of a server: this machine has one name, and a usual port is left out.
fn server(scheme: &str, rest: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.trim_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.to_ascii_lowercase();
    let usual = PORTS.iter().find(|(of, _)| *of == scheme).map(|(_, port)| *port);
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port).filter(|port| usual != Some(*port))),
        Some(_) | None => (host.as_str(), None),
    };
    let host = match host {
        "localhost" | "[::1]" => "127.0.0.1",
        host => host,
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{host}{port}/{path}")
}

/// Whether the files below these folders are items of a package: its `fields` go deeper, and fit on the way.
fn reaches(package: &Package, below: &[String]) -> bool {
    let fields = package
        .config
        .get("fields")
        .and_then(Value::as_str)
        .unwrap_or("*");
    let parts: Vec<_> = fields.split('/').collect();
    parts.len() > below.len() && parts.iter().zip(below).all(|(part, name)| fits(part, name))
}

/// Whether a name fits a part of `fields`, which has at most one `{field}` or `*`.
fn fits(part: &str, name: &str) -> bool {
    let Some(start) = part.find(['{', '*']) else {
        return part == name;
    };
    let (before, hole) = part.split_at(start);
    let after = match hole.split_once('}') {
        Some((_, after)) => after,
        None => &hole[1..],
    };
    name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
}

#[cfg(test)]
mod tests {
    use super::{fits, folder, server};

    #[test]
    fn one_place_has_one_name() {
        for path in ["inbox", "./inbox", "inbox/", "a/../inbox", ".//inbox/."] {
            assert_eq!(folder(path), ["inbox"], "{path}");
        }
        assert_eq!(folder("/srv/a/../b"), ["", "srv", "b"]);
        assert_eq!(folder("../../b"), ["..", "..", "b"]);
        for (scheme, rest) in [("http", "//db:80/"), ("HTTP", "//DB"), ("http", "//db")] {
            assert_eq!(server(scheme, rest), "http://db/", "{rest}");
        }
        assert_eq!(
            server("http", "//localhost:5984"),
            server("http", "//127.0.0.1:5984/")
        );
        assert_ne!(server("https", "//db"), server("http", "//db"));
        assert_ne!(server("http", "//db/one"), server("http", "//db/two"));
    }

    #[test]
    fn a_name_fits_a_part_of_a_path() {
        for (part, name, expected) in [
            ("{digit}", "7", true),
            ("scan-{n}", "scan-7", true),
            ("scan-{n}", "other", false),
            ("*.d", "a.d", true),
            ("a", "a", true),
            ("a", "b", false),
            ("ab{n}ba", "aba", false),
        ] {
            assert_eq!(fits(part, name), expected, "{part} {name}");
        }
    }
}
