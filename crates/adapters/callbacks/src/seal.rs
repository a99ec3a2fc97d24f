//! Encrypts receivers' URLs for storage: a path or query is often as good as a password.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use reqwest::Url;
use secrecy::SecretString;

use crate::signature::keyed_hash;

/// Separates the readable part of a URL from its encrypted form.
const MARK: &str = "/#sealed:";
const NONCE: usize = 12;

fn cipher(secret: &SecretString) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&keyed_hash(secret, "URLs that are kept: key").into())
}

/// Scheme, host and port in the clear, and the whole URL encrypted with the secret. The same URL
/// gives the same text, so that a receiver can be recognised. The nonce is a keyed hash of the URL,
/// so that no two URLs share one.
pub(crate) fn seal(secret: &SecretString, url: &Url) -> String {
    let nonce = keyed_hash(secret, &format!("URLs that are kept: nonce of {url}"));
    let nonce = Nonce::try_from(&nonce[..NONCE]).expect("it has that many bytes");
    let sealed = cipher(secret).encrypt(&nonce, url.as_str().as_bytes());
    let sealed = [&nonce[..], &sealed.expect("a URL is short")].concat();
    let seen = url.origin().ascii_serialization();
    format!("{seen}{MARK}{}", URL_SAFE_NO_PAD.encode(sealed))
}

/// Decrypts a URL that was sealed with one of the secrets. Text that is not sealed is a URL stored
/// by an earlier release.
pub(crate) fn open<'s>(
    secrets: impl IntoIterator<Item = &'s SecretString>,
    kept: &str,
) -> Option<String> {
    let Some((_, sealed)) = kept.split_once(MARK) else {
        return Some(kept.to_owned());
    };
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let nonce = Nonce::try_from(nonce).ok()?;
    let mut secrets = secrets.into_iter();
    let opened = secrets.find_map(|secret| cipher(secret).decrypt(&nonce, sealed).ok())?;
    String::from_utf8(opened).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_that_is_kept_only_the_host_is_seen_and_its_secret_opens_it() {
        let [one, other] = ["one", "other"].map(SecretString::from);
        let text = "https://a.example:8443/path-of-mine?key=mine#mine";
        let url = Url::parse(text).unwrap();
        let kept = seal(&one, &url);
        assert!(
            kept.starts_with("https://a.example:8443/#sealed:"),
            "{kept}"
        );
        assert!(!kept.contains("mine"), "{kept}");
        assert_eq!(kept, seal(&one, &url));
        assert_ne!(kept, seal(&other, &url));
        let similar = Url::parse(&text.replace("path", "hath")).unwrap();
        let begin = |kept: &str| kept.split_once(MARK).unwrap().1[..16].to_owned();
        assert_ne!(begin(&kept), begin(&seal(&one, &similar)), "the nonce");
        assert_eq!(open([&one], &kept).as_deref(), Some(text));
        assert_eq!(open([&other, &one], &kept).as_deref(), Some(text));
        assert_eq!(open([&other], &kept), None);
        let altered = kept.replace("a.example:8443/#sealed:", "b.example/#sealed:A");
        for wrong in ["https://a/#sealed:", "https://a/#sealed:!", &altered] {
            assert_eq!(open([&one], wrong), None, "{wrong}");
        }
        assert_eq!(open([&one], text).as_deref(), Some(text));
    }
}
