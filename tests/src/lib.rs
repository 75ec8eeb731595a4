//! End-to-end tests of Flow; see `tests/it`.
