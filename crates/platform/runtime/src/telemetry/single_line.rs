//! Log lines that values cannot break, without the fields that are for traces only.
//!
//! Values come from requests, messages and files. A line break in one of them would look like
//! another log line, an escape sequence would control the terminal of the reader, and a change of
//! writing direction would disguise the text.

use std::fmt;

use tracing_subscriber::field::{MakeVisitor, RecordFields, VisitOutput};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};

use super::shown_fields::ShownFieldsVisitor;

/// Formats messages and fields as text, with control characters escaped.
#[derive(Default)]
pub(super) struct SingleLineFields(DefaultFields);

impl<'writer> FormatFields<'writer> for SingleLineFields {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        // Without colours, because their escape sequences could not be told from those in values.
        let mut text = String::new();
        let mut visitor = self.0.make_visitor(Writer::new(&mut text));
        fields.record(&mut ShownFieldsVisitor(&mut visitor));
        visitor.finish()?;
        text.chars().try_for_each(|character| {
            if is_unsafe(character) {
                write!(writer, "{}", character.escape_default())
            } else {
                writer.write_char(character)
            }
        })
    }
}

/// Control characters, other line ends, and changes of writing direction.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn control_characters_in_messages_fields_errors_and_spans_stay_within_their_line() {
        let forged =
            "x\n2026-01-01T00:00:00Z  INFO forged\r\t\u{1b}[31m\u{7}\u{85}\u{2028}\u{202e}y";
        for ansi in [false, true] {
            let buffer = Buffer::default();
            let writer = buffer.clone();
            let layer = tracing_subscriber::fmt::layer()
                .fmt_fields(SingleLineFields::default())
                .with_ansi(ansi)
                .without_time()
                .with_writer(move || writer.clone());
            let subscriber = tracing_subscriber::registry().with(layer);
            tracing::subscriber::with_default(subscriber, || {
                let _span =
                    tracing::info_span!("request", path = forged, otel.kind = "server").entered();
                let error = io::Error::other(forged);
                let cause: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(topic = forged, shown = %forged, debug = ?forged, cause, "{forged}");
                tracing::info!(name = "Zoë 東京", "a harmless line");
            });
            let text = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines.len(), 2, "{text:?}");
            assert!(
                !text.contains("otel") && !text.contains("server"),
                "{text:?}"
            );
            assert!(lines[1].contains("Zoë 東京"), "{text:?}");
            // Colours of our own surround levels and names of spans, and no value.
            let values = lines[0].split_once("path").unwrap().1;
            assert_eq!(values.matches("forged").count(), 6, "{text:?}");
            let raw = ["\n", "\r", "\t", "\u{7}", "\u{85}", "\u{2028}", "\u{202e}"];
            for raw in raw {
                assert!(!values.contains(raw), "{raw:?} in {values:?}");
            }
            assert!(!values.contains("\u{1b}[31m"), "{values:?}");
            assert!(values.contains(r"x\n2026"), "{values:?}");
        }
    }
}
