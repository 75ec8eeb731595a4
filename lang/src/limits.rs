//! The limits of each platform, as data with source and date.
