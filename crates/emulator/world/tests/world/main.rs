//! The world as its records show it.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod harness;
mod likeness;
mod position;
mod records;
mod settings;
