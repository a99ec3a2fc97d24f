//! The contract of [`Destination`] and its [`Producer`](crate::Producer).

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, PlanSpec};

use crate::{
    Acknowledgements, Batch, Destination, DestinationError, DestinationErrorKind, RecordSpans, Run,
    Span,
};

/// A record as another client finds it at the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// The key of the message, if it has one.
    pub key: Option<Vec<u8>>,
    /// The record; `None` for a tombstone.
    pub payload: Option<Vec<u8>>,
    /// Names and values of the headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// The number of keys. Records of one key must stay in order.
const KEYS: u64 = 13;

/// Runs the suite on a destination that can be reached. `spec` is a run that it accepts; the suite
/// gives each of its runs another destination name. `read` returns all records of a topic, bucket
/// or folder as another client sees them, those of one key in the order in which they were sent;
/// `None` if the destination stores nothing.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub async fn keeps_its_contract(
    destination: &dyn Destination,
    spec: &PlanSpec,
    read: impl AsyncFn(&str) -> Option<Vec<StoredRecord>>,
) {
    destination
        .probe()
        .await
        .expect("a destination that can be reached answers a probe");
    let mut locations = Vec::new();
    for _ in 0..2 {
        let location = destination.location().await;
        locations.push(location.expect("a destination that can be reached has a location"));
    }
    assert_eq!(locations[0], locations[1], "a destination has one location");
    let mut runs = Runs::new(spec);
    for (name, sizes) in [
        ("no record", vec![]),
        ("one record", vec![1]),
        ("batches of one record", vec![1; 50]),
        ("batches of many sizes", vec![1000, 1, 7, 2500, 333]),
        ("many batches", vec![500; 40]),
    ] {
        let run = runs.next();
        let sent = deliver(destination, &[&run], &sizes).await.remove(0);
        arrived(name, &run, &sent, &read).await;
    }

    let (one, other) = (runs.next(), runs.next());
    let sent = deliver(destination, &[&one, &other], &[700, 1, 1300]).await;
    arrived("one of two runs at once", &one, &sent[0], &read).await;
    arrived("the other of two runs at once", &other, &sent[1], &read).await;

    let mut run = runs.next();
    run.from.next_index = 5000;
    let sent = deliver_from(destination, &run, 300).await;
    arrived("a run that begins later", &run, &sent, &read).await;
}

/// Runs the suite on a destination that fails with `kind`, whatever it is asked to do. `spec` is a
/// run that it would otherwise accept.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub async fn fails_as(destination: &dyn Destination, spec: &PlanSpec, kind: DestinationErrorKind) {
    let run = Runs::new(spec).next();
    let opened = destination.open(&run, Arc::new(Recorder::default())).await;
    for (asked, error) in [
        ("opens a run", opened.err()),
        ("asks for its location", destination.location().await.err()),
        ("probes it", destination.probe().await.err()),
    ] {
        assert_eq!(
            error.map(|error| error.kind),
            Some(kind),
            "whoever {asked} is told the kind of failure"
        );
    }
}

/// Sends batches of these sizes, alternating between all runs, and checks that exactly each run's
/// records are acknowledged, once.
async fn deliver(
    destination: &dyn Destination,
    runs: &[&Run],
    sizes: &[u64],
) -> Vec<Vec<StoredRecord>> {
    let mut open = Vec::new();
    for run in runs {
        let recorder = Arc::new(Recorder::default());
        let producer = destination.open(run, recorder.clone()).await;
        open.push((producer.expect("a run is opened"), recorder, Vec::new()));
    }
    let mut batch = Batch::default();
    let mut next = 0;
    for size in sizes {
        for (run, (producer, _, sent)) in runs.iter().zip(&mut open) {
            fill(&mut batch, run.id, next..next + size, sent);
            producer.send(&batch).await.expect("a batch is taken");
        }
        next += size;
    }
    let mut all_sent = Vec::new();
    for (mut producer, recorder, sent) in open {
        producer.finish().await.expect("a run is finished");
        recorder.has_exactly(0..next);
        drop(producer);
        recorder.has_exactly(0..next);
        all_sent.push(sent);
    }
    all_sent
}

/// The same for one batch of a run that does not begin at 0 and of whose past the destination knows
/// nothing. Exactly-once destinations may refuse this.
async fn deliver_from(destination: &dyn Destination, run: &Run, size: u64) -> Vec<StoredRecord> {
    let recorder = Arc::new(Recorder::default());
    let mut sent = Vec::new();
    match destination.open(run, recorder.clone()).await {
        Ok(mut producer) => {
            let records = run.from.next_index..run.from.next_index + size;
            let mut batch = Batch::default();
            fill(&mut batch, run.id, records.clone(), &mut sent);
            producer.send(&batch).await.expect("a batch is taken");
            producer.finish().await.expect("a run is finished");
            recorder.has_exactly(records);
        }
        Err(error) => assert_eq!(
            run.plan.guarantee(),
            emulator_domain::plan::Guarantee::ExactlyOnce,
            "only an exactly-once run may miss its past: {error}"
        ),
    }
    sent
}

async fn arrived(
    name: &str,
    run: &Run,
    sent: &[StoredRecord],
    read: &impl AsyncFn(&str) -> Option<Vec<StoredRecord>>,
) {
    let Some(found) = read(run.plan.destination()).await else {
        return;
    };
    assert_eq!(
        found.len(),
        sent.len(),
        "{name}: as many records arrive as were sent"
    );
    assert!(
        by_key(&found) == by_key(sent),
        "{name}: records arrive as they were sent, in order within a key"
    );
}

/// Records without a key may come in any order.
fn by_key(records: &[StoredRecord]) -> BTreeMap<&[u8], Vec<&StoredRecord>> {
    let mut keys = BTreeMap::<_, Vec<_>>::new();
    for record in records {
        let key = record.key.as_deref().unwrap_or_default();
        keys.entry(key).or_default().push(record);
    }
    if let Some(keyless) = keys.get_mut(&[][..]) {
        keyless.sort_by_key(|record| record.headers.clone());
    }
    keys
}

/// Fills the batch by hand: payloads of different lengths that name run and record, some of them
/// not valid text, with keys; some records have headers, a few no key, a few no value.
fn fill(batch: &mut Batch, id: EmulationId, records: Range<u64>, sent: &mut Vec<StoredRecord>) {
    batch.restart(records.start);
    for index in records {
        let key = format!("key-{:02}", index % KEYS).into_bytes();
        let filling: &[u8] = if index % 2 == 0 { b"x" } else { b"\n\0\xff" };
        let mut payload = format!("{id} {index} ").into_bytes();
        payload.extend(filling.repeat((index * 31 % 400) as usize));
        let has_key = index % 17 != 5;
        let has_value = index % 19 != 7;
        let mut headers: Vec<_> = (0..index % 3)
            .map(|number| (format!("header-{number}"), vec![0xff, number as u8]))
            .collect();
        if !(has_key && has_value) {
            headers.insert(0, (format!("of-{index:08}"), Vec::new()));
        }
        let mut writer = batch.writer(4096);
        let mut write = |bytes: &[u8]| {
            let start = writer.len();
            bytes.iter().for_each(|&byte| writer.byte(byte));
            Span::new(start..writer.len())
        };
        let spans = RecordSpans {
            key: if has_key { write(&key) } else { Span::NONE },
            payload: if has_value {
                write(&payload)
            } else {
                Span::NONE
            },
            id: write(index.to_string().as_bytes()),
        };
        let header_spans: Vec<_> = headers
            .iter()
            .map(|(name, value)| (write(name.as_bytes()), write(value)))
            .collect();
        let end = writer.len();
        batch.push(end, spans);
        for (name, value) in header_spans {
            batch.push_header(name, value);
        }
        sent.push(StoredRecord {
            key: has_key.then_some(key),
            payload: has_value.then_some(payload),
            headers,
        });
    }
}

/// Creates runs that no other invocation of the suite uses.
struct Runs<'a> {
    spec: &'a PlanSpec,
    invocation: u64,
    made: u64,
}

impl<'a> Runs<'a> {
    fn new(spec: &'a PlanSpec) -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        let invocation = since_1970.map_or(0, |time| time.as_nanos() as u64);
        Self {
            spec,
            invocation,
            made: 0,
        }
    }

    fn next(&mut self) -> Run {
        self.made += 1;
        let id = format!(
            "{:08x}-0000-4000-8000-{:012x}",
            self.made,
            self.invocation >> 16
        );
        let plan = EmulationPlan::new(PlanSpec {
            destination: format!("contract-{:x}-{}", self.invocation, self.made),
            ..self.spec.clone()
        });
        Run {
            id: id.parse().expect("a UUID"),
            plan: plan.expect("a plan that the destination takes"),
            from: Default::default(),
        }
    }
}

/// Records the acknowledgements.
#[derive(Default)]
struct Recorder {
    acknowledged: Mutex<Vec<Range<u64>>>,
    failed: Mutex<Vec<String>>,
}

impl Recorder {
    fn has_exactly(&self, records: Range<u64>) {
        let failed = self.failed.lock().expect("no panic while it is held");
        assert!(failed.is_empty(), "no record fails: {failed:?}");
        let mut ranges = self
            .acknowledged
            .lock()
            .expect("no panic while it is held")
            .clone();
        ranges.sort_by_key(|range| range.start);
        let mut next = records.start;
        for range in ranges {
            assert!(!range.is_empty(), "an answer is for at least one record");
            assert_eq!(
                range.start, next,
                "each record is acknowledged exactly once"
            );
            next = range.end;
        }
        assert_eq!(
            next, records.end,
            "each record that was sent is acknowledged, and no other"
        );
    }
}

impl Acknowledgements for Recorder {
    fn acknowledged(&self, records: Range<u64>) {
        self.acknowledged
            .lock()
            .expect("no panic while it is held")
            .push(records);
    }

    fn failed(&self, records: Range<u64>, why: &DestinationError) {
        let text = format!("{records:?}: {}", why.chain());
        self.failed
            .lock()
            .expect("no panic while it is held")
            .push(text);
    }
}
