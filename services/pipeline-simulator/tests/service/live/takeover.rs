//! Two processes for the same work.

use std::time::Duration;

use pipeline_domain::sample;
use pipeline_domain::source::Source;

use super::pipeline::Pipeline;
use super::topics::letters;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_landers_and_two_acknowledgers_the_older_ones_end_and_nothing_is_doubled() {
    let pipeline = Pipeline::postgres("takeover").await;
    let mut old_lander = pipeline.start("land");
    let mut old_acknowledger = pipeline.start("acknowledge");
    old_lander.says(" landing");
    old_acknowledger.says(" acknowledging");
    let mut producer = pipeline.start("produce --rows 1500 --rate 600");
    std::thread::sleep(Duration::from_millis(1500));
    let mut new_lander = pipeline.start("land");
    // What it has seen is in use, so this one has a folder of its own.
    let mut elsewhere = pipeline.command("acknowledge");
    elsewhere.env("DATA_DIR", pipeline.folder.path().join("elsewhere"));
    let mut new_acknowledger = crate::process::Running::of(elsewhere, pipeline.folder.path());
    for old in [old_lander, old_acknowledger] {
        let (code, output_text) = old.end(Duration::from_secs(30));
        assert_eq!(code, Some(1), "{output_text}");
        assert!(
            output_text.contains("another process has taken over"),
            "{output_text}"
        );
    }
    assert!(producer.runs(), "they were to end while events are sent");
    let (code, output_text) = producer.end(Duration::from_secs(60));
    assert_eq!(code, Some(0), "{output_text}");
    pipeline.settled(
        &["db_dump", "acker"],
        &mut [&mut new_lander, &mut new_acknowledger],
    );
    let samples = Source::ALL.map(|source| (1..=1500).map(|id| sample::row(source, id)).collect());
    pipeline.assert_rows(&samples).await;
    pipeline.assert_acknowledged(1..=1500);
    let dead = letters(&pipeline.brokers, &pipeline.name("dead-letters"));
    let why: Vec<_> = dead
        .iter()
        .map(|(origin, letter)| (origin, &letter.headers["why"]))
        .collect();
    assert!(why.is_empty(), "{why:?}");
    new_lander.stop();
    new_acknowledger.stop();
    pipeline.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_acknowledger_in_the_same_folder_is_refused_and_the_first_goes_on() {
    let pipeline = Pipeline::sqlite("folder");
    let mut first = pipeline.start("acknowledge");
    first.says("acknowledging");
    let (code, output_text) = pipeline.start("acknowledge").end(Duration::from_secs(20));
    assert_eq!(code, Some(2), "{output_text}");
    assert!(
        output_text.contains("is in use by another process"),
        "{output_text}"
    );
    pipeline.run("produce --rows 20");
    pipeline.settled(&["acker"], &mut [&mut first]);
    pipeline.assert_acknowledged(1..=20);
    first.stop();
}
