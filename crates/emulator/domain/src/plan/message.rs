//! What messages have besides their values, and where their schemas are registered.

use std::collections::BTreeMap;
use std::fmt;

use super::{Format, Medium, PlanError, PlanField, PlanSpec};
use crate::invalid::text_by_name;
use crate::record::{Field, LogicalType};
use crate::seed::mix;
use crate::{InvalidValue, Seed, listed, nearest};

/// What the messages of a run have besides their values. Sinks without messages accept only the
/// default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Messages {
    /// How keys are written.
    pub key_format: KeyFormat,
    /// The headers of each message.
    pub headers: Headers,
    /// How many messages are tombstones.
    pub tombstones: Tombstones,
    /// The subjects under which schemas are registered.
    pub subject_strategy: SubjectStrategy,
}

/// How the key of a message is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyFormat {
    /// As text.
    #[default]
    String,
    /// An Avro record with the key as its only field.
    Avro,
    /// A JSON object with the key as its only member.
    Json,
    /// Messages have no key.
    None,
}

impl KeyFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::String, Self::Avro, Self::Json, Self::None];

    /// The name used in `key_format`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Avro => "avro",
            Self::Json => "json",
            Self::None => "none",
        }
    }
}

/// The subject of a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubjectStrategy {
    /// `{topic}-key` and `{topic}-value`.
    #[default]
    Topic,
    /// The record's name, whatever the topic.
    Record,
    /// `{topic}-` and the record's name.
    TopicRecord,
}

impl SubjectStrategy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Topic, Self::Record, Self::TopicRecord];

    /// The name used in `subject_strategy`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Record => "record",
            Self::TopicRecord => "topic-record",
        }
    }

    /// The subject for the schema of a record that is the `part` (`key` or `value`) of the messages
    /// of a topic.
    pub fn subject(self, topic: &str, part: &str, record: &str) -> String {
        match self {
            Self::Topic => format!("{topic}-{part}"),
            Self::Record => record.to_owned(),
            Self::TopicRecord => format!("{topic}-{record}"),
        }
    }
}

text_by_name!(KeyFormat, SubjectStrategy);

/// The value of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// The same in every message.
    Constant(String),
    /// The value of this field, as text. If the field has no value, there is no such header.
    Field(String),
}

/// The prefix of a header value that names a field.
const FIELD_MARK: char = '$';

/// `emulator` is a constant, `$country` the field `country`, and `$$5` the constant `$5`.
impl From<&str> for HeaderValue {
    fn from(text: &str) -> Self {
        match text.strip_prefix(FIELD_MARK) {
            Some(rest) if !rest.starts_with(FIELD_MARK) => Self::Field(rest.to_owned()),
            Some(constant) => Self::Constant(constant.to_owned()),
            None => Self::Constant(text.to_owned()),
        }
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(text) if text.starts_with(FIELD_MARK) => write!(f, "{FIELD_MARK}{text}"),
            Self::Constant(text) => f.write_str(text),
            Self::Field(name) => write!(f, "{FIELD_MARK}{name}"),
        }
    }
}

/// The headers of messages, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, HeaderValue>);

impl Headers {
    /// The maximum number of headers.
    pub const MOST: usize = 32;
    /// The maximum length of a name or a constant in bytes.
    pub const LONGEST: usize = 1024;
    /// The header of a tombstone: `{emulation_id}/{index}` of the record that it replaces. Nothing
    /// else in the message identifies it.
    pub const TOMBSTONE: &'static str = "tombstone_of";

    /// The allowed values, for people.
    pub fn expected() -> String {
        format!(
            "up to {} names with a constant or a field each, such as {{\"source\": \"emulator\", \
             \"country\": \"$country\"}}; names and constants have up to {} bytes",
            Self::MOST,
            Self::LONGEST
        )
    }

    /// These headers; if a name occurs twice, the last one counts.
    ///
    /// # Errors
    /// If there are too many, or a name is empty, too long or reserved.
    pub fn new(
        headers: impl IntoIterator<Item = (String, HeaderValue)>,
    ) -> Result<Self, InvalidValue> {
        let headers: BTreeMap<_, _> = headers.into_iter().collect();
        if headers.len() > Self::MOST {
            return Err(InvalidValue::shown(headers.len(), Self::expected()));
        }
        for (name, value) in &headers {
            if name.is_empty() || name.len() > Self::LONGEST {
                return Err(InvalidValue::text(name, Self::expected()));
            }
            if name == Self::TOMBSTONE {
                let expected = format!("another name: tombstones have {name} for themselves");
                return Err(InvalidValue::text(name, expected));
            }
            if value.to_string().len() > Self::LONGEST {
                return Err(InvalidValue::text(&value.to_string(), Self::expected()));
            }
        }
        Ok(Self(headers))
    }

    /// Names and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The probability that a message is a tombstone: its value is null, which deletes its key from a
/// compacted topic. For a stream of changes, the probability that a deletion is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Tombstones(f64);

impl Tombstones {
    /// The allowed values, for people.
    pub const EXPECTED: &'static str = "a probability from 0 to 1";

    /// A probability.
    ///
    /// # Errors
    /// If it is below 0 or above 1.
    pub fn new(probability: f64) -> Result<Self, InvalidValue> {
        match (0.0..=1.0).contains(&probability) {
            true => Ok(Self(probability)),
            false => Err(InvalidValue::shown(probability, Self::EXPECTED)),
        }
    }

    /// The probability.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Whether there can be tombstones.
    pub fn any(self) -> bool {
        self.0 > 0.0
    }

    /// Whether message `index` of a run with this seed is a tombstone.
    pub fn falls_on(self, seed: Seed, index: u64) -> bool {
        const OWN: u64 = 0x746f_6d62_7374_6f6e;
        let word = mix(mix(mix(seed.get()) ^ OWN) ^ index);
        // A float has 53 bits of precision.
        let unit = (word >> 11) as f64 / (1_u64 << 53) as f64;
        unit < self.0
    }
}

impl std::str::FromStr for Tombstones {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let probability = text.parse();
        probability.map_or_else(|_| Err(InvalidValue::text(text, Self::EXPECTED)), Self::new)
    }
}

impl Messages {
    /// The settings that affect the bytes of messages, as text; empty for the default.
    pub(crate) fn decisive(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let headers = self.headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| format!("{name:?}={:?}", value.to_string()))
            .collect();
        format!(
            " {} {} {:x} {}",
            self.key_format,
            headers.join(","),
            self.tombstones.0.to_bits(),
            self.subject_strategy
        )
    }
}

/// Whether a value of the field can be written as plain text.
const fn is_single(field: &Field) -> bool {
    !matches!(
        field.logical_type,
        LogicalType::Struct(_) | LogicalType::Array(_) | LogicalType::Map(_)
    )
}

impl PlanSpec {
    /// Reports message settings that are incompatible with the rest of the plan.
    pub(super) fn message_conflicts(&self, errors: &mut Vec<PlanError>) {
        let Messages {
            key_format,
            headers,
            tombstones,
            subject_strategy,
        } = &self.messages;
        let mut refuse = |field, value| errors.push(PlanError::new(field, value));
        let sink = self.sink.capabilities();
        let shown = || {
            let headers: Vec<_> = headers.iter().map(|(name, _)| name).collect();
            headers.join(", ")
        };
        if sink.medium != Medium::Messages {
            let expected = |only: &str| {
                let name = sink.name;
                format!("{only}, because only messages of kafka have that, which {name} has not")
            };
            if *key_format != KeyFormat::default() {
                let value = InvalidValue::text(key_format.name(), expected("string"));
                refuse(PlanField::KeyFormat, value);
            }
            if !headers.is_empty() {
                let value = InvalidValue::text(&shown(), expected("none"));
                refuse(PlanField::Headers, value);
            }
            if tombstones.any() {
                let value = InvalidValue::shown(tombstones.get(), expected("0"));
                refuse(PlanField::Tombstones, value);
            }
            if *subject_strategy != SubjectStrategy::default() {
                let value = InvalidValue::text(subject_strategy.name(), expected("topic"));
                refuse(PlanField::SubjectStrategy, value);
            }
            return;
        }
        let has_key = self.dataset.key().is_some();
        let keyless = || {
            let dataset = &self.dataset;
            format!("because messages of {dataset} have no key: name a field of it as its key")
        };
        if !has_key && matches!(key_format, KeyFormat::Avro | KeyFormat::Json) {
            let expected = format!("string or none, {}", keyless());
            let value = InvalidValue::text(key_format.name(), expected);
            refuse(PlanField::KeyFormat, value);
        }
        if tombstones.any() && (!has_key || *key_format == KeyFormat::None) {
            let why = match has_key {
                true => "because key_format none leaves no key to delete".to_owned(),
                false => keyless(),
            };
            let value = InvalidValue::shown(tombstones.get(), format!("0, {why}"));
            refuse(PlanField::Tombstones, value);
        }
        let fields = self.dataset.schema().fields();
        for (_, value) in headers.iter() {
            let HeaderValue::Field(name) = value else {
                continue;
            };
            let known: Vec<_> = fields.iter().filter(|field| is_single(field)).collect();
            let known: Vec<_> = known.iter().map(|field| &*field.name).collect();
            if !known.contains(&&**name) {
                let expected = format!("a field of {}: {}", self.dataset, listed(&known));
                let meant = nearest(name, &known, 2).map(|name| format!("${name}"));
                let value = InvalidValue::text(&value.to_string(), expected).meaning(meant);
                refuse(PlanField::Headers, value);
            }
        }
        let has_schema = matches!(self.format, Format::Json | Format::Avro | Format::Protobuf)
            || matches!(key_format, KeyFormat::Avro | KeyFormat::Json);
        if !has_schema && *subject_strategy != SubjectStrategy::default() {
            let expected = format!("topic, because messages of {} have no schema", self.format);
            let value = InvalidValue::text(subject_strategy.name(), expected);
            refuse(PlanField::SubjectStrategy, value);
        }
    }
}
