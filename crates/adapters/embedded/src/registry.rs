//! An embedded schema registry.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::EmbeddedError;

/// Maximum size of a request in bytes.
const LARGEST: usize = 1 << 20;

/// A registry on 127.0.0.1 with the parts of Confluent's API that producers and consumers need. It
/// stops and forgets its schemas when this is dropped.
#[derive(Debug)]
pub struct EmbeddedRegistry {
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// Schemas by id, counted from 1, with the subject and version of each.
#[derive(Debug, Default)]
struct Schemas {
    schemas: Vec<Value>,
    versions: Vec<(String, usize)>,
}

impl EmbeddedRegistry {
    /// What the registry stores and what it does not, for users.
    pub const LIMITS: &str = "The embedded schema registry forgets its schemas at the end, and takes any schema for any subject (compatibility NONE).";

    /// Starts the registry on `port` (0: any free one), on the current tokio runtime.
    ///
    /// # Errors
    /// If the port is taken.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start(port: u16) -> Result<Self, EmbeddedError> {
        let bound = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
            let address = listener.local_addr()?;
            Ok::<_, std::io::Error>((listener, address))
        };
        let (listener, address) = bound.await.map_err(|error| EmbeddedError {
            server: "schema registry",
            why: error.to_string(),
        })?;
        let server = tokio::spawn(serve(listener));
        Ok(Self { address, server })
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for EmbeddedRegistry {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener) {
    let schemas = Arc::<Mutex<Schemas>>::default();
    // Aborts the connections on drop.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let schemas = schemas.clone();
                    let service = service_fn(move |request| respond(schemas.clone(), request));
                    connections.spawn(async move {
                        let served = http1::Builder::new()
                            .timer(TokioTimer::new())
                            .serve_connection(TokioIo::new(stream), service)
                            .await;
                        if let Err(error) = served {
                            tracing::debug!(%error, "a connection to the schema registry broke");
                        }
                    });
                }
                Err(error) => {
                    // Probably too many open files; some will be closed.
                    tracing::warn!(%error, "a connection to the schema registry was not accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn respond(
    schemas: Arc<Mutex<Schemas>>,
    request: Request<Incoming>,
) -> Result<Response<String>, Infallible> {
    let (parts, body) = request.into_parts();
    let (status, answer) = match read(body).await {
        Some(body) => {
            let mut schemas = schemas.lock().unwrap_or_else(PoisonError::into_inner);
            schemas.answer(&parts.method, parts.uri.path(), &body)
        }
        None => problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            413,
            "the request is too large",
        ),
    };
    let mut response = Response::new(answer.to_string());
    *response.status_mut() = status;
    let media_type = hyper::header::HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(hyper::header::CONTENT_TYPE, media_type);
    Ok(response)
}

async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let next = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        match next {
            None => return Some(bytes),
            Some(frame) => bytes.extend_from_slice(frame.ok()?.data_ref()?),
        }
        if bytes.len() > LARGEST {
            return None;
        }
    }
}

fn problem(status: StatusCode, code: u32, message: &str) -> (StatusCode, Value) {
    (status, json!({"error_code": code, "message": message}))
}

impl Schemas {
    fn answer(&mut self, method: &Method, path: &str, body: &[u8]) -> (StatusCode, Value) {
        let path: Vec<&str> = path.trim_matches('/').split('/').collect();
        let subject_unknown = || problem(StatusCode::NOT_FOUND, 40_401, "Subject not found");
        let schema_unknown = || problem(StatusCode::NOT_FOUND, 40_403, "Schema not found");
        let found = |value: Option<Value>, unknown: &dyn Fn() -> (StatusCode, Value)| match value {
            Some(value) => (StatusCode::OK, value),
            None => unknown(),
        };
        match (method.as_str(), path.as_slice()) {
            ("GET", ["subjects"]) => {
                let mut subjects: Vec<_> = self.versions.iter().map(|(name, _)| name).collect();
                subjects.sort_unstable();
                subjects.dedup();
                (StatusCode::OK, json!(subjects))
            }
            ("GET", ["schemas", "ids", id]) => found(self.by_id(id), &schema_unknown),
            ("GET", ["subjects", subject, "versions"]) => {
                let count = self.of(subject).count();
                let versions = (count > 0).then(|| json!((1..=count).collect::<Vec<_>>()));
                found(versions, &subject_unknown)
            }
            ("GET", ["subjects", subject, "versions", version]) => {
                let count = self.of(subject).count();
                let version = version.parse().unwrap_or(count);
                found(self.version(subject, version), &subject_unknown)
            }
            ("POST", ["subjects", subject]) => match schema(body) {
                None => no_schema(),
                Some(schema) => {
                    let id = self.schemas.iter().position(|known| *known == schema);
                    let version = id.and_then(|id| self.of(subject).position(|own| own == id));
                    let version = version.and_then(|at| self.version(subject, at + 1));
                    found(version, &schema_unknown)
                }
            },
            ("POST", ["subjects", subject, "versions"]) => match schema(body) {
                None => no_schema(),
                Some(schema) => (StatusCode::OK, json!({"id": self.add(subject, schema) + 1})),
            },
            ("POST", ["compatibility", "subjects", ..]) => {
                (StatusCode::OK, json!({"is_compatible": true}))
            }
            ("GET", ["config", ..]) => (StatusCode::OK, json!({"compatibilityLevel": "NONE"})),
            _ => problem(
                StatusCode::NOT_FOUND,
                404,
                "the embedded registry has no such path",
            ),
        }
    }

    /// Indices of a subject's schemas, in the order of its versions.
    fn of(&self, subject: &str) -> impl Iterator<Item = usize> {
        let own = self
            .versions
            .iter()
            .filter(move |(name, _)| name == subject);
        own.map(|(_, id)| *id)
    }

    fn by_id(&self, id: &str) -> Option<Value> {
        let place = id.parse::<usize>().ok()?.checked_sub(1)?;
        self.schemas.get(place).cloned()
    }

    fn version(&self, subject: &str, version: usize) -> Option<Value> {
        let place = self.of(subject).nth(version.checked_sub(1)?)?;
        let mut answer = self.schemas[place].clone();
        answer["subject"] = subject.into();
        answer["version"] = version.into();
        answer["id"] = (place + 1).into();
        Some(answer)
    }

    fn add(&mut self, subject: &str, schema: Value) -> usize {
        let known = self.schemas.iter().position(|known| *known == schema);
        let id = known.unwrap_or_else(|| {
            self.schemas.push(schema);
            self.schemas.len() - 1
        });
        if !self.of(subject).any(|own| own == id) {
            self.versions.push((subject.to_owned(), id));
        }
        id
    }
}

/// The schema in a request.
fn schema(body: &[u8]) -> Option<Value> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let mut schema = json!({"schema": body["schema"].as_str()?});
    // If absent, it is Avro, and clients then expect it to be absent in responses too.
    if let Some(kind) = body["schemaType"].as_str().filter(|kind| *kind != "AVRO") {
        schema["schemaType"] = kind.into();
    }
    Some(schema)
}

fn no_schema() -> (StatusCode, Value) {
    problem(
        StatusCode::UNPROCESSABLE_ENTITY,
        42_201,
        "expected {\"schema\": \"...\"}",
    )
}
