//! Events that cannot be landed.

use pipeline_domain::log::EventOrigin;
use pipeline_domain::source::Names;
use pipeline_ports::{Outgoing, Stored, Topic};
use tracing::info;

/// Maximum size of the copy of an event in a dead letter; its headers identify the original event.
const MAX_PAYLOAD: usize = 1 << 20;

/// An event that cannot be landed, and why.
pub(super) struct DeadLetter<'a> {
    pub(super) event: Stored<'a>,
    pub(super) origin: EventOrigin,
    /// A short identifier.
    pub(super) reason: &'static str,
    /// The same as a sentence.
    pub(super) why: String,
}

impl DeadLetter<'_> {
    /// The message for the topic of dead letters.
    pub(super) fn to_message(&self) -> Outgoing {
        let (origin, payload) = (self.origin, self.event.payload);
        let mut headers = vec![
            ("reason", self.reason.to_owned()),
            ("why", self.why.clone()),
            ("source", origin.partition.source.number().to_string()),
            ("partition", origin.partition.number.to_string()),
            ("offset", origin.offset.to_string()),
        ];
        if payload.len() > MAX_PAYLOAD {
            headers.push(("cut-from-bytes", payload.len().to_string()));
        }
        Outgoing {
            topic: Topic::DeadLetters,
            key: self.event.key.map(<[u8]>::to_vec),
            payload: payload[..payload.len().min(MAX_PAYLOAD)].to_vec(),
            headers,
        }
    }

    /// One log line.
    pub(super) fn log(&self, names: &Names) {
        info!(
            topic = names.topic(self.origin.partition.source),
            partition = self.origin.partition.number,
            offset = self.origin.offset,
            reason = self.reason,
            why = self.why,
            "dead letter"
        );
    }
}
