//! The hot loop: encodes record after record into a batch.

use std::ops::Range;

use emulator_domain::emulation::EmulationId;
use emulator_domain::record::IndexError;
use emulator_domain::{Factory, Record};
use emulator_ports::{Batch, BatchEncoder, RecordSpans, Span};

use crate::digits::Times;
use crate::message_metadata::{self, MessageMetadata, RecordValues};
use crate::text_serializer::{Fields, LONGEST_NAME, TextSerializer};

/// Room for one record of a built-in domain, in bytes, including what is copied past its end.
const RECORD_ROOM: usize = 2048;

/// Encodes the records of one factory in one format.
pub(crate) struct Encoder<F, N> {
    pub(crate) factory: F,
    pub(crate) text_serializer: N,
    pub(crate) id: EmulationId,
    separator_len: usize,
    metadata: Option<MessageMetadata>,
    room: usize,
}

impl<F: Factory + 'static, N: TextSerializer> Encoder<F, N> {
    pub(crate) fn new(
        id: EmulationId,
        factory: F,
        text_serializer: N,
        metadata: Option<MessageMetadata>,
    ) -> Self {
        const {
            let longest = <F::Record<'static> as Record>::SCHEMA.longest_name();
            assert!(
                longest <= LONGEST_NAME,
                "a field's name is longer than its piece has room for"
            );
        }
        let separator_len = text_serializer.framing().separator.len();
        Self {
            factory,
            text_serializer,
            id,
            separator_len,
            room: RECORD_ROOM + metadata.as_ref().map_or(0, MessageMetadata::room),
            metadata,
        }
    }
}

impl<F: Factory + 'static, N: TextSerializer> BatchEncoder for Encoder<F, N> {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        batch.restart(range.start);
        let mut times = Times::new();
        let mut headers = Vec::new();
        for (index, (at, record)) in (range.start..).zip(self.factory.records(range)?) {
            let mut line = batch.writer(self.room);
            let mut spans = RecordSpans {
                payload: Span::NONE,
                ..RecordSpans::default()
            };
            let is_tombstone = |metadata: &MessageMetadata| metadata.is_tombstone(index, None);
            if !self.metadata.as_ref().is_some_and(is_tombstone) {
                let start = line.len();
                self.text_serializer.head().write(&mut line);
                times.unix(&mut line, at);
                let mut fields =
                    Fields::<F::Record<'_>, N>::new(&mut line, &self.text_serializer, &mut times);
                record.visit(&mut fields);
                (spans.key, spans.id) = (fields.key, fields.id);
                self.text_serializer.tail().write(&mut line);
                spans.payload = Span::new(start..line.len() - self.separator_len);
            }
            if let Some(metadata) = &self.metadata {
                let mut values = RecordValues(&record);
                metadata.write(&mut line, index, &mut values, &mut spans, &mut headers);
            }
            let end = line.len();
            message_metadata::push(batch, end, spans, &mut headers);
        }
        Ok(())
    }
}
