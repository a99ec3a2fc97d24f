//! The contract of [`EventLog`] and [`EventSink`].

use std::collections::BTreeMap;

use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::Source;

use crate::{
    EventBatch, EventConsumer, EventLog, EventSink, Group, Outgoing, PortErrorKind, Topic,
};

/// Number of events that the suite sends to each source at first.
const EVENTS: i64 = 100;

/// Runs the suite on the log of a pipeline whose topics are missing or empty, and a sink for the
/// same log.
///
/// # Panics
/// With the sentence of the contract that is violated.
pub async fn keeps_its_contract(log: &dyn EventLog, sink: &dyn EventSink) {
    for _ in 0..2 {
        log.prepare().await.expect("topics are made, or are there");
    }
    let identity = log.identity().await.expect("a log has a name");
    assert!(!identity.is_empty(), "a log has a name");

    events_come_in_order_and_again_until_they_are_committed(log, sink).await;
    messages_are_written_with_the_progress_or_not_at_all(log, sink).await;
    a_newer_consumer_fences_the_older_one(log, sink).await;
    groups_do_not_see_each_other(log).await;
    a_replay_goes_from_one_offset_to_another(log).await;
    let again = log.identity().await.expect("a log has a name");
    assert_eq!(identity, again, "a log keeps its name");
}

async fn events_come_in_order_and_again_until_they_are_committed(
    log: &dyn EventLog,
    sink: &dyn EventSink,
) {
    send(sink, 0..EVENTS).await;
    for _ in 0..2 {
        let mut consumer = open(log).await;
        assert!(
            consumer.committed().is_empty(),
            "a new group stands nowhere"
        );
        let seen = read(&mut *consumer, 3 * EVENTS as usize).await;
        for source in Source::ALL {
            let mut ids: Vec<i64> = seen
                .iter()
                .filter(|(partition, _)| partition.source == source)
                .flat_map(|(_, ids)| ids.iter().copied())
                .collect();
            ids.sort_unstable();
            let all: Vec<i64> = (0..EVENTS).collect();
            assert_eq!(ids, all, "each event comes once");
        }
        for ids in seen.values() {
            assert!(ids.is_sorted(), "events of a partition keep their order");
        }
    }
    let mut consumer = open(log).await;
    read(&mut *consumer, 3 * EVENTS as usize).await;
    consumer.commit(&[]).await.expect("progress is committed");
    drop(consumer);
    let mut consumer = open(log).await;
    let mut batch = EventBatch::default();
    consumer.next(&mut batch).await.expect("nothing is read");
    assert!(batch.is_empty(), "what was committed does not come again");
    let read: i64 = consumer.committed().iter().map(|(_, next)| next).sum();
    assert!(read >= 3 * EVENTS, "the progress is known");
}

async fn messages_are_written_with_the_progress_or_not_at_all(
    log: &dyn EventLog,
    sink: &dyn EventSink,
) {
    let letters = |count: i64| -> Vec<Outgoing> {
        (0..count)
            .map(|number| Outgoing {
                topic: Topic::DeadLetters,
                key: (number % 2 == 0).then(|| number.to_string().into_bytes()),
                payload: format!("letter {number}").into_bytes(),
                headers: vec![("reason", "because".to_owned())],
            })
            .collect()
    };
    send(sink, EVENTS..EVENTS + 1).await;
    let mut consumer = open(log).await;
    read(&mut *consumer, 3).await;
    consumer
        .commit(&letters(7))
        .await
        .expect("a batch is committed");
    send(sink, EVENTS + 1..EVENTS + 2).await;
    read(&mut *consumer, 3).await;
    consumer
        .commit(&letters(5))
        .await
        .expect("the next one, too");
    drop(consumer);
    let mut replay = log
        .replay(&[Topic::DeadLetters], &Offsets::default(), None)
        .await
        .expect("the past can be read");
    let (mut batch, mut read) = (EventBatch::default(), Vec::new());
    loop {
        replay.next(&mut batch).await.expect("the past is read");
        if batch.is_empty() {
            break;
        }
        read.extend(batch.iter().map(|event| {
            assert!(
                event.origin().is_none(),
                "a dead letter is no event of a source"
            );
            let key = event.key.map(<[u8]>::to_vec);
            (String::from_utf8_lossy(event.payload).into_owned(), key)
        }));
    }
    read.sort();
    let mut sent: Vec<_> = letters(7)
        .into_iter()
        .chain(letters(5))
        .map(|letter| {
            (
                String::from_utf8_lossy(&letter.payload).into_owned(),
                letter.key,
            )
        })
        .collect();
    sent.sort();
    assert_eq!(read, sent, "each message is there once, with its key");
}

async fn a_newer_consumer_fences_the_older_one(log: &dyn EventLog, sink: &dyn EventSink) {
    let mut old = open(log).await;
    send(sink, EVENTS + 2..EVENTS + 3).await;
    read(&mut *old, 3).await;
    let mut new = open(log).await;
    let error = old
        .commit(&[])
        .await
        .expect_err("the older one is shut out");
    assert_eq!(error.kind, PortErrorKind::TakenOver, "{error}");
    read(&mut *new, 3).await;
    new.commit(&[]).await.expect("the newer one goes on");
}

async fn groups_do_not_see_each_other(log: &dyn EventLog) {
    let mut other = log
        .open(Group::Acknowledger)
        .await
        .expect("the other group is opened");
    assert!(other.committed().is_empty(), "its progress is its own");
    read(&mut *other, 3 * (EVENTS as usize + 3)).await;
}

async fn a_replay_goes_from_one_offset_to_another(log: &dyn EventLog) {
    let topics = Source::ALL.map(Topic::Events);
    let read = async |from: &Offsets, to: Option<&Offsets>| {
        let mut replay = log
            .replay(&topics, from, to)
            .await
            .expect("the past can be read");
        assert!(!replay.is_truncated(), "nothing was deleted");
        let (mut batch, mut offsets) = (EventBatch::default(), BTreeMap::<_, Vec<i64>>::new());
        loop {
            replay.next(&mut batch).await.expect("the past is read");
            if batch.is_empty() {
                return offsets;
            }
            for origin in batch.iter().filter_map(|event| event.origin()) {
                assert!(origin.created > 0, "an event knows when it was created");
                offsets
                    .entry(origin.partition)
                    .or_default()
                    .push(origin.offset);
            }
        }
    };
    let all = read(&Offsets::default(), None).await;
    assert_eq!(
        all.values().map(Vec::len).sum::<usize>(),
        3 * (EVENTS as usize + 3),
        "all of the past"
    );
    let (mut from, mut to, mut expected) = (Offsets::default(), Offsets::default(), 0);
    for (partition, offsets) in &all {
        assert!(offsets.is_sorted(), "each partition in its order");
        let (first, last) = (offsets.len() / 3, offsets.len() * 2 / 3);
        from.advance(*partition, offsets[first]);
        to.advance(*partition, offsets[last]);
        expected += last - first;
    }
    let part = read(&from, Some(&to)).await;
    let count: usize = part.values().map(Vec::len).sum();
    assert_eq!(
        count, expected,
        "from the first position, to before the second"
    );
    let none = read(&to, Some(&from)).await;
    assert!(
        none.is_empty(),
        "nothing lies between a position and an earlier one"
    );
}

async fn open(log: &dyn EventLog) -> Box<dyn EventConsumer> {
    log.open(Group::Lander).await.expect("a group is opened")
}

/// Sends one event per id to each source and waits until all are stored.
async fn send(sink: &dyn EventSink, ids: std::ops::Range<i64>) {
    let mut receipts = Vec::new();
    for id in ids {
        for source in Source::ALL {
            let receipt = sink.send(source, id, format!("{{\"id\": {id}}}")).await;
            receipts.push((source, receipt.expect("an event is taken")));
        }
    }
    for (source, receipt) in receipts {
        let origin = receipt.await.expect("an event is stored");
        assert_eq!(origin.partition.source, source, "where it was sent to");
    }
}

/// Reads `count` events and returns the ids of each partition, in order of arrival.
async fn read(consumer: &mut dyn EventConsumer, count: usize) -> BTreeMap<Partition, Vec<i64>> {
    let mut batch = EventBatch::default();
    let mut seen = BTreeMap::<_, Vec<i64>>::new();
    let mut left = count;
    for _ in 0..60 {
        consumer.next(&mut batch).await.expect("events are read");
        for event in batch.iter() {
            let origin = event.origin().expect("an event of a source");
            let key = event.key.expect("an event has its id as key");
            let id = String::from_utf8_lossy(key)
                .parse()
                .expect("the key is an id");
            seen.entry(origin.partition).or_default().push(id);
        }
        assert!(batch.len() <= left, "no event comes that was not sent");
        left -= batch.len();
        if left == 0 {
            return seen;
        }
    }
    panic!("{left} of {count} events have not come within a minute");
}
