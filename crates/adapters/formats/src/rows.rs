//! Records of streams that were described at run time: from columns to rows of text, and back.
//!
//! A stream fills a block of a few hundred records; how many bytes these can have at most, and
//! whether any text among them needs an escape, is found out once a block. Then rows are written
//! without a look at the room that is left.

mod csv;
mod decoder;
mod encoder;
mod json;
mod measure;
mod value;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::{Block, Stream};
use emulator_domain::text::ByteWriter;

use self::csv::CsvRows;
use self::encoder::RowEncoder;
use self::json::JsonRows;
use self::measure::{Measure, Words};
use crate::Codec;
use crate::digits::Times;
use crate::text_framing::TextFraming;
use crate::text_objects::TextObjects;

/// No row is as long as this, in bytes.
const LONGEST: usize = 16 << 20;

/// How a format writes rows. Made once for a run.
pub(crate) trait RowSerializer: Send + Sync {
    /// What the rows of the block need at most, and which of them need care.
    fn measure(&self, block: &Block, words: &mut Words) -> Measure;

    /// A row with its envelope, and the separator of the framing. There is the room that was
    /// measured.
    fn row(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        is_plain: bool,
        times: &mut Times,
    );

    /// What stands around rows in an object.
    fn framing(&self) -> TextFraming;

    /// The emulation's id, where the envelope has it, and the values of the stream's id fields, as
    /// text, as far as they are found in the bytes of a row.
    fn ids(&self, payload: &[u8]) -> Ids;
}

/// What was found in a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    emulation: Option<String>,
    fields: Vec<Option<String>>,
}

/// A stream in a format of text.
pub(crate) fn codec(id: EmulationId, plan: &EmulationPlan, stream: &Arc<dyn Stream>) -> Codec {
    match plan.format() {
        Format::Json => text(id, plan, stream, JsonRows::array(id, stream.as_ref())),
        Format::Ndjson => text(id, plan, stream, JsonRows::lines(id, stream.as_ref())),
        Format::Csv => text(id, plan, stream, CsvRows::new(id, stream.as_ref())),
        Format::Avro | Format::Protobuf => unreachable!("a plan writes streams as text"),
    }
}

fn text(
    id: EmulationId,
    plan: &EmulationPlan,
    stream: &Arc<dyn Stream>,
    serializer: impl RowSerializer + 'static,
) -> Codec {
    let framing = Arc::new(serializer.framing());
    let encoder = Arc::new(RowEncoder::new(id, plan, stream.clone(), serializer));
    Codec {
        verifier: encoder.clone(),
        encoder,
        framing: Arc::new(TextObjects(framing)),
    }
}
