//! Jobs as processes: launched once, found again, ended with all that they started.

mod ends;
mod home;
mod launch;
mod surroundings;
