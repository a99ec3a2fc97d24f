//! Authenticates the sender and the time of a callback.

use emulator_domain::Timestamp;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header with the signature.
pub const HEADER: &str = "X-Emulator-Signature";

/// `t=SECONDS,v1=HEX`: when this was sent, in seconds since 1970, and the HMAC-SHA256 under the
/// secret over `SECONDS.BODY`. This is Stripe's scheme: because the time is signed too, a recorded
/// message cannot be replayed later.
pub(crate) fn signature(secret: &SecretString, now: Timestamp, body: &str) -> String {
    let seconds = now.micros().div_euclid(1_000_000);
    let bytes = keyed_hash(secret, &format!("{seconds}.{body}"));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// HMAC-SHA256 of the text under the secret.
pub(crate) fn keyed_hash(secret: &SecretString, text: &str) -> [u8; 32] {
    let key = secret.expose_secret().as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By Python: `hmac.new(b"secret", b'1767225600.{"a": "\xc3\xa4"}', "sha256").hexdigest()`.
    #[test]
    fn the_signature_is_what_python_makes_of_it() {
        let secret = SecretString::from("secret");
        let now = Timestamp::from_micros(1_767_225_600_999_999).unwrap();
        assert_eq!(
            signature(&secret, now, "{\"a\": \"ä\"}"),
            "t=1767225600,v1=ad82d66a661decf123a6fc958370d52ddfa4c12299b87b5c567b2457ea2abf74"
        );
    }
}
