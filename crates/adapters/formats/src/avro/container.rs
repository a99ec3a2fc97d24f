//! What the container files of a run share.

use emulator_domain::emulation::EmulationId;
use platform_avro::{Codec, MAGIC, varint};

use super::schema::{AvroSchema, rabin};

/// The files of one run: they share a header and a sync marker.
pub(super) struct Container {
    pub(super) codec: Codec,
    pub(super) header: Vec<u8>,
    pub(super) marker: [u8; 16],
    pub(super) schema: AvroSchema,
}

impl Container {
    pub(super) fn new(id: EmulationId, codec: Codec, schema: AvroSchema) -> Self {
        let marker = marker(id);
        let json = schema.json();
        let mut header = MAGIC.to_vec();
        varint::write(2, &mut header);
        for text in ["avro.schema", &json, "avro.codec", codec.name()] {
            varint::write(text.len() as i64, &mut header);
            header.extend(text.bytes());
        }
        header.push(0);
        header.extend(marker);
        Self {
            codec,
            header,
            marker,
            schema,
        }
    }
}

/// The sync marker: derived from the run's id, and contained in none of its records.
fn marker(id: EmulationId) -> [u8; 16] {
    let bytes = id.get().into_bytes();
    let [high, low] = [0, 1].map(|half: u8| rabin(&[&bytes[..], &[half]].concat()));
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}
