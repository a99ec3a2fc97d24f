//! What the old system's acceptance asked of acknowledgements.

use super::pipeline::Pipeline;
use super::topics::{Sent, send};

#[tokio::test(flavor = "multi_thread")]
async fn an_id_is_acknowledged_once_on_its_last_topic_also_when_the_acknowledger_was_restarted() {
    let pipeline = Pipeline::sqlite("arrivals");
    let topics = pipeline.topics();
    let event = |topic: usize, id: &str| {
        let payload = format!("{{\"id\": {id}, \"feature1\": 5}}");
        let message = Sent {
            topic: &topics[topic - 1],
            key: None,
            payload: Some(payload.as_bytes()),
        };
        send(&pipeline.brokers, [message]);
    };
    let mut acknowledger = pipeline.start("acknowledge");
    acknowledger.says("acknowledging");
    for topic in [1, 2] {
        event(topic, "1");
        event(topic, "2");
    }
    event(1, "3");
    event(3, "3");
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    pipeline.assert_acknowledged([]);
    event(3, "1");
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    pipeline.assert_acknowledged([1]);
    acknowledger.stop();
    // It comes while nobody reads, and another once somebody does.
    event(3, "2");
    let mut acknowledger = pipeline.start("acknowledge");
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    pipeline.assert_acknowledged([1, 2]);
    acknowledger.kill9();
    let mut acknowledger = pipeline.start("acknowledge");
    // As a whole number that was written with a decimal point.
    event(2, "3.0");
    event(3, "1");
    pipeline.settled(&["acker"], &mut [&mut acknowledger]);
    pipeline.assert_acknowledged([1, 2, 3]);
    acknowledger.stop();
}
