//! Where records are delivered to, or read back from.

use std::path::PathBuf;

use emulator_domain::listed;
use emulator_domain::plan::{Medium, Sink};

/// A sink as named on the command line, to deliver to or to read back from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which one.
    pub sink: Sink,
    /// The folder that contains the destination's, for a sink that needs one.
    pub folder: Option<PathBuf>,
}

impl Target {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::parse_one_of(text, |_| true)
    }

    /// Only sinks that keep their records can be read.
    pub(crate) fn parse_source(text: &str) -> Result<Self, String> {
        Self::parse_one_of(text, Self::is_readable)
    }

    /// Whether the sink keeps records that can be read again.
    pub(crate) fn is_readable(sink: Sink) -> bool {
        matches!(sink.medium(), Medium::Messages | Medium::Objects)
    }

    fn parse_one_of(text: &str, allowed: impl Fn(Sink) -> bool) -> Result<Self, String> {
        let (name, folder) = match text.split_once(':') {
            Some((name, folder)) => (name, Some(folder).filter(|folder| !folder.is_empty())),
            None => (text, None),
        };
        let colon = text.contains(':');
        let mut sinks = Sink::ALL.into_iter().filter(|sink| allowed(*sink));
        let found = sinks.find(|sink| {
            let in_folder = sink.capabilities().in_folder;
            sink.name() == name && in_folder == folder.is_some() && in_folder == colon
        });
        let expected = || {
            let sinks = Sink::ALL.into_iter().filter(|sink| allowed(*sink));
            let names: Vec<_> = sinks
                .map(|sink| match sink.capabilities().in_folder {
                    true => format!("{sink}:DIR"),
                    false => sink.to_string(),
                })
                .collect();
            format!("expected {}", listed(&names))
        };
        Ok(Self {
            sink: found.ok_or_else(expected)?,
            folder: folder.map(PathBuf::from),
        })
    }

    /// The location of the records of `destination`, for people.
    pub(crate) fn describe(&self, destination: &str) -> String {
        let Self { sink, folder } = self;
        match (folder, sink.medium()) {
            (Some(folder), _) => folder.join(destination).display().to_string(),
            (None, Medium::Messages) => format!("{sink} topic {destination}"),
            (None, Medium::Objects) => format!("{sink} bucket {destination}"),
            (None, Medium::Stream | Medium::Nothing) => sink.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_sink_and_a_folder_needs_its_path() {
        let target = |sink, folder: Option<&str>| {
            Ok(Target {
                sink,
                folder: folder.map(PathBuf::from),
            })
        };
        assert_eq!(
            Target::parse("file:/tmp/a:b"),
            target(Sink::File, Some("/tmp/a:b"))
        );
        assert_eq!(Target::parse("null"), target(Sink::Null, None));
        assert_eq!(Target::parse_source("kafka"), target(Sink::Kafka, None));
        for wrong in ["file", "file:", "kafka:9092", "null:", "s3", ""] {
            let told = Target::parse(wrong).unwrap_err();
            assert_eq!(
                told, "expected kafka, minio, file:DIR, stdout or null",
                "{wrong}"
            );
        }
        for wrong in ["stdout", "null", "file"] {
            let told = Target::parse_source(wrong).unwrap_err();
            assert_eq!(told, "expected kafka, minio or file:DIR", "{wrong}");
        }
    }
}
