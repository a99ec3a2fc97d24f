//! Encrypts the store accesses of tasks.

use std::fmt;

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use compute_domain::TaskId;
use compute_ports::{KeptAccess, StoreAccess};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The length of a nonce in bytes; the ciphertext is prefixed with it.
const NONCE: usize = 12;

/// The key that encrypts the accesses of tasks.
#[derive(Clone)]
pub struct StateKey(ChaCha20Poly1305);

/// The text is not a valid key. The error does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid key; expected 64 hexadecimal digits, as `openssl rand -hex 32` prints them")]
pub struct StateKeyError;

impl StateKey {
    /// Parses 64 hexadecimal digits.
    ///
    /// # Errors
    /// If the text is anything else.
    pub fn parse(text: &SecretString) -> Result<Self, StateKeyError> {
        let digits = text.expose_secret().trim().as_bytes();
        if digits.len() != 64 {
            return Err(StateKeyError);
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(StateKeyError);
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Ok(Self(ChaCha20Poly1305::new(&key.into())))
    }
}

impl fmt::Debug for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateKey")
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    endpoint: String,
    region: String,
    bucket: String,
    access_key_id: String,
    secret_access_key: String,
}

/// Encrypts the access; it can be decrypted only with the key and for this task.
pub(super) fn seal(key: &StateKey, task: TaskId, access: &StoreAccess) -> Vec<u8> {
    let content = Content {
        endpoint: access.endpoint.clone(),
        region: access.region.clone(),
        bucket: access.bucket.clone(),
        access_key_id: access.access_key_id.expose_secret().to_owned(),
        secret_access_key: access.secret_access_key.expose_secret().to_owned(),
    };
    let content = serde_json::to_vec(&content).expect("texts can be written");
    let nonce = Nonce::generate();
    let task = task.uuid();
    let payload = Payload {
        msg: &content,
        aad: task.as_bytes(),
    };
    let sealed = key
        .0
        .encrypt(&nonce, payload)
        .expect("the content is short");
    [&nonce[..], &sealed].concat()
}

/// Decrypts a sealed access.
pub(super) fn open(key: Option<&StateKey>, task: TaskId, sealed: Option<&[u8]>) -> KeptAccess {
    let lost = |why: &str| {
        KeptAccess::Lost(format!(
            "the service was restarted before the task was done, and {why}; send the task again"
        ))
    };
    let Some(sealed) = sealed else {
        return lost("it keeps no keys of object stores, because it was started without TASKS_KEY");
    };
    let Some(key) = key else {
        return lost("it cannot read the keys of the object store without TASKS_KEY");
    };
    match open_with(key, task, sealed) {
        Some(access) => KeptAccess::Kept(access),
        None => {
            lost("its TASKS_KEY is not the one that the keys of the object store were kept with")
        }
    }
}

fn open_with(key: &StateKey, task: TaskId, sealed: &[u8]) -> Option<StoreAccess> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let nonce = Nonce::try_from(nonce).ok()?;
    let task = task.uuid();
    let payload = Payload {
        msg: sealed,
        aad: task.as_bytes(),
    };
    let content = key.0.decrypt(&nonce, payload).ok()?;
    let content: Content = serde_json::from_slice(&content).ok()?;
    Some(StoreAccess {
        endpoint: content.endpoint,
        region: content.region,
        bucket: content.bucket,
        access_key_id: content.access_key_id.into(),
        secret_access_key: content.secret_access_key.into(),
    })
}

#[cfg(test)]
mod tests {
    use compute_ports::contract::repository::{access, task};

    use super::*;

    fn key(digit: &str) -> StateKey {
        StateKey::parse(&digit.repeat(64).into()).unwrap()
    }

    #[test]
    fn what_is_sealed_shows_nothing_and_opens_with_its_key_for_its_task_only() {
        let id = task(1).id();
        let sealed = seal(&key("a"), id, &access());
        for secret in ["key of the task", "secret of the task", "engine"] {
            let shown = sealed
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!shown, "{secret}");
        }
        assert_ne!(
            sealed,
            seal(&key("a"), id, &access()),
            "each time another nonce"
        );
        let opened = |key: Option<&StateKey>, id, sealed| match open(key, id, sealed) {
            KeptAccess::Kept(access) => access.secret_access_key.expose_secret().to_owned(),
            KeptAccess::Lost(why) => why,
        };
        let sealed = Some(&sealed[..]);
        assert_eq!(opened(Some(&key("a")), id, sealed), "secret of the task");
        for (why, says) in [
            (opened(Some(&key("b")), id, sealed), "is not the one"),
            (
                opened(Some(&key("a")), task(2).id(), sealed),
                "is not the one",
            ),
            (opened(Some(&key("a")), id, Some(&[1, 2])), "is not the one"),
            (opened(None, id, sealed), "without TASKS_KEY"),
            (
                opened(Some(&key("a")), id, None),
                "started without TASKS_KEY",
            ),
        ] {
            assert!(why.contains(says), "{why}");
        }
    }

    #[test]
    fn a_key_has_64_hexadecimal_digits() {
        for wrong in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"ä".repeat(32)] {
            assert!(StateKey::parse(&wrong.into()).is_err(), "{wrong}");
        }
        assert_eq!(format!("{:?}", key("7")), "StateKey");
    }
}
