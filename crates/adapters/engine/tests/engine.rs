//! What engines are sent, and what is made of their answers; the engine is a script.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use adapter_engine::{HttpCallbacks, HttpEngines};
use compute_domain::{Field, MediaType, ObjectKey, Outcome, ServiceDescription, ServiceDraft, Tag};
use compute_ports::{
    Announcement, CallbackError, Callbacks, EngineErrorKind, Engines, Ping, Registration,
};
use platform_egress::AllowedHosts;
use platform_egress::contract::{ForbiddenListener, REFUSED};
use serde_json::{Value, json};

/// Answers in turn, and notes what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Script {
    async fn answer(script: web::Data<Self>, request: HttpRequest, body: Bytes) -> HttpResponse {
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let asked = format!("{} {}", request.method(), request.path());
        script.asked.lock().unwrap().push((asked, body));
        let answer = script.answers.lock().unwrap().pop_front();
        let (status, body) = answer.expect("no more was expected");
        HttpResponse::build(status.try_into().unwrap())
            .insert_header(("Location", "/elsewhere"))
            .json(body)
    }

    /// Starts it with these answers, and gives its URL.
    fn start(answers: &[(u16, Value)]) -> (Self, String) {
        let script = Self::default();
        script
            .answers
            .lock()
            .unwrap()
            .extend(answers.iter().cloned());
        let data = web::Data::new(script.clone());
        let app = move || {
            App::new()
                .app_data(data.clone())
                .default_service(web::to(Self::answer))
        };
        let server = HttpServer::new(app).workers(1).bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        (script, url)
    }

    fn asked(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn engines() -> HttpEngines {
    platform_runtime::tls::install_provider();
    HttpEngines::new().unwrap()
}

fn announcement() -> Announcement {
    let service = ServiceDescription::parse(ServiceDraft {
        name: "Average colour".to_owned(),
        slug: "average-colour".to_owned(),
        summary: "Tells the colour.".to_owned(),
        description: "More.".to_owned(),
        data_in: vec![Field::new("image", &[MediaType::Jpeg, MediaType::Png])],
        data_out: vec![Field::new("colour", &[MediaType::Json])],
        tags: vec![Tag::ImageProcessing],
        has_ai: false,
    });
    Announcement {
        service: service.unwrap(),
        url: "http://compute:9090".to_owned(),
        docs_url: "http://compute:9090/docs".to_owned(),
    }
}

/// The registration, as the protocol has it.
fn registration() -> Value {
    json!({
        "name": "Average colour",
        "slug": "average-colour",
        "url": "http://compute:9090",
        "summary": "Tells the colour.",
        "description": "More.",
        "status": "available",
        "data_in_fields": [{"name": "image", "type": ["image/jpeg", "image/png"]}],
        "data_out_fields": [{"name": "colour", "type": ["application/json"]}],
        "tags": [{"name": "Image Processing", "acronym": "IP"}],
        "has_ai": false,
        "docs_url": "http://compute:9090/docs",
    })
}

fn record(id: &str) -> Value {
    let mut record = registration();
    record["id"] = json!(id);
    record["data_in_fields"][0]["format_hint"] = Value::Null;
    record
}

fn names(asked: &[(String, Value)]) -> Vec<&str> {
    asked.iter().map(|(name, _)| name.as_str()).collect()
}

#[actix_web::test]
async fn a_new_service_is_registered_with_all_fields() {
    let (script, url) = Script::start(&[(200, record("7b0e-1"))]);
    let engines = engines();
    let known_as = engines.announce(&url, &announcement()).await.unwrap();
    assert_eq!(known_as.id, "7b0e-1");
    assert_eq!(
        script.asked(),
        [("POST /services".to_owned(), registration())]
    );
}

#[actix_web::test]
async fn a_known_service_is_updated_and_goes_away_first_if_its_fields_have_changed() {
    let conflict = (
        409,
        json!({"detail": "Service with slug average-colour already exists"}),
    );
    let mut other = record("8");
    other["data_in_fields"][0]["type"] = json!(["image/png"]);
    let engines = engines();
    for (found, away) in [(record("8"), false), (other, true)] {
        let mut answers = vec![conflict.clone(), (200, found)];
        answers.extend((0..1 + usize::from(away)).map(|_| (200, json!({}))));
        let (script, url) = Script::start(&answers);
        assert_eq!(
            engines.announce(&url, &announcement()).await.unwrap().id,
            "8"
        );
        let asked = script.asked();
        let mut expected = vec!["POST /services", "GET /services/slug/average-colour"];
        expected.extend((0..1 + usize::from(away)).map(|_| "PATCH /services/8"));
        assert_eq!(names(&asked), expected);
        if away {
            assert_eq!(asked[2].1, json!({"status": "unavailable"}));
        }
        assert_eq!(asked.last().unwrap().1, registration());
    }
}

#[actix_web::test]
async fn an_engine_that_cannot_or_does_not_answer_says_what_to_check() {
    let engines = engines();
    use EngineErrorKind::{Refused, Unreachable};
    for (status, body, kind, says) in [
        (
            503,
            json!({"detail": "unreachable"}),
            Unreachable,
            "SERVICE_URL",
        ),
        (
            500,
            json!({"detail": "oops"}),
            Unreachable,
            "500 Internal Server Error: oops",
        ),
        (
            422,
            json!({"detail": [{"loc": ["body", "tags"]}]}),
            Refused,
            r#"[{"loc":["body","tags"]}]"#,
        ),
        (307, json!({}), Refused, "307"),
        (200, json!({"id": "../tasks"}), Refused, "without the id"),
        (200, json!([]), Refused, "without the id"),
    ] {
        let (script, url) = Script::start(&[(status, body)]);
        let error = engines.announce(&url, &announcement()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains(says), "{error}");
        assert_eq!(script.asked().len(), 1, "nothing follows");
    }
    let error = engines.ping("http://127.0.0.1:9", "a").await.unwrap_err();
    assert_eq!(error.kind, Unreachable);
    assert!(
        error.message.contains("check that it runs there"),
        "{error}"
    );
}

#[actix_web::test]
async fn signs_of_life_tell_whether_the_engine_has_forgotten() {
    let answers = [
        (200, Value::Null),
        (404, json!({"detail": "Not found"})),
        (500, json!({})),
    ];
    let (script, url) = Script::start(&answers);
    let engines = engines();
    let url = format!("{url}/");
    assert_eq!(engines.ping(&url, "average-colour").await, Ok(Ping::Known));
    assert_eq!(
        engines.ping(&url, "average-colour").await,
        Ok(Ping::Forgotten)
    );
    assert!(engines.ping(&url, "average-colour").await.is_err());
    assert_eq!(
        names(&script.asked()),
        ["POST /services/average-colour/ping"; 3]
    );
}

#[actix_web::test]
async fn who_leaves_sleeps_without_a_ping_and_is_away_for_older_engines() {
    let engines = engines();
    let known_as = Registration { id: "7".to_owned() };
    let asleep = json!({"status": "sleeping", "latest_ping": null});
    let (script, url) = Script::start(&[(200, json!({}))]);
    engines.take_leave(&url, &known_as).await.unwrap();
    assert_eq!(script.asked(), [("PATCH /services/7".to_owned(), asleep)]);
    let (script, url) = Script::start(&[(422, json!({})), (200, json!({}))]);
    engines.take_leave(&url, &known_as).await.unwrap();
    assert_eq!(script.asked()[1].1, json!({"status": "unavailable"}));
}

#[actix_web::test]
async fn senders_get_what_an_engine_needs_and_their_answers_are_sorted() {
    platform_runtime::tls::install_provider();
    let finished = Outcome::Finished(vec![ObjectKey::parse("a.json").unwrap()]);
    let failed = Outcome::Failed("no such object".to_owned());
    let passing = |error: &CallbackError| matches!(error, CallbackError::Passing(_));
    for (status, ok, again) in [
        (200, true, false),
        (204, true, false),
        (302, false, false),
        (404, false, false),
        (408, false, true),
        (422, false, false),
        (429, false, true),
        (500, false, true),
        (503, false, true),
    ] {
        let (script, url) = Script::start(&vec![(status, json!({"detail": "because"})); 2]);
        let hosts = AllowedHosts::default().and_of_urls([url.as_str()]);
        let callbacks = HttpCallbacks::new(hosts).unwrap();
        let url = format!("{url}/tasks/1");
        for outcome in [&finished, &failed] {
            let sent = callbacks.send(&url, outcome).await;
            assert_eq!(sent.is_ok(), ok, "{status}: {sent:?}");
            assert_eq!(
                sent.as_ref().is_err_and(passing),
                again,
                "{status}: {sent:?}"
            );
        }
        let name = "PATCH /tasks/1".to_owned();
        assert_eq!(
            script.asked(),
            [
                (
                    name.clone(),
                    json!({"status": "finished", "data_out": ["a.json"]})
                ),
                (
                    name,
                    json!({"status": "error", "data_out": [], "error_message": "no such object"})
                ),
            ]
        );
    }
    let callbacks = HttpCallbacks::new("127.0.0.1:9".parse().unwrap()).unwrap();
    let down = callbacks
        .send("http://127.0.0.1:9/", &finished)
        .await
        .unwrap_err();
    assert!(passing(&down), "{down}");
    let elsewhere = callbacks
        .send("http://127.0.0.1:10/", &finished)
        .await
        .unwrap_err();
    assert!(!passing(&elsewhere), "{elsewhere}");
    assert!(callbacks.check("http://127.0.0.1:10/").is_err());
}

#[actix_web::test]
async fn no_sender_is_told_at_an_address_that_only_this_machine_reaches() {
    platform_runtime::tls::install_provider();
    let callbacks = HttpCallbacks::new("*".parse().unwrap()).unwrap();
    let outcome = Outcome::Failed("why".to_owned());
    for url in REFUSED {
        assert!(callbacks.check(url).is_err(), "{url}");
        let sent = callbacks.send(url, &outcome).await;
        assert!(
            matches!(sent, Err(CallbackError::Refused(_))),
            "{url}: {sent:?}"
        );
    }
    let listener = ForbiddenListener::new();
    for url in listener.urls() {
        assert!(callbacks.send(&url, &outcome).await.is_err(), "{url}");
    }
    assert!(listener.has_no_connection());
}
