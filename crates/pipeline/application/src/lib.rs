//! The use cases of the pipeline simulator, one per file.
//!
//! - [`produce`]: rows become events.
//! - [`land`]: events become rows of tables; what carries none becomes a dead letter.
//! - [`acknowledge`]: ids that have arrived on all topics are acknowledged.
//! - [`settle`]: complete ids that were passed over are acknowledged.
//! - [`analyse`]: the delays are measured and drawn.
//! - [`rehearse`]: all of it in one process, and whether nothing was lost.
//! - [`SharedCluster`]: a cluster that many look at.
//!
//! `land` and `acknowledge` go on until they are stopped and survive outages of what they talk to:
//! [`RetryPolicy`] says of how long.

pub mod acknowledge;
pub mod analyse;
pub mod land;
pub mod produce;
pub mod rehearse;
mod retry;
pub mod settle;
mod watch;

#[cfg(test)]
mod tests;

pub use retry::RetryPolicy;
pub use watch::SharedCluster;
