//! What receivers are sent, what is made of their answers, and who is never told.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use adapter_callbacks::{CallbackConfig, HEADER, SignedCallbacks};
use emulator_domain::Timestamp;
use emulator_domain::emulation::{CallbackEvent, CallbackOutcome, Emulation, Outcome};
use emulator_ports::Callbacks;
use emulator_ports::contract::repository::emulation;
use platform_egress::contract::{ForbiddenListener, REFUSED};
use serde_json::{Value, json};

const SECRET: &str = "a-secret-of-which-nothing-is-told";

type Received = Arc<Mutex<Vec<(String, String, Value)>>>;

/// A receiver that answers with a status; gives its URL and what it has received.
fn receiver(status: u16, body: &'static str) -> (String, Received) {
    let received = Received::default();
    let data = Data::new(received.clone());
    let answer = move |received: Data<Received>, request: HttpRequest, content: Bytes| async move {
        let header = request.headers().get(HEADER).unwrap().to_str().unwrap();
        let what = format!("{} {}", request.method(), request.uri());
        let content = serde_json::from_slice(&content).unwrap();
        let mut received = received.lock().unwrap();
        received.push((what, header.to_owned(), content));
        HttpResponse::build(status.try_into().unwrap())
            .insert_header(("Location", "/elsewhere"))
            .body(body)
    };
    let app = move || {
        let service = web::to(answer);
        App::new().app_data(data.clone()).default_service(service)
    };
    let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/told?token=1", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    (url, received)
}

fn callbacks(hosts: &str) -> SignedCallbacks {
    of_secrets(hosts, SECRET, None)
}

fn of_secrets(hosts: &str, secret: &str, former: Option<&str>) -> SignedCallbacks {
    platform_runtime::tls::install_provider();
    let config = CallbackConfig {
        hosts: hosts.parse().unwrap(),
        secret: secret.into(),
        former: former.map(Into::into),
    };
    SignedCallbacks::new(config).unwrap()
}

fn ended() -> Emulation {
    let mut run = emulation(1, 0);
    run.finish(Outcome::Cancelled, run.created_at().moved(2_000_000))
        .unwrap();
    run
}

async fn tell(callbacks: &SignedCallbacks, url: &str) -> CallbackOutcome {
    let now = Timestamp::from_micros(1_767_225_600_500_000).unwrap();
    let event = CallbackEvent::Ended;
    callbacks.notify(url, event, &ended(), now).await
}

#[actix_web::test]
async fn a_receiver_is_told_once_an_attempt_and_its_answer_is_sorted() {
    let taken = |told: &CallbackOutcome| *told == CallbackOutcome::Accepted;
    let later = |told: &CallbackOutcome| matches!(told, CallbackOutcome::Retryable(_));
    for (status, is_taken, comes_again) in [
        (200, true, false),
        (202, true, false),
        (204, true, false),
        (301, false, true),
        (307, false, true),
        (401, false, true),
        (404, false, true),
        (410, false, false),
        (429, false, true),
        (500, false, true),
        (503, false, true),
    ] {
        let (url, received) = receiver(status, "because");
        let told = tell(&callbacks("127.0.0.1"), &url).await;
        assert_eq!(
            (taken(&told), later(&told)),
            (is_taken, comes_again),
            "{status}: {told:?}"
        );
        // Redirects are not followed.
        assert_eq!(received.lock().unwrap().len(), 1, "{status}");
        if let CallbackOutcome::Retryable(why) | CallbackOutcome::Refused(why) = told {
            assert!(why.starts_with(&status.to_string()), "{why}");
            assert!(!why.contains("token") && !why.contains(SECRET), "{why}");
        }
    }
    let told = tell(&callbacks("127.0.0.1:9"), "http://127.0.0.1:9/").await;
    assert!(later(&told), "{told:?}");
    let told = tell(&callbacks("127.0.0.1:9"), "http://127.0.0.1:10/").await;
    assert!(matches!(told, CallbackOutcome::Refused(_)), "{told:?}");
}

#[actix_web::test]
async fn what_is_sent_says_what_ended_and_how() {
    let (url, received) = receiver(200, "");
    assert_eq!(
        tell(&callbacks("127.0.0.1"), &url).await,
        CallbackOutcome::Accepted
    );
    let (what, header, body) = received.lock().unwrap().remove(0);
    assert_eq!(what, "POST /told?token=1");
    assert!(header.starts_with("t=1767225600,v1="), "{header}");
    let id = ended().id().to_string();
    assert_eq!(
        body,
        json!({
            "id": format!("{id}.ended"), "event": "ended", "time": "2026-01-01T00:00:02Z",
            "emulation": {
                "id": id, "name": null, "labels": {}, "status": "cancelled",
                "emulation_domain": "device-log", "emulator_sync": "minio",
                "destination": "a.bucket-of-their-own",
                "records": {"planned": 1001, "generated": 0, "acknowledged": 0, "failed": 0, "in_flight": 0},
                "bytes": 0, "started_at": null, "finished_at": "2026-01-01T00:00:02Z", "error": null,
            },
        })
    );
}

#[actix_web::test]
async fn what_is_kept_of_a_url_is_told_by_whoever_has_the_secret_or_has_had_it() {
    let (url, received) = receiver(200, "");
    let kept = callbacks("127.0.0.1").check(&url).unwrap();
    assert!(
        kept.starts_with(&url[..url.find("/told").unwrap()]),
        "{kept}"
    );
    assert!(!kept.contains("told") && !kept.contains("token"), "{kept}");
    let other = "another-secret-of-32-characters-";
    for (secret, former, is_told) in [
        (SECRET, None, true),
        (other, Some(SECRET), true),
        (other, None, false),
        (other, Some("yet-another-secret-of-32-characters"), false),
    ] {
        match tell(&of_secrets("127.0.0.1", secret, former), &kept).await {
            CallbackOutcome::Accepted => assert!(is_told, "{secret} {former:?}"),
            CallbackOutcome::Refused(why) => {
                assert!(!is_told && why.contains("former_secret"), "{why}")
            }
            CallbackOutcome::Retryable(why) => panic!("{why}"),
        }
    }
    assert_eq!(received.lock().unwrap().len(), 2);
    // The list may have been changed since.
    let told = tell(&callbacks("other.example"), &kept).await;
    assert!(
        matches!(&told, CallbackOutcome::Refused(why) if why.contains("is not allowed")),
        "{told:?}"
    );
}

#[actix_web::test]
async fn nobody_is_told_at_an_address_that_only_this_machine_reaches() {
    let callbacks = callbacks("*");
    for url in REFUSED {
        assert!(callbacks.check(url).is_err(), "{url}");
        let told = tell(&callbacks, url).await;
        assert!(
            matches!(told, CallbackOutcome::Refused(_)),
            "{url}: {told:?}"
        );
    }
    // A name is found out when it is resolved, each time.
    let listener = ForbiddenListener::new();
    for url in listener.urls() {
        let told = tell(&callbacks, &url).await;
        let CallbackOutcome::Retryable(why) = told else {
            panic!("{url}: {told:?}")
        };
        assert_eq!(why, "localhost has no address that may be contacted");
    }
    assert!(listener.has_no_connection());
    let long = format!("https://a.example/{}", "a".repeat(2_048));
    let why = callbacks.check(&long).unwrap_err();
    assert!(why.contains("expected at most 2048"), "{why}");
}
