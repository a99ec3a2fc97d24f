//! Others are told over HTTP how a run ended, signed so that they can see who tells them.
//!
//! - [`SignedCallbacks`]: the sender, which keeps to a list of hosts.
//! - [`settings`]: the hosts and the secret.
//! - `body` and `signature`: what is sent.
//! - `seal`: what is kept of URLs.

mod body;
mod callbacks;
mod seal;
pub mod settings;
mod signature;

pub use callbacks::SignedCallbacks;
pub use settings::CallbackConfig;
pub use signature::HEADER;
