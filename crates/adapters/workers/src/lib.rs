//! Processors in processes of their own: one that needs too much memory, hangs or crashes fails the
//! task that it works on, and nothing else.
//!
//! - [`Workers`]: a processor whose work is done by other processes, which are kept for later tasks.
//! - [`work`]: what such a process does.
//!
//! Both ends share a socket. The worker leads: it asks for pieces of its inputs and sends pieces of
//! its outputs, so that data pass in pieces and memory does not depend on their size. When its
//! parent ends, however that comes, the socket closes and the worker ends too.

mod message;
mod pool;
mod worker;

pub use pool::{Bounds, Workers};
pub use worker::work;
