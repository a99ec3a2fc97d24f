//! Runs whose records come once, whatever dies in between.

use adapter_kafka::KafkaDestination;
use emulator_domain::delivery::Checkpoint;
use emulator_domain::plan::{Guarantee, PlanSpec};
use emulator_ports::contract::destination::keeps_its_contract;
use emulator_ports::{Destination, DestinationErrorKind, Run};

use crate::reader::{self, Recorder, batch, index, read, run, spec};
use crate::{client, config, unique};

fn exactly_once_spec(topic: &str) -> PlanSpec {
    PlanSpec {
        guarantee: Guarantee::ExactlyOnce,
        ..spec(topic)
    }
}

fn exactly_once(topic: &str) -> Run {
    run(unique(), exactly_once_spec(topic))
}

#[tokio::test]
async fn the_contract_holds_exactly_once() {
    let client = client();
    keeps_its_contract(
        &KafkaDestination::new(config()),
        &exactly_once_spec("named-by-the-suite"),
        async |topic: &str| reader::stored_records(&client, topic).await,
    )
    .await;
}

#[tokio::test]
async fn an_exactly_once_run_goes_on_behind_what_was_committed() {
    let topic = format!("resumed-{}", unique());
    let destination = KafkaDestination::new(config());
    let mut run = exactly_once(&topic);
    let first = Recorder::new();
    let mut producer = destination.open(&run, first.clone()).await.unwrap();
    producer.send(&batch(0..1000, 50)).await.unwrap();
    producer.finish().await.unwrap();
    assert_eq!(first.acknowledged().len(), 1000);
    // Dies with a transaction open.
    let mut dying = destination.open(&run, Recorder::new()).await.unwrap();
    dying.send(&batch(1000..1300, 50)).await.unwrap();
    std::mem::forget(dying);

    // Another process that knows of 600 acknowledged records only.
    let second = Recorder::new();
    run.from = Checkpoint {
        next_index: 600,
        acknowledged_units: 1,
    };
    let mut producer = destination.open(&run, second.clone()).await.unwrap();
    producer.send(&batch(600..900, 50)).await.unwrap();
    producer.send(&batch(900..1200, 50)).await.unwrap();
    producer.finish().await.unwrap();
    assert_eq!(second.acknowledged(), (600..1200).collect::<Vec<_>>());
    let mut indices: Vec<_> = read(&client(), &topic).iter().map(index).collect();
    indices.sort_unstable();
    assert_eq!(indices, (0..1200).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_run_that_another_process_has_taken_over_says_so() {
    let destination = KafkaDestination::new(config());
    let run = exactly_once(&format!("fenced-{}", unique()));
    let recorder = Recorder::new();
    let mut first = destination.open(&run, recorder.clone()).await.unwrap();
    first.send(&batch(0..100, 50)).await.unwrap();
    let _second = destination.open(&run, Recorder::new()).await.unwrap();
    let sent = first.send(&batch(100..200, 50)).await;
    let error = match sent {
        Ok(()) => first.finish().await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind, DestinationErrorKind::Refused);
    let text = error.chain();
    assert!(text.contains("another process has taken over"), "{text}");
    assert!(recorder.acknowledged().is_empty());
    assert!(
        recorder.failed().is_empty(),
        "its reason would be told first"
    );
}

#[tokio::test]
async fn an_exactly_once_run_whose_past_the_cluster_does_not_know_is_refused() {
    let mut run = exactly_once(&format!("forgotten-{}", unique()));
    run.from = Checkpoint {
        next_index: 5,
        acknowledged_units: 1,
    };
    let opened = KafkaDestination::new(config())
        .open(&run, Recorder::new())
        .await;
    let error = opened.err().expect("refused");
    assert_eq!(error.kind, DestinationErrorKind::Refused);
    assert!(
        error.chain().contains("on from record 5"),
        "{}",
        error.chain()
    );
}

#[tokio::test]
async fn a_dropped_exactly_once_run_keeps_no_reader_waiting() {
    let topic = format!("dropped-{}", unique());
    let destination = KafkaDestination::new(config());
    let mut dropped = destination
        .open(&exactly_once(&topic), Recorder::new())
        .await
        .unwrap();
    dropped.send(&batch(0..100, 50)).await.unwrap();
    drop(dropped);
    let mut other = destination
        .open(&run(unique(), spec(&topic)), Recorder::new())
        .await
        .unwrap();
    other.send(&batch(500..600, 50)).await.unwrap();
    other.finish().await.unwrap();
    let mut indices: Vec<_> = read(&client(), &topic).iter().map(index).collect();
    indices.sort_unstable();
    assert_eq!(indices, (500..600).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_newer_process_of_an_exactly_once_run_shuts_the_older_one_out() {
    let topic = format!("fenced-{}", unique());
    let destination = KafkaDestination::new(config());
    let run = exactly_once(&topic);
    let (old_answers, new_answers) = (Recorder::new(), Recorder::new());
    let mut old = destination.open(&run, old_answers.clone()).await.unwrap();
    old.send(&batch(0..10, 50)).await.unwrap();
    let mut new = destination.open(&run, new_answers.clone()).await.unwrap();
    new.send(&batch(0..10, 50)).await.unwrap();
    new.finish().await.unwrap();
    let error = old.finish().await.unwrap_err();
    assert!(
        error.chain().contains("another process"),
        "{}",
        error.chain()
    );
    assert!(old_answers.acknowledged().is_empty());
    assert_eq!(new_answers.acknowledged().len(), 10);
    assert_eq!(read(&client(), &topic).len(), 10);
}
