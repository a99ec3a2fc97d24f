//! Tokens, sessions and what they let in.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use platform_access::{
    Access, AccessError, AccessSettings, Audit, Denied, Folder, Grant, Role, TokenError, Tokens,
};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn tokens(data: &Path) -> Tokens {
    Tokens::new(Folder::create(&data.join("access"), |_| Ok(())).unwrap())
}

fn access(data: &Path) -> Access {
    let required = AccessSettings {
        required: true,
        ..AccessSettings::default()
    };
    Access::of(&required, Some(data), true).unwrap().unwrap()
}

#[tokio::test]
async fn a_token_lets_in_until_it_ends_or_is_revoked_and_its_sessions_with_it() {
    let data = tempfile::tempdir().unwrap();
    let tokens = tokens(data.path());
    let now = Timestamp::now();
    let soon = now + SignedDuration::from_secs(3);
    let ann = tokens.create("ann", Role::Operator, now).unwrap();
    let short = Grant {
        expires: Some(soon),
        ..Role::Viewer.into()
    };
    let bob = tokens.create("bob", short, now).unwrap();
    let access = access(data.path());
    let name = |found: Result<platform_access::Caller, Denied>| found.map(|caller| caller.name);
    let by_token = async |token: &str| name(access.by_token(token, CLIENT).await);
    let by_session = |text: &str| name(access.by_session(text));
    assert_eq!(by_token(&ann).await, Ok("ann".to_owned()));
    let (caller, session, seconds) = access.log_in(&ann, CLIENT).await.unwrap();
    assert_eq!((caller.role, seconds), (Role::Operator, 12 * 3600));
    let (_, short, seconds) = access.log_in(&bob, CLIENT).await.unwrap();
    assert!(seconds <= 3, "{seconds}");
    assert_eq!(by_session(&session), Ok("ann".to_owned()));
    assert_eq!(by_session(&short), Ok("bob".to_owned()));
    // A token is no session, and a session no token; nothing of either can be exchanged.
    let of_other = session.replace(session.split('.').next().unwrap(), &bob[4..20]);
    let (begin, last) = session.split_at(session.len() - 1);
    let altered = format!("{begin}{}", if last == "0" { "1" } else { "0" });
    for wrong in [&*ann, &of_other, &altered, "", "a.b.c"] {
        assert_eq!(by_session(wrong), Err(Denied::Unknown), "{wrong}");
    }
    tokens.revoke("ann").unwrap();
    let carla = tokens.create("carla", Role::Admin, now).unwrap();
    // The one ends after 3 s, the other is known to be revoked after 1 s.
    std::thread::sleep(Duration::from_millis(3200));
    assert_eq!(by_token(&carla).await, Ok("carla".to_owned()));
    for gone in [
        by_token(&ann).await,
        by_token(&bob).await,
        by_session(&session),
        by_session(&short),
    ] {
        assert_eq!(gone, Err(Denied::Unknown));
    }
}

#[test]
fn nothing_kept_is_the_token() {
    let data = tempfile::tempdir().unwrap();
    let tokens = tokens(data.path());
    let text = tokens.create("ann", Role::Admin, Timestamp::now());
    let text = text.unwrap();
    let secret = text.rsplit_once('_').unwrap().1;
    assert_eq!(secret.len(), 64);
    for file in fs::read_dir(data.path().join("access")).unwrap() {
        let path = file.unwrap().path();
        let content = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(!content.contains(secret), "{}", path.display());
    }
    let again = tokens.create("ann", Role::Admin, Timestamp::now());
    assert!(matches!(again, Err(TokenError::Exists(_))));
    for wrong in ["", "a b", "ä", "a/b", &"a".repeat(65)] {
        let refused = tokens.create(wrong, Role::Viewer, Timestamp::now());
        assert!(matches!(refused, Err(TokenError::Name(_))), "{wrong}");
        let grant = Grant {
            team: Some(wrong.replace('/', " ")),
            ..Role::Viewer.into()
        };
        let refused = tokens.create("bob", grant, Timestamp::now());
        assert!(matches!(refused, Err(TokenError::Team(_))), "{wrong}");
    }
}

#[tokio::test]
async fn a_client_that_is_wrong_too_often_has_to_wait_and_the_right_token_has_not() {
    let data = tempfile::tempdir().unwrap();
    let right = tokens(data.path()).create("ann", Role::Admin, Timestamp::now());
    let (right, access) = (right.unwrap(), access(data.path()));
    let other = right.replace(&right[30..34], "0000");
    for _ in 0..10 {
        assert_eq!(access.by_token(&other, CLIENT).await, Err(Denied::Unknown));
    }
    let refused = access.by_token(&other, CLIENT).await;
    assert!(
        matches!(refused, Err(Denied::TooMany(1..=7))),
        "{refused:?}"
    );
    assert!(access.by_token(&right, CLIENT).await.is_ok());
    // Logging in is for people: it waits with the right token, too.
    let refused = access.log_in(&right, CLIENT).await;
    assert!(matches!(refused, Err(Denied::TooMany(_))), "{refused:?}");
    assert!(
        access
            .log_in(&right, Ipv4Addr::new(10, 0, 0, 1).into())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_token_is_checked_within_50_microseconds() {
    let data = tempfile::tempdir().unwrap();
    let tokens = tokens(data.path());
    let right = tokens.create("ann", Role::Admin, Timestamp::now()).unwrap();
    for number in 0..200 {
        let name = format!("service-{number}");
        tokens
            .create(&name, Role::Viewer, Timestamp::now())
            .unwrap();
    }
    let access = access(data.path());
    access.by_token(&right, CLIENT).await.unwrap();
    let begun = Instant::now();
    for _ in 0..10_000 {
        access.by_token(&right, CLIENT).await.unwrap();
    }
    let each = begun.elapsed() / 10_000;
    println!("a check takes {each:?}");
    assert!(each < Duration::from_micros(50), "{each:?}");
}

#[test]
fn a_service_asks_where_it_should_and_does_not_start_where_it_could_not() {
    let (empty, full) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Folder::create(&full.path().join("access"), |_| Ok(())).unwrap();
    let (empty, full) = (Some(empty.path()), Some(full.path()));
    let secret = || Some("0123456789abcdef0123456789abcdef".into());
    for (required, by_proxy, admin_token, data, is_loopback, asks) in [
        (false, false, None, empty, true, Ok(false)),
        (false, false, None, full, true, Ok(false)),
        (false, false, None, empty, false, Ok(false)),
        (false, false, None, full, false, Ok(true)),
        (false, false, secret(), None, false, Err("data.dir")),
        (false, true, None, full, false, Ok(false)),
        (true, true, None, full, false, Ok(false)),
        (true, false, None, full, true, Ok(true)),
        (true, false, None, empty, true, Err("auth.required")),
        (true, false, None, None, false, Err("auth.required")),
        (true, false, secret(), None, false, Err("data.dir")),
        (true, false, secret(), empty, false, Ok(true)),
    ] {
        let case = (required, by_proxy, admin_token.is_some(), data, is_loopback);
        let settings = AccessSettings {
            required,
            by_proxy,
            admin_token,
            ..AccessSettings::default()
        };
        let checked = Access::check(&settings, data).map_err(|error| error.to_string());
        let found = Access::of(&settings, data, is_loopback).map(|access| access.is_some());
        if settings.required {
            assert_eq!(
                checked,
                found.as_ref().map(drop).map_err(ToString::to_string)
            );
        }
        match asks {
            Ok(asks) => assert_eq!(found.unwrap(), asks, "{case:?}"),
            Err(setting) => {
                let error: AccessError = found.unwrap_err();
                assert!(error.to_string().contains(setting), "{case:?}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn the_token_of_the_environment_is_an_admin_and_kept_nowhere() {
    let data = tempfile::tempdir().unwrap();
    let token = "0123456789abcdef0123456789abcdef";
    let settings = AccessSettings {
        admin_token: Some(token.into()),
        ..AccessSettings::default()
    };
    let access = Access::of(&settings, Some(data.path()), false)
        .unwrap()
        .unwrap();
    assert_eq!(
        access.by_token(token, CLIENT).await.unwrap().role,
        Role::Admin
    );
    let (_, session, _) = access.log_in(token, CLIENT).await.unwrap();
    assert_eq!(access.by_session(&session).unwrap().name, "environment");
    assert!(
        access
            .by_token("0123456789abcdef0123456789abcdeg", CLIENT)
            .await
            .is_err()
    );
    drop(access);
    let other = AccessSettings {
        admin_token: Some("another token of the environment".into()),
        ..AccessSettings::default()
    };
    let access = Access::of(&other, Some(data.path()), false)
        .unwrap()
        .unwrap();
    assert_eq!(access.by_session(&session), Err(Denied::Unknown));
    let folder = Folder::create(&data.path().join("access"), |_| panic!("it is there")).unwrap();
    assert_eq!(platform_access::verify(&folder, None).unwrap().records, 1);
    let _ = Audit::new(folder);
}
