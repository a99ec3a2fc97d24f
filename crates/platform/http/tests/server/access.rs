//! Tokens, sessions and the audit log, as clients meet them.

use std::fs;
use std::sync::atomic::Ordering;

use platform_access::{Folder, verify};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{COUNTED, asking, told};

/// The form at /login with this token.
fn form(token: &str, more: &str) -> String {
    let body = format!("token={token}");
    let length = body.len();
    format!(
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n{more}\r\n{body}"
    )
}

/// The line of the head that begins so.
fn line<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = answer.split("\r\n\r\n").next().unwrap().lines();
    lines.find_map(|line| line.strip_prefix(name))
}

#[actix_web::test]
async fn hosts_that_do_not_answer_are_named_to_those_who_may_read_only() {
    let stop = CancellationToken::new();
    let data = tempfile::tempdir().unwrap();
    let (server, [viewer, _]) = asking(data.path(), &stop);
    let open = crate::server(&stop);
    let (address, open_address) = (server.address(), open.address());
    let running = [server, open].map(|one| actix_web::rt::spawn(one.run()));
    let ask = async |address, token: &str| {
        let head = "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close";
        told(address, &format!("{head}\r\n{token}\r\n")).await
    };
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    for (address, token, named) in [
        (address, String::new(), false),
        (address, bearer("dtk_unknown"), false),
        (address, bearer(&viewer), true),
        (open_address, String::new(), true),
    ] {
        let answer = ask(address, &token).await;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains(r#""kafka":{"status":"down""#), "{answer}");
        assert_eq!(answer.contains("kafka.example:9092"), named, "{answer}");
    }
    stop.cancel();
    for one in running {
        one.await.unwrap().unwrap();
    }
}

#[actix_web::test]
async fn a_form_exchanges_a_token_for_a_cookie_that_scripts_and_other_sites_do_not_have() {
    let stop = CancellationToken::new();
    let data = tempfile::tempdir().unwrap();
    let (server, [_, operator]) = asking(data.path(), &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let close = "Host: localhost\r\nConnection: close";
    let page = told(address, &format!("GET /login HTTP/1.1\r\n{close}\r\n\r\n")).await;
    assert!(
        page.contains("<form method=\"post\" action=\"/login\">"),
        "{page}"
    );
    assert!(
        page.contains("form-action 'self'") && !page.contains("<script"),
        "{page}"
    );

    let wrong = told(address, &form("dtk_%3Cscript%3E", "")).await;
    assert!(wrong.starts_with("HTTP/1.1 401 "), "{wrong}");
    assert!(
        wrong.contains("role=\"alert\">the token or session is unknown"),
        "{wrong}"
    );
    assert!(
        !wrong.contains("script") && line(&wrong, "set-cookie: ").is_none(),
        "{wrong}"
    );
    let foreign = told(address, &form(&operator, "Origin: http://evil.example\r\n")).await;
    assert!(foreign.starts_with("HTTP/1.1 403 "), "{foreign}");

    let right = told(address, &form(&operator, "")).await;
    assert!(right.starts_with("HTTP/1.1 303 "), "{right}");
    assert_eq!(line(&right, "location: "), Some("/"));
    let cookie = line(&right, "set-cookie: ").unwrap();
    let (session, rules) = cookie.split_once("; ").unwrap();
    assert_eq!(rules, "Max-Age=43200; Path=/; HttpOnly; SameSite=Strict");
    assert!(
        !right.contains(&operator[21..]),
        "the token is not the session: {right}"
    );

    let ask = async |what: &str, cookie: &str| {
        let text = format!("{what} HTTP/1.1\r\n{close}\r\nCookie: a=b; {cookie}\r\n");
        let body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        told(address, &format!("{text}{body}")).await
    };
    let me = ask("GET /whoami", session).await;
    assert!(
        me.ends_with(r#"{"name":"operator","role":"operator"}"#),
        "{me}"
    );
    assert!(ask("POST /echo", session).await.ends_with("{}"));
    let (name, text) = session.split_once('=').unwrap();
    let (begin, last) = text.split_at(text.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    for wrong in [format!("{name}={begin}{other}"), format!("{name}=")] {
        let answer = ask("GET /whoami", &wrong).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    let left = ask("POST /logout", session).await;
    assert_eq!(line(&left, "location: "), Some("/login"));
    let gone = line(&left, "set-cookie: ").unwrap();
    assert!(gone.starts_with(&format!("{name}=; Max-Age=0; ")), "{gone}");
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_flood_of_wrong_tokens_is_slowed_down_and_others_are_served() {
    let stop = CancellationToken::new();
    let data = tempfile::tempdir().unwrap();
    let (server, [viewer, _]) = asking(data.path(), &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let ask = async |token: &str| {
        let text = format!(
            "GET /whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        told(address, &text).await
    };
    let mut statuses = [0, 0];
    for number in 0..200 {
        let answer = ask(&format!("dtk_{number:016}_secret")).await;
        let is_slowed = answer.starts_with("HTTP/1.1 429 ");
        assert!(is_slowed || answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(
            !is_slowed || line(&answer, "retry-after: ").is_some(),
            "{answer}"
        );
        statuses[usize::from(is_slowed)] += 1;
        if number % 20 == 0 {
            assert!(ask(&viewer).await.starts_with("HTTP/1.1 200 "));
        }
    }
    assert!(statuses[0] <= 12, "{statuses:?}");
    stop.cancel();
    running.await.unwrap().unwrap();
    let log = fs::read_to_string(data.path().join("access/audit.jsonl")).unwrap();
    assert!(log.lines().count() <= 13, "a flood fills no disk: {log}");
}

#[actix_web::test]
async fn what_was_done_is_noted_before_the_answer_and_nothing_goes_unnoted() {
    let stop = CancellationToken::new();
    let data = tempfile::tempdir().unwrap();
    let (server, [viewer, operator]) = asking(data.path(), &stop);
    let address = server.address();
    let running = actix_web::rt::spawn(server.run());
    let log = data.path().join("access/audit.jsonl");
    let post = async |token: &str| {
        let text = format!(
            "POST /count/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        told(address, &text).await
    };
    let noted = || {
        let text = fs::read_to_string(&log).unwrap();
        serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap()
    };
    for (token, name, status) in [(&operator, "operator", 200), (&viewer, "viewer", 403)] {
        let answer = post(token).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        let record = noted();
        for (field, value) in [
            ("who", name),
            ("role", name),
            ("client", "127.0.0.1"),
            ("action", "POST /count"),
            ("target", "/count/"),
            ("result", &status.to_string()),
        ] {
            assert_eq!(record[field], json!(value), "{record}");
        }
    }
    let text = fs::read_to_string(&log).unwrap();
    let accepted = text.lines().rev().nth(2).unwrap();
    let accepted: Value = serde_json::from_str(accepted).unwrap();
    assert_eq!(accepted["result"], json!("accepted"), "{text}");
    assert_eq!(accepted["who"], json!("operator"), "{text}");
    // What cannot be noted is not done.
    let head = data.path().join("access/audit.head.partial");
    fs::create_dir(&head).unwrap();
    let before = COUNTED.load(Ordering::SeqCst);
    let answer = post(&operator).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(
        answer.ends_with("so this was not carried out\"}"),
        "{answer}"
    );
    assert_eq!(COUNTED.load(Ordering::SeqCst), before);
    fs::remove_dir(&head).unwrap();
    assert!(post(&operator).await.starts_with("HTTP/1.1 200 "));
    stop.cancel();
    running.await.unwrap().unwrap();
    let folder = Folder::open(&data.path().join("access")).unwrap().unwrap();
    assert_eq!(verify(&folder, None).unwrap().problems, [""; 0]);
}
