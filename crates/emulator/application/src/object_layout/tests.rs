use emulator_ports::{ObjectFramer, ObjectSplitter, RecordSpans, Span};

use super::*;

/// A header of two bytes, and records of as many bytes as their payload has.
struct Plain;

impl ObjectFraming for Plain {
    fn header_len(&self) -> u64 {
        2
    }

    fn size(&self, batch: &Batch, records: Range<usize>) -> u64 {
        batch.stretch(records).len() as u64
    }

    fn batch_records(&self) -> Option<u64> {
        None
    }

    fn framer(&self) -> Box<dyn ObjectFramer> {
        unreachable!("the rule looks at sizes alone")
    }

    fn splitter(&self) -> Box<dyn ObjectSplitter> {
        unreachable!("the rule looks at sizes alone")
    }
}

fn batch(sizes: &[u8]) -> Batch {
    let mut batch = Batch::default();
    batch.restart(0);
    for size in sizes {
        let mut writer = batch.writer(256);
        let start = writer.len();
        (0..*size).for_each(|_| writer.byte(b'x'));
        let payload = Span::new(start..writer.len());
        let end = writer.len();
        batch.push(
            end,
            RecordSpans {
                payload,
                ..RecordSpans::default()
            },
        );
    }
    batch
}

#[test]
fn the_record_that_brings_an_object_to_its_size_is_its_last() {
    for (sizes, from, len, max, end, is_full) in [
        (&[3, 3, 4][..], 0, 2, 8, 2, true),
        (&[3, 3, 4], 0, 2, 9, 3, true),
        (&[3, 3, 4], 0, 2, 7, 2, true),
        (&[3, 3, 4], 0, 2, 5, 1, true),
        (&[3, 3, 4], 0, 2, 12, 3, true),
        (&[3, 3, 4], 0, 2, 13, 3, false),
        (&[3, 3, 4], 1, 2, 9, 3, true),
        (&[3, 3, 4], 1, 5, 8, 2, true),
        (&[3, 3, 4], 2, 2, 7, 3, false),
        // As much as the header, or less: each record has an object of its own.
        (&[3, 3, 4], 1, 2, 2, 2, true),
        (&[3, 3, 4], 1, 2, 1, 2, true),
    ] {
        let share = fill(&Plain, &batch(sizes), from, len, max);
        let case = (from, len, max);
        assert_eq!(share, Share { end, is_full }, "{case:?}");
    }
}

#[test]
fn objects_end_at_the_same_records_however_batches_divide_them() {
    let sizes: Vec<u8> = (0..100_usize)
        .map(|index| 1 + (index * 37 % 20) as u8)
        .collect();
    let ends = |in_batch: usize| {
        let (mut ends, mut len, mut records) = (Vec::new(), 2, 0);
        for sizes in sizes.chunks(in_batch) {
            let batch = batch(sizes);
            let mut from = 0;
            while from < batch.len() {
                let share = fill(&Plain, &batch, from, len, 50);
                len += Plain.size(&batch, from..share.end);
                if share.is_full {
                    ends.push(records + share.end);
                    len = 2;
                }
                from = share.end;
            }
            records += batch.len();
        }
        ends
    };
    let mut expected = Vec::new();
    let mut len = 2;
    for (number, size) in (1..).zip(&sizes) {
        len += usize::from(*size);
        if len >= 50 {
            expected.push(number);
            len = 2;
        }
    }
    for in_batch in [1, 2, 7, 50, 100] {
        assert_eq!(ends(in_batch), expected, "{in_batch} in a batch");
    }
}
