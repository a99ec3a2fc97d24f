//! What makes a transaction fraudulent and a user risky.

pub mod fraud;
pub mod risk;
pub mod suspicion;
