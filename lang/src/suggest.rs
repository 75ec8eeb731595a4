//! The nearest name, for repairs.
