//! What the compiler promises, on whole flows in memory.

mod accepted;
mod cases;
mod commands;
mod deep;
mod digest;
mod digits;
mod doubling;
mod drawings;
mod fixes;
mod graphs;
mod grown;
mod hostile;
mod imports;
mod limits;
mod load;
mod loops;
mod manual;
mod openwhisk;
mod outputs;
mod pages;
mod precedence;
mod project;
mod refused;
mod robust;
mod rules;
mod style;
