//! What stands beside the value of a message: its key, its headers, and whether it has no value.
//!
//! By default the key is text and there is nothing else, which encoders write on their own. All
//! other wishes of a plan are carried out here, for records of built-in domains and for rows alike.

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

/// Bytes of a value of a field of a built-in domain at most, as text.
const VALUE: usize = 128;

/// What stands beside the values of a run's messages.
pub(crate) struct Beside {
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
    /// After the id of its schema or the mark of a single object.
    Avro(Vec<u8>),
    /// After the id of its schema, where there is one, and up to its only member.
    Json(Vec<u8>),
}

enum Source {
    Constant(String),
    /// The position of a field.
    Field(usize),
}

/// The values of a record that keys and headers are made of. Each method appends one.
pub(crate) trait Values {
    /// The key as text, if there is one.
    fn key_text(&mut self, line: &mut ByteWriter<'_>) -> bool;

    /// The key as its Avro schema has it.
    fn key_avro(&mut self, line: &mut ByteWriter<'_>);

    /// The key as JSON.
    fn key_json(&mut self, line: &mut ByteWriter<'_>);

    /// A field as text, if it has a value.
    fn field(&mut self, line: &mut ByteWriter<'_>, position: usize) -> bool;
}

/// The schema of keys: a record with the key as its only field.
pub(crate) fn key_schema(plan: &EmulationPlan) -> Option<MessageSchema> {
    let language = match plan.messages().key_format {
        KeyFormat::Avro => SchemaLanguage::Avro,
        KeyFormat::Json => SchemaLanguage::JsonSchema,
        KeyFormat::String | KeyFormat::None => return None,
    };
    let field = plan.dataset().key()?;
    Some(schemas::of_key(&key_name(plan.dataset()), field, language))
}

/// How the record of keys is called.
pub(crate) fn key_name(dataset: &Dataset) -> String {
    format!("{}-key", dataset.name())
}

impl Beside {
    /// What the plan asks for; nothing if that is what encoders do on their own.
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
            // And the header of a tombstone.
            room: sizes.sum::<usize>() + key_size + VALUE,
            key,
            headers,
            tombstones: messages.tombstones,
            seed: plan.seed(),
        })
    }

    /// Bytes that stand beside a record at most, if its values are short.
    pub(crate) const fn room(&self) -> usize {
        self.room
    }

    /// How many values of a record stand beside it.
    pub(crate) fn values(&self) -> usize {
        let of_fields = |header: &&(String, Source)| matches!(header.1, Source::Field(_));
        1 + self.headers.iter().filter(of_fields).count()
    }

    /// Whether the message of the record has no value. Of changes, only deletions may have none.
    pub(crate) fn is_tombstone(&self, index: u64, deletes: Option<bool>) -> bool {
        self.tombstones.any()
            && deletes != Some(false)
            && self.tombstones.falls_on(self.seed, index)
    }

    /// Writes what stands beside record `index`; `headers` are to be those of the record.
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

/// Appends a name, and gives where the next begins.
fn write(line: &mut ByteWriter<'_>, name: &str) -> (Span, usize) {
    let start = line.len();
    line.slice(name.as_bytes());
    (Span::new(start..line.len()), line.len())
}

/// Makes what was written the next record of the batch.
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

/// What a message without a value is, by its header; `record` gives what the record of an index
/// should be.
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
