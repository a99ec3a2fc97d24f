//! The loop that everything is about: record by record into a batch.

use std::ops::Range;

use emulator_domain::record::IndexError;
use emulator_domain::{Factory, Record};
use emulator_ports::{Batch, BatchEncoder, RecordSpans, Span};

use crate::digits::Times;
use crate::text_serializer::{Fields, LONGEST_NAME, TextSerializer};

/// Room for one record of a built-in domain, in bytes, and for what is copied beyond its end.
const RECORD_ROOM: usize = 2048;

/// Encodes the records of one factory in one format.
pub(crate) struct Encoder<F, N> {
    pub(crate) factory: F,
    pub(crate) text_serializer: N,
    separator_len: usize,
}

impl<F: Factory + 'static, N: TextSerializer> Encoder<F, N> {
    pub(crate) fn new(factory: F, text_serializer: N) -> Self {
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
            separator_len,
        }
    }
}

impl<F: Factory + 'static, N: TextSerializer> BatchEncoder for Encoder<F, N> {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        batch.restart(range.start);
        let mut times = Times::new();
        for (at, record) in self.factory.records(range)? {
            let mut line = batch.writer(RECORD_ROOM);
            let start = line.len();
            self.text_serializer.head().write(&mut line);
            times.unix(&mut line, at);
            let mut fields =
                Fields::<F::Record<'_>, N>::new(&mut line, &self.text_serializer, &mut times);
            record.visit(&mut fields);
            let (key, id) = (fields.key, fields.id);
            self.text_serializer.tail().write(&mut line);
            let end = line.len();
            let payload = Span::new(start..end - self.separator_len);
            batch.push(end, RecordSpans { payload, key, id });
        }
        Ok(())
    }
}
