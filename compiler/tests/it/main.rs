//! What the compiler promises, on whole flows in memory.

mod accepted;
mod cases;
mod digest;
mod digits;
mod load;
mod project;
mod refused;
mod robust;
mod rules;
