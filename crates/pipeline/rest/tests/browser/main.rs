//! The page in Chromium, on a cluster that is made up.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod behaviour;
mod chromium;
#[path = "../fake/mod.rs"]
mod fake;
mod hand;
mod looks;
mod site;
