//! The TLS implementation of the process.

/// Makes ring the provider for all rustls connections. Call it first in `main`; a second call has
/// no effect.
pub fn install_provider() {
    // The error only says that one was already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
