//! The contract of [`Arrivals`](crate::Arrivals).
