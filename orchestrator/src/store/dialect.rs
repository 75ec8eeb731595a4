//! What databases disagree about. Everything else in this room is one SQL text for all of them.

/// The rows of a batch as a `select`: `$1` is a JSON array of arrays, the numbers are the places of the columns,
/// named `c0`, `c1`, ….
/// One statement for many rows costs a fraction of a statement for each, and is what group commit lives on.
/// It ends in a condition, so that `and …` or `on conflict …` can follow.
macro_rules! rows {
    ($first:literal $(, $next:literal)*) => {
        concat!(
            "select value ->> ", $first, " as c", $first, $(", value ->> ", $next, " as c", $next,)*
            " from json_each($1) where true "
        )
    };
}

pub(super) use rows;

/// The lock is taken at the start: a transaction that reads first and writes later can be refused at once.
pub(super) const BEGIN: &str = "begin immediate";

/// Moves the write-ahead log into the database, as far as no reader is in the way.
pub(super) const CHECKPOINT: &str = "pragma wal_checkpoint(passive)";

/// The library's version.
pub(super) const VERSION: &str = "select sqlite_version()";

/// Before this version a write-ahead log that is reset while another connection writes can lose pages.
pub(super) const VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// A copy of the whole database as of one moment, in a new file.
pub(super) const COPY: &str = "vacuum into $1";
