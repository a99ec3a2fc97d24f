//! Events that carry no row, among those that do.

use std::collections::BTreeMap;

use pipeline_domain::source::Source;

use super::pipeline::Pipeline;
use super::topics::{Sent, letters, send};
use crate::sheets;

/// What can be wrong with an event, with the reason that is given; `N` stands for a number.
fn kinds() -> Vec<(&'static str, Option<Vec<u8>>)> {
    let text = |text: &str| Some(text.as_bytes().to_vec());
    vec![
        ("not-json", text("once upon a time N")),
        ("not-json", text("{\"id\": N, \"feature1\": 3")),
        ("not-json", text("{\"id\": N} {\"id\": N}")),
        ("not-json", Some(vec![0xff, 0xfe, 0x00, 0x80])),
        ("wrong-value", text("{\"id\": N, \"feature1\": \"three\"}")),
        ("wrong-value", text("{\"id\": N, \"feature1\": true}")),
        ("wrong-value", text("{\"id\": N, \"feature1\": 2.5}")),
        ("wrong-value", text("{\"id\": N, \"feature2\": [1]}")),
        (
            "wrong-value",
            text("{\"id\": N, \"feature2\": 9223372036854775808}"),
        ),
        ("wrong-value", text("{\"id\": \"N\", \"feature1\": 3}")),
        ("wrong-value", text("{\"id\": {\"id\": N}}")),
        ("missing-id", text("{\"feature1\": N}")),
        ("missing-id", text("{\"id\": null, \"feature1\": N}")),
        ("missing-id", text("{}")),
        ("empty", text("")),
        ("empty", None),
        ("unknown-column", text("{\"id\": N, \"feature99\": 3}")),
        ("unknown-column", text("{\"id\": N, \"ID\": 3}")),
        (
            "repeated-column",
            text("{\"id\": N, \"feature1\": 3, \"feature1\": 3}"),
        ),
        ("repeated-column", text("{\"id\": N, \"id\": N}")),
        ("not-an-object", text("[{\"id\": N}]")),
        ("not-an-object", text("N")),
        ("not-an-object", text("null")),
        ("not-an-object", text("\"N\"")),
        ("not-an-object", Some(vec![b'['; 50_000])),
        ("not-json", Some(b"{\"id\":".repeat(9_000))),
        ("too-large", Some(vec![b'x'; 900_000])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_damaged_events_are_kept_apart_and_stop_nothing() {
    const DAMAGED: usize = 1_000;
    let pipeline = Pipeline::postgres("damage").await;
    let rows = Source::ALL.map(|source| sheets::rows(source, 1..=400));
    let (topics, kinds) = (pipeline.topics(), kinds());
    let mut lander = pipeline.start("land");
    let mut acknowledger = pipeline.start("acknowledge");
    lander.says("landing");

    // Three good ones, then some damaged ones, and so on.
    let mut sent = Vec::new();
    let mut wanted: BTreeMap<(usize, &str), Vec<Vec<u8>>> = BTreeMap::new();
    for number in 0..DAMAGED {
        if let Some(at) = (number % 2 == 0)
            .then_some(number / 2)
            .filter(|at| *at < 400)
        {
            for source in Source::ALL {
                let event = rows[source.index()][at].encode().into_bytes();
                sent.push((source, None, Some(event)));
            }
        }
        let (source, kind) = (Source::ALL[number % 3], number / 3 % kinds.len());
        let (reason, payload) = &kinds[kind];
        // Large ones once a source: they take time.
        let (reason, payload) = match payload {
            Some(payload) if payload.len() > 10_000 && number > 3 * kinds.len() => {
                (&"not-json", Some(b"{N".to_vec()))
            }
            _ => (reason, payload.clone()),
        };
        // Ids beyond those of the good ones: nothing of it may count.
        let payload = payload.map(|bytes| match String::from_utf8(bytes) {
            Ok(text) => text
                .replace('N', &(10_000 + number).to_string())
                .into_bytes(),
            Err(error) => error.into_bytes(),
        });
        let letters = wanted.entry((source.number(), *reason)).or_default();
        letters.push(payload.clone().unwrap_or_default());
        let key = (number % 2 == 0).then(|| number.to_string());
        sent.push((source, key, payload));
    }
    let messages = sent.iter().map(|(source, key, payload)| Sent {
        topic: &topics[source.index()],
        key: key.as_ref().map(|key| key.as_bytes()),
        payload: payload.as_deref(),
    });
    send(&pipeline.brokers, messages);
    pipeline.settled(&["db_dump", "acker"], &mut [&mut lander, &mut acknowledger]);

    pipeline.assert_rows(&rows).await;
    pipeline.assert_acknowledged(1..=400);
    let dead = letters(&pipeline.brokers, &pipeline.name("dead-letters"));
    assert_eq!(dead.len(), DAMAGED);
    let mut found: BTreeMap<(usize, &str), Vec<Vec<u8>>> = BTreeMap::new();
    for ((source, partition, offset), letter) in &dead {
        assert!((0..5).contains(partition) && *offset >= 0);
        assert!(letter.headers["why"].len() > 5, "{letter:?}");
        let letters = found.entry((*source, letter.reason())).or_default();
        letters.push(letter.payload.clone());
    }
    for letters in wanted.values_mut().chain(found.values_mut()) {
        letters.sort_unstable();
    }
    for (of, wanted) in &wanted {
        assert!(found.get(of) == Some(wanted), "{of:?}: other letters");
    }
    assert_eq!(found.len(), wanted.len());
    // The origin that a letter names holds the event: the text ones are looked up.
    for source in Source::ALL {
        let events = super::topics::payloads(&pipeline.brokers, &topics[source.index()]);
        for ((_, partition, offset), letter) in dead
            .iter()
            .filter(|((from, ..), _)| *from == source.number())
        {
            assert!(events[&(*partition, *offset)] == letter.payload);
        }
    }
    lander.stop();
    acknowledger.stop();
    pipeline.end().await;
}
