//! Visitors of single fields.

use std::net::Ipv4Addr;

use emulator_domain::record::FieldVisitor;
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_domain::{Date, Timestamp};
use uuid::Uuid;

use crate::digits::{self, Times};

/// Forwards one field and skips the others.
pub(crate) struct One<V> {
    inner: V,
    before: usize,
}

impl<V> One<V> {
    /// Forwards the field at position `before`.
    #[inline(always)]
    pub(crate) const fn new(inner: V, before: usize) -> Self {
        Self { inner, before }
    }

    #[inline(always)]
    fn field(&mut self, visit: impl FnOnce(&mut V)) {
        if self.before == 0 {
            visit(&mut self.inner);
        }
        self.before = self.before.wrapping_sub(1);
    }
}

impl<V: FieldVisitor> FieldVisitor for One<V> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        self.field(|inner| inner.uuid(value));
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.field(|inner| inner.integer(value));
    }

    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        self.field(|inner| inner.decimal(hundredths));
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        self.field(|inner| inner.text(value));
    }

    #[inline(always)]
    fn time(&mut self, value: Timestamp) {
        self.field(|inner| inner.time(value));
    }

    #[inline(always)]
    fn optional_time(&mut self, value: Option<Timestamp>) {
        self.field(|inner| inner.optional_time(value));
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        self.field(|inner| inner.date(value));
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.field(|inner| inner.ipv4(value));
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        self.field(|inner| inner.flag(value));
    }
}

/// Appends values as text without quotation marks; nothing for nulls.
pub(crate) struct PlainText<'a, 'b>(pub(crate) &'a mut ByteWriter<'b>);

impl FieldVisitor for PlainText<'_, '_> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        digits::uuid(self.0, value);
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.0.integer(value);
    }

    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        digits::decimal(self.0, hundredths);
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        value.write(self.0);
    }

    fn time(&mut self, value: Timestamp) {
        Times::new().rfc3339(self.0, value);
    }

    fn optional_time(&mut self, value: Option<Timestamp>) {
        if let Some(value) = value {
            self.time(value);
        }
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        digits::date(self.0, value);
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        digits::ipv4(self.0, value);
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        if let Some(value) = value {
            self.0.byte(b'0' + u8::from(value));
        }
    }
}
