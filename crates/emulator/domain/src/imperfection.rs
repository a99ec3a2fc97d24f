//! Deliberately dirty data: records that are delivered late, out of order, twice, damaged or not at
//! all, each depending on its index alone.
//!
//! A run without imperfections delivers record *i* in position *i*. With imperfections a run counts
//! **deliveries**, and [`Deliveries`] maps each delivery to its record and back. It needs no table:
//! any position can be computed on any thread, in the time of a search.

mod clock;
mod corrupt;
mod deliveries;
mod faults;
mod injected;
mod page;
mod picks;
mod places;
pub(crate) mod renamed;
mod routes;
mod settings;
pub(crate) mod skew;
mod walk;

pub(crate) use clock::Clock;
pub use corrupt::{CorruptKind, Corrupted};
pub use deliveries::{Deliveries, Tally};
pub use faults::Fault;
pub use injected::Injected;
pub use places::Delivery;
pub use settings::{Corruption, Drift, Imperfections, Late, Nearby, Share, Skew};

#[cfg(test)]
mod tests;
