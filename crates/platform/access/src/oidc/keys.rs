//! The public keys of an issuer: fetched, cached, and renewed without flooding the issuer.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use reqwest::Url;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;

use super::settings::trusted;
use crate::Denied;

/// The interval between fetches.
const FRESH: Duration = Duration::from_secs(600);
/// The interval between fetches while the issuer does not respond.
const AGAIN: Duration = Duration::from_secs(30);
/// The minimum delay after a fetch before an unknown key may cause another one.
const PAUSE: Duration = Duration::from_secs(5);
/// How long keys remain valid while the issuer does not respond.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// The timeout of a request.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// The maximum size of a response in bytes.
const LIMIT: usize = 512 << 10;
/// The maximum number of characters of a response that are shown.
const SHOWN: usize = 200;

/// A key and the algorithms that it may be used with.
pub(super) struct Key {
    id: Option<String>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) key: DecodingKey,
}

#[derive(Default)]
struct Known {
    keys: Vec<Arc<Key>>,
    fetched: Option<Instant>,
    is_away: bool,
}

pub(super) struct Keys {
    issuer: String,
    client: reqwest::Client,
    known: RwLock<Known>,
    /// When the issuer was last asked; locked during a fetch.
    asked: Mutex<Option<Instant>>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Keys {
    pub(super) fn new(issuer: String) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder();
        Ok(Self {
            issuer,
            client: client
                .timeout(ANSWER_TIME)
                .redirect(Policy::none())
                .build()?,
            known: RwLock::default(),
            asked: Mutex::default(),
        })
    }

    /// Keeps the keys up to date, for ever.
    pub(super) async fn follow(&self) {
        loop {
            self.refresh(Duration::ZERO).await;
            let is_away = self.with(|known| known.is_away);
            tokio::time::sleep(if is_away { AGAIN } else { FRESH }).await;
        }
    }

    /// The key with this id; without an id, the only key. For an unknown id, asks the issuer, which
    /// may have rotated its keys.
    pub(super) async fn find(&self, id: Option<&str>) -> Result<Arc<Key>, Denied> {
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        self.refresh(PAUSE).await;
        let is_away = self.with(|known| known.is_away);
        self.known(id).ok_or(match is_away {
            true => Denied::IssuerAway(PAUSE.as_secs()),
            false => Denied::Refused("its key (kid) is none of the issuer's"),
        })
    }

    fn known(&self, id: Option<&str>) -> Option<Arc<Key>> {
        self.with(|known| {
            known.fetched.filter(|fetched| fetched.elapsed() < KEPT)?;
            match (id, &known.keys[..]) {
                (None, [only]) => Some(Arc::clone(only)),
                (None, _) => None,
                (id, keys) => keys.iter().find(|key| key.id.as_deref() == id).cloned(),
            }
        })
    }

    fn with<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fetches the keys, unless that was done within `pause`. Concurrent callers wait for the same
    /// fetch.
    async fn refresh(&self, pause: Duration) {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        let fetched = self.fetch().await;
        *asked = Some(Instant::now());
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let was_away = known.is_away;
        known.is_away = fetched.is_err();
        let issuer = &self.issuer;
        match fetched {
            Ok(keys) => {
                if was_away || known.fetched.is_none() {
                    tracing::info!(issuer, keys = keys.len(), "the issuer's keys were fetched");
                }
                known.keys = keys;
                known.fetched = Some(Instant::now());
            }
            Err(why) if !was_away => tracing::warn!(
                issuer,
                why,
                "the issuer's keys cannot be fetched; those that are known are kept for a day"
            ),
            Err(_) => {}
        }
    }

    async fn fetch(&self) -> Result<Vec<Arc<Key>>, String> {
        let base = self.issuer.trim_end_matches('/');
        let path = ".well-known/openid-configuration";
        let found: Discovery = self.get(&format!("{base}/{path}")).await?;
        let url = keys_of(&found, &self.issuer)?;
        let set: KeySet = self.get(url.as_str()).await?;
        let keys = all_usable(&set);
        match keys.is_empty() {
            true => Err("it has no key of RSA, ECDSA (P-256, P-384) or Ed25519".to_owned()),
            false => Ok(keys),
        }
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let failed = |error: reqwest::Error| {
            let mut why = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                why = format!("{why}: {cause}");
                source = cause.source();
            }
            why
        };
        let answer = self.client.get(url).send().await.map_err(failed)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("{url} answers {status}"));
        }
        let (mut answer, mut body) = (answer, Vec::new());
        while let Some(piece) = answer.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > LIMIT {
                return Err(format!("{url} answers more than {LIMIT} bytes"));
            }
            body.extend_from_slice(&piece);
        }
        serde_json::from_slice(&body)
            .map_err(|error| format!("{url} answers no such JSON: {error}"))
    }
}

/// The URL of the keys, if the discovery document is that of `issuer`.
fn keys_of(found: &Discovery, issuer: &str) -> Result<Url, String> {
    let shown = |text: &str| text.chars().take(SHOWN).collect::<String>();
    if found.issuer != issuer {
        let said = shown(&found.issuer);
        return Err(format!(
            "it calls itself {said:?}, and auth.oidc_issuer is {issuer:?}"
        ));
    }
    trusted(&found.jwks_uri).ok_or_else(|| {
        let url = shown(&found.jwks_uri);
        format!("its jwks_uri is {url:?}, which is not https")
    })
}

/// All keys that can be used; others may be meant for other purposes.
fn all_usable(set: &KeySet) -> Vec<Arc<Key>> {
    set.keys.iter().filter_map(usable).map(Arc::new).collect()
}

/// The key, if it is for signatures and asymmetric: a shared secret has no place among public keys.
fn usable(key: &Value) -> Option<Key> {
    let jwk = Jwk::deserialize(key).ok()?;
    if matches!(&jwk.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature) {
        return None;
    }
    let possible = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa.algorithms(),
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            &[Algorithm::EdDSA]
        }
        _ => return None,
    };
    let algorithms = match jwk.common.key_algorithm {
        None => possible.to_vec(),
        Some(named) => {
            let named = Algorithm::try_from(named).ok()?;
            possible.contains(&named).then(|| vec![named])?
        }
    };
    Some(Key {
        algorithms,
        key: DecodingKey::from_jwk(&jwk).ok()?,
        id: jwk.common.key_id,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUER: &str = "https://id.example";
    const DISCOVERY: &str =
        r#"{"issuer": "https://id.example", "jwks_uri": "https://id.example/keys", "scopes": []}"#;
    /// The keys of RFC 7517 and RFC 8037.
    const KEYS: &str = r#"{"keys": [
        {"kty": "EC", "crv": "P-256", "use": "sig", "kid": "1",
         "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
         "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA",
         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB",
         "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}
    ]}"#;

    #[test]
    fn each_kind_of_key_is_understood() {
        let set: KeySet = serde_json::from_str(KEYS).unwrap();
        assert_eq!(all_usable(&set).len(), 3);
        let found: Discovery = serde_json::from_str(DISCOVERY).unwrap();
        assert_eq!(keys_of(&found, ISSUER).unwrap().path(), "/keys");
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_told() {
        for field in ["issuer", "jwks_uri"] {
            let mut found: Discovery = serde_json::from_str(DISCOVERY).unwrap();
            match field {
                "issuer" => found.issuer = "x".repeat(LIMIT),
                _ => found.jwks_uri = "x".repeat(LIMIT),
            }
            let told = keys_of(&found, ISSUER).unwrap_err();
            assert!(told.len() < 500, "{field}: {}", told.len());
        }
    }

    proptest! {
        #[test]
        fn answers_that_were_changed_are_understood_or_refused(
            at: prop::sample::Index,
            bytes in prop::collection::vec(any::<u8>(), 0..4),
            cut in any::<bool>(),
        ) {
            for answer in [DISCOVERY, KEYS] {
                let mut text = answer.as_bytes().to_vec();
                let at = at.index(text.len());
                let end = if cut { text.len() } else { (at + bytes.len()).min(text.len()) };
                text.splice(at..end, bytes.iter().copied());
                if let Ok(found) = serde_json::from_slice::<Discovery>(&text)
                    && let Ok(url) = keys_of(&found, ISSUER)
                {
                    prop_assert_eq!(&found.issuer, ISSUER);
                    prop_assert_eq!(url.scheme(), "https");
                }
                if let Ok(set) = serde_json::from_slice::<KeySet>(&text) {
                    prop_assert!(all_usable(&set).len() <= 3);
                }
            }
        }
    }
}
