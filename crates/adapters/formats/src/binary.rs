//! Records of binary formats: what is written beside them for keys and names, and the loop.

use std::net::Ipv4Addr;
use std::ops::Range;

use emulator_domain::plan::{EmulationPlan, Grouping, Medium};
use emulator_domain::record::{FieldVisitor, IndexError};
use emulator_domain::text::{ByteWriter, WriteText};
use emulator_domain::verification::Verdict;
use emulator_domain::{Date, Factory, Record, Timestamp};
use emulator_ports::{Batch, BatchEncoder, Payloads, RecordSpans, RecordVerifier, Span};
use uuid::Uuid;

use crate::decoder::{self, Identity};
use crate::digits::{self, Times};

/// Room for one record of a built-in domain, in bytes, and for what is copied beyond its end.
const RECORD_ROOM: usize = 2048;

/// How a binary format writes a record, and where it has the id. Made once for a run.
pub(crate) trait BinarySerializer: Send + Sync {
    /// Appends the record with its envelope.
    fn record<R: Record>(&self, line: &mut ByteWriter<'_>, at: Timestamp, record: &R);

    /// Whose record this is, whatever its bytes are.
    fn identify<'p>(&self, payload: &'p [u8]) -> Identity<'p>;
}

/// What stands beside a record, as text.
#[derive(Clone, Copy, Debug)]
struct Beside {
    /// The key of a message.
    key: bool,
    /// The id that names an object.
    id: bool,
}

/// Encodes the records of one factory in one binary format.
pub(crate) struct BinaryEncoder<F, S> {
    factory: F,
    serializer: S,
    beside: Beside,
}

impl<F: Factory + 'static, S: BinarySerializer> BinaryEncoder<F, S> {
    pub(crate) fn new(factory: F, plan: &EmulationPlan, serializer: S) -> Self {
        let medium = plan.sink().medium();
        Self {
            factory,
            serializer,
            beside: Beside {
                key: medium == Medium::Messages,
                id: medium != Medium::Messages && plan.grouping() == Grouping::Single,
            },
        }
    }
}

impl<F: Factory + 'static, S: BinarySerializer> BatchEncoder for BinaryEncoder<F, S> {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        let (key, id) = const {
            let schema = <F::Record<'static> as Record>::SCHEMA;
            (
                schema.key().expect("a record kind has a key"),
                schema.id().expect("and an id"),
            )
        };
        batch.restart(range.start);
        for (at, record) in self.factory.records(range)? {
            let mut line = batch.writer(RECORD_ROOM);
            let start = line.len();
            self.serializer.record(&mut line, at, &record);
            let mut spans = RecordSpans {
                payload: Span::new(start..line.len()),
                ..RecordSpans::default()
            };
            if self.beside.key {
                spans.key = text_of(&mut line, &record, key);
            }
            if self.beside.id {
                spans.id = text_of(&mut line, &record, id);
            }
            let end = line.len();
            batch.push(end, spans);
        }
        Ok(())
    }
}

impl<F: Factory + 'static, S: BinarySerializer> RecordVerifier for BinaryEncoder<F, S> {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        decoder::inspect(
            self,
            &self.factory,
            |payload| self.serializer.identify(payload),
            payloads,
            verdicts,
        );
    }
}

/// Appends the value of one field as text.
#[inline(always)]
fn text_of<R: Record>(line: &mut ByteWriter<'_>, record: &R, position: usize) -> Span {
    let start = line.len();
    record.visit(&mut FieldText {
        line,
        before: position,
    });
    Span::new(start..line.len())
}

/// Writes the field that comes after `before` others.
struct FieldText<'a, 'b> {
    line: &'a mut ByteWriter<'b>,
    before: usize,
}

impl FieldText<'_, '_> {
    #[inline(always)]
    fn field(&mut self, write: impl FnOnce(&mut ByteWriter<'_>)) {
        if self.before == 0 {
            write(self.line);
        }
        self.before = self.before.wrapping_sub(1);
    }
}

impl FieldVisitor for FieldText<'_, '_> {
    #[inline(always)]
    fn uuid(&mut self, value: Uuid) {
        self.field(|line| digits::uuid(line, value));
    }

    #[inline(always)]
    fn integer(&mut self, value: u32) {
        self.field(|line| line.integer(value));
    }

    #[inline(always)]
    fn decimal(&mut self, hundredths: u32) {
        self.field(|line| digits::decimal(line, hundredths));
    }

    #[inline(always)]
    fn text(&mut self, value: &impl WriteText) {
        self.field(|line| value.write(line));
    }

    #[inline(always)]
    fn time(&mut self, value: Timestamp) {
        self.field(|line| Times::new().rfc3339(line, value));
    }

    #[inline(always)]
    fn optional_time(&mut self, value: Option<Timestamp>) {
        self.field(|line| {
            if let Some(value) = value {
                Times::new().rfc3339(line, value);
            }
        });
    }

    #[inline(always)]
    fn date(&mut self, value: Date) {
        self.field(|line| digits::date(line, value));
    }

    #[inline(always)]
    fn ipv4(&mut self, value: Ipv4Addr) {
        self.field(|line| digits::ipv4(line, value));
    }

    #[inline(always)]
    fn flag(&mut self, value: Option<bool>) {
        self.field(|line| {
            if let Some(value) = value {
                line.byte(b'0' + u8::from(value));
            }
        });
    }
}
