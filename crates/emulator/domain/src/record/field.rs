//! What a record tells of itself, so that a format needs to know no record kind.

use std::net::Ipv4Addr;

use uuid::Uuid;

use crate::text::WriteText;
use crate::time::{Date, Timestamp};

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A UUID in its canonical 36 characters.
    Uuid,
    /// A whole number.
    Integer,
    /// A number with two decimals.
    Decimal,
    /// A text.
    Text,
    /// RFC 3339 in UTC with milliseconds.
    Time,
    /// The same, or null.
    OptionalTime,
    /// A calendar date, `2026-01-31`.
    Date,
    /// An IPv4 address in dotted decimal.
    Ipv4,
    /// 0, 1 or null.
    Flag,
}

/// One field of a record kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in JSON and in the CSV header.
    pub name: &'static str,
    /// The type of its values.
    pub kind: FieldKind,
    /// Unit, range and meaning for people.
    pub meaning: &'static str,
}

impl Field {
    pub(crate) const fn new(name: &'static str, kind: FieldKind, meaning: &'static str) -> Self {
        Self {
            name,
            kind,
            meaning,
        }
    }
}

/// Something with fields.
pub trait Record {
    /// The fields, in the order in which they are visited.
    const FIELDS: &'static [Field];

    /// The position in `FIELDS` of the entity whose records consumers want in order: the key of a
    /// message.
    const ENTITY: usize;

    /// The position in `FIELDS` of the id that no other record of the emulation has.
    const ID: usize;

    /// Hands each field to the visitor, in the order of [`Record::FIELDS`].
    fn visit(&self, visitor: &mut impl FieldVisitor);
}

/// Receives the fields of a record, one call each. Implemented by formats.
pub trait FieldVisitor {
    /// A [`FieldKind::Uuid`].
    fn uuid(&mut self, value: Uuid);
    /// A [`FieldKind::Integer`].
    fn integer(&mut self, value: u32);
    /// A [`FieldKind::Decimal`], in hundredths.
    fn decimal(&mut self, hundredths: u32);
    /// A [`FieldKind::Text`].
    fn text(&mut self, value: &impl WriteText);
    /// A [`FieldKind::Time`].
    fn time(&mut self, value: Timestamp);
    /// A [`FieldKind::OptionalTime`].
    fn optional_time(&mut self, value: Option<Timestamp>);
    /// A [`FieldKind::Date`].
    fn date(&mut self, value: Date);
    /// A [`FieldKind::Ipv4`].
    fn ipv4(&mut self, value: Ipv4Addr);
    /// A [`FieldKind::Flag`].
    fn flag(&mut self, value: Option<bool>);
}
