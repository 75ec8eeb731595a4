//! What a child does between fork and exec to be alone: it leaves the namespaces of the daemon, waits until the
//! daemon has named its users there, furnishes the new ones, and hands the doors out.
//!
//! All that needs memory is made by the daemon before the fork: the child only makes system calls.

use super::handshake::{self, Stage};
use super::loopback;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_bind, mount_change};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with, sockopt};
use rustix::process::getpid;
use rustix::thread::{
    CapabilitySet, UnshareFlags, remove_capability_from_bounding_set, set_no_new_privs, unshare_unsafe,
};
use std::ffi::CString;
use std::io;
use std::net::SocketAddr;
use tokio::process::Command;

/// Connections that wait at a door to be taken.
const BACKLOG: i32 = 128;
/// Kernels number their capabilities from 0; none knows more than fit here.
const CAPABILITIES: u32 = 64;
/// What code that runs as root keeps: the rights over files that it has today. The rest would let it rearrange
/// its cell.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::NET_BIND_SERVICE);

/// All that the child needs to know.
pub(super) struct Cell {
    /// Its end of the talk with the daemon.
    pub(super) control: OwnedFd,
    /// For its loopback device.
    pub(super) loopback: Vec<Vec<u8>>,
    /// Files that are laid over others, and those.
    pub(super) covers: Vec<(CString, CString)>,
    /// Where it can connect to.
    pub(super) doors: Vec<SocketAddr>,
}

/// Lets the child of `command` enter its cell before it becomes the program. The daemon must answer it on the
/// other end of `control` meanwhile.
#[expect(unsafe_code, reason = "the child has to be prepared between fork and exec")]
pub(super) fn confine(command: &mut Command, cell: Cell) {
    let prepare = move || enter(&cell).map_err(io::Error::from);
    // SAFETY: between fork and exec only system calls are made: texts and lists are borrowed from `cell`, and
    // what is sent and received is on the stack.
    unsafe {
        command.pre_exec(prepare);
    }
}

fn enter(cell: &Cell) -> Result<(), Errno> {
    let at = |stage: Stage, outcome: Result<(), Errno>| {
        outcome.inspect_err(|errno| handshake::fail(&cell.control, stage, *errno))
    };
    at(Stage::Namespaces, leave())?;
    handshake::wait_for_users(&cell.control, getpid())?;
    at(Stage::Files, cover(&cell.covers))?;
    at(Stage::Loopback, loopback::apply(&cell.loopback))?;
    for door in &cell.doors {
        at(
            Stage::Doors,
            open(door).and_then(|door| handshake::hand_out(&cell.control, &door)),
        )?;
    }
    at(Stage::Rights, give_up_rights())?;
    handshake::done(&cell.control)
}

#[expect(unsafe_code, reason = "threads that share descriptors could be surprised")]
fn leave() -> Result<(), Errno> {
    // SAFETY: a child right after fork has one thread, and its table of descriptors is not one of those that are
    // unshared.
    unsafe { unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNET | UnshareFlags::NEWNS) }
}

fn cover(covers: &[(CString, CString)]) -> Result<(), Errno> {
    // What is mounted here is not to be seen outside.
    mount_change(
        c"/",
        MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC,
    )?;
    covers
        .iter()
        .try_for_each(|(file, over)| mount_bind(file.as_c_str(), over.as_c_str()))
}

fn open(door: &SocketAddr) -> Result<OwnedFd, Errno> {
    let family = match door {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    if door.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    bind(&socket, door)?;
    listen(&socket, BACKLOG)?;
    Ok(socket)
}

fn give_up_rights() -> Result<(), Errno> {
    set_no_new_privs(true)?;
    for number in 0..CAPABILITIES {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if KEPT.contains(capability) {
            continue;
        }
        match remove_capability_from_bounding_set(capability) {
            // The first one that this kernel does not know.
            Err(Errno::INVAL) => break,
            outcome => outcome?,
        }
    }
    Ok(())
}
