//! A whole daemon's life in virtual time: the real owner of the runs on a real database, and nothing else that is real.
//!
//! Time moves when it is told to, chance comes from a seed, and a daemon ends wherever it is told to: so a life of hours
//! takes milliseconds, and the same seed is the same life, byte for byte. What the daemon orders is answered by whoever
//! leads the simulation.

mod dice;
mod disk;
mod life;
mod sample;
mod time;

pub use dice::Dice;
pub use disk::{Disk, Side};
pub use life::{End, Life, Place};
pub use sample::{digest, sample};
pub use time::VirtualClock;
