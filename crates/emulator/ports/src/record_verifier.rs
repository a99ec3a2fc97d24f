//! From encoded records back to their indices.

use emulator_domain::verification::Verdict;

use crate::EncodedRecord;

/// Payloads read back, each with its position in the location that it was read from. It is filled,
/// inspected and filled again, and keeps its allocations.
#[derive(Clone, Debug, Default)]
pub struct Payloads {
    bytes: Vec<u8>,
    /// The end of each payload, and its position.
    ends: Vec<(usize, u64)>,
    /// Keys and headers of messages.
    beside: Vec<u8>,
    /// Empty for records of objects.
    messages: Vec<MessageSpans>,
}

#[derive(Clone, Copy, Debug)]
struct MessageSpans {
    key_end: usize,
    headers_end: usize,
    has_key: bool,
    is_tombstone: bool,
}

/// The parts of a message besides its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageEnvelope<'p> {
    /// The key, if there is one.
    pub key: Option<&'p [u8]>,
    /// Whether it has no value.
    pub is_tombstone: bool,
    /// Names and values, each after its length.
    headers: &'p [u8],
}

/// The length that stands for a null value.
const NULL: u32 = u32::MAX;

impl<'p> MessageEnvelope<'p> {
    /// Names and values of the headers, in order.
    pub fn headers(self) -> impl Iterator<Item = (&'p [u8], Option<&'p [u8]>)> {
        let mut rest = self.headers;
        let mut next = move || {
            let (len, more) = rest.split_first_chunk()?;
            let len = u32::from_le_bytes(*len);
            rest = more;
            if len == NULL {
                return Some(None);
            }
            let part;
            (part, rest) = rest.split_at(len as usize);
            Some(Some(part))
        };
        std::iter::from_fn(move || Some((next()??, next()?)))
    }

    /// Whether a message of this record has the same key and headers, and is equally a tombstone or
    /// not.
    pub fn is_of(self, record: &EncodedRecord<'_>) -> bool {
        let headers = record.headers();
        let headers = headers.map(|(name, value)| (name.as_bytes(), Some(value)));
        self.key == record.key
            && self.is_tombstone == record.is_tombstone
            && self.headers().eq(headers)
    }
}

impl Payloads {
    /// Clears it.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.beside.clear();
        self.messages.clear();
    }

    /// Appends a message, which may have no value. All payloads must be messages, or none.
    pub fn push_message<'h>(
        &mut self,
        position: u64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl Iterator<Item = (&'h str, Option<&'h [u8]>)>,
    ) {
        self.beside.extend_from_slice(key.unwrap_or_default());
        let key_end = self.beside.len();
        for (name, value) in headers {
            for part in [Some(name.as_bytes()), value] {
                let len = part.map_or(NULL, |part| part.len() as u32);
                self.beside.extend(len.to_le_bytes());
                self.beside.extend_from_slice(part.unwrap_or_default());
            }
        }
        self.messages.push(MessageSpans {
            key_end,
            headers_end: self.beside.len(),
            has_key: key.is_some(),
            is_tombstone: value.is_none(),
        });
        self.push(position, value.unwrap_or_default());
    }

    /// Appends a payload.
    #[inline]
    pub fn push(&mut self, position: u64, payload: &[u8]) {
        self.bytes.extend_from_slice(payload);
        self.ends.push((self.bytes.len(), position));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The total length of all payloads.
    pub fn byte_len(&self) -> usize {
        self.bytes.len()
    }

    /// Their positions, in order.
    pub fn positions(&self) -> impl Iterator<Item = u64> {
        self.ends.iter().map(|(_, position)| *position)
    }

    /// The other parts of the messages, in order; nothing for records of objects.
    pub fn envelopes(&self) -> impl Iterator<Item = MessageEnvelope<'_>> {
        let mut start = 0;
        self.messages.iter().map(move |message| {
            let key = &self.beside[start..message.key_end];
            start = message.headers_end;
            MessageEnvelope {
                key: message.has_key.then_some(key),
                is_tombstone: message.is_tombstone,
                headers: &self.beside[message.key_end..message.headers_end],
            }
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

/// Identifies records of one emulation that were read back: finds the id in the payload, inverts it
/// to the index, generates that record again and compares, including keys and headers of messages.
/// One call handles many records, so this is the only dynamic dispatch on their path.
pub trait RecordVerifier: Send + Sync {
    /// Appends a verdict on each payload to `verdicts`, in order.
    ///
    /// [`Verdict::OtherEmulation`] is for well-formed envelopes of another emulation in any format,
    /// because runs share topics; anything else that cannot be read is [`Verdict::Foreign`].
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>);
}
