//! Services for a Core engine: registration, tasks, callbacks.

use std::process::ExitCode;

fn main() -> ExitCode {
    compute_service::run(&compute_service::processors())
}
