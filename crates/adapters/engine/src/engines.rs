//! Registers the service with engines.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use compute_ports::{Announcement, EngineError, EngineErrorKind, Engines, Ping, Registration};
use platform_egress::{Answer, may_pass};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::wire;

/// How long an engine may take to respond; it queries the service before it answers a registration.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// Engines over HTTP. Their URLs come from the settings, so any host is allowed.
#[derive(Clone, Debug)]
pub struct HttpEngines {
    client: Client,
}

impl HttpEngines {
    /// Creates the client; sends nothing yet.
    ///
    /// # Errors
    /// If the client cannot be set up, for example its TLS.
    pub fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            .timeout(ANSWER_TIME)
            .redirect(Policy::none())
            .build()?;
        Ok(Self { client })
    }

    async fn ask(
        &self,
        method: Method,
        engine: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, EngineError> {
        let url = format!("{}{path}", engine.trim_end_matches('/'));
        let request = self.client.request(method, url);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        Answer::to(request).await.map_err(|why| EngineError {
            kind: EngineErrorKind::Unreachable,
            message: format!(
                "the engine {engine} does not answer ({why}): check that it runs there"
            ),
        })
    }

    async fn change(&self, engine: &str, id: &str, body: &Value) -> Result<Answer, EngineError> {
        let path = format!("/services/{id}");
        self.ask(Method::PATCH, engine, &path, Some(body)).await
    }
}

#[async_trait]
impl Engines for HttpEngines {
    async fn announce(
        &self,
        engine: &str,
        announcement: &Announcement,
    ) -> Result<Registration, EngineError> {
        let registration = wire::registration(announcement);
        let posted = self
            .ask(Method::POST, engine, "/services", Some(&registration))
            .await?;
        if posted.status.is_success() {
            return record_id(engine, &posted);
        }
        if posted.status != StatusCode::CONFLICT {
            return Err(refusal(engine, "register the service", &posted));
        }
        let slug = announcement.service.slug();
        let path = format!("/services/slug/{slug}");
        let found = self.ask(Method::GET, engine, &path, None).await?;
        if !found.status.is_success() {
            return Err(refusal(engine, "find the service's record", &found));
        }
        let known_as = record_id(engine, &found)?;
        let record = found.json().unwrap_or_default();
        if !wire::has_fields_of(&record, &registration) {
            // The engine rebuilds its route only when a service becomes available again.
            let away = json!({"status": "unavailable"});
            done(
                engine,
                "update the service",
                self.change(engine, &known_as.id, &away).await?,
            )?;
        }
        let changed = self.change(engine, &known_as.id, &registration).await?;
        done(engine, "update the service", changed)?;
        Ok(known_as)
    }

    async fn ping(&self, engine: &str, slug: &str) -> Result<Ping, EngineError> {
        let path = format!("/services/{slug}/ping");
        let answer = self.ask(Method::POST, engine, &path, None).await?;
        match answer.status {
            status if status.is_success() => Ok(Ping::Known),
            StatusCode::NOT_FOUND => Ok(Ping::Forgotten),
            _ => Err(refusal(engine, "note a sign of life", &answer)),
        }
    }

    async fn take_leave(
        &self,
        engine: &str,
        registration: &Registration,
    ) -> Result<(), EngineError> {
        // With the status alone, the engine would see a recent ping and consider the service alive.
        let asleep = json!({"status": "sleeping", "latest_ping": null});
        let answer = self.change(engine, &registration.id, &asleep).await?;
        if matches!(
            answer.status,
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
        ) {
            // An older engine that does not know the status "sleeping".
            let away = json!({"status": "unavailable"});
            let answer = self.change(engine, &registration.id, &away).await?;
            return done(engine, "note the service's end", answer);
        }
        done(engine, "note the service's end", answer)
    }
}

fn done(engine: &str, tried: &str, answer: Answer) -> Result<(), EngineError> {
    if answer.status.is_success() {
        return Ok(());
    }
    Err(refusal(engine, tried, &answer))
}

/// The id of the returned record. It becomes part of paths.
fn record_id(engine: &str, answer: &Answer) -> Result<Registration, EngineError> {
    let id = answer.json().and_then(|record| match &record["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    });
    let plain = |id: &String| {
        (1..=64).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    id.filter(plain).map(|id| Registration { id }).ok_or_else(|| EngineError {
        kind: EngineErrorKind::Refused,
        message: format!("the engine {engine} answers without the id of the service's record: check that it is a Core engine"),
    })
}

fn refusal(engine: &str, tried: impl fmt::Display, answer: &Answer) -> EngineError {
    let (kind, check) = match answer.status {
        StatusCode::SERVICE_UNAVAILABLE => (
            EngineErrorKind::Unreachable,
            "check that the engine reaches this service at its SERVICE_URL",
        ),
        status if may_pass(status) => (EngineErrorKind::Unreachable, "check its log"),
        _ => (
            EngineErrorKind::Refused,
            "check that it is a Core engine of a known version",
        ),
    };
    EngineError {
        kind,
        message: format!(
            "the engine {engine} did not {tried} and answered {}; {check}",
            answer.sentence()
        ),
    }
}
