//! The values of a row that its key and headers contain.

use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::{Block, Column, Presence, Schema, Value};
use emulator_domain::text::ByteWriter;

use super::avro;
use super::json::writer::{Alone, Node, Writer};
use super::value;
use crate::avro::schema::{AvroSchema, AvroType};
use crate::digits::Times;
use crate::message_metadata::{Values, key_name};

/// How the key of a row is written.
pub(crate) struct KeyRows {
    avro: AvroSchema,
    node: Node,
}

impl KeyRows {
    pub(crate) fn new(plan: &EmulationPlan) -> Option<Self> {
        let field = plan.dataset().key()?;
        Some(Self {
            avro: AvroSchema::new(&key_name(plan.dataset()), [field]),
            node: Node::new::<Alone>(&field.logical_type),
        })
    }
}

pub(super) struct RowValues<'a> {
    pub(super) block: &'a Block,
    pub(super) row: usize,
    pub(super) schema: &'a Schema,
    pub(super) key: Option<&'a KeyRows>,
    pub(super) times: &'a mut Times,
}

impl<'a> RowValues<'a> {
    fn key(&self) -> (&'a KeyRows, &'a Column) {
        let column = match &self.block.key {
            Some(own) => own,
            None => &self.block.columns[self.schema.key().expect("a plan's keys are there")],
        };
        (self.key.expect("a plan's keys are there"), column)
    }

    fn text(&mut self, line: &mut ByteWriter<'_>, value: Value<'_>) -> bool {
        value::plain(line, value, self.times);
        let is_absent = matches!(
            value,
            Value::Null | Value::Missing | Value::Struct(_) | Value::Array(_) | Value::Map(_)
        );
        !is_absent
    }
}

impl Values for RowValues<'_> {
    fn key_text(&mut self, line: &mut ByteWriter<'_>) -> bool {
        match self.block.key(self.schema, self.row) {
            Some(key) => self.text(line, key),
            None => false,
        }
    }

    fn key_avro(&mut self, line: &mut ByteWriter<'_>) {
        let (key, column) = self.key();
        if let AvroType::Record { fields, .. } = key.avro.record() {
            avro::write(line, &fields[0].value, column, self.row);
        }
    }

    fn key_json(&mut self, line: &mut ByteWriter<'_>) {
        let (key, column) = self.key();
        if column.presence(self.row) != Presence::Present {
            return line.chunk(b"null");
        }
        let mut writer = Writer {
            is_plain: false,
            times: self.times,
        };
        writer.present::<Alone>(line, &key.node, &column.cells, self.row);
    }

    fn field(&mut self, line: &mut ByteWriter<'_>, position: usize) -> bool {
        let value = self.block.columns[position].get(self.row);
        self.text(line, value)
    }
}
