//! Answering requests with models.

pub mod pool;
