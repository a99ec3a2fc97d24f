//! Runs processors in separate processes, so that one which needs too much memory, hangs or crashes
//! fails its own task and nothing else.
//!
//! - [`Workers`]: a processor that delegates its work to worker processes, which are reused.
//! - [`work`]: the main loop of such a process.
//!
//! Each worker shares a socket with the service. The worker drives the exchange: it requests pieces
//! of its inputs and sends pieces of its outputs, so that memory does not depend on their size.
//! When the service ends, for whatever reason, the socket closes and the worker exits too.

mod message;
mod pool;
mod worker;

pub use pool::{Bounds, Workers};
pub use worker::work;
