//! Traces of requests and of the work they start, for OpenTelemetry collectors.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::settings::{Setting, Settings, SettingsError, Shape};

/// Where traces are sent. The library reads the other OpenTelemetry variables itself.
pub(super) const OTLP_ENDPOINT: Setting = Setting::new(
    "otel.exporter_otlp_endpoint",
    None,
    Shape::Text("http://HOST:PORT or https://HOST:PORT"),
    "OpenTelemetry collector that traces are exported to, by OTLP over HTTP with Protobuf, at the \
     path /v1/traces. Unset: no traces. OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, \
     OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG are read from the \
     process's environment and mean what OpenTelemetry defines.",
);

/// The timeout for sending to a collector; a process that ends waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// Sends the remaining traces when dropped.
pub(crate) struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        // Failures are logged.
        let _ = self.0.shutdown_with_timeout(PATIENCE);
    }
}

impl Traces {
    /// Exports to the collector in the settings, if there is one. Must be called outside any
    /// runtime.
    pub(super) fn start(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let Some(endpoint) = settings.text(OTLP_ENDPOINT.key) else {
            return Ok(None);
        };
        let refuse = |why: String| SettingsError::combination(OTLP_ENDPOINT.key, why);
        let host = endpoint
            .strip_prefix("http://")
            .or_else(|| endpoint.strip_prefix("https://"));
        // The part before an @ is a login and would be shown.
        if host.is_none_or(|host| host.is_empty() || host.contains(['@', '?', '#'])) {
            let expected = "expected http://HOST:PORT or https://HOST:PORT; a login belongs into \
                            OTEL_EXPORTER_OTLP_HEADERS";
            return Err(refuse(expected.to_owned()));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| refuse(error.to_string()))?;
        let mut resource = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
            let program = std::env::current_exe().ok();
            let name = program
                .as_deref()
                .and_then(|path| path.file_stem()?.to_str());
            resource = resource.with_service_name(name.unwrap_or("unknown").to_owned());
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        Ok(Some(Self(provider)))
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.0.tracer("data-emulator")
    }
}

/// Makes a span part of the trace that the caller names in the request headers, if tracing is
/// enabled and the caller names one.
pub fn join_trace<'h>(span: &Span, header: impl Fn(&str) -> Option<&'h str>) {
    let named = |name: &str| Some((name.to_owned(), header(name)?.to_owned()));
    let named: HashMap<_, _> = ["traceparent", "tracestate"]
        .into_iter()
        .filter_map(named)
        .collect();
    if named.is_empty() {
        return;
    }
    let caller = global::get_text_map_propagator(|propagator| propagator.extract(&named));
    // Without tracing there is nothing to join.
    let _ = span.set_parent(caller);
}
