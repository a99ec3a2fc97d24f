//! A binary format goes all the way: records without text, keys beside them, objects of blocks that
//! are gathered over batches and end with a count, as Avro's and Parquet's files do.

use std::ops::Range;
use std::sync::Arc;

use adapter_memory::{MemoryMessages, MemoryObjects};
use emulator_application::ObjectDestination;
use emulator_application::verify_delivery::{Delivered, DeliverySource, verify};
use emulator_domain::Domain;
use emulator_domain::emulation::{EmulationId, GlobalStatus};
use emulator_domain::plan::{EmulationPlan, Format};
use emulator_domain::record::{Envelope, IndexError, Schema};
use emulator_domain::verification::{Damage, RecordLocation, Verdict, VerificationReport};
use emulator_ports::{
    Batch, BatchEncoder, Destination, Encoders, MessagePart, MessageSchema, ObjectFramer,
    ObjectFraming, ObjectSplitter, Payloads, RecordSpans, RecordVerifier, Run, SchemaIds,
    SchemaLanguage, Span, TableFormat,
};

use crate::delivered::{Nobody, RECORDS, id, plan};

const MAGIC: &[u8] = b"BLK\x01";
const SYNC: &[u8] = b"\n\0\r\n";
const BLOCK_RECORDS: u8 = 16;

/// The bytes of a record: its emulation, its index, and some bytes that no text has.
fn payload(id: EmulationId, index: u64) -> Vec<u8> {
    let mut payload = id.get().as_bytes().to_vec();
    payload.extend_from_slice(&index.to_le_bytes());
    payload.extend((0..index * 7 % 90).map(|byte| (byte * index) as u8));
    payload
}

struct Blocks;

impl Encoders for Blocks {
    fn encoder(&self, id: EmulationId, _: &EmulationPlan, _: SchemaIds) -> Arc<dyn BatchEncoder> {
        Arc::new(BlockCodec(id))
    }

    fn framing(&self, id: EmulationId, _: &EmulationPlan) -> Arc<dyn ObjectFraming> {
        Arc::new(BlockCodec(id))
    }

    fn table_format(&self, _: Format) -> Option<Arc<dyn TableFormat>> {
        None
    }

    fn message_schema(&self, _: &EmulationPlan, _: MessagePart) -> Option<MessageSchema> {
        None
    }

    fn record_verifier(
        &self,
        id: EmulationId,
        _: &EmulationPlan,
        _: SchemaIds,
    ) -> Arc<dyn RecordVerifier> {
        Arc::new(BlockCodec(id))
    }

    fn schema(&self, name: &str, _: Envelope, _: &Schema, _: SchemaLanguage) -> String {
        name.to_owned()
    }
}

struct BlockCodec(EmulationId);

impl BatchEncoder for BlockCodec {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        batch.restart(range.start);
        for index in range {
            let mut writer = batch.writer(256);
            let mut write = |bytes: &[u8]| {
                let start = writer.len();
                bytes.iter().for_each(|byte| writer.byte(*byte));
                Span::new(start..writer.len())
            };
            let spans = RecordSpans {
                key: write(&[(index % 5) as u8]),
                payload: write(&payload(self.0, index)),
                id: write(format!("record-{index}").as_bytes()),
            };
            let end = writer.len();
            batch.push(end, spans);
        }
        Ok(())
    }
}

impl ObjectFraming for BlockCodec {
    fn header_len(&self) -> u64 {
        MAGIC.len() as u64
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        records.map(|at| 1 + batch.payload(at).len() as u64).sum()
    }

    /// Records are written one by one.
    fn batch_records(&self) -> Option<u64> {
        None
    }

    fn framer(&self) -> Box<dyn ObjectFramer> {
        Box::new(BlockFramer::default())
    }

    fn splitter(&self) -> Box<dyn ObjectSplitter> {
        Box::new(BlockSplitter::default())
    }
}

/// A block is the number of its records, these with their lengths, and a mark.
#[derive(Default)]
struct BlockFramer {
    block: Vec<u8>,
    in_block: u8,
    records: u64,
    out: Vec<u8>,
}

impl BlockFramer {
    fn end_block(&mut self) {
        if self.in_block > 0 {
            self.out.push(self.in_block);
            self.out.append(&mut self.block);
            self.out.extend_from_slice(SYNC);
            self.in_block = 0;
        }
    }
}

impl ObjectFramer for BlockFramer {
    fn append<'a>(&'a mut self, batch: &'a Batch, records: Range<usize>) -> [&'a [u8]; 2] {
        self.out.clear();
        if self.records == 0 {
            self.out.extend_from_slice(MAGIC);
        }
        for position in records {
            let payload = batch.payload(position);
            self.block.push(payload.len() as u8);
            self.block.extend_from_slice(payload);
            (self.in_block, self.records) = (self.in_block + 1, self.records + 1);
            if self.in_block == BLOCK_RECORDS {
                self.end_block();
            }
        }
        [&self.out, &[]]
    }

    fn finish(&mut self) -> &[u8] {
        self.out.clear();
        self.end_block();
        self.out.push(0);
        self.out.extend_from_slice(&self.records.to_le_bytes());
        &self.out
    }
}

#[derive(Default)]
struct BlockSplitter {
    has_begun: bool,
    has_ended: bool,
    records: u64,
}

impl BlockSplitter {
    /// The length of the block at the beginning of `bytes` and its records, if it is whole.
    fn block(bytes: &[u8]) -> Option<(usize, Vec<&[u8]>)> {
        let (count, mut rest) = bytes.split_first()?;
        let mut records = Vec::new();
        for _ in 0..*count {
            let (len, after) = rest.split_first()?;
            records.push(after.get(..usize::from(*len))?);
            rest = &after[usize::from(*len)..];
        }
        let tail = if *count == 0 { 8 } else { SYNC.len() };
        rest.get(..tail)?;
        Some((bytes.len() - rest.len() + tail, records))
    }
}

impl ObjectSplitter for BlockSplitter {
    fn split(
        &mut self,
        bytes: &[u8],
        payloads: &mut Payloads,
        place: &mut RecordLocation,
    ) -> usize {
        let mut used = 0;
        if !self.has_begun {
            if bytes.len() < MAGIC.len() {
                return 0;
            }
            if !bytes.starts_with(MAGIC) {
                place.damaged(Damage::Header);
            }
            (self.has_begun, used) = (true, MAGIC.len());
        }
        while let Some((len, records)) = Self::block(&bytes[used..]) {
            let block = &bytes[used..used + len];
            if self.has_ended {
                place.damaged(Damage::Trailing);
            } else if records.is_empty() {
                self.has_ended = true;
                if block[1..] != self.records.to_le_bytes() {
                    place.damaged(Damage::Cut);
                }
            } else if !block.ends_with(SYNC) {
                place.damaged(Damage::Separator);
            }
            for record in records {
                payloads.push(self.records, record);
                self.records += 1;
            }
            used += len;
        }
        used
    }

    fn finish(&mut self, bytes: &[u8], _: &mut Payloads, place: &mut RecordLocation) {
        if !self.has_ended {
            place.damaged(Damage::Cut);
        } else if !bytes.is_empty() {
            place.damaged(Damage::Trailing);
        }
    }
}

impl RecordVerifier for BlockCodec {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        verdicts.extend(payloads.iter().map(|found| {
            let (Some(emulation), Some(index)) = (found.get(..16), found.get(16..24)) else {
                return Verdict::Foreign;
            };
            let index = u64::from_le_bytes(index.try_into().unwrap());
            match (emulation == self.0.get().as_bytes(), index < RECORDS) {
                (false, _) => Verdict::OtherEmulation,
                (true, false) => Verdict::Foreign,
                (true, true) if found == payload(self.0, index) => Verdict::Intact(index),
                (true, true) => Verdict::Corrupt(index),
            }
        }));
    }
}

fn batches(size: usize) -> impl Iterator<Item = Batch> {
    (0..RECORDS).step_by(size).map(move |first| {
        let mut batch = Batch::default();
        let records = first..(first + size as u64).min(RECORDS);
        BlockCodec(id(1)).encode(records, &mut batch).unwrap();
        batch
    })
}

async fn deliver(destination: &dyn Destination, plan: &EmulationPlan, size: usize) {
    let run = Run {
        id: id(1),
        plan: plan.clone(),
        from: Default::default(),
    };
    let mut producer = destination.open(&run, Arc::new(Nobody)).await.unwrap();
    for batch in batches(size) {
        producer.send(&batch).await.unwrap();
    }
    producer.finish().await.unwrap();
}

async fn stored(plan: &EmulationPlan, size: usize) -> MemoryObjects {
    let objects = MemoryObjects::default();
    let destination = ObjectDestination::new(Arc::new(objects.clone()), Arc::new(Blocks));
    deliver(&destination, plan, size).await;
    objects
}

async fn report(plan: &EmulationPlan, objects: &MemoryObjects) -> VerificationReport {
    let run = Delivered {
        id: id(1),
        plan: plan.clone(),
        status: GlobalStatus::Completed,
        generated: RECORDS,
        acknowledged: RECORDS,
    };
    let source = DeliverySource::Objects(Arc::new(objects.clone()));
    verify(&run, &source, &Blocks, None, &|_| {}).await.unwrap()
}

#[tokio::test]
async fn blocks_have_the_same_bytes_however_batches_divide_the_records_and_are_verified() {
    let (mut parts, mut len) = (1, MAGIC.len());
    for index in 0..RECORDS - 1 {
        len += 1 + payload(id(1), index).len();
        if len >= 5_000 {
            (parts, len) = (parts + 1, MAGIC.len());
        }
    }
    for (sync_type, count) in [
        ("grouped", 1),
        ("chunked", parts),
        ("single", RECORDS as usize),
    ] {
        let plan = plan(Domain::Transaction, Format::Ndjson, sync_type, 7);
        let objects = stored(&plan, 70).await;
        let all = objects.all("place");
        assert_eq!(all.len(), count, "{sync_type}");
        for size in [1, 16, 300] {
            assert_eq!(
                stored(&plan, size).await.all("place"),
                all,
                "{sync_type} {size}"
            );
        }
        for bytes in all.values() {
            assert!(bytes.starts_with(MAGIC));
            let blocks = bytes.windows(SYNC.len()).filter(|window| *window == SYNC);
            let records = u64::from_le_bytes(*bytes.last_chunk().unwrap());
            assert_eq!(
                blocks.count() as u64,
                records.div_ceil(BLOCK_RECORDS.into())
            );
        }
        if sync_type == "single" {
            assert!(all.keys().any(|name| name.starts_with("record-299_")));
        }
        let report = report(&plan, &objects).await;
        assert!(report.is_sound(), "{sync_type}: {report:?}");
        assert_eq!(report.totals.intact, RECORDS);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_binary_object_is_named() {
    let plan = plan(Domain::Transaction, Format::Ndjson, "grouped", 7);
    let objects = stored(&plan, 70).await;
    let (name, bytes) = objects.all("place").pop_first().unwrap();
    let sync = bytes.windows(4).position(|window| window == SYNC).unwrap();
    let changed = |at: usize| {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        changed
    };
    for (object, damage, corrupt, missing) in [
        (changed(0), Some(Damage::Header), 0, 0),
        (changed(sync), Some(Damage::Separator), 0, 0),
        // The last byte of record 15.
        (changed(sync - 1), None, 1, 0),
        (
            bytes[..sync + 4].to_vec(),
            Some(Damage::Cut),
            0,
            RECORDS - 16,
        ),
        (bytes[..bytes.len() - 1].to_vec(), Some(Damage::Cut), 0, 0),
        ([&bytes[..], b"\x01"].concat(), Some(Damage::Trailing), 0, 0),
    ] {
        objects.insert("place", &name, object).unwrap();
        let report = report(&plan, &objects).await;
        assert!(!report.is_sound());
        assert_eq!(report.places[0].damage, damage);
        assert_eq!(
            (report.totals.corrupt, report.missing.count()),
            (corrupt, missing)
        );
    }
}

#[tokio::test]
async fn messages_have_keys_that_stand_beside_the_record() {
    let plan = plan(Domain::Transaction, Format::Ndjson, "grouped", 7);
    let messages = MemoryMessages::default();
    deliver(&messages, &plan, 70).await;
    for (message, index) in messages.messages("place").unwrap().into_iter().zip(0..) {
        assert_eq!(message.index, index);
        assert_eq!(message.key, Some(vec![(index % 5) as u8]));
        assert_eq!(message.payload, payload(id(1), index));
    }
}
