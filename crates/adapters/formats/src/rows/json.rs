//! A row as a JSON object, one per line or in an array.

pub(super) mod writer;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::{Block, Blocks, Envelope};
use emulator_domain::text::ByteWriter;

use self::writer::{Alone, Object, Writer, needs_no_escape};
use super::decoder::JsonPaths;
use super::drift::{Deviations, Drifted};
use super::measure::{Measure, Words};
use super::{Ids, RowSerializer, TextRows};
use crate::digits::Times;
use crate::text_framing::TextFraming;
use crate::text_serializer::Piece;

/// JSON objects, one per line or in an array.
pub(crate) struct JsonRows {
    /// The prefix of a message.
    mark: Box<[u8]>,
    /// The envelope up to the time, if there is one.
    head: Option<Piece<80>>,
    record: Object,
    tail: &'static [u8],
    framing: TextFraming,
    paths: JsonPaths,
    drifted: Option<Drifted>,
}

impl JsonRows {
    /// One row per line.
    pub(crate) fn lines(id: EmulationId, plan: &EmulationPlan, blocks: &dyn Blocks) -> Self {
        Self::new(id, plan, blocks, TextFraming::json_lines(), &[])
    }

    /// Rows in an array, all on one line; each message begins with the `mark` of its schema.
    pub(crate) fn array(
        id: EmulationId,
        plan: &EmulationPlan,
        blocks: &dyn Blocks,
        mark: &[u8],
    ) -> Self {
        Self::new(id, plan, blocks, TextFraming::json_array(), mark)
    }

    fn new(
        id: EmulationId,
        plan: &EmulationPlan,
        blocks: &dyn Blocks,
        framing: TextFraming,
        mark: &[u8],
    ) -> Self {
        let drift = plan.imperfections().drift.as_ref();
        let is_wrapped = blocks.envelope() == Envelope::Emulation;
        let head = format!("{{\"emulation_id\":\"{id}\",\"timestamp\":");
        Self {
            mark: mark.into(),
            head: is_wrapped.then(|| Piece::new(head.as_bytes())),
            record: Object::new::<Alone>(blocks.schema().fields()),
            tail: if is_wrapped { b"}" } else { b"" },
            framing: TextFraming {
                longest: super::LONGEST,
                ..framing
            },
            paths: JsonPaths::new(blocks, is_wrapped),
            drifted: drift.map(|drift| Drifted::new(drift, blocks.schema().fields())),
        }
    }
}

impl TextRows for JsonRows {
    fn framing(&self) -> TextFraming {
        self.framing.clone()
    }
}

impl RowSerializer for JsonRows {
    fn measure(&self, block: &Block, words: &mut Words) -> Measure {
        let measure = words.measure(block, needs_no_escape);
        Measure {
            room: measure.room
                + self.record.names_room(&block.columns, block.len())
                + self.drifted.as_ref().map_or(0, Drifted::room) * block.len(),
            ..measure
        }
    }

    #[inline(always)]
    fn row(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        is_plain: bool,
        times: &mut Times,
    ) {
        line.slice(&self.mark);
        if let Some(head) = &self.head {
            head.write(line);
            times.unix(line, block.times[row]);
            line.chunk(b",\"data\":");
        }
        let mut writer = Writer { is_plain, times };
        match Deviations::of(self.drifted.as_ref(), block, row) {
            None => writer.object::<Alone>(line, &self.record, &block.columns, row),
            Some(deviations) => line.apart(|line| {
                writer.write_deviating(line, &self.record, &block.columns, row, deviations);
            }),
        }
        line.slice(self.tail);
        line.slice(self.framing.separator);
    }

    fn separator_len(&self) -> usize {
        self.framing.separator.len()
    }

    fn ids(&self, payload: &[u8]) -> Ids {
        self.paths
            .ids(payload.get(self.mark.len()..).unwrap_or_default())
    }
}
