//! The talk between the daemon and a child that enters its cell, over a pair of sockets.
//!
//! The child says who it is, since only the daemon can name users in a new namespace; then it hands out its doors,
//! one by one; then it says that it is ready. Instead of any of it, it may say what went wrong.

use rustix::cmsg_space;
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recv, recvmsg, send, sendmsg, sockopt,
};
use rustix::process::{Pid, getegid, geteuid};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::time::Duration;

/// The longest that the daemon waits for the next word of a child.
const WORD_MAX: Duration = Duration::from_secs(10);
/// Bytes of a word: what it is, and four more.
const WORD: usize = 5;

const HERE: u8 = 1;
const DOOR: u8 = 2;
const READY: u8 = 3;
const NAMED: u8 = 4;
/// Words from here on name a [`Stage`] that failed.
const FAILED: u8 = 16;

/// What a child was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    Namespaces,
    Files,
    Loopback,
    Doors,
    Rights,
}

impl Stage {
    const ALL: [Stage; 5] = [
        Stage::Namespaces,
        Stage::Files,
        Stage::Loopback,
        Stage::Doors,
        Stage::Rights,
    ];

    fn words(self) -> &'static str {
        match self {
            Stage::Namespaces => "user, network and mount namespaces cannot be made",
            Stage::Files => "the name service cannot be covered",
            Stage::Loopback => "the loopback device cannot be set up",
            Stage::Doors => "an endpoint of `network` cannot be offered",
            Stage::Rights => "rights cannot be given up",
        }
    }
}

// What the child says. Nothing here allocates.

/// Tells the daemon who is here, and waits until users have names.
pub(super) fn wait_for_users(control: &OwnedFd, me: Pid) -> Result<(), Errno> {
    say(control, HERE, me.as_raw_nonzero().get())?;
    let mut word = [0; WORD];
    match recv(control, &mut word, RecvFlags::empty())? {
        (WORD, _) if word[0] == NAMED => Ok(()),
        // The daemon has ended, or could not do it.
        _ => Err(Errno::CONNABORTED),
    }
}

/// Gives a listening socket to the daemon.
pub(super) fn hand_out(control: &OwnedFd, door: &OwnedFd) -> Result<(), Errno> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    let doors = [door.as_fd()];
    beside.push(SendAncillaryMessage::ScmRights(&doors));
    let word = word(DOOR, 0);
    sendmsg(control, &[IoSlice::new(&word)], &mut beside, SendFlags::NOSIGNAL).map(drop)
}

/// Says that all is ready for the program.
pub(super) fn done(control: &OwnedFd) -> Result<(), Errno> {
    say(control, READY, 0)
}

/// Says what went wrong. A daemon that does not listen any more has ended.
pub(super) fn fail(control: &OwnedFd, stage: Stage, errno: Errno) {
    let _ = say(control, FAILED + stage as u8, errno.raw_os_error());
}

fn say(control: &OwnedFd, what: u8, number: i32) -> Result<(), Errno> {
    send(control, &word(what, number), SendFlags::NOSIGNAL).map(drop)
}

fn word(what: u8, number: i32) -> [u8; WORD] {
    let [a, b, c, d] = number.to_ne_bytes();
    [what, a, b, c, d]
}

// What the daemon does.

/// Names the users of the child and takes its doors, in their order, until it is ready. Blocks.
///
/// # Errors
/// What the child could not do, or that it has ended.
pub(super) fn attend(control: &OwnedFd) -> io::Result<Vec<OwnedFd>> {
    sockopt::set_socket_timeout(control, sockopt::Timeout::Recv, Some(WORD_MAX))?;
    let mut doors = Vec::new();
    loop {
        let (what, number, door) = listen(control)?;
        match what {
            HERE => {
                name_users(number).map_err(|error| {
                    io::Error::new(
                        error.kind(),
                        format!("users of a namespace cannot be named: {error}"),
                    )
                })?;
                say(control, NAMED, 0)?;
            }
            DOOR => doors.push(door.ok_or_else(|| io::Error::other("a door has come without a socket"))?),
            READY => return Ok(doors),
            other => {
                let stage = Stage::ALL
                    .into_iter()
                    .find(|stage| FAILED + *stage as u8 == other);
                let words = stage.map_or("a child spoke nonsense", Stage::words);
                let error = io::Error::from_raw_os_error(number);
                return Err(io::Error::new(error.kind(), format!("{words}: {error}")));
            }
        }
    }
}

pub(super) fn listen(control: &OwnedFd) -> io::Result<(u8, i32, Option<OwnedFd>)> {
    let mut word = [0; WORD];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(
        control,
        &mut [IoSliceMut::new(&mut word)],
        &mut beside,
        RecvFlags::CMSG_CLOEXEC,
    )?;
    if received.bytes != WORD || received.flags.contains(ReturnFlags::CTRUNC) {
        return Err(io::Error::other("the child has ended before it was ready"));
    }
    let mut door = None;
    for message in beside.drain() {
        if let RecvAncillaryMessage::ScmRights(sockets) = message {
            door = sockets.last();
        }
    }
    let [what, a, b, c, d] = word;
    Ok((what, i32::from_ne_bytes([a, b, c, d]), door))
}

/// Everybody keeps their number in the new namespace. A daemon that may not give away the numbers of others
/// gives its own only.
fn name_users(child: i32) -> io::Result<()> {
    let write = |file: &str, text: &str| std::fs::write(format!("/proc/{child}/{file}"), text);
    if write("uid_map", &everybody("uid_map")?).is_err() {
        write("uid_map", &alone(geteuid().as_raw()))?;
    }
    if write("gid_map", &everybody("gid_map")?).is_err() {
        // Without this right it could drop a group that is denied access.
        write("setgroups", "deny")?;
        write("gid_map", &alone(getegid().as_raw()))?;
    }
    Ok(())
}

/// Each number that exists here, as itself.
fn everybody(file: &str) -> io::Result<String> {
    let map = std::fs::read_to_string(format!("/proc/self/{file}"))?;
    let lines = map.lines().filter_map(|line| {
        let mut numbers = line.split_ascii_whitespace();
        let (first, _, count) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some(format!("{first} {first} {count}\n"))
    });
    Ok(lines.collect())
}

fn alone(id: u32) -> String {
    format!("{id} {id} 1\n")
}
