//! One life of a daemon, from its start to its end: the next begins with what is durable.

use super::disk::Crash;
use super::{Disk, VirtualClock};
use crate::sandbox::Confinement;
use crate::seal::Seal;
use crate::store::{Store, StoreError};
use crate::worker::{self, Core, CoreError, Handle, Newsroom, Order, Served};
use flow_engine::Millis;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};

/// What stays while daemons come and go.
#[derive(Clone)]
pub struct Place {
    /// The database.
    pub database: PathBuf,
    /// Time and chance.
    pub clock: Arc<VirtualClock>,
    /// Where daemons end.
    pub disk: Arc<Disk>,
    /// The key of the installation.
    pub seal: Arc<Seal>,
    /// Where news go to.
    pub newsroom: Newsroom,
}

/// Why a daemon is no more.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// It was to end there.
    #[error("the daemon was ended")]
    Crash,
    /// It has ended as it should.
    #[error("the daemon was closed")]
    Closed,
    /// It gave up.
    #[error("the daemon gave up: {0}")]
    GaveUp(#[from] CoreError),
    /// Its database does not open.
    #[error("the database does not open: {0}")]
    Store(#[from] StoreError),
    /// A bug.
    #[error("the daemon panicked: {0}")]
    Panic(String),
}

/// A daemon that lives.
pub struct Life {
    /// Speaks to it.
    pub handle: Handle,
    /// What it has on disk.
    pub store: Arc<Store>,
    /// How it stands.
    pub served: watch::Receiver<Arc<Served>>,
    clock: Arc<VirtualClock>,
    orders: mpsc::Receiver<Order>,
    ordered: Vec<Order>,
    work: JoinHandle<Result<(), CoreError>>,
}

impl Life {
    /// Begins, and returns when what the last daemon left open has been taken over. Has to be called in a runtime of one
    /// thread: only there is the order of things the same each time.
    ///
    /// # Errors
    /// When it ends before that.
    pub async fn begin(place: &Place) -> Result<Life, End> {
        use crate::clock::Clock;
        let clock = Arc::clone(&place.clock);
        let store = Store::open(&place.database, clock.now(), Arc::clone(&place.disk) as _).await?;
        let store = Arc::new(store);
        let (handle, mailbox) = Handle::new();
        let (send, orders) = worker::orders();
        let (core, served) = Core::load(
            Arc::clone(&store),
            Arc::clone(&clock) as _,
            Arc::clone(&place.seal),
            mailbox,
            send,
            place.newsroom.clone(),
            Confinement::Enforced,
        )
        .await?;
        let mut life = Life {
            handle,
            store,
            served,
            clock,
            orders,
            ordered: Vec::new(),
            work: tokio::spawn(core.run()),
        };
        match life.settle().await {
            Ok(()) => Ok(life),
            Err(end) => {
                life.bury().await;
                Err(end)
            }
        }
    }

    /// Returns when it has done all that it was told, and sleeps.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn settle(&mut self) -> Result<(), End> {
        // What was sent wakes it first.
        tokio::task::yield_now().await;
        loop {
            tokio::select! {
                biased;
                ended = &mut self.work => return Err(how(ended)),
                Some(order) = self.orders.recv() => self.ordered.push(order),
                () = self.clock.asleep() => return Ok(()),
            }
        }
    }

    /// Lets time pass up to `elapsed`, and returns when it sleeps again.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn pass(&mut self, elapsed: Millis) -> Result<(), End> {
        match self.clock.pass(elapsed) {
            true => self.settle().await,
            false => Ok(()),
        }
    }

    /// What it has ordered since this was asked last.
    pub fn orders(&mut self) -> Vec<Order> {
        std::mem::take(&mut self.ordered)
    }

    /// Ends it here and now, as a kill does.
    pub async fn kill(self) {
        self.work.abort();
        self.bury().await;
    }

    /// Returns when nothing of it is left.
    pub async fn bury(self) {
        if !self.work.is_finished() {
            // How it ends is known to whoever has ended it.
            drop(self.work.await);
        }
        if let Some(store) = Arc::into_inner(self.store) {
            store.close().await;
        }
    }
}

fn how(ended: Result<Result<(), CoreError>, JoinError>) -> End {
    match ended {
        Ok(Ok(())) => End::Closed,
        Ok(Err(error)) => End::GaveUp(error),
        Err(error) => match error.try_into_panic() {
            Ok(why) if why.is::<Crash>() => End::Crash,
            Ok(why) => {
                let told = why.downcast_ref::<String>().cloned();
                let told = told.or_else(|| why.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                End::Panic(told.unwrap_or_else(|| "without a word".to_owned()))
            }
            Err(_) => End::Crash,
        },
    }
}
