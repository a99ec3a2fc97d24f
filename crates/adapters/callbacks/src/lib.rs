//! Notifies receivers over HTTP how a run ended, signed so that they can verify the sender.
//!
//! - [`SignedCallbacks`]: sends callbacks to allowed hosts only.
//! - [`settings`]: the hosts and the secret.
//! - `body` and `signature`: the message.
//! - `seal`: encrypts stored URLs.

mod body;
mod callbacks;
mod seal;
pub mod settings;
mod signature;

pub use callbacks::SignedCallbacks;
pub use settings::CallbackConfig;
pub use signature::HEADER;
