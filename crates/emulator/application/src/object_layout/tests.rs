use emulator_domain::plan::{ChunkSize, Format, PlanSpec, RecordCount, Sink};
use emulator_domain::{Domain, Rate};
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

/// Days of 1970 and how many records each part has, in a run of 54 records a day from noon on, in
/// batches of `in_batch`; each object holds at most twenty of them.
fn parts_by_day(in_batch: usize) -> (Vec<(String, u64)>, Vec<Vec<String>>) {
    let spec = PlanSpec {
        start_time: Timestamp::EARLIEST.moved(12 * 3_600_000_000),
        rate: Rate::per_second(54.0 / 86_400.0).unwrap().into(),
        grouping: Grouping::Chunked {
            max_chunk_size: ChunkSize::new(2 + 20 * 5).unwrap(),
        },
        partition_by: PartitionBy::Date,
        count: Some(RecordCount::new(216).unwrap()),
        ..PlanSpec::new(Domain::Transaction, Sink::File, Format::Csv)
    };
    let plan = EmulationPlan::new(spec).unwrap();
    let id = EmulationId::of_plan(&plan);
    let mut layout = ObjectLayout::new(id, &plan, Arc::new(Plain), 0);
    let (mut parts, mut unfinished) = (Vec::<(String, u64)>::new(), Vec::new());
    let (mut is_open, mut next) = (false, 0);
    for sizes in [5; 216].chunks(in_batch) {
        let mut batch = batch(sizes);
        batch.renumber(next);
        let mut from = 0;
        while from < batch.len() {
            if !is_open {
                unfinished.push(layout.perhaps_unfinished(next + from as u64, 3));
                let name = layout.name(&batch, from);
                parts.push((name.replace(&id.to_string(), "ID"), 0));
            }
            let share = layout.share(&batch, from);
            parts.last_mut().unwrap().1 += (share.end - from) as u64;
            (is_open, from) = (!share.is_full, share.end);
        }
        next = batch.range().end;
    }
    (parts, unfinished)
}

#[test]
fn a_part_ends_with_its_day() {
    let (parts, unfinished) = parts_by_day(216);
    let expected = [
        ("date=1970-01-01/ID-part-00000.csv", 20),
        ("date=1970-01-01/ID-part-00001.csv", 7),
        ("date=1970-01-02/ID-part-00002.csv", 20),
        ("date=1970-01-02/ID-part-00003.csv", 20),
        ("date=1970-01-02/ID-part-00004.csv", 14),
        ("date=1970-01-03/ID-part-00005.csv", 20),
        ("date=1970-01-03/ID-part-00006.csv", 20),
        ("date=1970-01-03/ID-part-00007.csv", 14),
        ("date=1970-01-04/ID-part-00008.csv", 20),
        ("date=1970-01-04/ID-part-00009.csv", 20),
        ("date=1970-01-04/ID-part-00010.csv", 14),
        ("date=1970-01-05/ID-part-00011.csv", 20),
        ("date=1970-01-05/ID-part-00012.csv", 7),
    ];
    let shown: Vec<_> = parts.iter().map(|(name, len)| (&**name, *len)).collect();
    assert_eq!(shown, expected);
    for in_batch in [1, 3, 5, 7] {
        assert_eq!(parts_by_day(in_batch).0, parts, "{in_batch} in a batch");
    }
    // Wherever a process ends, what it may have begun is among what the next one looks for.
    for (number, looked_for) in unfinished.iter().enumerate() {
        for (name, _) in parts.iter().skip(number).take(4) {
            let day_and_part = name.split_once("/ID").unwrap();
            assert!(
                looked_for.iter().any(|looked| {
                    looked.starts_with(day_and_part.0) && looked.ends_with(day_and_part.1)
                }),
                "{name} is not among {looked_for:?}"
            );
        }
    }
}
