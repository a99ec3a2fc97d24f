//! The topics on which ids have arrived.

mod arrivals;

pub use arrivals::RedbArrivals;
