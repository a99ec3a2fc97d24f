//! The HTTP server and its limits.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpMessage, HttpServer, ResponseError, web};
use platform_access::{Access, AccessError, Permission};
use platform_runtime::descriptors;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::{RequestId, TracingLogger};

use crate::access::AccessControl;
use crate::json::uncompressed;
use crate::outgoing::{Budget, bound_connection};
use crate::request_log::RequestSpan;
use crate::resource::errors;
use crate::security::protect;
use crate::settings::HttpSettings;
use crate::{Routes, Streams, browser};

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of answering threads, at least 1.
    pub workers: usize,
    /// The maximum number of open connections, at least one per worker; further ones wait to be
    /// accepted. It is lower if the process has too few file descriptors to keep some for its own
    /// work.
    pub connections: usize,
    /// The maximum number of event streams; at most half of the connections.
    pub streams: usize,
    /// The maximum number of event streams per client address.
    pub streams_of_a_client: usize,
    /// How long a client may accept nothing of what is sent to it before its connection ends.
    pub write_time: Duration,
    /// The total size of responses that wait for their clients; small responses are not counted.
    pub unread_bytes: usize,
    /// How long the head of a request may take to arrive.
    pub head_time: Duration,
    /// How long an idle connection is kept open.
    pub keep_alive: Duration,
    /// How long a client may take to close its side of the connection.
    pub disconnect_time: Duration,
    /// How long open requests may continue once the server stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            workers: 2,
            connections: 4096,
            streams: 1024,
            streams_of_a_client: 256,
            write_time: Duration::from_secs(30),
            unread_bytes: 64 << 20,
            head_time: Duration::from_secs(5),
            keep_alive: Duration::from_secs(30),
            disconnect_time: Duration::from_secs(2),
            grace: Duration::from_secs(5),
        }
    }
}

/// The server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address cannot be served.
    #[error(
        "cannot listen on {host}:{port}; is the port free, and is it an address of this machine?"
    )]
    Address {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// The cause.
        source: io::Error,
    },
    /// The access settings would lock everyone out, or let everyone in.
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// A bound server that does not answer yet.
#[must_use = "it answers only while it is run"]
pub struct Server {
    server: actix_web::dev::Server,
    address: SocketAddr,
    scheme: &'static str,
}

impl Server {
    /// Listens as `settings` say until `stop` is cancelled. The settings and the tokens in the
    /// folder `data` decide who may call the routes. Signals are left to the caller. Must be called
    /// on a tokio runtime.
    ///
    /// # Errors
    /// If the address is taken, unknown or not one of this machine, or the settings do not allow
    /// the start.
    pub fn bind(
        settings: &HttpSettings,
        routes: Routes,
        data: Option<&Path>,
        stop: CancellationToken,
    ) -> Result<Self, BindError> {
        let HttpSettings {
            host, port, limits, ..
        } = settings;
        let workers = limits.workers.max(1);
        let (connections, write_time) = (connections(limits), limits.write_time);
        let streams = Streams::new(&Limits {
            streams: limits.streams.min(connections / 2),
            ..*limits
        });
        let proxies = settings.proxies.clone();
        let gate = Arc::new(Gate {
            names: [&settings.allowed_hosts[..], std::slice::from_ref(host)].concat(),
            budget: Budget::new(limits.unread_bytes),
        });
        // An address that is not a loopback address can be reached from other machines.
        let addresses = (host.as_str(), *port).to_socket_addrs();
        let is_loopback = addresses.is_ok_and(|mut all| all.all(|one| one.ip().is_loopback()));
        let mut endpoints = routes.endpoints().iter();
        let access = if endpoints.all(|endpoint| endpoint.permission == Permission::Open) {
            None
        } else {
            Access::of(&settings.access, data, is_loopback)?
        };
        let access_control = AccessControl(access.map(Arc::new));
        if let Some(access) = access_control.0.clone() {
            let stop = stop.clone();
            tokio::spawn(async move { access.follow_issuer(stop).await });
        }
        let server = HttpServer::new(move || {
            let gate = Arc::clone(&gate);
            App::new()
                .app_data(web::Data::new(access_control.clone()))
                .app_data(web::Data::new(streams.clone()))
                .app_data(web::Data::new(proxies.clone()))
                .wrap(from_fn(move |request, next| {
                    pass(Arc::clone(&gate), request, next)
                }))
                .wrap(TracingLogger::<RequestSpan>::new())
                .configure(errors)
                .configure(|config| routes.configure(config, &access_control))
        })
        .on_connect(move |connection, _| bound_connection(connection, write_time))
        .workers(workers)
        .max_connections((connections / workers).max(1))
        // Handshakes are limited only by the number of connections.
        .max_connection_rate((connections / workers).max(1))
        .tls_handshake_timeout(limits.head_time)
        .client_request_timeout(limits.head_time)
        .client_disconnect_timeout(limits.disconnect_time)
        .keep_alive(limits.keep_alive)
        .shutdown_timeout(limits.grace.as_secs())
        .disable_signals()
        .shutdown_signal(stop.clone().cancelled_owned());
        let place = (host.as_str(), *port);
        let bound = match &settings.tls {
            None => server.bind(place),
            Some(tls) => {
                tokio::spawn(tls.clone().watch(stop));
                server.bind_rustls_0_23(place, tls.server_config())
            }
        };
        let bound = bound.and_then(|server| {
            let address = server.addrs().first().copied();
            let address = address.ok_or_else(|| io::Error::other("the host has no address"))?;
            Ok((server, address))
        });
        let (server, address) = bound.map_err(|source| BindError::Address {
            host: host.clone(),
            port: *port,
            source,
        })?;
        Ok(Self {
            server: server.run(),
            address,
            scheme: settings.tls.as_ref().map_or("http", |_| "https"),
        })
    }

    /// The server's URL on this machine.
    pub fn url(&self) -> String {
        let (scheme, port) = (self.scheme, self.address.port());
        format!("{scheme}://localhost:{port}")
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the token given to [`bind`](Self::bind) is cancelled; then accepts nothing more
    /// and gives open requests their grace period.
    ///
    /// # Errors
    /// If accepting connections fails permanently.
    pub async fn run(self) -> io::Result<()> {
        self.server.await
    }
}

/// The number of connections served: the limit, unless there are too few file descriptors.
fn connections(limits: &Limits) -> usize {
    let possible = descriptors::for_connections(descriptors::limit());
    if possible < limits.connections {
        tracing::warn!(
            granted = limits.connections,
            possible,
            "the process may not open enough files for that many connections; raise its limit \
             (ulimit -n), or lower http.connections"
        );
    }
    limits.connections.min(possible)
}

/// The checks that every request and response pass.
struct Gate {
    /// The host names that browsers may use for this server.
    names: Vec<String>,
    budget: Budget,
}

/// Refuses requests from foreign pages and with compressed bodies, limits the response, and adds the
/// id of the request in the logs and the security headers.
async fn pass(
    gate: Arc<Gate>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request.extensions().get::<RequestId>().copied();
    let checked = browser::check(request.method(), request.headers(), &gate.names);
    let response = match checked.and_then(|()| uncompressed(request.headers())) {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(refusal) => request.into_response(refusal.error_response()),
    };
    let mut response = gate.budget.bound(response);
    if let Some(value) = id.and_then(|id| HeaderValue::from_str(&id.to_string()).ok()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    protect(response.headers_mut());
    Ok(response)
}
