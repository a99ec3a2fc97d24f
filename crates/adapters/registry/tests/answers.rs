//! What a registry may answer, and what comes of it.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::convert::Infallible;
use std::iter::repeat_with;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use adapter_registry::{HttpRegistry, Login, RegistryConfig};
use emulator_ports::{DestinationErrorKind, SchemaId, SchemaLanguage, SchemaRegistry};

const SCHEMA: &str =
    r#"{"fields": [{"name": "id", "type": "long"}, {"name": "at", "type": "int"}]}"#;
const OLDER: &str =
    r#"{"fields": [{"name": "id", "type": "string"}, {"name": "gone", "type": "int"}]}"#;

/// What it answers to each path, and what it was asked, login included.
#[derive(Clone, Default)]
struct Fake {
    answers: Arc<Vec<(&'static str, u16, String)>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// The URL of a registry that answers so, one request a path after the other.
    fn start(answers: &[(&'static str, u16, &str)]) -> (Self, String) {
        let fake = Self {
            answers: Arc::new(
                answers
                    .iter()
                    .map(|(path, status, body)| (*path, *status, (*body).to_owned()))
                    .collect(),
            ),
            asked: Arc::default(),
        };
        let state = web::Data::new(fake.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .default_service(web::to(answer))
        })
        .workers(1)
        .bind(("127.0.0.1", 0))
        .unwrap();
        let url = format!("http://{}/api/", server.addrs()[0]);
        tokio::spawn(server.run());
        (fake, url)
    }
}

async fn answer(fake: web::Data<Fake>, request: HttpRequest) -> HttpResponse {
    let login = request.headers().get("authorization");
    let login = login.map_or("-", |value| value.to_str().unwrap());
    let line = format!("{} {} {login}", request.method(), request.uri());
    fake.asked.lock().unwrap().push(line);
    let path = request.path().trim_start_matches("/api/");
    let found = fake.answers.iter().find(|(known, ..)| path == *known);
    match found {
        Some((_, status, body)) => {
            HttpResponse::build(StatusCode::from_u16(*status).unwrap()).body(body.clone())
        }
        None => HttpResponse::NotFound().body(r#"{"error_code": 40401, "message": "none"}"#),
    }
}

fn client(url: &str, login: Option<Login>) -> HttpRegistry {
    HttpRegistry::new(&RegistryConfig {
        url: url.to_owned(),
        login,
        ca_file: None,
        json: true,
    })
    .unwrap()
}

async fn register(url: &str) -> Result<SchemaId, (DestinationErrorKind, String)> {
    let registry = client(url, None);
    let registered = registry.register("t-value", SchemaLanguage::Avro, SCHEMA);
    registered
        .await
        .map_err(|error| (error.kind, error.chain()))
}

#[tokio::test]
async fn what_is_there_is_not_registered_again_and_what_is_not_is_asked_about_first() {
    let (fake, url) = Fake::start(&[("subjects/t-value", 200, r#"{"id": 7}"#)]);
    assert_eq!(register(&url).await, Ok(SchemaId(7)));
    assert_eq!(
        *fake.asked.lock().unwrap(),
        ["POST /api/subjects/t-value -"]
    );
    let (fake, url) = Fake::start(&[("subjects/t-value/versions", 200, r#"{"id": 8}"#)]);
    assert_eq!(register(&url).await, Ok(SchemaId(8)));
    assert_eq!(
        *fake.asked.lock().unwrap(),
        [
            "POST /api/subjects/t-value -",
            "POST /api/compatibility/subjects/t-value/versions/latest?verbose=true -",
            "POST /api/subjects/t-value/versions -",
        ]
    );
}

#[tokio::test]
async fn a_schema_that_does_not_fit_is_refused_with_its_fields() {
    let latest = serde_json::json!({"schema": OLDER}).to_string();
    let asked = "compatibility/subjects/t-value/versions/latest";
    for answers in [
        vec![
            (asked, 200, r#"{"is_compatible": false}"#),
            ("subjects/t-value/versions/latest", 200, &*latest),
        ],
        // Registries that find out only when they register.
        vec![
            ("subjects/t-value/versions", 409, r#"{"error_code": 409}"#),
            ("subjects/t-value/versions/latest", 200, &*latest),
        ],
    ] {
        let (_, url) = Fake::start(&answers);
        let (kind, told) = register(&url).await.unwrap_err();
        assert_eq!(kind, DestinationErrorKind::Refused);
        for part in [
            "field 'id' is \"long\" and was registered as \"string\"",
            "field 'at' is not in the registered schema",
            "field 'gone' is only in the registered schema",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}

#[tokio::test]
async fn each_failure_has_its_kind_and_says_what_to_check() {
    use DestinationErrorKind::{Forbidden, NotFound, Refused, Unauthenticated, Unreachable};
    for (status, body, kind, part) in [
        (401, "", Unauthenticated, "check SCHEMA_REGISTRY_USERNAME"),
        (403, "", Forbidden, "may not"),
        (
            404,
            "<html>",
            NotFound,
            "check the path of SCHEMA_REGISTRY_URL",
        ),
        (422, r#"{"message": "no schema"}"#, Refused, "no schema"),
        (500, r#"{"message": "oops"}"#, Unreachable, "oops"),
        (503, "", Unreachable, "503"),
        (200, "{}", Refused, "200"),
        (200, "welcome", Refused, "welcome"),
        (200, r#"{"id": "7"}"#, Refused, r#"{"id":"7"}"#),
        (200, r#"{"id": 4294967296}"#, Refused, "4294967296"),
        (302, "", Refused, "302"),
    ] {
        let (_, url) = Fake::start(&[("subjects/t-value", status, body)]);
        let (found, told) = register(&url).await.unwrap_err();
        assert_eq!(found, kind, "{status}: {told}");
        assert!(told.contains(part), "{status}: {told}");
    }
    // A path that is wrong is no schema that is not there.
    let (_, url) = Fake::start(&[("subjects/t-value", 404, "<html>")]);
    let registry = client(&url, None);
    let found = registry.find("t-value", SchemaLanguage::Avro, SCHEMA);
    assert_eq!(found.await.unwrap_err().kind, NotFound);
    let (kind, told) = register("http://127.0.0.1:1").await.unwrap_err();
    assert_eq!(kind, Unreachable);
    assert!(
        told.contains("does not answer: check SCHEMA_REGISTRY_URL"),
        "{told}"
    );
}

#[tokio::test]
async fn of_an_answer_without_end_the_beginning_is_read() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = web::Data::from(sent.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(counted.clone())
            .default_service(web::to(async |sent: web::Data<AtomicUsize>| {
                let pieces = repeat_with(move || {
                    sent.fetch_add(1 << 20, Ordering::Relaxed);
                    Ok::<_, Infallible>(web::Bytes::from_static(&[b'x'; 1 << 20]))
                });
                HttpResponse::Ok().streaming(futures::stream::iter(pieces))
            }))
    })
    .workers(1)
    .bind(("127.0.0.1", 0))
    .unwrap();
    let url = format!("http://{}", server.addrs()[0]);
    tokio::spawn(server.run());
    let (kind, told) = register(&url).await.unwrap_err();
    assert_eq!(kind, DestinationErrorKind::Refused);
    assert!(told.len() < 500, "{told}");
    // With what waits on its way.
    let sent = sent.load(Ordering::Relaxed) >> 20;
    assert!(sent < 32, "{sent} MiB");
}

#[tokio::test]
async fn who_asks_is_told_and_shown_nowhere() {
    let basic = Login::Basic {
        username: "ann".to_owned(),
        password: "sesame".into(),
    };
    for (login, header) in [
        (basic, "Basic YW5uOnNlc2FtZQ=="),
        (Login::Token("sesame".into()), "Bearer sesame"),
    ] {
        assert!(!format!("{login:?}").contains("sesame"));
        let (fake, url) = Fake::start(&[("subjects/t-value", 401, "")]);
        let registry = client(&url, Some(login));
        let found = registry.find("t-value", SchemaLanguage::Avro, SCHEMA).await;
        assert!(!found.unwrap_err().chain().contains("sesame"));
        assert!(fake.asked.lock().unwrap()[0].ends_with(header));
    }
    for wrong in [
        "",
        "registry:8081",
        "ftp://registry",
        "http://ann:sesame@registry",
        "http://registry?a=b",
    ] {
        let config = RegistryConfig {
            url: wrong.to_owned(),
            login: None,
            ca_file: None,
            json: true,
        };
        let told = HttpRegistry::new(&config).unwrap_err().to_string();
        assert!(
            told.contains("http://HOST:PORT") && !told.contains("sesame"),
            "{told}"
        );
    }
}
