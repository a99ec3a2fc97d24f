//! How values are damaged.

use super::Corruption;
use super::renamed::UNKNOWN;
use crate::invalid::text_by_name;
use crate::plan::Format;
use crate::record::{ANY, Cells, Column, Field, LogicalType, Value, field_at};
use crate::seed::{Purpose, mix};
use crate::{Dataset, Date, Seed, Timestamp};

/// A way of damaging a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorruptKind {
    /// It is null.
    Null,
    /// A text is empty.
    Empty,
    /// A text has lost its second half.
    Truncated,
    /// A letter of a text is replaced by U+FFFD, as after a wrong character encoding.
    Garbled,
    /// A number has the wrong sign.
    Negative,
    /// A number is the largest of its type; a time is 1970-01-01.
    Extreme,
    /// A number or boolean becomes a text that contains it, anything else a list that contains it.
    Type,
    /// The id of no record.
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

    /// The name used in settings and in the truth.
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

    /// Whether values of a field can be damaged this way. Where a schema fixes the types of values,
    /// they keep to it; text formats accept anything for null, and a value in JSON carries its own
    /// type.
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

    /// The damaged value; `text` is a buffer for texts.
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

/// The fields that can be damaged, and how.
#[derive(Clone, Debug)]
pub struct Corrupted {
    key: u64,
    /// The paths of the fields, from the outermost on, each with the ways of damaging it; for
    /// arrays and maps, one element, [`ANY`].
    fields: Vec<(Vec<usize>, Vec<CorruptKind>)>,
}

impl Corrupted {
    /// The damage to the records of a run. A record stays identifiable by its id and its key,
    /// unless these are named.
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

    /// The ways of damaging the field at a path.
    pub(crate) fn kinds(dataset: &Dataset, format: Format, path: &[usize]) -> Vec<CorruptKind> {
        let (field, name) = field_at(dataset.schema().fields(), path);
        if !Self::is_kept(dataset, &name) {
            let all = CorruptKind::ALL.into_iter();
            return all.filter(|kind| kind.suits(field, format)).collect();
        }
        // A damaged id must still identify its record, by its first part.
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

    /// Whether the field identifies a record, or is the key of messages.
    pub(crate) fn is_kept(dataset: &Dataset, path: &str) -> bool {
        let is_within = |id: &String| {
            let rest = id.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        dataset.id_fields().iter().any(is_within)
            || dataset.key().is_some_and(|key| key.name == path)
    }

    /// The paths of all fields, including those within structs, elements of arrays and values of
    /// maps, with their names.
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

    /// The damage to the damaged record of that number: the path of the field, and the kind. An
    /// element of an array is given modulo its length.
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

    /// The path with the actual element numbers of the record in that row; [`ANY`] where its array
    /// or map is empty.
    pub(crate) fn resolved(columns: &[Column], row: usize, path: &[usize]) -> Vec<usize> {
        let mut resolved = vec![path[0]];
        let (mut column, mut row) = (&columns[path[0]], Some(row));
        for position in &path[1..] {
            row = row.filter(|row| column.is_present(*row));
            let position = match &column.cells {
                Cells::Array { ends, elements }
                | Cells::Map {
                    ends,
                    values: elements,
                    ..
                } => {
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

    /// The damaged value of a field; one of another type stays the same and is written differently.
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

/// The paths of all fields; those within structs come after the struct, elements after their array,
/// and values after their map.
fn paths(fields: &[Field]) -> Vec<Vec<usize>> {
    let all = fields.iter().enumerate().flat_map(|(position, field)| {
        let inner = within(field).into_iter();
        let inner = inner.map(move |path| [&[position], &*path].concat());
        std::iter::once(vec![position]).chain(inner)
    });
    all.collect()
}

fn within(field: &Field) -> Vec<Vec<usize>> {
    let Some(element) = field.element() else {
        return paths(field.inner());
    };
    let inner = within(element).into_iter();
    let inner = inner.map(|path| [&[ANY], &*path].concat());
    std::iter::once(vec![ANY]).chain(inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Presence;

    #[test]
    fn each_kind_damages_the_values_that_it_suits() {
        use CorruptKind::{Empty, Extreme, Garbled, Negative, Null, Truncated, Type, Unknown};
        use LogicalType::{Float, Integer, Long, Text};
        let decimal = |precision| LogicalType::Decimal {
            precision,
            scale: 2,
        };
        let money = |unscaled| Value::Decimal { unscaled, scale: 2 };
        let day = Value::Date(Date::from_days(9));
        for (kind, of, value, damaged) in [
            (Null, Text, Value::Text("a"), Value::Null),
            (Empty, Text, Value::Text("a"), Value::Text("")),
            (Truncated, Text, Value::Text("äbcde"), Value::Text("äb")),
            (
                Garbled,
                Text,
                Value::Text("äbcd"),
                Value::Text("äb\u{fffd}d"),
            ),
            (Negative, Long, Value::Long(5), Value::Long(-5)),
            (Negative, Long, Value::Long(i64::MIN), Value::Long(i64::MAX)),
            (Negative, Float, Value::Float(0.5), Value::Float(-0.5)),
            (Negative, decimal(7), money(150), money(-150)),
            (Extreme, Integer, Value::Long(5), Value::Long(4_294_967_295)),
            (Extreme, Long, Value::Long(5), Value::Long(i64::MAX)),
            (Extreme, Float, Value::Float(0.5), Value::Float(f64::MAX)),
            (Extreme, decimal(7), money(150), money(9_999_999)),
            (
                Extreme,
                decimal(18),
                money(150),
                money(999_999_999_999_999_999),
            ),
            (Extreme, decimal(19), money(150), money(i64::MAX)),
            (
                Extreme,
                LogicalType::Date,
                day,
                Value::Date(Date::from_days(0)),
            ),
            (Type, Long, Value::Long(5), Value::Long(5)),
            (Unknown, Text, Value::Text("a"), Value::Text("a-x")),
            (Unknown, Long, Value::Long(5), Value::Long(5 + (1 << 62))),
            (Unknown, Integer, Value::Long(5), Value::Long(5 + (1 << 30))),
            (Garbled, Text, Value::Missing, Value::Null),
        ] {
            let (field, mut text) = (Field::new("a", of, ""), String::new());
            let found = format!("{:?}", Corrupted::value(kind, &field, value, &mut text));
            assert_eq!(found, format!("{damaged:?}"), "{kind} {value:?}");
        }
    }

    #[test]
    fn a_path_within_nested_arrays_is_resolved_for_each_record() {
        // Each record: an array of structs, each with a number and an array of numbers.
        let numbers = |ends: &[usize]| Cells::Array {
            ends: ends.to_vec(),
            elements: Box::new(Column::new(Cells::Long(
                (0..ends[ends.len() - 1] as i64).collect(),
            ))),
        };
        let presence = [
            Presence::Present,
            Presence::Present,
            Presence::Null,
            Presence::Present,
        ];
        let parts = Cells::Struct(vec![
            Column::new(Cells::Long(vec![0; 4])),
            Column::new(numbers(&[2, 5, 6, 6])),
        ]);
        let columns = [Column::new(Cells::Array {
            // The records have two, none, one and one struct; the third's struct is null, and the
            // fourth's has no numbers.
            ends: vec![2, 2, 3, 4],
            elements: Box::new(Column::with_presence(parts, presence.to_vec())),
        })];
        for (row, path, expected) in [
            (0, &[0, 0, 1, 0][..], &[0, 0, 1, 0][..]),
            (0, &[0, 5, 1, 5], &[0, 1, 1, 2]),
            (0, &[0, 4, 1, 5], &[0, 0, 1, 1]),
            (0, &[0, 3, 0], &[0, 1, 0]),
            (1, &[0, 7, 1, 7], &[0, ANY, 1, ANY]),
            (2, &[0, 7, 1, 7], &[0, 0, 1, ANY]),
            (3, &[0, 7, 1, 7], &[0, 0, 1, ANY]),
            (3, &[0], &[0]),
        ] {
            assert_eq!(
                Corrupted::resolved(&columns, row, path),
                expected,
                "{row} {path:?}"
            );
        }
    }
}
