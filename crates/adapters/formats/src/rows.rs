//! Records of streams that are described at run time, and of all streams delivered with
//! imperfections: from columns to rows, and back.
//!
//! A stream fills a block of a few hundred records. Once per block the encoder computes an upper
//! bound of their size and whether any text needs an escape; rows are then written without
//! checking the remaining room.

mod avro;
mod csv;
mod decoder;
mod drift;
mod encoder;
mod json;
mod measure;
mod message_metadata;
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

/// Upper bound of a row, in bytes.
const LONGEST: usize = 16 << 20;

/// How a format writes rows. Created once per run.
pub(crate) trait RowSerializer: Send + Sync {
    /// Upper bound of the block's size, and whether its texts need escapes.
    fn measure(&self, block: &Block, words: &mut Words) -> Measure;

    /// Appends a row with its envelope and the separator of the framing. The measured room has been
    /// reserved.
    fn row(
        &self,
        line: &mut ByteWriter<'_>,
        block: &Block,
        row: usize,
        is_plain: bool,
        times: &mut Times,
    );

    /// The length of the separator at the end of a row.
    fn separator_len(&self) -> usize;

    /// The emulation's id, if the envelope has it, and the values of the stream's id fields as
    /// text, as far as they can be found in the bytes of a row.
    fn ids(&self, payload: &[u8]) -> Ids;
}

/// Rows of text formats.
trait TextRows: RowSerializer {
    /// What surrounds rows in an object.
    fn framing(&self) -> TextFraming;
}

/// The ids found in a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ids {
    emulation: Option<String>,
    fields: Vec<Option<String>>,
}

/// Encoder, verifier and framing for blocks of records.
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
