//! The public keys of an issuer: fetched, kept, and renewed without a storm of requests.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;

use super::settings::trusted;
use crate::Denied;

/// How often keys are fetched anew.
const FRESH: Duration = Duration::from_secs(600);
/// How often, as long as the issuer does not answer.
const AGAIN: Duration = Duration::from_secs(30);
/// How soon after a fetch an unknown key may make another one.
const PAUSE: Duration = Duration::from_secs(5);
/// How long keys are believed of an issuer that does not answer.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Bytes of an answer.
const LIMIT: usize = 512 << 10;

/// A key and what it may have signed with.
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
    /// When the issuer was asked last; held while it is asked.
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

    /// Keeps the keys fresh, for ever.
    pub(super) async fn follow(&self) {
        loop {
            self.refresh(Duration::ZERO).await;
            let is_away = self.with(|known| known.is_away);
            tokio::time::sleep(if is_away { AGAIN } else { FRESH }).await;
        }
    }

    /// The key of this id; without an id, the only one that there is. An unknown one is looked for at
    /// the issuer, which may have got new keys.
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

    /// Fetches the keys, unless that was done within `pause`. Those who call meanwhile wait for the
    /// one fetch.
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
        if found.issuer != self.issuer {
            let (said, set) = (found.issuer, &self.issuer);
            return Err(format!(
                "it calls itself {said:?}, and auth.oidc_issuer is {set:?}"
            ));
        }
        let url = trusted(&found.jwks_uri).ok_or_else(|| {
            let url = found.jwks_uri;
            format!("its jwks_uri is {url:?}, which is not https")
        })?;
        let set: KeySet = self.get(url.as_str()).await?;
        // What is not understood may be for others.
        let keys = set.keys.into_iter().filter_map(|key| usable(&key));
        let keys: Vec<_> = keys.map(Arc::new).collect();
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

/// The key, if it may sign and is of a kind that only the issuer can sign with: a shared secret has no
/// place among public keys.
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
