//! Processors that join this context with the emulator's.

mod emulate;
mod score_fraud;

pub use emulate::Emulate;
pub use score_fraud::ScoreFraud;
