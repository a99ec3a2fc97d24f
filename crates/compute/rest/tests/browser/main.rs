//! The page in Chromium.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../../../../pipeline/rest/tests/browser/chromium.rs"]
mod chromium;
#[path = "../api/harness.rs"]
#[allow(dead_code, reason = "the API's tests use all of it")]
mod harness;

use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix_web::rt;
use adapter_clock::SystemClock;
use async_trait::async_trait;
use awc::Client;
use compute_application::{AnnouncePolicy, Announcer};
use compute_ports::{
    Announcement, CallbackError, EngineError, EngineErrorKind, Engines, Ping, Processor,
    Registration,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const ATTACK: &str = "<img src=x onerror=\"document.title='attacked'\">";

/// An engine that nobody answers for.
struct Away;

#[async_trait]
impl Engines for Away {
    async fn announce(&self, _: &str, _: &Announcement) -> Result<Registration, EngineError> {
        Err(EngineError {
            kind: EngineErrorKind::Unreachable,
            message: format!("no answer from {ATTACK}"),
        })
    }

    async fn ping(&self, _: &str, _: &str) -> Result<Ping, EngineError> {
        unreachable!("it is never registered")
    }

    async fn take_leave(&self, _: &str, _: &Registration) -> Result<(), EngineError> {
        unreachable!("it is never registered")
    }
}

fn announcer() -> Announcer {
    let announcement = Announcement {
        service: harness::Copy.description(),
        url: "http://copy:9090".to_owned(),
        docs_url: "http://copy:9090/docs".to_owned(),
    };
    let policy = AnnouncePolicy {
        retries: 5,
        retry_delay: Duration::from_secs(60),
        ping_every: Duration::from_secs(60),
    };
    let urls = vec!["http://engine:8080".to_owned()];
    Announcer::new(
        Arc::new(Away),
        Arc::new(SystemClock),
        urls,
        announcement,
        policy,
    )
}

/// What a browser makes of the page of a service that has had these tasks, whose sender answers so,
/// once `is_so` holds for what the page asks.
fn document(
    tasks: Vec<Value>,
    runs: bool,
    answer: Option<CallbackError>,
    engines: bool,
    is_so: fn(&Value) -> bool,
) -> String {
    let (tell, told) = mpsc::channel();
    let stop = CancellationToken::new();
    let token = stop.clone();
    let server = std::thread::spawn(move || {
        rt::System::new().block_on(async {
            let announcer = engines.then(announcer);
            let (url, _guard) = harness::service_for(5, runs, answer, announcer.clone());
            if let Some(announcer) = announcer {
                let token = token.clone();
                rt::spawn(async move { announcer.run(token).await });
            }
            for task in &tasks {
                let post = Client::default().post(format!("{url}/compute"));
                assert_eq!(harness::answer(post, task).await.0, 200);
            }
            for _ in 0..500 {
                if is_so(&harness::get(&format!("{url}/api/overview")).await.1) {
                    break;
                }
                rt::time::sleep(Duration::from_millis(10)).await;
            }
            tell.send(url).unwrap();
            token.cancelled().await;
        });
    });
    let document = chromium::document(&told.recv().unwrap());
    stop.cancel();
    server.join().unwrap();
    document
}

fn settled(overview: &Value) -> bool {
    overview["services"][0]["recent"].as_array().unwrap().len() == 2
}

#[track_caller]
fn shows(document: &str, texts: &[&str]) {
    for text in texts {
        assert!(document.contains(text), "{text} is not in {document}");
    }
}

#[test]
fn the_page_shows_the_service_its_files_and_how_its_tasks_ended() {
    let mut failing = harness::task();
    failing["task"]["id"] = json!("6f9619ff-8b86-4011-b42d-00c04fc964fe");
    failing["task"]["data_in"] = json!(["missing.txt"]);
    let document = document(vec![harness::task(), failing], true, None, false, settled);
    shows(
        &document,
        &[
            ">Connected<",
            "<span>Copy</span><span class=\"summary\">Copies a text.</span>",
            ">text<span class=\"type\">text/plain</span></div>",
            ">copy<span class=\"type\">text/plain</span></div>",
            ">0 of 5<",
            harness::ID,
            "<span class=\"good\">finished</span>",
            "<span class=\"bad\">error</span>",
            "there is no such object",
            "processing ",
            "<span>delivered</span>",
            "No engine is set.",
        ],
    );
}

#[test]
fn a_task_that_waits_and_an_engine_that_is_away_are_shown() {
    let document = document(vec![harness::task()], false, None, true, |overview| {
        overview["engines"][0]["state"] == "failing"
    });
    shows(
        &document,
        &[
            ">1 of 5<",
            ">pending<",
            ">not due<",
            "http://engine:8080",
            ">failing<",
            "attempt 1: no answer from",
        ],
    );
}

#[test]
fn a_sender_that_is_not_told_is_shown_with_the_reason_and_the_reason_is_text() {
    let busy = CallbackError::Passing(format!("503 Service Unavailable: {ATTACK}"));
    let document = document(vec![harness::task()], true, Some(busy), true, |overview| {
        !overview["services"][0]["undelivered"][0]["callback_error"].is_null()
    });
    shows(
        &document,
        &[
            ">waiting<",
            "503 Service Unavailable: &lt;img src=x onerror=",
        ],
    );
    assert!(!document.contains("<img src=\"x\""), "{document}");
    assert!(!document.contains("<title>attacked"), "{document}");
}
