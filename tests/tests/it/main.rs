//! End-to-end tests: what a person sees.

mod crash;
mod house;
mod readme;
