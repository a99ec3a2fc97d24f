//! On which topics ids have arrived.

mod arrivals;

pub use arrivals::RedbArrivals;
