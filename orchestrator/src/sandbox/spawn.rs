//! Starts a process in its own session, so that it can be ended with all its children, and ties its life to
//! the daemon's.

use rustix::process::{
    Resource, Rlimit, Signal, getpid, getppid, set_parent_process_death_signal, setrlimit, setsid,
};
use std::io;
use std::sync::OnceLock;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Sender};
use tokio::sync::oneshot;

/// Programs that wait to be started; who wants another one waits.
const STARTS_MAX: usize = 64;

/// Starts `command` as the leader of a new session, without core dumps. The kernel kills it when the daemon
/// ends, however the daemon ends; it is killed, too, when the [`Child`] is dropped.
///
/// # Errors
/// What the system says when it cannot start the program.
pub async fn spawn(mut command: Command) -> io::Result<Child> {
    command.kill_on_drop(true);
    lead_a_session(&mut command);
    // Last: what a child did before may have made the kernel forget it.
    tie_to_daemon(&mut command);
    let (answer, started) = oneshot::channel();
    let order = Order {
        command,
        runtime: Handle::current(),
        answer,
    };
    spawner()
        .send(order)
        .await
        .map_err(|_| io::Error::other("the thread that starts processes has ended"))?;
    started
        .await
        .map_err(|_| io::Error::other("the thread that starts processes has ended"))?
}

/// One program to start.
struct Order {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// The thread that starts all processes. The kernel's parent-death signal is sent at the end of the *thread*
/// that forked, and a runtime may end its threads at any time; this one lives as long as the daemon.
fn spawner() -> &'static Sender<Order> {
    static SPAWNER: OnceLock<Sender<Order>> = OnceLock::new();
    SPAWNER.get_or_init(|| {
        let (orders, mut next) = mpsc::channel::<Order>(STARTS_MAX);
        std::thread::Builder::new()
            .name("spawner".into())
            .spawn(move || {
                while let Some(mut order) = next.blocking_recv() {
                    let _inside = order.runtime.enter();
                    // A receiver that has gone away drops the child, which kills it.
                    drop(order.answer.send(order.command.spawn()));
                }
            })
            .expect("a daemon that cannot start a thread cannot start a process");
        orders
    })
}

#[expect(unsafe_code, reason = "the child has to be prepared between fork and exec")]
fn lead_a_session(command: &mut Command) {
    let prepare = || {
        setsid()?;
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        Ok(setrlimit(Resource::Core, none)?)
    };
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(prepare);
    }
}

/// Has the child killed when the daemon ends, from here on in its preparation.
#[expect(unsafe_code, reason = "the child has to be prepared between fork and exec")]
pub(super) fn tie_to_daemon(command: &mut Command) {
    let daemon = getpid();
    let prepare = move || {
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The daemon may have ended before the line above; its signal would never come.
        match getppid() == Some(daemon) {
            true => Ok(()),
            false => Err(io::Error::other("the daemon has ended")),
        }
    };
    // SAFETY: between fork and exec only system calls are made; nothing is allocated on the path without error.
    unsafe {
        command.pre_exec(prepare);
    }
}
