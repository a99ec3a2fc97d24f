//! What accompanies the value of a message: its key, its headers, and whether it has no value.
//!
//! By default the key is text and there are no headers; encoders write that themselves. Every other
//! option of a plan is handled here, for records of built-in domains and for rows alike.

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{
    EmulationPlan, HeaderValue, Headers, KeyFormat, Medium, Messages, Tombstones,
};
use emulator_domain::record::Field;
use emulator_domain::text::ByteWriter;
use emulator_domain::verification::Verdict;
use emulator_domain::{Dataset, Record, Seed};
use emulator_ports::{
    Batch, EncodedRecord, MessageEnvelope, MessageSchema, RecordSpans, SchemaId, SchemaLanguage,
    Span,
};

use crate::avro::fields::AvroFields;
use crate::avro::schema::AvroSchema;
use crate::json;
use crate::schemas;
use crate::visitors::{One, PlainText};

/// The longest value of a field of a built-in domain as text, in bytes.
const VALUE: usize = 128;

/// The keys, headers and tombstones of a run's messages.
pub(crate) struct MessageMetadata {
    emulation: EmulationId,
    key: Key,
    headers: Vec<(String, Source)>,
    tombstones: Tombstones,
    seed: Seed,
    room: usize,
}

enum Key {
    None,
    Text,
    /// With the prefix: the id of its schema or the single-object marker.
    Avro(Vec<u8>),
    /// With the prefix: the id of its schema, if there is one, and the JSON up to its only member.
    Json(Vec<u8>),
}

enum Source {
    Constant(String),
    /// The position of a field.
    Field(usize),
}

/// The values of a record from which keys and headers are built. Each method appends one.
pub(crate) trait Values {
    /// The key as text, if there is one.
    fn key_text(&mut self, line: &mut ByteWriter<'_>) -> bool;

    /// The key in the encoding of its Avro schema.
    fn key_avro(&mut self, line: &mut ByteWriter<'_>);

    /// The key as JSON.
    fn key_json(&mut self, line: &mut ByteWriter<'_>);

    /// A field as text, if it has a value.
    fn field(&mut self, line: &mut ByteWriter<'_>, position: usize) -> bool;
}

/// The schema of keys: a record whose only field is the key.
pub(crate) fn key_schema(plan: &EmulationPlan) -> Option<MessageSchema> {
    let language = match plan.messages().key_format {
        KeyFormat::Avro => SchemaLanguage::Avro,
        KeyFormat::Json => SchemaLanguage::JsonSchema,
        KeyFormat::String | KeyFormat::None => return None,
    };
    let field = plan.dataset().key()?;
    Some(schemas::of_key(&key_name(plan.dataset()), field, language))
}

/// The name of the key's record.
pub(crate) fn key_name(dataset: &Dataset) -> String {
    format!("{}-key", dataset.name())
}

impl MessageMetadata {
    /// What the plan asks for; `None` if that is what encoders do by default.
    pub(crate) fn of(
        id: EmulationId,
        plan: &EmulationPlan,
        registered: Option<SchemaId>,
    ) -> Option<Self> {
        let messages = plan.messages();
        if plan.sink().medium() != Medium::Messages || *messages == Messages::default() {
            return None;
        }
        let frame = registered.map(SchemaId::frame);
        let frame = frame.as_ref().map_or(&[][..], |frame| frame);
        let key = match (messages.key_format, plan.dataset().key()) {
            (KeyFormat::None, _) => Key::None,
            (KeyFormat::String, _) | (_, None) => Key::Text,
            (KeyFormat::Avro, Some(field)) => Key::Avro(match frame {
                [] => AvroSchema::new(&key_name(plan.dataset()), [field]).single_object(),
                frame => frame.to_vec(),
            }),
            (KeyFormat::Json, Some(field)) => {
                let name = serde_json::Value::from(&*field.name);
                Key::Json([frame, format!("{{{name}:").as_bytes()].concat())
            }
        };
        let fields = plan.dataset().schema().fields();
        let headers = messages.headers.iter().map(|(name, value)| {
            let source = match value {
                HeaderValue::Constant(text) => Source::Constant(text.clone()),
                HeaderValue::Field(field) => {
                    let position = fields.iter().position(|other| other.name == **field);
                    Source::Field(position.expect("a plan names fields of its records"))
                }
            };
            (name.to_owned(), source)
        });
        let headers: Vec<_> = headers.collect();
        let sizes = headers.iter().map(|(name, source)| match source {
            Source::Constant(text) => name.len() + text.len(),
            Source::Field(_) => name.len() + VALUE,
        });
        let key_size = match &key {
            Key::None | Key::Text => VALUE,
            Key::Avro(before) | Key::Json(before) => before.len() + VALUE,
        };
        Some(Self {
            emulation: id,
            // Plus the header of a tombstone.
            room: sizes.sum::<usize>() + key_size + VALUE,
            key,
            headers,
            tombstones: messages.tombstones,
            seed: plan.seed(),
        })
    }

    /// Upper bound, in bytes, of key and headers of one record, if its values are short.
    pub(crate) const fn room(&self) -> usize {
        self.room
    }

    /// How many values of a record its key and headers contain.
    pub(crate) fn values(&self) -> usize {
        let of_fields = |header: &&(String, Source)| matches!(header.1, Source::Field(_));
        1 + self.headers.iter().filter(of_fields).count()
    }

    /// Whether the record's message is a tombstone. Among changes, only deletions may be
    /// tombstones.
    pub(crate) fn is_tombstone(&self, index: u64, deletes: Option<bool>) -> bool {
        self.tombstones.any()
            && deletes != Some(false)
            && self.tombstones.falls_on(self.seed, index)
    }

    /// Writes key and headers of record `index`; the spans of its headers go to `headers`.
    pub(crate) fn write(
        &self,
        line: &mut ByteWriter<'_>,
        index: u64,
        values: &mut impl Values,
        spans: &mut RecordSpans,
        headers: &mut Vec<(Span, Span)>,
    ) {
        let start = line.len();
        let has_key = match &self.key {
            Key::None => false,
            Key::Text => values.key_text(line),
            Key::Avro(before) => {
                line.slice(before);
                values.key_avro(line);
                true
            }
            Key::Json(before) => {
                line.slice(before);
                values.key_json(line);
                line.byte(b'}');
                true
            }
        };
        spans.key = match has_key {
            true => Span::new(start..line.len()),
            false => Span::NONE,
        };
        for (name, source) in &self.headers {
            let (name, start) = write(line, name);
            let is_there = match source {
                Source::Constant(text) => {
                    line.slice(text.as_bytes());
                    true
                }
                Source::Field(position) => values.field(line, *position),
            };
            if is_there {
                headers.push((name, Span::new(start..line.len())));
            }
        }
        if spans.payload == Span::NONE {
            let (name, start) = write(line, Headers::TOMBSTONE);
            line.slice(format!("{}/{index}", self.emulation).as_bytes());
            headers.push((name, Span::new(start..line.len())));
        }
    }
}

/// Appends a name; returns its span and where the next one begins.
fn write(line: &mut ByteWriter<'_>, name: &str) -> (Span, usize) {
    let start = line.len();
    line.slice(name.as_bytes());
    (Span::new(start..line.len()), line.len())
}

/// Makes the bytes just written the next record of the batch.
#[inline(always)]
pub(crate) fn push(
    batch: &mut Batch,
    end: usize,
    spans: RecordSpans,
    headers: &mut Vec<(Span, Span)>,
) {
    batch.push(end, spans);
    for (name, value) in headers.drain(..) {
        batch.push_header(name, value);
    }
}

/// The verdict on a message without a value, from its header; `record` returns the expected record
/// of an index.
pub(crate) fn tombstone<'r>(
    own: EmulationId,
    message: MessageEnvelope<'_>,
    record: impl FnOnce(u64) -> Option<EncodedRecord<'r>>,
) -> Verdict {
    let mut headers = message.headers();
    let named = headers.find(|(name, _)| *name == Headers::TOMBSTONE.as_bytes());
    let claim = named.and_then(|(_, value)| {
        let (emulation, index) = std::str::from_utf8(value?).ok()?.split_once('/')?;
        let emulation: EmulationId = emulation.parse().ok()?;
        Some((emulation, index.parse::<u64>().ok()?))
    });
    match claim {
        None => Verdict::Foreign,
        Some((emulation, _)) if emulation != own => Verdict::OtherEmulation,
        Some((_, index)) => match record(index) {
            Some(record) if message.is_of(&record) => Verdict::Intact(index),
            Some(_) => Verdict::Corrupt(index),
            None => Verdict::Foreign,
        },
    }
}

/// The values of a record of a built-in domain.
pub(crate) struct RecordValues<'r, R>(pub(crate) &'r R);

impl<R: Record> RecordValues<'_, R> {
    const KEY: usize = R::SCHEMA.key().expect("a record kind has a key");
    const KEY_FIELD: &'static Field = &R::SCHEMA.fields()[Self::KEY];
}

impl<R: Record> Values for RecordValues<'_, R> {
    fn key_text(&mut self, line: &mut ByteWriter<'_>) -> bool {
        self.field(line, Self::KEY)
    }

    fn key_avro(&mut self, line: &mut ByteWriter<'_>) {
        self.0.visit(&mut One::new(AvroFields(line), Self::KEY));
    }

    fn key_json(&mut self, line: &mut ByteWriter<'_>) {
        let quotes: &[u8] = if json::is_quoted(Self::KEY_FIELD) {
            b"\""
        } else {
            b""
        };
        line.slice(quotes);
        self.key_text(line);
        line.slice(quotes);
    }

    fn field(&mut self, line: &mut ByteWriter<'_>, position: usize) -> bool {
        let start = line.len();
        self.0.visit(&mut One::new(PlainText(line), position));
        line.len() > start || !R::SCHEMA.fields()[position].nullable
    }
}
