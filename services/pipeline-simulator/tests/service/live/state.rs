//! What the acknowledger remembers, damaged, lost, or of elsewhere.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use adapter_embedded::EmbeddedKafka;

use super::pipeline::Pipeline;
use super::topics::{Sent, send};
use crate::process::Running;

fn events(pipeline: &Pipeline, brokers: &str, topic: usize, ids: std::ops::RangeInclusive<i64>) {
    let topic = pipeline.name(&format!("topic{topic}"));
    let events: Vec<_> = ids.map(|id| format!("{{\"id\": {id}}}")).collect();
    let messages = events.iter().map(|event| Sent {
        topic: &topic,
        key: Some(event.as_bytes()),
        payload: Some(event.as_bytes()),
    });
    send(brokers, messages);
}

/// A pipeline whose acknowledger has ended: ids up to 100 are acknowledged, those up to 200 have
/// arrived on two topics, and those up to 300 on one.
fn halfway(test: &str) -> (Pipeline, PathBuf) {
    let pipeline = Pipeline::sqlite(test);
    let mut acknowledger = pipeline.start("acknowledge");
    acknowledger.says("acknowledging");
    for (topic, last) in [(1, 300), (2, 200), (3, 100)] {
        events(&pipeline, &pipeline.brokers, topic, 1..=last);
    }
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    acknowledger.stop();
    let file = pipeline.data().join("arrivals.redb");
    assert!(file.exists());
    (pipeline, file)
}

/// The rest comes, and some again; each id must be acknowledged once in the end.
fn assert_goes_on(pipeline: &Pipeline, mut acknowledger: Running) {
    events(pipeline, &pipeline.brokers, 3, 50..=250);
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    pipeline.assert_acknowledged(1..=200);
    events(pipeline, &pipeline.brokers, 2, 201..=300);
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    pipeline.assert_acknowledged(1..=250);
    acknowledger.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_state_is_told_and_kept_and_set_aside_it_is_read_again_from_kafka() {
    let (pipeline, file) = halfway("damaged");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes.truncate(middle);
    for byte in &mut bytes[middle / 4..middle / 2] {
        *byte ^= 0x5a;
    }
    fs::write(&file, &bytes).unwrap();
    let (code, output_text) = pipeline.start("acknowledge").end(Duration::from_secs(20));
    assert_eq!(code, Some(2), "{output_text}");
    let path = file.display().to_string();
    assert!(
        output_text.contains(&path) && output_text.contains("STATE_ON_DAMAGE"),
        "{output_text}"
    );
    assert!(fs::read(&file).unwrap() == bytes, "the file was changed");

    let mut command = pipeline.command("acknowledge");
    command.env("STATE_ON_DAMAGE", "set-aside");
    let acknowledger = Running::of(command, pipeline.folder.path());
    assert_goes_on(&pipeline, acknowledger);
    let aside = fs::read_dir(pipeline.data()).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.display()
            .to_string()
            .contains("damaged-")
            .then_some(path)
    });
    assert!(fs::read(aside.expect("it was set aside")).unwrap() == bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_deleted_is_read_again_from_kafka_and_no_id_is_acknowledged_twice() {
    let (pipeline, file) = halfway("deleted");
    fs::remove_file(&file).unwrap();
    let acknowledger = pipeline.start("acknowledge");
    assert_goes_on(&pipeline, acknowledger);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_state_put_back_from_a_backup_is_brought_to_the_progress_first() {
    let (pipeline, file) = halfway("backup");
    let backup = fs::read(&file).unwrap();
    let mut acknowledger = pipeline.start("acknowledge");
    events(&pipeline, &pipeline.brokers, 3, 101..=150);
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    acknowledger.stop();
    fs::write(&file, backup).unwrap();
    let acknowledger = pipeline.start("acknowledge");
    assert_goes_on(&pipeline, acknowledger);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_another_cluster_is_refused() {
    let pipeline = Pipeline::sqlite("cluster");
    let names = ["topic1", "topic2", "topic3", "ack", "dead-letters"].map(|it| pipeline.name(it));
    let topics: Vec<_> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let other = EmbeddedKafka::start(&topics, 0).unwrap();
    let mut command = pipeline.command("acknowledge");
    command.env("KAFKA_BOOTSTRAP_SERVERS", other.bootstrap_servers());
    let mut acknowledger = Running::of(command, pipeline.folder.path());
    acknowledger.says("acknowledging");
    events(&pipeline, other.bootstrap_servers(), 1, 1..=10);
    // It is remembered within a second or two, and at the end.
    std::thread::sleep(Duration::from_secs(3));
    acknowledger.stop();
    let (code, output_text) = pipeline.start("acknowledge").end(Duration::from_secs(30));
    assert_eq!(code, Some(1), "{output_text}");
    assert!(
        output_text.contains("choose another data folder"),
        "{output_text}"
    );
    assert!(output_text.contains("mockCluster"), "{output_text}");
}
