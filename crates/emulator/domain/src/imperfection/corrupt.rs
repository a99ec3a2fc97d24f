//! What befalls a damaged value.

use super::Corruption;
use super::renamed::UNKNOWN;
use crate::invalid::text_by_name;
use crate::plan::Format;
use crate::record::{ANY, Cells, Column, Field, LogicalType, Value, field_at};
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
    /// A number or a boolean is a text with it, anything else a list with it.
    Type,
    /// An id leads to no record.
    Unknown,
}

impl CorruptKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Null,
        Self::Empty,
        Self::Truncated,
        Self::Garbled,
        Self::Negative,
        Self::Extreme,
        Self::Type,
        Self::Unknown,
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
            Self::Type => "type",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it may befall values of a field. Where a schema says what values are, they stay what
    /// it says; text formats take anything for null, and JSON says itself of what type a value is.
    fn suits(self, field: &Field, format: Format) -> bool {
        use LogicalType::{Date, Decimal, Float, Integer, Ipv4, Long, Text, Timestamp, Uuid};
        let of = &field.logical_type;
        match self {
            Self::Null => field.nullable || format.is_text(),
            Self::Empty | Self::Truncated | Self::Garbled => matches!(of, Text | Ipv4),
            Self::Negative => matches!(of, Long | Float | Decimal { .. }),
            Self::Extreme => matches!(
                of,
                Integer | Long | Float | Decimal { .. } | Timestamp | Date
            ),
            Self::Type => format.is_json(),
            Self::Unknown => *of == Uuid,
        }
    }

    /// The value after it; `text` is where texts go.
    fn befall<'t>(self, field: &Field, value: Value<'t>, text: &'t mut String) -> Value<'t> {
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
            (Self::Negative, Value::Long(old)) => Value::Long(old.saturating_neg()),
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
            (Self::Unknown, id) => UNKNOWN.of(&field.logical_type, id, text),
            _ => Value::Null,
        }
    }
}

text_by_name!(CorruptKind);

/// Which fields and kinds are possible.
#[derive(Clone, Debug)]
pub struct Corrupted {
    key: u64,
    /// Where fields are, from the outermost on, each with what may befall it; of arrays one element,
    /// [`ANY`].
    fields: Vec<(Vec<usize>, Vec<CorruptKind>)>,
}

impl Corrupted {
    /// Of the records of a run. A record stays known by its id and its key, unless these are named.
    pub(crate) fn new(
        settings: &Corruption,
        dataset: &Dataset,
        format: Format,
        seed: Seed,
    ) -> Self {
        let schema = dataset.schema().fields();
        let fields = paths(schema).into_iter().filter_map(|path| {
            let (_, name) = field_at(schema, &path);
            let is_meant = match settings.fields.is_empty() {
                true => !Self::is_kept(dataset, &name),
                false => settings.fields.contains(&name),
            };
            let mut kinds = Self::kinds(dataset, format, &path);
            kinds.retain(|kind| settings.kinds.is_empty() || settings.kinds.contains(kind));
            (is_meant && !kinds.is_empty()).then_some((path, kinds))
        });
        Self {
            key: mix(seed.key(Purpose::Imperfections)),
            fields: fields.collect(),
        }
    }

    /// What may befall the field at a path.
    pub(crate) fn kinds(dataset: &Dataset, format: Format, path: &[usize]) -> Vec<CorruptKind> {
        let (field, name) = field_at(dataset.schema().fields(), path);
        if !Self::is_kept(dataset, &name) {
            let all = CorruptKind::ALL.into_iter();
            return all.filter(|kind| kind.suits(field, format)).collect();
        }
        // An id has to lead back to its record, by its first part.
        use LogicalType::{Integer, Long, Text, Uuid};
        let ids = dataset.id_fields();
        let is_able = path.len() == 1
            && matches!(field.logical_type, Integer | Long | Text | Uuid)
            && ids.iter().skip(1).all(|id| *id != name);
        is_able
            .then_some(CorruptKind::Unknown)
            .into_iter()
            .collect()
    }

    /// Whether it says which record it is, or which messages belong together.
    pub(crate) fn is_kept(dataset: &Dataset, path: &str) -> bool {
        let is_within = |id: &String| {
            let rest = id.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        dataset.id_fields().iter().any(is_within)
            || dataset.key().is_some_and(|key| key.name == path)
    }

    /// The paths of all fields, those within structs and elements of arrays among them, by name.
    pub(crate) fn names(dataset: &Dataset) -> impl Iterator<Item = (Vec<usize>, String)> {
        let fields = dataset.schema().fields();
        let paths = paths(fields).into_iter();
        paths.map(|path| {
            let (_, name) = field_at(fields, &path);
            (path, name)
        })
    }

    /// How many fields can be damaged.
    pub(crate) const fn len(&self) -> usize {
        self.fields.len()
    }

    /// What befalls the damaged record of that number: where the field is, and the kind. An element of an
    /// array is that number modulo how many there are.
    pub fn of(&self, number: u64) -> (Vec<usize>, CorruptKind) {
        let word = mix(self.key ^ number);
        let (field, kinds) = &self.fields[(word >> 32) as usize % self.fields.len()];
        let mut path = field.clone();
        let elements = path.iter_mut().filter(|position| **position == ANY);
        for (depth, element) in (1..).zip(elements) {
            *element = (mix(word ^ depth) >> 32) as usize;
        }
        (path, kinds[word as u32 as usize % kinds.len()])
    }

    /// The path with the elements that the record in a row has; [`ANY`] where it has none.
    pub(crate) fn resolved(columns: &[Column], row: usize, path: &[usize]) -> Vec<usize> {
        let mut resolved = vec![path[0]];
        let (mut column, mut row) = (&columns[path[0]], Some(row));
        for position in &path[1..] {
            row = row.filter(|row| column.is_present(*row));
            let position = match &column.cells {
                Cells::Array { ends, elements } => {
                    let range =
                        row.map(|row| (row.checked_sub(1).map_or(0, |row| ends[row]), ends[row]));
                    let element = range.and_then(|(start, end)| position.checked_rem(end - start));
                    row = range
                        .zip(element)
                        .map(|((start, _), element)| start + element);
                    column = elements;
                    element.unwrap_or(ANY)
                }
                Cells::Struct(columns) => {
                    column = &columns[*position];
                    *position
                }
                _ => *position,
            };
            resolved.push(position);
        }
        resolved
    }

    /// The value that a field has instead; one of another type has the same, written otherwise.
    pub fn value<'t>(
        kind: CorruptKind,
        field: &Field,
        value: Value<'t>,
        text: &'t mut String,
    ) -> Value<'t> {
        match value {
            Value::Null | Value::Missing => Value::Null,
            value if kind == CorruptKind::Type => value,
            value => kind.befall(field, value, text),
        }
    }
}

/// Where all fields are, those within structs behind these, and elements behind their arrays.
fn paths(fields: &[Field]) -> Vec<Vec<usize>> {
    let all = fields.iter().enumerate().flat_map(|(position, field)| {
        let inner = within(field).into_iter();
        let inner = inner.map(move |path| [&[position], &*path].concat());
        std::iter::once(vec![position]).chain(inner)
    });
    all.collect()
}

fn within(field: &Field) -> Vec<Vec<usize>> {
    let LogicalType::Array(element) = &field.logical_type else {
        return paths(field.inner());
    };
    let inner = within(element).into_iter();
    let inner = inner.map(|path| [&[ANY], &*path].concat());
    std::iter::once(vec![ANY]).chain(inner).collect()
}
