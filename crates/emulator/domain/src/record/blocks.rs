//! Columnar access to records of any kind.

use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::Arc;

use uuid::Uuid;

use super::column::{Cells, Column, Presence, TextCells};
use super::device_log::DeviceLogFactory;
use super::factory::{Factory, IndexError};
use super::schema::{LogicalType, Schema};
use super::stream::{Block, Envelope, Stream};
use super::transaction::TransactionFactory;
use super::user_profile::UserProfileFactory;
use super::visitor::{FieldVisitor, Record};
use crate::plan::EmulationPlan;
use crate::text::{ByteWriter, WriteText};
use crate::time::{Date, Timestamp};
use crate::{Dataset, Domain, Seed, Timeline};

/// The size of a buffer for a text of a built-in domain, including the slack for fixed-size copies.
const TEXT_ROOM: usize = 1024 + ByteWriter::SLACK;

/// The records of one plan as columns; the interface for columnar formats.
pub trait Blocks: Send + Sync {
    /// The fields of each record.
    fn schema(&self) -> &Schema;

    /// How many records there are: the end of the data set or of the calendar.
    fn capacity(&self) -> u64;

    /// The envelope of each record.
    fn envelope(&self) -> Envelope;

    /// Generates the records of `range` into `block`, replacing its content.
    ///
    /// # Errors
    /// If the range ends beyond [`capacity`](Self::capacity).
    fn fill(&self, range: Range<u64>, block: &mut Block) -> Result<(), IndexError>;

    /// The paths of the fields (`a`, or `a.b` within a struct) whose values together identify the
    /// index; empty if none do.
    fn id_fields(&self) -> Vec<String>;

    /// The index whose record would have these values, as text, for the
    /// [`id_fields`](Self::id_fields). Generate the record again and compare.
    fn index_of(&self, id: &[&str]) -> Option<u64>;

    /// Whether these values identify a record of another part of the timeline, where
    /// [`index_of`](Self::index_of) knows only those of the run.
    fn is_of_other_part(&self, _id: &[&str]) -> bool {
        false
    }
}

/// The records of the plan's timeline, counted from its start.
pub fn blocks_of_timeline(plan: &EmulationPlan) -> Arc<dyn Blocks> {
    let (seed, users, timeline) = (plan.seed(), plan.users(), plan.timeline().clone());
    match plan.dataset() {
        Dataset::Builtin(Domain::Transaction) => {
            let factory = TransactionFactory::new(seed, users, timeline, plan.labels());
            Arc::new(Recorded(factory.among(plan.population())))
        }
        Dataset::Builtin(Domain::UserProfile) => Arc::new(Recorded(UserProfileFactory::new(
            plan.population(),
            users,
            timeline,
        ))),
        Dataset::Builtin(Domain::DeviceLog) => {
            let factory = DeviceLogFactory::new(seed, users, timeline);
            Arc::new(Recorded(factory.among(plan.population())))
        }
        Dataset::Stream(stream) => Arc::new(Streamed {
            stream: stream.clone(),
            capacity: stream
                .population(seed)
                .min(plan.dataset().first_at(seed, timeline.capacity())),
            seed,
            timeline,
        }),
    }
}

struct Streamed {
    stream: Arc<dyn Stream>,
    seed: Seed,
    timeline: Timeline,
    capacity: u64,
}

impl Blocks for Streamed {
    fn schema(&self) -> &Schema {
        self.stream.schema()
    }

    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn envelope(&self) -> Envelope {
        self.stream.envelope()
    }

    fn fill(&self, range: Range<u64>, block: &mut Block) -> Result<(), IndexError> {
        self.stream.fill(self.seed, &self.timeline, range, block)
    }

    fn id_fields(&self) -> Vec<String> {
        self.stream.id_fields().to_vec()
    }

    fn index_of(&self, id: &[&str]) -> Option<u64> {
        self.stream.index_of(self.seed, id)
    }
}

/// The records of a built-in domain.
struct Recorded<F>(F);

impl<F: Factory + 'static> Blocks for Recorded<F> {
    fn schema(&self) -> &Schema {
        <F::Record<'static> as Record>::SCHEMA
    }

    fn capacity(&self) -> u64 {
        self.0.capacity()
    }

    fn envelope(&self) -> Envelope {
        Envelope::Emulation
    }

    fn fill(&self, range: Range<u64>, block: &mut Block) -> Result<(), IndexError> {
        let schema = <F::Record<'static> as Record>::SCHEMA;
        let records = self.0.records(range)?;
        if block.columns.is_empty() {
            block.columns = columns(schema);
        }
        block.times.clear();
        block.columns.iter_mut().for_each(Column::clear);
        let mut text = [0; TEXT_ROOM];
        for (at, record) in records {
            block.times.push(at);
            record.visit(&mut ColumnAppender {
                columns: block.columns.iter_mut(),
                text: &mut text,
            });
        }
        Ok(())
    }

    fn id_fields(&self) -> Vec<String> {
        let schema = <F::Record<'static> as Record>::SCHEMA;
        let id = schema.id().map(|id| schema.fields()[id].name.to_string());
        id.into_iter().collect()
    }

    fn index_of(&self, id: &[&str]) -> Option<u64> {
        self.0.index_of(id.first()?.as_bytes())
    }
}

/// Empty columns for the records of a built-in domain.
fn columns(schema: &Schema) -> Vec<Column> {
    let cells = schema
        .fields()
        .iter()
        .map(|field| match field.logical_type {
            LogicalType::Uuid => Cells::Uuid(Vec::new()),
            LogicalType::Decimal { scale, .. } => Cells::Decimal {
                unscaled: Vec::new(),
                scale,
            },
            LogicalType::Timestamp => Cells::Timestamp(Vec::new()),
            LogicalType::Date => Cells::Date(Vec::new()),
            LogicalType::Integer | LogicalType::Flag => Cells::Long(Vec::new()),
            _ => Cells::Text(TextCells::default()),
        });
    cells.map(Column::new).collect()
}

/// Appends each field of a record to its column.
struct ColumnAppender<'a> {
    columns: std::slice::IterMut<'a, Column>,
    text: &'a mut [u8; TEXT_ROOM],
}

impl ColumnAppender<'_> {
    #[inline(always)]
    fn next(&mut self) -> &mut Column {
        self.columns.next().expect("a column for each field")
    }

    #[inline(always)]
    fn append_text(&mut self, write: impl FnOnce(&mut ByteWriter<'_>)) {
        let mut line = ByteWriter::new(self.text, 0);
        write(&mut line);
        let len = line.len();
        let column = self.columns.next().expect("a column for each field");
        let Cells::Text(cells) = &mut column.cells else {
            unreachable!("texts go into columns of text")
        };
        cells.push(std::str::from_utf8(&self.text[..len]).expect("texts are UTF-8"));
    }

    #[inline(always)]
    fn append_long(&mut self, value: Option<i64>) {
        let column = self.next();
        let Cells::Long(cells) = &mut column.cells else {
            unreachable!("numbers go into columns of numbers")
        };
        cells.push(value.unwrap_or_default());
        if value.is_none() {
            column.remove(column.len() - 1, Presence::Null);
        }
    }
}

impl FieldVisitor for ColumnAppender<'_> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        if let Cells::Uuid(cells) = &mut self.next().cells {
            cells.push(value);
        }
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.append_long(Some(value.into()));
    }

    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        if let Cells::Decimal { unscaled, .. } = &mut self.next().cells {
            unscaled.push(hundredths.into());
        }
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        self.append_text(|line| value.write(line));
    }

    #[inline(always)]
    fn time(&mut self, value: Timestamp) {
        self.optional_time(Some(value));
    }

    #[inline(always)]
    fn optional_time(&mut self, value: Option<Timestamp>) {
        let column = self.next();
        let Cells::Timestamp(cells) = &mut column.cells else {
            unreachable!("times go into columns of times")
        };
        cells.push(value.unwrap_or(Timestamp::EARLIEST));
        if value.is_none() {
            column.remove(column.len() - 1, Presence::Null);
        }
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        if let Cells::Date(cells) = &mut self.next().cells {
            cells.push(value.days());
        }
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        let [a, b, c, d] = value.octets();
        self.append_text(|line| {
            line.integer(a.into());
            for octet in [b, c, d] {
                line.byte(b'.');
                line.integer(octet.into());
            }
        });
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        self.append_long(value.map(i64::from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Format, PlanSpec, Sink};

    #[test]
    fn a_block_has_what_the_visitor_sees_and_ids_lead_back() {
        for domain in Domain::ALL {
            let spec = PlanSpec::new(domain, Sink::Null, Format::Json);
            let blocks = blocks_of_timeline(&EmulationPlan::new(spec).unwrap());
            let mut block = Block::default();
            let id = blocks.id_fields();
            let fields = super::super::schema(domain).fields();
            let id = fields.iter().position(|field| field.name == id[0]).unwrap();
            for range in [0..300_u64, 7..8, 100..612] {
                blocks.fill(range.clone(), &mut block).unwrap();
                assert_eq!(block.len() as u64, range.end - range.start);
                for (row, index) in range.enumerate() {
                    assert_eq!(block.row(row).values().len(), fields.len());
                    let text = match block.columns[id].get(row) {
                        super::super::Value::Uuid(id) => id.to_string(),
                        super::super::Value::Long(id) => id.to_string(),
                        other => panic!("{other:?}"),
                    };
                    assert_eq!(blocks.index_of(&[&text]), Some(index), "{domain}");
                }
            }
        }
    }
}
