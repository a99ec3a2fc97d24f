//! The pipeline simulator.

fn main() {}
