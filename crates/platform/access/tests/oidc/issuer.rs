//! An issuer of the test's own, and its keys.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use platform_access::{Access, AccessSettings, OidcSettings, Role};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) enum Signer {
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

pub(crate) struct Key {
    pub(crate) id: &'static str,
    pub(crate) signer: Signer,
}

impl Key {
    pub(crate) fn curve(id: &'static str) -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let signer = EcdsaKeyPair::from_pkcs8(kind, made.as_ref(), &random).unwrap();
        let signer = Signer::Curve(signer);
        Self { id, signer }
    }

    pub(crate) fn edwards(id: &'static str) -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let signer = Signer::Edwards(Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap());
        Self { id, signer }
    }

    pub(crate) fn public(&self) -> Value {
        match &self.signer {
            Signer::Curve(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kid": self.id, "kty": "EC", "crv": "P-256", "use": "sig",
                       "x": encoded(x), "y": encoded(y)})
            }
            Signer::Edwards(pair) => json!({"kid": self.id, "kty": "OKP", "crv": "Ed25519",
                                            "alg": "EdDSA", "x": encoded(pair.public_key())}),
        }
    }

    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = match &self.signer {
            Signer::Curve(pair) => {
                let signed = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
                encoded(signed)
            }
            Signer::Edwards(pair) => encoded(pair.sign(text.as_bytes())),
        };
        format!("{text}.{signature}")
    }
}

pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encoded(header.to_string()),
        encoded(claims.to_string())
    )
}

/// An issuer's two documents over HTTP.
#[derive(Clone)]
pub(crate) struct Issuer {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) keys: Vec<Value>,
    pub(crate) is_away: bool,
    pub(crate) asked: usize,
    pub(crate) calls_itself: Option<String>,
}

impl Issuer {
    pub(crate) async fn start(keys: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::new(Mutex::new(State {
                keys,
                ..State::default()
            })),
        };
        let own = issuer.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let answer = own.answer(std::str::from_utf8(&request[..read]).unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        issuer
    }

    fn answer(&self, request: &str) -> String {
        let mut state = self.state.lock().unwrap();
        state.asked += 1;
        let body = match request.split(' ').nth(1).unwrap() {
            "/.well-known/openid-configuration" => {
                let name = state.calls_itself.clone().unwrap_or(self.url.clone());
                json!({"issuer": name, "jwks_uri": format!("{}/keys", self.url)})
            }
            "/keys" => json!({"keys": state.keys}),
            other => panic!("{other}"),
        };
        let (status, body) = match state.is_away {
            true => ("503 Service Unavailable", String::new()),
            false => ("200 OK", body.to_string()),
        };
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    pub(crate) fn asked(&self) -> usize {
        self.state.lock().unwrap().asked
    }

    pub(crate) fn access(&self, data: &tempfile::TempDir) -> Access {
        platform_runtime::tls::install_provider();
        let roles = [
            ("staff", Role::Viewer),
            ("data team", Role::Operator),
            ("root", Role::Admin),
        ];
        let settings = AccessSettings {
            required: true,
            oidc: Some(OidcSettings {
                issuer: self.url.clone(),
                audience: "emulator".to_owned(),
                roles_claim: "/realm/roles".to_owned(),
                roles: roles.map(|(name, role)| (name.to_owned(), role)).to_vec(),
                name_claim: "email".to_owned(),
                team_claim: Some("team".to_owned()),
            }),
            ..AccessSettings::default()
        };
        Access::of(&settings, Some(data.path()), true)
            .unwrap()
            .unwrap()
    }

    pub(crate) fn claims(&self) -> Value {
        let now = Timestamp::now().as_second();
        json!({"iss": self.url, "aud": ["other", "emulator"], "sub": "1", "team": "payments/eu", "email": "ann@example.com",
               "exp": now + 300, "nbf": now - 10, "realm": {"roles": ["staff", "data team"]}})
    }
}
