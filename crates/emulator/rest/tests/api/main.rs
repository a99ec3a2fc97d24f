//! The real server on a free port, on adapters that keep everything in memory.

mod catalogue;
mod events;
mod frame;
mod refusals;
mod runs;
mod service;
