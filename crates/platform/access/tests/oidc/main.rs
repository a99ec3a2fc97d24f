//! Tokens of an issuer: which are accepted, and what an issuer that is away does to them.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod issuer;

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use platform_access::{Denied, Role};
use ring::signature::KeyPair;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::issuer::{Issuer, Key, Signer, encoded, unsigned};

/// Who asks for the time being: each has so many attempts.
fn client(number: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, 0, number).into()
}

fn with(mut value: Value, changes: Value) -> Value {
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => drop(value.as_object_mut().unwrap().remove(name)),
            change => value[name] = change.clone(),
        }
    }
    value
}

#[tokio::test]
async fn only_what_the_issuer_has_signed_for_this_service_and_for_now_is_accepted() {
    let (curve, edwards, stranger) = (Key::curve("c"), Key::edwards("e"), Key::curve("c"));
    let shared = json!({"kid": "s", "kty": "oct", "alg": "HS256", "k": encoded("secret")});
    let secret = json!({"kid": "x", "kty": "EC", "crv": "P-256", "use": "enc", "x": "", "y": ""});
    let odd = json!({"kid": 7, "kty": "new"});
    let keys = vec![curve.public(), edwards.public(), shared, secret, odd];
    let issuer = Issuer::start(keys).await;
    let data = tempfile::tempdir().unwrap();
    let access = issuer.access(&data);
    let now = Timestamp::now().as_second();

    let es = json!({"alg": "ES256", "kid": "c", "typ": "JWT"});
    let signed = |header: Value, claims: Value| {
        curve.sign(&with(es.clone(), header), &with(issuer.claims(), claims))
    };
    let none = json!({});
    for (what, token, role) in [
        (
            "as it should be",
            signed(none.clone(), none.clone()),
            Role::Operator,
        ),
        (
            "one audience",
            signed(none.clone(), json!({"aud": "emulator"})),
            Role::Operator,
        ),
        (
            "words",
            signed(none.clone(), json!({"realm": {"roles": "root staff"}})),
            Role::Admin,
        ),
        (
            "Ed25519",
            edwards.sign(&json!({"alg": "EdDSA", "kid": "e"}), &issuer.claims()),
            Role::Operator,
        ),
    ] {
        let caller = access.by_token(&token, client(0)).await;
        let caller = caller.unwrap_or_else(|denied| panic!("{what}: {denied:?}"));
        assert_eq!(
            (&*caller.name, caller.role),
            ("oidc:ann@example.com", role),
            "{what}"
        );
        // Whatever the name is for people, the subject is the issuer's.
        let team = Some("payments/eu".to_owned());
        assert_eq!((&*caller.subject, caller.team), ("oidc:1", team), "{what}");
    }

    let good = signed(none.clone(), none.clone());
    let (body, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = body.split_once('.').unwrap();
    let admin = with(issuer.claims(), json!({"realm": {"roles": ["root"]}}));
    let altered = format!("{header}.{}.{signature}", encoded(admin.to_string()));
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let scratched = format!("{body}.{first}{}", &signature[1..]);
    let confused = |key: &[u8], kid: &str| {
        let text = unsigned(&json!({"alg": "HS256", "kid": kid}), &admin);
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        format!("{text}.{}", encoded(mac.finalize().into_bytes()))
    };
    let point = match &curve.signer {
        Signer::Curve(pair) => pair.public_key().as_ref().to_vec(),
        Signer::Edwards(_) => unreachable!(),
    };
    let of_none = |alg: &str| unsigned(&json!({"alg": alg, "kid": "c"}), &admin);
    let own_key = with(es.clone(), json!({"jwk": stranger.public()}));
    let (own_url, crit) = (
        json!({"jku": "http://evil.example"}),
        json!({"crit": ["b64"]}),
    );
    let wrong_kid = json!({"kid": "z"});
    let no_key = "its key (kid) is none of the issuer's";
    let no_jwt = "it is no JWT, or is not signed with RSA, ECDSA or Ed25519";
    let wrong = "its signature is wrong";
    let algorithm = "its algorithm is not one of its key's";
    let lacks = "it lacks one of the claims exp, iss, aud and sub";
    let audience = "it is for another audience";
    let no_sub = "its sub is no text of 1 to 255 characters";
    for (number, (what, token, why)) in [
        (
            "expired",
            signed(none.clone(), json!({"exp": now - 120})),
            "it has expired",
        ),
        (
            "not yet",
            signed(none.clone(), json!({"nbf": now + 300})),
            "it is not valid yet",
        ),
        (
            "for ever",
            signed(none.clone(), json!({"exp": null})),
            lacks,
        ),
        (
            "another issuer",
            signed(none.clone(), json!({"iss": "http://e"})),
            "it is of another issuer",
        ),
        (
            "no issuer",
            signed(none.clone(), json!({"iss": null})),
            lacks,
        ),
        (
            "another audience",
            signed(none.clone(), json!({"aud": "other"})),
            audience,
        ),
        (
            "no audience",
            signed(none.clone(), json!({"aud": null})),
            lacks,
        ),
        ("nobody", signed(none.clone(), json!({"sub": null})), lacks),
        ("no name", signed(none.clone(), json!({"sub": ""})), no_sub),
        (
            "a long name",
            signed(none.clone(), json!({"sub": "a".repeat(256)})),
            no_sub,
        ),
        (
            "a team that no label names",
            signed(none.clone(), json!({"team": "a b"})),
            "its team is not what a label may be",
        ),
        ("claims altered", altered, wrong),
        ("signature altered", scratched, wrong),
        ("no signature", format!("{body}."), wrong),
        (
            "another key of that name",
            stranger.sign(&es, &admin),
            wrong,
        ),
        ("a key of its own", stranger.sign(&own_key, &admin), wrong),
        (
            "a key at its own place",
            stranger.sign(&with(es.clone(), own_url), &admin),
            wrong,
        ),
        ("an unknown key", signed(wrong_kid, none.clone()), no_key),
        (
            "no key named",
            signed(json!({"kid": null}), none.clone()),
            no_key,
        ),
        ("alg none", format!("{}.", of_none("none")), no_jwt),
        (
            "alg None",
            format!("{}.{signature}", of_none("None")),
            no_jwt,
        ),
        ("key as a secret", confused(&point, "c"), algorithm),
        (
            "coordinates as a secret",
            confused(&point[1..], "c"),
            algorithm,
        ),
        (
            "JWK as a secret",
            confused(curve.public().to_string().as_bytes(), "c"),
            algorithm,
        ),
        (
            "a shared secret among the keys",
            confused(b"secret", "s"),
            no_key,
        ),
        (
            "a key for encryption",
            signed(json!({"kid": "x"}), none.clone()),
            no_key,
        ),
        (
            "RSA with a curve's key",
            signed(json!({"alg": "RS256"}), none.clone()),
            algorithm,
        ),
        (
            "more than is known",
            signed(crit, none.clone()),
            "its header asks for more than is known here (crit)",
        ),
        (
            "no claims",
            format!("{header}.{}.{signature}", encoded("7")),
            wrong,
        ),
        (
            "no JSON",
            format!("eyJhbGciOiJFUzI1NiJ.{claims}.{signature}"),
            no_jwt,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let denied = access
            .by_token(&token, client(number as u8 + 1))
            .await
            .unwrap_err();
        assert_eq!(denied, Denied::Refused(why), "{what}");
    }
    for roles in [
        json!({}),
        json!({"roles": []}),
        json!({"roles": ["admin"]}),
        json!({"roles": 1}),
    ] {
        let token = signed(none.clone(), json!({"realm": roles}));
        let denied = access.by_token(&token, client(0)).await.unwrap_err();
        assert_eq!(
            denied,
            Denied::NoRole("oidc:ann@example.com".to_owned()),
            "{roles}"
        );
    }
    // A flood is slowed down as one of wrong tokens is.
    let mut refused = 0;
    let mut denied = access
        .by_token(&format!("{}.", of_none("none")), client(99))
        .await;
    while denied == Err(Denied::Refused(no_jwt)) {
        refused += 1;
        denied = access
            .by_token(&format!("{}.", of_none("none")), client(99))
            .await;
    }
    assert!(matches!(denied, Err(Denied::TooMany(_))), "{denied:?}");
    assert!((10..=11).contains(&refused), "{refused}");
}

#[tokio::test]
async fn a_session_lasts_no_longer_than_its_token_and_is_one_of_this_issuer() {
    let key = Key::curve("c");
    let issuer = Issuer::start(vec![key.public()]).await;
    let data = tempfile::tempdir().unwrap();
    let access = issuer.access(&data);
    let header = json!({"alg": "ES256"});
    let name = "<b>\r\nX: 1".repeat(40);
    let claims = with(issuer.claims(), json!({"email": name}));
    let token = key.sign(&header, &claims);
    let (caller, session, seconds) = access.log_in(&token, client(1)).await.unwrap();
    assert!((290..=300).contains(&seconds), "{seconds}");
    assert!(caller.name.len() < 120 && !caller.name.contains(char::is_control));
    assert_eq!(access.by_session(&session), Ok(caller));
    assert!(
        session
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    );
    for other in [
        session.replace("operator", "admin"),
        session.replacen("oidc-operator-", "oidc-operator-00", 1),
    ] {
        assert_eq!(access.by_session(&other), Err(Denied::Unknown));
    }
    let elsewhere = Issuer::start(vec![key.public()]).await.access(&data);
    assert_eq!(elsewhere.by_session(&session), Err(Denied::Unknown));
}

#[tokio::test]
async fn new_keys_are_found_unknown_ones_make_no_storm_and_known_ones_outlive_the_issuer() {
    let (old, new, never) = (Key::curve("old"), Key::curve("new"), Key::curve("never"));
    let issuer = Issuer::start(vec![old.public()]).await;
    let data = tempfile::tempdir().unwrap();
    let access = issuer.access(&data);
    let token = |key: &Key| key.sign(&json!({"alg": "ES256", "kid": key.id}), &issuer.claims());
    let [old, new, unknown] = [(&old), (&new), (&never)].map(|key| (token(key), key.public()));
    assert!(access.by_token(&old.0, client(1)).await.is_ok());
    assert_eq!(issuer.asked(), 2, "two documents");

    // 200 callers with a key that nobody has, at once and in turn, from as many places.
    let begun = Instant::now();
    let denied = Denied::Refused("its key (kid) is none of the issuer's");
    for number in 0..200 {
        let found = access.by_token(&unknown.0, client(number)).await;
        assert_eq!(found.unwrap_err(), denied);
    }
    let fetches = 1 + begun.elapsed().as_secs() as usize / 5;
    assert!(
        issuer.asked() <= 2 * (1 + fetches),
        "{} in {:?}",
        issuer.asked(),
        begun.elapsed()
    );

    // The key is changed: the new one is found within five seconds of the last question.
    issuer.set(|state| state.keys = vec![new.1.clone()]);
    tokio::time::sleep(Duration::from_millis(5100)).await;
    assert!(access.by_token(&new.0, client(2)).await.is_ok());
    assert_eq!(
        access.by_token(&old.0, client(2)).await.unwrap_err(),
        denied
    );

    // The issuer is away, then it answers as another one.
    issuer.set(|state| state.is_away = true);
    tokio::time::sleep(Duration::from_millis(5100)).await;
    assert_eq!(
        access.by_token(&unknown.0, client(3)).await,
        Err(Denied::IssuerAway(5))
    );
    assert!(access.by_token(&new.0, client(3)).await.is_ok());
    issuer.set(|state| {
        state.is_away = false;
        state.keys.push(unknown.1.clone());
        state.calls_itself = Some("https://evil.example".to_owned());
    });
    tokio::time::sleep(Duration::from_millis(5100)).await;
    assert_eq!(
        access.by_token(&unknown.0, client(4)).await,
        Err(Denied::IssuerAway(5))
    );
    issuer.set(|state| state.calls_itself = None);
    tokio::time::sleep(Duration::from_millis(5100)).await;
    assert!(access.by_token(&unknown.0, client(4)).await.is_ok());
}
