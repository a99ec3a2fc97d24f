//! Visits the values of a record, so that formats are independent of record kinds.

use std::net::Ipv4Addr;

use uuid::Uuid;

#[cfg(doc)]
use super::schema::LogicalType;
use super::schema::Schema;
use crate::text::WriteText;
use crate::time::{Date, Timestamp};

/// Something with fields.
pub trait Record {
    /// The fields, in the order in which they are visited.
    const SCHEMA: &'static Schema;

    /// Passes each field to the visitor, in the order of [`Record::SCHEMA`].
    fn visit(&self, visitor: &mut impl FieldVisitor);
}

/// Receives the fields of a record, one call each. Implemented by formats.
pub trait FieldVisitor {
    /// A [`LogicalType::Uuid`].
    fn uuid(&mut self, value: Uuid);
    /// An [`LogicalType::Integer`].
    fn integer(&mut self, value: u32);
    /// A [`LogicalType::Decimal`], in hundredths.
    fn decimal(&mut self, hundredths: u32);
    /// A [`LogicalType::Text`].
    fn text(&mut self, value: &impl WriteText);
    /// A [`LogicalType::Timestamp`].
    fn time(&mut self, value: Timestamp);
    /// A [`LogicalType::Timestamp`] that may be null.
    fn optional_time(&mut self, value: Option<Timestamp>);
    /// A [`LogicalType::Date`].
    fn date(&mut self, value: Date);
    /// An [`LogicalType::Ipv4`].
    fn ipv4(&mut self, value: Ipv4Addr);
    /// A [`LogicalType::Flag`] that may be null.
    fn flag(&mut self, value: Option<bool>);
}
