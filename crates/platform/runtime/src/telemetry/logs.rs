//! Logs: lines on standard error and, if a service wants them, in files.

use std::ffi::OsStr;
use std::io::IsTerminal;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::files::LogFiles;
use super::shown_fields::ShownJson;
use super::single_line::SingleLineFields;
use super::traces::Traces;
use crate::settings::{Origin, Setting, Settings, Shape};

/// The log level.
pub(super) const LOG_LEVEL: Setting = Setting::new(
    "log.level",
    Some("INFO"),
    Shape::OneOf(&["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    "Lowest severity that is logged. `ERROR` and `CRITICAL` mean the same here.",
);

/// The format of log lines.
pub(super) const LOG_FORMAT: Setting = Setting::new(
    "log.format",
    Some("text"),
    Shape::OneOf(&["text", "json"]),
    "Format of log lines: `text` for people, `json` for machines.",
);

/// Starts logging to standard error, and tracing, according to the settings in
/// [`TELEMETRY`](super::TELEMETRY). Keep the returned value until the process ends. `crates` are
/// the prefixes of our own crates' names. If `quiet`, only warnings are logged by default, so that
/// a command's own output stays visible; `files` still get the normal level.
///
/// Values cannot break out of their line: control characters are escaped.
///
/// Third-party crates never log below INFO, because at lower levels they print requests, which
/// contain credentials.
///
/// # Errors
/// If a file cannot be written, or the process has already started logging.
pub(crate) fn start_logs(
    settings: &Settings,
    quiet: bool,
    crates: &[&str],
    files: Option<LogFiles>,
) -> anyhow::Result<Option<Traces>> {
    let level = filter(settings.required(LOG_LEVEL.key));
    let shown = if quiet && settings.origin(LOG_LEVEL.key) == Some(&Origin::Default) {
        LevelFilter::WARN
    } else {
        level
    };
    let targets = |level: LevelFilter| {
        Targets::new()
            .with_default(level.min(LevelFilter::INFO))
            .with_targets(crates.iter().map(|name| (*name, level)))
    };
    let is_json = settings.required(LOG_FORMAT.key) == "json";
    let has_colours = has_colours(
        std::io::stderr().is_terminal(),
        std::env::var_os("NO_COLOR").as_deref(),
        std::env::var_os("TERM").as_deref(),
    );
    let files = match files {
        None => None,
        Some(files) => {
            let lines = lines(files.open(settings)?, false, is_json);
            Some(lines.with_filter(targets(level)))
        }
    };
    let traces = Traces::start(settings)?;
    let spans = traces.as_ref().map(|traces| {
        let own = crates.iter().map(|name| (*name, LevelFilter::INFO));
        tracing_opentelemetry::layer()
            .with_tracer(traces.tracer())
            .with_filter(Targets::new().with_targets(own))
    });
    tracing_subscriber::registry()
        .with(spans)
        .with(lines(std::io::stderr, has_colours, is_json).with_filter(targets(shown)))
        .with(files)
        .try_init()?;
    for hint in settings.hints() {
        tracing::warn!("{hint}");
    }
    Ok(traces)
}

fn lines<S, W>(writer: W, has_colours: bool, is_json: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(has_colours);
    if is_json {
        let lines = lines.json().flatten_event(true);
        lines.fmt_fields(ShownJson::default()).boxed()
    } else {
        lines.fmt_fields(SingleLineFields::default()).boxed()
    }
}

/// Whether lines may be coloured: on a terminal that supports it, unless `NO_COLOR` is set.
fn has_colours(is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    is_terminal && no_color.is_none_or(OsStr::is_empty) && term != Some(OsStr::new("dumb"))
}

fn filter(level: &str) -> LevelFilter {
    match level {
        "DEBUG" => LevelFilter::DEBUG,
        "WARNING" => LevelFilter::WARN,
        "ERROR" | "CRITICAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_have_them_and_people_who_want_them() {
        for (is_terminal, no_color, term, colours) in [
            (true, None, Some("xterm"), true),
            (true, None, None, true),
            (true, Some(""), Some("xterm"), true),
            (true, Some("1"), Some("xterm"), false),
            (true, None, Some("dumb"), false),
            (false, None, Some("xterm"), false),
        ] {
            let (no_color, term) = (no_color.map(OsStr::new), term.map(OsStr::new));
            assert_eq!(
                has_colours(is_terminal, no_color, term),
                colours,
                "{is_terminal} {no_color:?} {term:?}"
            );
        }
    }
}
