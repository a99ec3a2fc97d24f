//! The contract of [`Database`](crate::Database).
