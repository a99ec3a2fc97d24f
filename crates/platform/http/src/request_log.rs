//! The tracing span of a request. The logs show its fields on every line.

use actix_web::Error;
use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderName, USER_AGENT};
use tracing::Span;
use tracing::field::Empty;
use tracing_actix_web::{DefaultRootSpanBuilder, RequestId, RootSpanBuilder};

use crate::client::client;

/// The library's own span would trust anybody about address, host and scheme, and log every error
/// twice.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let header = |name: &str| request.headers().get(name)?.to_str().ok();
        let text = |name: &HeaderName| header(name.as_str()).unwrap_or("");
        let target = request.uri().path_and_query();
        let route = request.match_pattern();
        let span = tracing::info_span!(
            "HTTP request",
            http.method = %request.method(),
            http.route = route.as_deref().unwrap_or("default"),
            http.flavor = ?request.version(),
            http.host = text(&HOST),
            http.client_ip = %client(request.request()),
            http.user_agent = text(&USER_AGENT),
            http.target = target.map_or("", |target| target.as_str()),
            http.status_code = Empty,
            otel.status_code = Empty,
            otel.name = format!("{} {}", request.method(), route.as_deref().unwrap_or("default")),
            otel.kind = "server",
            request_id = request.extensions().get::<RequestId>().map(display),
            exception.message = Empty,
        );
        platform_runtime::telemetry::join_trace(&span, header);
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        DefaultRootSpanBuilder::on_request_end(span, outcome);
    }
}
