//! Processes killed while events flow.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use pipeline_domain::row::Row;
use pipeline_domain::sample;
use pipeline_domain::source::Source;

use super::pipeline::Pipeline;
use super::topics::letters;
use crate::process::Running;

/// Ids that are sent on every topic.
pub(crate) const IDS: i64 = 20_000;
/// Those of them that are sent once more.
pub(crate) const AGAIN: i64 = 1_000;

/// A pipeline at work, while something happens to it.
pub(crate) struct Flow {
    pub(crate) pipeline: Pipeline,
    pub(crate) lander: Running,
    pub(crate) acknowledger: Running,
    ids: i64,
    again: i64,
    producers: Vec<Running>,
}

impl Flow {
    /// `ids` on every topic, and the first `again` of them once more, within about so many seconds.
    pub(crate) fn start(pipeline: Pipeline, ids: i64, again: i64, seconds: i64) -> Self {
        let produce = |count: i64| {
            let rate = (3 * count / seconds).max(1);
            pipeline.start(&format!("produce --rows {count} --rate {rate}"))
        };
        let mut producers = vec![produce(ids)];
        if again > 0 {
            producers.push(produce(again));
        }
        Self {
            lander: pipeline.start("land"),
            acknowledger: pipeline.start("acknowledge"),
            pipeline,
            ids,
            again,
            producers,
        }
    }

    /// Kills the lander or the acknowledger, and starts it again: mostly within a second of its
    /// work, else of its start. Says whether it was at work.
    fn kill(&mut self, lander: bool) -> bool {
        let (process, command, word) = match lander {
            true => (&mut self.lander, "land", " landing"),
            false => (&mut self.acknowledger, "acknowledge", " acknowledging"),
        };
        if draw(4) > 0 {
            process.says(word);
        }
        std::thread::sleep(Duration::from_millis(draw(1000)));
        process.kill9();
        let at_work = process.output_text().contains(word);
        *process = self.pipeline.start(command);
        at_work
    }

    /// Whether events are still sent.
    pub(crate) fn flows(&mut self) -> bool {
        self.producers[0].runs()
    }

    /// Waits until all is settled. Panics unless each row is there once, each id was acknowledged
    /// once, and each event that came again is a dead letter once.
    pub(crate) async fn assert_whole(mut self) {
        for producer in self.producers {
            let (code, output_text) = producer.end(Duration::from_secs(300));
            assert_eq!(code, Some(0), "{output_text}");
        }
        let pipeline = self.pipeline;
        let processes = &mut [&mut self.lander, &mut self.acknowledger];
        pipeline.settled(&["db_dump", "acker"], processes);
        let rows: [Vec<Row>; 3] =
            Source::ALL.map(|source| (1..=self.ids).map(|id| sample::row(source, id)).collect());
        pipeline.assert_rows(&rows).await;
        let dead = letters(&pipeline.brokers, &pipeline.name("dead-letters"));
        let mut expected = BTreeSet::new();
        for source in Source::ALL {
            // An id has one partition, in which its first event lands.
            let mut seen = HashSet::new();
            for event in pipeline.read(&format!("topic{}", source.number())) {
                if !seen.insert(event.key.unwrap()) {
                    expected.insert((source.number(), event.partition, event.offset));
                }
            }
            assert_eq!(seen.len() as i64, self.ids);
        }
        assert_eq!(expected.len() as i64, 3 * self.again);
        let found: BTreeSet<_> = dead.keys().copied().collect();
        let missing: Vec<_> = expected.difference(&found).take(5).collect();
        let more: Vec<_> = found.difference(&expected).take(5).collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "{missing:?} {more:?}"
        );
        assert!(
            dead.values()
                .all(|letter| letter.reason() == "duplicate-id")
        );
        pipeline.assert_acknowledged(1..=self.ids);
        self.lander.stop();
        self.acknowledger.stop();
        pipeline.end().await;
    }
}

/// Numbers that differ from one test run to the next.
pub(crate) fn draw(below: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(below) % below
}

/// Kills one or the other at random moments while all of `IDS` flow.
pub(crate) async fn survive_kills(pipeline: Pipeline, kills: u32, seconds: i64) {
    let mut flow = Flow::start(pipeline, IDS, AGAIN, seconds);
    let mut at_work = 0;
    for _ in 0..kills {
        let killed_at_work = flow.kill(draw(2) == 0);
        at_work += u32::from(killed_at_work && flow.flows());
    }
    eprintln!("{at_work} of {kills} kills came while events were sent and read");
    assert!(at_work > kills / 2, "{at_work}");
    flow.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_of_lander_and_acknowledger_lose_and_double_nothing_in_sqlite() {
    survive_kills(Pipeline::sqlite("kills"), 20, 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_of_lander_and_acknowledger_lose_and_double_nothing_in_postgresql() {
    survive_kills(Pipeline::postgres("kills").await, 20, 30).await;
}
