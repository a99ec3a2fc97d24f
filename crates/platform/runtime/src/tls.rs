//! The one TLS implementation of the process.

/// Makes ring what every TLS connection of rustls uses. First thing in `main`; a second call
/// changes nothing.
pub fn install_provider() {
    // The error only says that somebody was here before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
