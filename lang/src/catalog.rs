//! What the language knows of packages and feeds.
