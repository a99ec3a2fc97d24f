//! What befalls a damaged value.

use super::Corruption;
use crate::invalid::text_by_name;
use crate::plan::Format;
use crate::record::{Field, LogicalType, Value};
use crate::seed::{Purpose, mix};
use crate::{Dataset, Date, Seed, Timestamp};

/// What may befall a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorruptKind {
    /// It is null.
    Null,
    /// A text is empty.
    Empty,
    /// A text has lost its second half.
    Truncated,
    /// A letter of a text has become U+FFFD, as where an encoding was mistaken.
    Garbled,
    /// A number has the wrong sign.
    Negative,
    /// A number is the largest of its type; a time is 1970-01-01.
    Extreme,
}

impl CorruptKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Null,
        Self::Empty,
        Self::Truncated,
        Self::Garbled,
        Self::Negative,
        Self::Extreme,
    ];

    /// As settings and truth name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Garbled => "garbled",
            Self::Negative => "negative",
            Self::Extreme => "extreme",
        }
    }

    /// Whether it may befall values of a field. Where a schema says what values are, they stay what
    /// it says; text formats take anything for null.
    fn suits(self, field: &Field, format: Format) -> bool {
        use LogicalType::{Date, Decimal, Float, Integer, Ipv4, Long, Text, Timestamp};
        let of = &field.logical_type;
        match self {
            Self::Null => field.nullable || format.is_text(),
            Self::Empty | Self::Truncated | Self::Garbled => matches!(of, Text | Ipv4),
            Self::Negative => matches!(of, Long | Float | Decimal { .. }),
            Self::Extreme => matches!(
                of,
                Integer | Long | Float | Decimal { .. } | Timestamp | Date
            ),
        }
    }

    /// The value after it; `text` is where texts go.
    fn befall<'t>(self, field: &Field, value: Value<'_>, text: &'t mut String) -> Value<'t> {
        text.clear();
        match (self, value) {
            (Self::Truncated, Value::Text(old)) => {
                text.extend(old.chars().take(old.chars().count() / 2));
                Value::Text(text)
            }
            (Self::Garbled, Value::Text(old)) => {
                let middle = old.chars().count() / 2;
                let letters = old.chars().enumerate();
                text.extend(letters.map(|(number, letter)| match number == middle {
                    true => char::REPLACEMENT_CHARACTER,
                    false => letter,
                }));
                Value::Text(text)
            }
            (Self::Empty, Value::Text(_)) => Value::Text(text),
            (Self::Negative, Value::Long(old)) => Value::Long(old.checked_neg().unwrap_or(old)),
            (Self::Negative, Value::Float(old)) => Value::Float(-old),
            (Self::Negative, Value::Decimal { unscaled, scale }) => Value::Decimal {
                unscaled: -unscaled,
                scale,
            },
            (Self::Extreme, Value::Long(_)) => Value::Long(match field.logical_type {
                LogicalType::Integer => u32::MAX.into(),
                _ => i64::MAX,
            }),
            (Self::Extreme, Value::Float(_)) => Value::Float(f64::MAX),
            (Self::Extreme, Value::Decimal { scale, .. }) => {
                let precision = match field.logical_type {
                    LogicalType::Decimal { precision, .. } => precision,
                    _ => 0,
                };
                let most = 10_i64.checked_pow(precision.into());
                Value::Decimal {
                    unscaled: most.map_or(i64::MAX, |most| most - 1),
                    scale,
                }
            }
            (Self::Extreme, Value::Timestamp(_)) => Value::Timestamp(Timestamp::EARLIEST),
            (Self::Extreme, Value::Date(_)) => Value::Date(Date::from_days(0)),
            _ => Value::Null,
        }
    }
}

text_by_name!(CorruptKind);

/// Which fields and kinds are possible.
#[derive(Clone, Debug)]
pub struct Corrupted {
    key: u64,
    /// Positions of fields, each with what may befall it.
    fields: Vec<(usize, Vec<CorruptKind>)>,
}

impl Corrupted {
    /// Of the records of a run. A record stays known by its id and its key.
    pub(crate) fn new(
        settings: &Corruption,
        dataset: &Dataset,
        format: Format,
        seed: Seed,
    ) -> Self {
        let fields = dataset.schema().fields().iter().enumerate();
        let fields = fields.filter(|(_, field)| {
            let named = settings.fields.is_empty()
                || settings.fields.iter().any(|name| *name == field.name);
            named && !Self::is_kept(dataset, field)
        });
        let fields = fields.filter_map(|(position, field)| {
            let all = CorruptKind::ALL.into_iter();
            let kinds: Vec<_> = all
                .filter(|kind| settings.kinds.is_empty() || settings.kinds.contains(kind))
                .filter(|kind| kind.suits(field, format))
                .collect();
            (!kinds.is_empty()).then_some((position, kinds))
        });
        Self {
            key: mix(seed.key(Purpose::Imperfections)),
            fields: fields.collect(),
        }
    }

    /// Whether it says which record it is, or which messages belong together.
    pub(crate) fn is_kept(dataset: &Dataset, field: &Field) -> bool {
        let is_within = |path: &String| {
            let rest = path.strip_prefix(&*field.name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        dataset.id_fields().iter().any(is_within)
            || dataset.key().is_some_and(|key| key.name == field.name)
    }

    /// Whether nothing can be damaged.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What befalls the damaged record of that number: the position of the field, and the kind.
    pub fn of(&self, number: u64) -> (usize, CorruptKind) {
        let word = mix(self.key ^ number);
        let (field, kinds) = &self.fields[(word >> 32) as usize % self.fields.len()];
        (*field, kinds[word as u32 as usize % kinds.len()])
    }

    /// The value that a field has instead.
    pub fn value<'t>(
        kind: CorruptKind,
        field: &Field,
        value: Value<'_>,
        text: &'t mut String,
    ) -> Value<'t> {
        match value {
            Value::Null | Value::Missing => Value::Null,
            value => kind.befall(field, value, text),
        }
    }
}
