//! The commands as processes of their own.

use pipeline_domain::source::Source;

use super::pipeline::Pipeline;
use super::topics::letters;
use crate::sheets;

/// All of it, with the consumers first, before there is a topic.
async fn every_row_lands_once(pipeline: Pipeline) {
    let rows = [
        sheets::rows(Source::First, 1..=300),
        sheets::rows(Source::Second, 101..=420),
        sheets::rows(Source::Third, -20..=350),
    ];
    let own = pipeline.folder.path().join("own");
    sheets::write_all(&own, &rows);
    let mut lander = pipeline.start("land");
    let mut acknowledger = pipeline.start("acknowledge");
    let produce = "produce --input own --delay 2";
    let output_text = pipeline.run(produce);
    for (topic, count) in [("topic1", 300), ("topic2", 320), ("topic3", 371)] {
        let line = format!("{}: {count} of {count} events stored", pipeline.name(topic));
        assert!(output_text.contains(&line), "{output_text}");
    }
    let groups = ["db_dump", "acker"];
    pipeline.settled(&groups, &mut [&mut lander, &mut acknowledger]);
    pipeline.assert_rows(&rows).await;
    pipeline.assert_acknowledged(101..=300);
    let dead = || letters(&pipeline.brokers, &pipeline.name("dead-letters"));
    assert!(dead().is_empty());

    let output_text = pipeline.run("analyse");
    assert!(output_text.contains("acks          200\n"), "{output_text}");
    assert!(
        output_text.contains("delay         median "),
        "{output_text}"
    );
    for file in [
        "analysis.html",
        "timestamps.svg",
        "delay.svg",
        "figures.json",
    ] {
        let file = pipeline.data().join("report").join(file);
        assert!(file.metadata().unwrap().len() > 100, "{}", file.display());
    }

    // The same once more: nothing changes, and each event is told of.
    pipeline.run(produce);
    pipeline.settled(&groups, &mut [&mut lander, &mut acknowledger]);
    pipeline.assert_rows(&rows).await;
    pipeline.assert_acknowledged(101..=300);
    let dead = dead();
    assert_eq!(dead.len(), 300 + 320 + 371);
    for source in Source::ALL {
        let mut expected: Vec<_> = rows[source.index()]
            .iter()
            .map(|row| row.encode())
            .collect();
        let dead = dead
            .iter()
            .filter(|((from, ..), _)| *from == source.number());
        let mut found: Vec<_> = dead
            .map(|(_, letter)| {
                assert_eq!(letter.reason(), "duplicate-id", "{letter:?}");
                String::from_utf8(letter.payload.clone()).unwrap()
            })
            .collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
    lander.stop();
    acknowledger.stop();
    pipeline.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_lands_in_sqlite_once_and_every_complete_id_is_acknowledged_once() {
    every_row_lands_once(Pipeline::sqlite("flow")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_lands_in_postgresql_once_and_every_complete_id_is_acknowledged_once() {
    every_row_lands_once(Pipeline::postgres("flow").await).await;
}
