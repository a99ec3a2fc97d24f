//! The Data Emulator: a REST service and a command.
fn main() {}
