//! A service of its own for each test, and a client.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use adapter_clock::SystemClock;
use adapter_formats::Formats;
use adapter_memory::{MemoryEmulations, MemoryMessages, MemoryObjects, Null};
use emulator_application::models::Models;
use emulator_application::{
    Defaults, Emulator, EmulatorParts, Limits, ObjectDestination, OnShutdown, Quota,
};
use emulator_domain::plan::{Pace, Sink};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{DestinationRules, Rate, UserIds};
use emulator_ports::Destination;
use emulator_rest::{RestState, routes};
use platform_http::Server;
use platform_http::settings::HttpSettings;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The process's runtime: runs are not the server's.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub(crate) struct Service {
    base: String,
    client: awc::Client,
    pub(crate) messages: MemoryMessages,
    pub(crate) objects: MemoryObjects,
    pub(crate) emulator: Emulator,
    pub(crate) state: RestState,
    pub(crate) stop: CancellationToken,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::with(Limits {
            running: 8,
            waiting: 100,
        })
        .await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::with_sinks(limits, &Sink::requestable().collect::<Vec<_>>()).await
    }

    pub(crate) async fn with_sinks(limits: Limits, sinks: &[Sink]) -> Self {
        Self::with_quota(limits, sinks, Quota::default()).await
    }

    pub(crate) async fn with_quota(limits: Limits, sinks: &[Sink], quota: Quota) -> Self {
        let messages = MemoryMessages::default();
        let objects = MemoryObjects::default();
        let store: Arc<dyn Destination> = Arc::new(ObjectDestination::new(
            Arc::new(objects.clone()),
            Arc::new(Formats),
        ));
        let mut destinations: BTreeMap<Sink, Arc<dyn Destination>> = BTreeMap::from([
            (Sink::Kafka, Arc::new(messages.clone()) as _),
            (Sink::Minio, store.clone()),
            (Sink::File, store),
            (Sink::Null, Arc::new(Null) as _),
        ]);
        destinations.retain(|sink, _| sinks.contains(sink));
        let emulator = Emulator::new(EmulatorParts {
            models: Models::default(),
            destination_rules: DestinationRules::default(),
            repository: Arc::new(MemoryEmulations::new(1000)),
            destinations,
            encoders: Arc::new(Formats),
            registry: None,
            callbacks: None,
            clock: Arc::new(SystemClock),
            runtime: RUNTIME.handle().clone(),
            limits,
            threads: 2,
            on_shutdown: OnShutdown::Cancel,
            defaults: Defaults {
                rate: Rate::per_second(1000.0).unwrap(),
                pace: Pace::Realtime,
                population: None,
                users: UserIds::CONTRACT,
                labels: Labels::Shown,
            },
        })
        .unwrap();
        let stop = CancellationToken::new();
        let state = RestState {
            emulator: emulator.clone(),
            metrics: Arc::new(|| "# metrics of the test\n".to_owned()),
            read_model: |text| {
                adapter_models::read_text(text, adapter_models::Syntax::of_text(text))
            },
            quota,
            settings: Arc::from([]),
            stop: stop.clone(),
        };
        let mut settings = HttpSettings::loopback();
        settings.limits.grace = Duration::from_secs(2);
        let server = Server::bind(&settings, routes(state.clone()), None, stop.clone()).unwrap();
        let base = format!("http://{}", server.address());
        actix_web::rt::spawn(server.run());
        let client = awc::Client::builder()
            .disable_redirects()
            .timeout(Duration::from_secs(20))
            .finish();
        Self {
            base,
            client,
            messages,
            objects,
            emulator,
            state,
            stop,
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> awc::ClientRequest {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        media_type: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut request = self.request(method, path);
        if let Some(media_type) = media_type {
            request = request.insert_header((CONTENT_TYPE, media_type));
        }
        let body: Vec<u8> = body.into();
        let mut response = request.send_body(body).await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body().limit(8 << 20).await.unwrap().to_vec(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(
            Method::POST,
            path,
            Some("application/json"),
            body.to_string(),
        )
        .await
    }

    /// Starts a run that must be accepted, and gives its id.
    pub(crate) async fn started(&self, body: &Value) -> String {
        let answer = self.post("/emulator", body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Polls until the run has ended, and gives its last status.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        for _ in 0..200 {
            let status = self.get(&format!("/emulator/{id}/status")).await.json();
            let records = &status["records"];
            let count = |name: &str| records[name].as_u64().unwrap();
            assert_eq!(
                count("generated"),
                count("acknowledged") + count("failed") + count("in_flight")
            );
            if status["status"]["global_status"] != "processing" {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("emulation {id} does not end");
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// What an error says; if it lists fields, that of the first.
    pub(crate) fn detail(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/json",
            "{}",
            self.text()
        );
        let body = self.json();
        let mut names: Vec<_> = body.as_object().unwrap().keys().collect();
        names.retain(|name| *name != "errors");
        assert_eq!(names, ["detail"], "{body}");
        if let Some(errors) = body["errors"].as_array() {
            assert_eq!(errors[0]["detail"], body["detail"]);
        }
        body["detail"].as_str().unwrap().to_owned()
    }
}

/// The six fields of the old contract, with changes.
pub(crate) fn body(changes: Value) -> Value {
    let mut body = json!({
        "emulator_sync": "kafka",
        "emulation_domain": "transaction",
        "format_type": "json",
        "sync_type": "grouped",
        "max_chunk_size": 1024,
        "timeout": 1
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
