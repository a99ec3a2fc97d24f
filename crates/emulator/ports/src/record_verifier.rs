//! From encoded records back to their indices.

use emulator_domain::verification::Verdict;

/// Payloads of records as they were read back, each with its position in the place
/// that it was read from. It is filled, inspected and filled again: it keeps its memory.
#[derive(Clone, Debug, Default)]
pub struct Payloads {
    bytes: Vec<u8>,
    /// Where each ends, and its position.
    ends: Vec<(usize, u64)>,
    keys: Vec<u8>,
    /// Where the key of each message ends, and how many headers it has; empty for records of objects.
    messages: Vec<(usize, usize)>,
}

/// What a message has beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageEnvelope<'p> {
    /// Empty if it has none.
    pub key: &'p [u8],
    /// How many headers there are.
    pub headers: usize,
}

impl Payloads {
    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.keys.clear();
        self.messages.clear();
    }

    /// Appends the payload of a message. Either all of them are messages or none is.
    pub fn push_message(&mut self, position: u64, envelope: MessageEnvelope<'_>, payload: &[u8]) {
        self.keys.extend_from_slice(envelope.key);
        self.messages.push((self.keys.len(), envelope.headers));
        self.push(position, payload);
    }

    /// Appends one.
    #[inline]
    pub fn push(&mut self, position: u64, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
        self.ends.push((self.bytes.len(), position));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of all of them together.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Their positions, in order.
    pub fn positions(&self) -> impl Iterator<Item = u64> {
        self.ends.iter().map(|(_, position)| *position)
    }

    /// What they have beside them, in order; nothing for records of objects.
    pub fn envelopes(&self) -> impl Iterator<Item = MessageEnvelope<'_>> {
        let mut start = 0;
        self.messages.iter().map(move |&(end, headers)| {
            let key = &self.keys[start..end];
            start = end;
            MessageEnvelope { key, headers }
        })
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, _)| {
            let payload = &self.bytes[start..end];
            start = end;
            payload
        })
    }
}

/// Says of records of one emulation that were read back what they are: finds the id in the
/// payload, inverts it to the index, makes that record again and compares, keys and headers of
/// messages too. Called once for many records: the one dynamic dispatch on their way.
pub trait RecordVerifier: Send + Sync {
    /// Appends a verdict on each payload to `verdicts`, in order.
    ///
    /// [`Verdict::OtherEmulation`] is for well-formed envelopes of another emulation in any format,
    /// because runs share topics; whatever else cannot be read is [`Verdict::Foreign`].
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>);
}
