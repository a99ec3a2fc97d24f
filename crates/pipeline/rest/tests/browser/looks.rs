//! What a browser makes of the page.

use pipeline_ports::{GroupPartition, GroupView, MessageView};

use crate::fake::message;
use crate::site::Site;

/// Asserts that the parts are in the text, in this order.
fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("{part:?} is missing, or too early, in {text}");
        };
        rest = after;
    }
}

fn group(name: &str, committed: i64) -> GroupView {
    GroupView {
        name: name.to_owned(),
        state: "Stable".to_owned(),
        members: 1,
        partitions: vec![GroupPartition {
            topic: "topic1".to_owned(),
            number: 0,
            committed,
            log_end_offset: 1500,
        }],
    }
}

#[test]
fn topics_groups_and_the_newest_messages_are_there() {
    let site = Site::start();
    let mut state = site.cluster.state();
    for topic in ["topic1", "topic2"] {
        state.topic(topic, 3);
    }
    for time in 0..3 {
        let payload = format!(r#"{{"number":{time}}}"#);
        let partition = i32::try_from(time).unwrap();
        state.send("topic1", message(partition, time, time, &payload));
    }
    state.groups = vec![group("db_dump", 266)];
    drop(state);
    let document = site.document("#topic=topic1");
    assert_in_order(
        &document,
        &[
            ">Connected<",
            ">db_<wbr>dump<",
            ">Stable<",
            ">1,234<",
            ">topic1<",
            ">topic2<",
            "Messages of ",
            "All 3 messages, newest first.",
            r#"{"number":2}"#,
            r#"{"number":1}"#,
            r#"{"number":0}"#,
        ],
    );
}

#[test]
fn a_link_to_a_key_shows_its_message_with_all_it_has_and_numbers_as_they_came() {
    let site = Site::start();
    let mut state = site.cluster.state();
    state.topic("dead-letters", 1);
    let payload = r#"{"id":9007199254740993,"a":[3.0,null],"b":{},"c":"{\"x\": [1,2]}"}"#;
    state.send(
        "dead-letters",
        MessageView {
            headers: vec![("reason".to_owned(), "feature3 is no number".into())],
            ..message(0, 0, 7, payload)
        },
    );
    state.send("dead-letters", message(0, 0, 8, "another"));
    drop(state);
    let document = site.document("#topic=dead-letters&key=7");
    assert!(!document.contains("another"), "{document}");
    assert_in_order(
        &document,
        &[
            "1 message with this key among all 2.",
            "<dt>reason</dt><dd>feature3 is no number</dd>",
            "1970-01-01T00:00:00.000Z",
            r#">{"#,
            r#"  <span class="name">"id"</span>: <span class="value">9007199254740993</span>,"#,
            r#"  <span class="name">"a"</span>: ["#,
            r#"    <span class="value">3.0</span>,"#,
            r#"    <span class="null">null</span>"#,
            r#"  <span class="name">"b"</span>: {},"#,
            r#"  <span class="name">"c"</span>: <span class="text">"{\"x\": [1,2]}"</span>"#,
        ],
    );
}

#[test]
fn what_comes_from_the_cluster_is_text_and_never_runs() {
    const ATTACK: &str = "<img src=x onerror=\"document.title='attacked'\">";
    let site = Site::start();
    let mut state = site.cluster.state();
    state.topic("topic1", 1);
    for payload in [ATTACK, &format!(r#"{{"a":{:?}}}"#, ATTACK)] {
        state.send(
            "topic1",
            MessageView {
                key: Some(ATTACK.into()),
                headers: vec![(ATTACK.to_owned(), ATTACK.into())],
                ..message(0, 0, 0, payload)
            },
        );
    }
    state.groups = vec![group(ATTACK, 0)];
    drop(state);
    let key = "%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'attacked'%22%3E";
    // In a row of the list, and opened.
    for hash in [
        "#topic=topic1".to_owned(),
        format!("#topic=topic1&key={key}"),
    ] {
        let document = site.document(&hash);
        assert!(document.contains("2 messages"), "{document}");
        assert!(document.contains("&lt;img src=x onerror="), "{document}");
        assert!(!document.contains("<img src=\"x\""), "{document}");
        assert!(!document.contains("<title>attacked"), "{document}");
    }
}

#[test]
fn a_topic_that_is_not_there_and_a_partition_that_is_none_are_explained() {
    let site = Site::start();
    site.cluster.state().topic("topic1", 1);
    let document = site.document("#topic=topic9");
    assert!(
        document.contains(">there is no topic topic9<"),
        "{document}"
    );
    let document = site.document("#topic=topic1&partition=first");
    let says = "invalid partition 'first'; expected 0 to 2147483647";
    assert!(document.contains(says), "{document}");
}
