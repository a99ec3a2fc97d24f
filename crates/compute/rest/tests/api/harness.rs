//! A service on adapters in memory, over HTTP.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use adapter_clock::SystemClock;
use adapter_memory::{MemoryStores, MemoryTasks};
use async_trait::async_trait;
use awc::http::StatusCode;
use awc::{Client, ClientRequest};
use compute_application::{Announcer, ComputeService, Limits, Ports};
use compute_domain::{MediaType, Outcome, ServiceDescription};
use compute_ports::contract::copying;
use compute_ports::contract::repository::access;
use compute_ports::{CallbackError, Callbacks, ProcessError, Processor, Work};
use compute_rest::RestState;
use platform_http::settings::HttpSettings;
use platform_http::{Routes, Server};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(crate) const ID: &str = "6f9619ff-8b86-4011-b42d-00c04fc964ff";

pub(crate) struct Copy;

impl Processor for Copy {
    fn description(&self) -> ServiceDescription {
        copying()
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let text = work.inputs[0].text(1000)?;
        work.output(MediaType::Text)?.write_all(text.as_bytes())?;
        Ok(())
    }
}

/// Whoever sends tasks: takes every end, or says why not.
struct Sender(Option<CallbackError>);

#[async_trait]
impl Callbacks for Sender {
    fn check(&self, url: &str) -> Result<(), String> {
        let allowed = url.starts_with("http://engine/");
        allowed
            .then_some(())
            .ok_or_else(|| "allowed is engine".to_owned())
    }

    async fn send(&self, _: &str, _: &Outcome) -> Result<(), CallbackError> {
        self.0.clone().map_or(Ok(()), Err)
    }
}

/// A server that ends with the test, and its address.
pub(crate) fn serve(routes: Routes) -> (String, DropGuard) {
    let stop = CancellationToken::new();
    let http = HttpSettings::loopback();
    let server = Server::bind(&http, routes, None, stop.clone()).unwrap();
    let address = format!("http://{}", server.address());
    actix_web::rt::spawn(server.run());
    (address, stop.drop_guard())
}

/// A service that accepts tasks and, if it `runs`, carries them out.
pub(crate) fn service(max_tasks: usize, runs: bool) -> (String, DropGuard) {
    service_for(max_tasks, runs, None, None)
}

/// The same for a sender that answers so, and with engines.
pub(crate) fn service_for(
    max_tasks: usize,
    runs: bool,
    answer: Option<CallbackError>,
    announcer: Option<Announcer>,
) -> (String, DropGuard) {
    serve(routes(max_tasks, runs, answer, announcer))
}

/// The routes of such a service.
pub(crate) fn routes(
    max_tasks: usize,
    runs: bool,
    answer: Option<CallbackError>,
    announcer: Option<Announcer>,
) -> Routes {
    let stores = MemoryStores::new(access());
    stores.put("in.txt", MediaType::Text, "text");
    let ports = Ports {
        processor: Arc::new(Copy),
        repository: Arc::new(MemoryTasks::default()),
        stores: Arc::new(stores),
        callbacks: Arc::new(Sender(answer)),
        clock: Arc::new(SystemClock),
    };
    let deadline = Duration::from_secs(10);
    let service = ComputeService::new(
        ports,
        Limits {
            max_tasks,
            concurrency: 1,
            deadline,
        },
    );
    if runs {
        let service = service.clone();
        let run = async move { service.run(CancellationToken::new(), Duration::ZERO).await };
        actix_web::rt::spawn(run);
    }
    compute_rest::routes(RestState {
        shown: vec![service.clone()],
        service,
        announcer,
        metrics: Arc::new(String::new),
    })
}

/// As an engine sends it, with members that no document names.
pub(crate) fn task() -> Value {
    json!({
        "s3_access_key_id": "key of the task",
        "s3_secret_access_key": "secret of the task",
        "s3_region": "eu-central-1",
        "s3_host": "http://store:9000",
        "s3_bucket": "engine",
        "task": {
            "id": ID,
            "data_in": ["in.txt"],
            "data_out": null,
            "status": "pending",
            "service_id": "00000000-0000-4000-8000-000000000001",
            "pipeline_execution_id": null,
            "created_at": "2026-01-01T00:00:00",
            "error_message": null,
        },
        "callback_url": "http://engine/tasks/1",
    })
}

pub(crate) async fn answer(request: ClientRequest, body: &Value) -> (StatusCode, Value) {
    let mut response = request.send_json(body).await.unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or(Value::Null))
}

pub(crate) async fn get(url: &str) -> (StatusCode, Value) {
    let mut response = Client::default().get(url).send().await.unwrap();
    let status = response.status();
    (
        status,
        response.json().limit(1 << 20).await.unwrap_or(Value::Null),
    )
}
