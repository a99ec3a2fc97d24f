//! The program as people start it.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]
#![allow(
    clippy::print_stdout,
    reason = "the long tests say what they have seen"
)]

mod api;
mod bad_input;
mod canary;
#[cfg(feature = "chaos")]
mod chaos {
    // So that `just test-chaos` finds it beside those of the other services.
    mod warehouse;
}
mod commands;
mod crashes;
#[cfg(feature = "live")]
mod live;
mod logs;
mod process;
#[cfg(feature = "live")]
#[path = "../../../pipeline-simulator/tests/service/live/servers.rs"]
mod servers;
mod turns;
