//! The schema of a stream of records, as a value.

use std::borrow::Cow;
use std::sync::Arc;

/// The meaning of a field's values, independent of any format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogicalType {
    /// A UUID.
    Uuid,
    /// A whole number, 0..=4,294,967,295.
    Integer,
    /// An exact decimal number.
    Decimal {
        /// The maximum number of digits, including those after the point.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// A text.
    Text,
    /// A point in time, in UTC.
    Timestamp,
    /// A calendar date.
    Date,
    /// An IPv4 address.
    Ipv4,
    /// 0 or 1.
    Flag,
    /// A whole number, -2^63..2^63.
    Long,
    /// A 64-bit floating-point number, never infinite and never NaN.
    Float,
    /// True or false.
    Boolean,
    /// A time of day without a zone, in microseconds.
    Time,
    /// One of these texts.
    Enum(Arc<[Box<str>]>),
    /// Nested fields, in this order.
    Struct(Arc<[Field]>),
    /// Any number of values, each as described by this field.
    Array(Arc<Field>),
    /// Unique texts, each with a value as described by this field.
    Map(Arc<Field>),
}

/// One field of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in JSON and in the CSV header.
    pub name: Cow<'static, str>,
    /// The meaning of its values.
    pub logical_type: LogicalType,
    /// Whether it may have no value.
    pub nullable: bool,
    /// Unit, range and meaning, for people.
    pub meaning: Cow<'static, str>,
}

impl Field {
    /// A field that always has a value.
    pub const fn new(name: &'static str, logical_type: LogicalType, meaning: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            logical_type,
            nullable: false,
            meaning: Cow::Borrowed(meaning),
        }
    }

    /// A field that may have no value.
    pub const fn nullable(
        name: &'static str,
        logical_type: LogicalType,
        meaning: &'static str,
    ) -> Self {
        let mut field = Self::new(name, logical_type, meaning);
        field.nullable = true;
        field
    }

    /// The fields of a struct; empty for any other type.
    pub fn inner(&self) -> &[Self] {
        match &self.logical_type {
            LogicalType::Struct(fields) => fields,
            _ => &[],
        }
    }

    /// The field that describes the elements of an array, or the values of a map.
    pub fn element(&self) -> Option<&Self> {
        match &self.logical_type {
            LogicalType::Array(element) | LogicalType::Map(element) => Some(element),
            _ => None,
        }
    }
}

/// The positions of the field at `path` (`a`, or `a.b` within a struct), from the outermost on.
pub fn positions(fields: &[Field], path: &str) -> Option<Vec<usize>> {
    let mut fields = fields;
    let mut rest = path;
    let mut positions = Vec::new();
    loop {
        // A name may itself contain dots.
        let (position, after, inner) =
            fields.iter().enumerate().find_map(|(position, field)| {
                let after = rest.strip_prefix(&*field.name)?;
                let inner = field.inner();
                match after.strip_prefix('.') {
                    Some(after) if !inner.is_empty() => Some((position, after, inner)),
                    _ => after.is_empty().then_some((position, after, inner)),
                }
            })?;
        positions.push(position);
        if after.is_empty() {
            return Some(positions);
        }
        (fields, rest) = (inner, after);
    }
}

/// The element number in a path that stands for any element of an array, or any value of a map.
pub const ANY: usize = usize::MAX;

/// The field at these positions, as [`positions`] gives them, and its path. The position of an
/// array or a map is followed by the number of an element: `a[2].b`, or `a[].b` for [`ANY`].
///
/// # Panics
/// If there is none.
pub fn field_at<'f>(fields: &'f [Field], positions: &[usize]) -> (&'f Field, String) {
    let mut field = &fields[positions[0]];
    let mut path = field.name.to_string();
    for position in &positions[1..] {
        match field.element() {
            Some(element) => {
                field = element;
                path += &match *position {
                    ANY => "[]".to_owned(),
                    number => format!("[{number}]"),
                };
            }
            None => {
                field = &field.inner()[*position];
                path = path + "." + &field.name;
            }
        }
    }
    (field, path)
}

static ENVELOPE: [Field; 2] = [
    Field::new(
        "emulation_id",
        LogicalType::Uuid,
        "the emulation that the record belongs to",
    ),
    Field::new(
        "event_timestamp",
        LogicalType::Timestamp,
        "when the record happens: the start time of the emulation and the records before it at its rate",
    ),
];

/// The fields of a stream of records, in order, and which of them are the key and the id.
///
/// Those of the built-in domains are constants ([`schema`](super::schema)); others are created at
/// run time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    fields: Cow<'static, [Field]>,
    key: Option<usize>,
    id: Option<usize>,
}

/// The fields do not make a valid schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Two fields have the same name.
    #[error("field '{name}' occurs twice; each name is allowed once")]
    Repeated {
        /// The name.
        name: String,
    },
    /// A field without a name.
    #[error("field {position} has no name")]
    Unnamed {
        /// Its position, from 0.
        position: usize,
    },
    /// The key or the id is not one of the fields.
    #[error("unknown field '{name}' as {role}; expected one of {}", fields.join(", "))]
    Unknown {
        /// The unknown name.
        name: String,
        /// `key` or `id`.
        role: &'static str,
        /// The names of the fields.
        fields: Vec<String>,
    },
}

impl Schema {
    /// A schema created at run time; `key` and `id` name fields, if given.
    ///
    /// # Errors
    /// If a name is empty or occurs twice, or if `key` or `id` is not a field.
    pub fn new(
        fields: Vec<Field>,
        key: Option<&str>,
        id: Option<&str>,
    ) -> Result<Self, SchemaError> {
        for (position, field) in fields.iter().enumerate() {
            if field.name.is_empty() {
                return Err(SchemaError::Unnamed { position });
            }
            if fields[..position]
                .iter()
                .any(|other| other.name == field.name)
            {
                return Err(SchemaError::Repeated {
                    name: field.name.to_string(),
                });
            }
        }
        let position = |name: Option<&str>, role| {
            let Some(name) = name else { return Ok(None) };
            let found = fields.iter().position(|field| field.name == name);
            found.map(Some).ok_or_else(|| SchemaError::Unknown {
                name: name.to_owned(),
                role,
                fields: fields.iter().map(|field| field.name.to_string()).collect(),
            })
        };
        let (key, id) = (position(key, "key")?, position(id, "id")?);
        Ok(Self {
            fields: Cow::Owned(fields),
            key,
            id,
        })
    }

    /// The schema of a record kind; `key` and `id` are positions.
    ///
    /// # Panics
    /// At compile time, if there are no fields at these positions.
    pub(crate) const fn of_record(fields: &'static [Field], key: usize, id: usize) -> Self {
        assert!(
            key < fields.len() && id < fields.len(),
            "a position without a field"
        );
        Self {
            fields: Cow::Borrowed(fields),
            key: Some(key),
            id: Some(id),
        }
    }

    /// The fields, in the order in which those of a record are visited and written.
    pub const fn fields(&self) -> &[Field] {
        match &self.fields {
            Cow::Borrowed(fields) => fields,
            Cow::Owned(fields) => fields.as_slice(),
        }
    }

    /// The fields of an envelope, for tables that have it beside the record.
    pub fn envelope() -> &'static [Field] {
        &ENVELOPE
    }

    /// The names of the columns of such a table, those of the envelope first.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let fields = ENVELOPE.iter().chain(self.fields());
        fields.map(|field| &*field.name)
    }

    /// The length of the longest name of a field, in bytes.
    pub const fn longest_name(&self) -> usize {
        let (mut longest, mut rest) = (0, self.fields());
        while let [field, others @ ..] = rest {
            let len = match &field.name {
                Cow::Borrowed(name) => name.len(),
                Cow::Owned(name) => name.len(),
            };
            if len > longest {
                longest = len;
            }
            rest = others;
        }
        longest
    }

    /// The position of the message key: the entity whose records consumers want in order. `None` if
    /// messages have no key, or one that is no field of the record itself.
    pub const fn key(&self) -> Option<usize> {
        self.key
    }

    /// The position of the id, which is unique within an emulation, if there is one.
    pub const fn id(&self) -> Option<usize> {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Domain;
    use crate::record::schema;

    fn field(name: &'static str) -> Field {
        Field::new(name, LogicalType::Integer, "a number")
    }

    #[test]
    fn a_schema_made_at_run_time_equals_that_of_the_record_kind() {
        for domain in Domain::ALL {
            let known = schema(domain);
            let name = |position: Option<usize>| Some(&*known.fields()[position?].name);
            let (key, id) = (name(known.key()), name(known.id()));
            let made = Schema::new(known.fields().to_vec(), key, id);
            assert_eq!(made.as_ref(), Ok(known), "{domain}");
        }
    }

    #[test]
    fn a_field_is_found_by_its_path_whether_dots_are_part_of_its_name_or_not() {
        let inner = vec![field("x"), field("b")];
        let fields = [
            field("a"),
            field("a.b"),
            Field::new("s", LogicalType::Struct(inner.into()), ""),
        ];
        for (path, expected) in [
            ("a", Some(vec![0])),
            ("a.b", Some(vec![1])),
            ("s", Some(vec![2])),
            ("s.b", Some(vec![2, 1])),
            ("s.c", None),
            ("a.c", None),
            ("", None),
        ] {
            assert_eq!(positions(&fields, path), expected, "{path}");
        }
    }

    #[test]
    fn no_column_of_a_domain_occurs_twice() {
        for domain in Domain::ALL {
            let columns: Vec<_> = schema(domain).columns().collect();
            let distinct: std::collections::BTreeSet<_> = columns.iter().collect();
            assert_eq!(distinct.len(), columns.len(), "{columns:?}");
            let longest = columns[2..].iter().map(|name| name.len()).max();
            assert_eq!(longest, Some(schema(domain).longest_name()));
        }
    }

    #[test]
    fn what_makes_no_schema_is_refused_with_its_name() {
        let unknown = "unknown field 'c' as key; expected one of a, b";
        for (fields, key, id, expected) in [
            (
                vec!["a", "b", "a"],
                "a",
                "b",
                "field 'a' occurs twice; each name is allowed once",
            ),
            (vec!["a", ""], "a", "a", "field 1 has no name"),
            (vec!["a", "b"], "c", "a", unknown),
            (vec!["a", "b"], "a", "c", &unknown.replace("key", "id")),
        ] {
            let fields = fields.into_iter().map(field).collect();
            let error = Schema::new(fields, Some(key), Some(id)).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
