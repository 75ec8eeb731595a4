//! The only device of a confined process: `lo`, spoken to over rtnetlink. What is sent is made beforehand, since a
//! process between fork and exec must not allocate.

use rustix::io::Errno;
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use std::net::IpAddr;

/// The netlink protocol of devices and routes has the number 0.
const ROUTES: Option<Protocol> = None;
/// The number of `lo` in every network namespace.
const LOOPBACK: u32 = 1;
const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
/// A request that is to be confirmed.
const REQUEST_ACK: u16 = 1 | 4;
/// The type of the answer, and where its error stands, behind the header.
const ERROR: u16 = 2;
const HEADER: usize = 16;
/// Of the flags of a device: it is up.
const UP: u32 = 1;
/// An IPv6 address that is used at once, without asking whether a neighbour has it.
const NO_DETECTION: u8 = 2;
const SCOPE_HOST: u8 = 254;
const ATTRIBUTE_ADDRESS: u16 = 1;
const ATTRIBUTE_LOCAL: u16 = 2;
const ANSWER_MAX: usize = 1024;

/// The messages that bring `lo` up with these addresses beside its own.
pub(super) fn messages<'a>(addresses: impl IntoIterator<Item = &'a IpAddr>) -> Vec<Vec<u8>> {
    let mut link = vec![0, 0, 0, 0];
    for word in [LOOPBACK, UP, UP] {
        link.extend(word.to_ne_bytes());
    }
    let mut all = vec![message(NEW_LINK, &link)];
    for address in addresses {
        let (family, bytes, flags) = match address {
            IpAddr::V4(address) => (AddressFamily::INET, address.octets().to_vec(), 0),
            IpAddr::V6(address) => (AddressFamily::INET6, address.octets().to_vec(), NO_DETECTION),
        };
        let family = u8::try_from(family.as_raw()).expect("the two families have small numbers");
        let bits = u8::try_from(8 * bytes.len()).expect("an address has up to 128 bits");
        let mut body = vec![family, bits, flags, SCOPE_HOST];
        body.extend(LOOPBACK.to_ne_bytes());
        for kind in [ATTRIBUTE_LOCAL, ATTRIBUTE_ADDRESS] {
            let length = u16::try_from(4 + bytes.len()).expect("an attribute is short");
            body.extend(length.to_ne_bytes());
            body.extend(kind.to_ne_bytes());
            body.extend(&bytes);
        }
        all.push(message(NEW_ADDRESS, &body));
    }
    all
}

fn message(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).expect("a message is short");
    let mut all = Vec::from(length.to_ne_bytes());
    all.extend(kind.to_ne_bytes());
    all.extend(REQUEST_ACK.to_ne_bytes());
    // Neither numbered nor from anybody: one message, one answer.
    all.extend([0; 8]);
    all.extend(body);
    all
}

/// Sends the messages and waits until each is carried out. Allocates nothing.
pub(super) fn apply(messages: &[Vec<u8>]) -> Result<(), Errno> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        ROUTES,
    )?;
    for message in messages {
        send(&socket, message, SendFlags::empty())?;
        let mut answer = [0_u8; ANSWER_MAX];
        recv(&socket, &mut answer, RecvFlags::empty())?;
        let (head, body) = answer.split_at(HEADER);
        let code = i32::from_ne_bytes([body[0], body[1], body[2], body[3]]);
        if u16::from_ne_bytes([head[4], head[5]]) != ERROR {
            return Err(Errno::PROTO);
        }
        if code != 0 {
            return Err(Errno::from_raw_os_error(-code));
        }
    }
    Ok(())
}
