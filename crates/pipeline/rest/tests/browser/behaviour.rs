//! What the page does by itself, and what it does for its user.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pipeline_ports::{GroupPartition, GroupView};
use serde_json::json;

use crate::fake::message;
use crate::site::Site;

/// Keys 0, 1 and 2, the last one the newest.
fn with_messages() -> Site {
    let site = Site::start();
    let mut state = site.cluster.state();
    for topic in ["topic1", "topic2"] {
        state.topic(topic, 2);
    }
    for key in 0..3 {
        state.send("topic1", message(0, key, key, "{}"));
    }
    drop(state);
    site
}

#[test]
fn new_messages_come_by_themselves() {
    let site = with_messages();
    let report = site.used(
        "#topic=topic1",
        "const before = keys();
         await call('send/3');
         await wait(2500);
         report([before, keys()]);",
    );
    assert_eq!(report, json!([["2", "1", "0"], ["3", "2", "1", "0"]]));
}

#[test]
fn while_a_row_is_open_new_messages_are_kept_back_and_it_stays_open_when_they_are_shown() {
    let site = with_messages();
    let report = site.used(
        "#topic=topic1&limit=3",
        "const read = rows()[2];
         read.querySelector('summary').click();
         await wait(100);
         await call('send/3');
         await call('send/4');
         await wait(2500);
         const kept = [keys(), get('newer').textContent, get('newer').hidden];
         get('newer').click();
         await wait(100);
         report([kept, keys(), get('newer').hidden, read.isConnected, read.firstElementChild.open]);",
    );
    assert_eq!(
        report,
        json!([
            [["2", "1", "0"], "2 new messages", false],
            // The open row stays, though it is no longer among the newest three.
            ["4", "3", "2", "0"],
            true,
            true,
            true
        ])
    );
}

#[test]
fn while_somebody_has_scrolled_down_nothing_moves_and_back_at_the_top_the_news_are_there() {
    let site = with_messages();
    for key in 3..50 {
        let message = message(0, key, key, "{}");
        site.cluster.state().send("topic1", message);
    }
    let report = site.used(
        "#topic=topic1",
        "rows()[30].scrollIntoView();
         const place = () => rows().map((row) => Math.round(row.getBoundingClientRect().top)).join();
         const before = [scrollY, place()].join();
         await call('send/50');
         await wait(2500);
         const still = [scrollY > 100, before === [scrollY, place()].join(), get('newer').textContent, keys()[0]];
         scrollTo(0, 0);
         await wait(1500);
         report([still, keys()[0], get('newer').hidden]);",
    );
    assert_eq!(
        report,
        json!([[true, true, "1 new message", "49"], "50", true])
    );
}

#[test]
fn paused_or_hidden_the_page_asks_nothing_and_goes_on_when_it_is_wanted_again() {
    for (stop, go_on) in [
        ("get('live').click();", "get('live').click();"),
        (
            "let hidden = true;
             Object.defineProperty(document, 'hidden', { get: () => hidden });
             document.dispatchEvent(new Event('visibilitychange'));",
            "hidden = false;
             document.dispatchEvent(new Event('visibilitychange'));",
        ),
    ] {
        let site = with_messages();
        let script = format!(
            "{stop}
             await wait(100);
             const looks = await call('looks');
             await call('send/3');
             await wait(4000);
             const still = looks === await call('looks') && keys().length === 3;
             {go_on}
             await wait(2500);
             report([looks > 1, still, keys()]);"
        );
        let report = site.used("#topic=topic1", &script);
        assert_eq!(report, json!([true, true, ["3", "2", "1", "0"]]), "{stop}");
    }
}

#[test]
fn a_cluster_that_cannot_be_reached_is_told_and_forgotten_when_it_is_back() {
    let site = with_messages();
    let report = site.used(
        "#topic=topic1",
        "await call('fail');
         await wait(2500);
         const trouble = [get('state').textContent, get('trouble').hidden, get('trouble').textContent, keys()];
         await call('heal');
         await wait(2500);
         report([trouble, get('state').textContent, get('trouble').hidden]);",
    );
    let printed = report[0][2].as_str().unwrap();
    assert!(
        printed.starts_with("kafka.example:9092 does not answer")
            && printed.contains("This page keeps trying. What is shown is as of "),
        "{printed}"
    );
    assert_eq!(report[0][0], "No connection");
    assert_eq!(report[0][1], false);
    assert_eq!(report[0][3], json!(["2", "1", "0"]));
    assert_eq!(
        (&report[1], &report[2]),
        (&json!("Connected"), &json!(true))
    );
}

#[test]
fn the_address_says_what_is_chosen_and_a_key_is_followed_from_topic_to_topic() {
    let site = with_messages();
    site.cluster.state().send("topic2", message(1, 9, 1, "{}"));
    let report = site.used(
        "",
        "const seen = [[location.hash, keys()]];
         const then = async () => { await wait(1500); seen.push([location.hash, keys()]); };
         get('key').value = '1';
         get('search').requestSubmit();
         await then();
         document.querySelector('#topics a[href*=topic2]').click();
         await then();
         get('partition').value = '0';
         get('partition').dispatchEvent(new Event('change'));
         await then();
         history.back();
         await then();
         report(seen);",
    );
    assert_eq!(
        report,
        json!([
            ["#topic=topic1", ["2", "1", "0"]],
            ["#topic=topic1&key=1", ["1"]],
            ["#topic=topic2&key=1", ["1"]],
            ["#topic=topic2&key=1&partition=0", []],
            ["#topic=topic2&key=1", ["1"]],
        ])
    );
}

#[test]
fn partitions_of_topics_are_shown_on_demand() {
    let site = with_messages();
    let report = site.used(
        "",
        "const button = document.querySelector('#topics .fold');
         const table = button.closest('tbody').querySelector('.inner');
         const text = () => [...table.querySelector('tbody').rows].map((row) => [...row.cells].map((cell) => cell.textContent));
         const before = [table.hidden, button.getAttribute('aria-expanded')];
         button.click();
         report([before, table.hidden, button.getAttribute('aria-expanded'), text()]);",
    );
    assert_eq!(
        report,
        json!([
            [true, "false"],
            false,
            "true",
            [
                ["0", "0", "3", "1", "3 of 3"],
                ["1", "0", "0", "1", "3 of 3"]
            ]
        ])
    );
}

#[test]
fn what_is_of_the_pipeline_comes_first_and_the_rest_is_shown_on_demand() {
    let site = Site::start();
    let mut state = site.cluster.state();
    for topic in ["a-topic-of-others", "topic1", "topic2"] {
        state.topic(topic, 1);
    }
    drop(state);
    let script = "
        const names = () => [...document.querySelectorAll('#topics > tbody')].filter((body) => !body.hidden).map((body) => body.dataset.name);
        const more = get('more-topics');
        const seen = [[location.hash, names(), more.textContent, more.ariaExpanded]];
        more.click();
        seen.push([names(), more.textContent, more.ariaExpanded]);
        document.querySelector('#topics a[href*=others]').click();
        more.click();
        await wait(100);
        report([...seen, names()]);";
    assert_eq!(
        site.used("", script),
        json!([
            [
                "#topic=topic1",
                ["topic1", "topic2"],
                "1 more in this cluster",
                "false"
            ],
            [
                ["topic1", "topic2", "a-topic-of-others"],
                "Only those of this pipeline",
                "true"
            ],
            // What is chosen stays in sight.
            ["topic1", "topic2", "a-topic-of-others"],
        ])
    );
}

#[test]
fn readers_that_are_no_members_of_their_group_are_told_by_whether_they_go_on() {
    let site = Site::start();
    site.cluster.state().topic("topic1", 1);
    let group = |name: &str, committed| GroupView {
        name: name.to_owned(),
        state: "Empty".to_owned(),
        members: 0,
        partitions: vec![GroupPartition {
            topic: "topic1".to_owned(),
            number: 0,
            committed,
            log_end_offset: 1000,
        }],
    };
    let is_over = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        scope.spawn(|| {
            for place in 1..10_000 {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let groups = [
                    group("reads", place),
                    group("is-done", 1000),
                    group("stands", 7),
                ];
                site.cluster.state().groups = groups.to_vec();
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let report = site.used(
            "",
            "const states = () => [...document.querySelectorAll('#groups > tbody')].map((body) => [body.dataset.name, body.querySelector('.group-state').textContent, body.rows[0].cells[1].textContent]);
             const first = states();
             await wait(9000);
             report([first, states()]);",
        );
        is_over.store(true, Ordering::Relaxed);
        report
    });
    let states = |stands: &str| {
        json!([
            ["reads", "Reading", "\u{2013}"],
            ["is-done", "Caught up", "\u{2013}"],
            ["stands", stands, "\u{2013}"],
        ])
    };
    assert_eq!(report, json!([states("Behind"), states("Not reading")]));
}
