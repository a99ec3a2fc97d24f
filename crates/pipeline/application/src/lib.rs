//! The use cases of the pipeline simulator, one per file.
//!
//! - [`produce`]: sends rows as events.
//! - [`land`]: inserts events as rows of tables; events without a valid row become dead letters.
//! - [`acknowledge`]: acknowledges ids that have arrived on all topics.
//! - [`settle`]: acknowledges complete ids that were missed.
//! - [`analyse`]: measures the delays and draws them.
//! - [`rehearse`]: runs all of it in one process and checks that nothing was lost.
//! - [`SharedCluster`]: shares one cluster among many viewers.
//!
//! `land` and `acknowledge` run until they are stopped and survive outages; [`RetryPolicy`] says
//! for how long.

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
