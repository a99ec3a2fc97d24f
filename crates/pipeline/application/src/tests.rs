//! The use cases on ports in memory, which run the ports' own contract suites.

mod acknowledge;
mod land;
mod memory;
mod rehearse;
mod settle;
mod watch;
