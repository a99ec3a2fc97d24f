//! Logs: lines on standard error.

use std::ffi::OsStr;
use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use super::single_line::SingleLineFields;
use crate::settings::{Origin, Setting, Settings, Shape};

/// How much is logged.
pub const LOG_LEVEL: Setting = Setting::new(
    "log.level",
    Some("INFO"),
    Shape::OneOf(&["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    "Lines of this weight and above are logged. Errors and critical errors are not told apart.",
);

/// How log lines look.
pub const LOG_FORMAT: Setting = Setting::new(
    "log.format",
    Some("text"),
    Shape::OneOf(&["text", "json"]),
    "Log lines for people or for machines.",
);

/// Logs to standard error from here on, as [`LOG_LEVEL`] and [`LOG_FORMAT`] say; both are in the
/// table of `settings`. `crates` are the beginnings of the names of our own crates. A command that
/// is `quiet`, so that its own lines do not drown, logs warnings only unless told otherwise.
///
/// Whatever a value holds, it stays within its line: control characters are escaped.
///
/// Other people's crates never log more than INFO: below that they print requests, and requests
/// have credentials.
///
/// # Errors
/// If the process logs already.
pub fn start_logs(settings: &Settings, quiet: bool, crates: &[&str]) -> Result<(), TryInitError> {
    let level = if quiet && settings.origin(LOG_LEVEL.key) == Some(&Origin::Default) {
        LevelFilter::WARN
    } else {
        filter(settings.required(LOG_LEVEL.key))
    };
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_targets(crates.iter().map(|name| (*name, level)));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(has_colours(
            std::io::stderr().is_terminal(),
            std::env::var_os("NO_COLOR").as_deref(),
            std::env::var_os("TERM").as_deref(),
        ));
    let lines = match settings.required(LOG_FORMAT.key) {
        "json" => lines.json().flatten_event(true).boxed(),
        _ => lines.fmt_fields(SingleLineFields::default()).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .try_init()?;
    for hint in settings.hints() {
        tracing::warn!("{hint}");
    }
    Ok(())
}

/// Whether lines may have colours: on a terminal that has some, unless `NO_COLOR` says no.
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
