//! Records of streams that were described at run time, and of all that are delivered with
//! imperfections: from columns to rows, and back.
//!
//! A stream fills a block of a few hundred records; how many bytes these can have at most, and
//! whether any text among them needs an escape, is found out once a block. Then rows are written
//! without a look at the room that is left.

mod avro;
mod beside;
mod csv;
mod decoder;
mod drift;
mod encoder;
mod json;
mod measure;
mod protobuf;
pub(crate) mod value;

use std::sync::Arc;

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::{Block, Blocks};
use emulator_domain::text::ByteWriter;
use emulator_ports::{ObjectFraming, SchemaIds};

use self::avro::AvroRows;
use self::csv::CsvRows;
use self::encoder::RowEncoder;
use self::json::JsonRows;
use self::measure::{Measure, Words};
use self::protobuf::ProtoRows;
use crate::Codec;
use crate::avro::Avro;
use crate::digits::Times;
use crate::protobuf::Protobuf;
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

    /// The bytes of the separator at the end of a row.
    fn separator_len(&self) -> usize;

    /// The emulation's id, where the envelope has it, and the values of the stream's id fields, as
    /// text, as far as they are found in the bytes of a row.
    fn ids(&self, payload: &[u8]) -> Ids;
}

/// Rows of text.
trait TextRows: RowSerializer {
    /// What stands around rows in an object.
    fn framing(&self) -> TextFraming;
}

/// What was found in a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    emulation: Option<String>,
    fields: Vec<Option<String>>,
}

/// Blocks of records in a format.
pub(crate) fn codec(
    run @ (id, plan, schemas): (EmulationId, &EmulationPlan, SchemaIds),
    blocks: &Arc<dyn Blocks>,
) -> Codec {
    let (of, encoded) = ((run, blocks), &**blocks);
    let registered = schemas.value;
    match plan.format() {
        Format::Json => {
            let mark = registered.map_or(Vec::new(), |id| id.frame().to_vec());
            text(of, JsonRows::array(id, plan, encoded, &mark))
        }
        Format::Ndjson => text(of, JsonRows::lines(id, plan, encoded)),
        Format::Csv => text(of, CsvRows::new(id, encoded)),
        Format::Avro => {
            let rows = AvroRows::new(id, plan, encoded, registered);
            with(of, rows, Avro::framing(id, plan))
        }
        Format::Protobuf => {
            let rows = ProtoRows::new(id, plan, encoded, registered);
            with(of, rows, Protobuf::framing(LONGEST as u64))
        }
        Format::Parquet => unreachable!("columns are written without rows"),
    }
}

type Of<'a> = (
    (EmulationId, &'a EmulationPlan, SchemaIds),
    &'a Arc<dyn Blocks>,
);

fn text(of: Of<'_>, serializer: impl TextRows + 'static) -> Codec {
    let framing = Arc::new(TextObjects(Arc::new(serializer.framing())));
    with(of, serializer, framing)
}

fn with(
    (run, blocks): Of<'_>,
    serializer: impl RowSerializer + 'static,
    framing: Arc<dyn ObjectFraming>,
) -> Codec {
    let encoder = Arc::new(RowEncoder::new(run, blocks.clone(), serializer));
    Codec {
        verifier: Some(encoder.clone()),
        encoder,
        framing,
    }
}
