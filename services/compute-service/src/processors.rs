//! Processors that build on the emulator.

mod emulate;
mod score_fraud;

pub use emulate::Emulate;
pub use score_fraud::ScoreFraud;
