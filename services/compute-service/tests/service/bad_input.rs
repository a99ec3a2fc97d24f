//! Tasks whose files a service cannot use: each is accepted, fails, and says why to its sender.

use compute_domain::{Outcome, TaskId};
use serde_json::{Value, json};

use crate::harness::{Around, PICTURE, free_port, until};

/// The picture, said to be 10,000 x 10,000 pixels large; the checksum of its head is right.
fn bomb() -> Vec<u8> {
    let mut bomb = PICTURE.to_vec();
    bomb[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
    bomb[29..33].copy_from_slice(&[0x35, 0x2c, 0xf5, 0x70]);
    bomb
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_used_fail_the_task_with_a_sentence_for_people() {
    let mut around = Around::start().await;
    around.put("bomb.png", bomb());
    around.put("empty.csv", "");
    around.put("empty.json", "");
    around.put("empty.png", "");
    around.put("ragged.csv", "a,b\n1\n");
    around.put("latin.csv", b"a\n\xff\n");
    around.put("open.csv", "a\n1\n\"2\n3\n");
    around.put("half.json", "[{\"a\": 1},");
    around.put("list.json", "[1]");
    around.put(
        "plan.json",
        r#"{"emulation_domain": "x", "format_type": "csv", "count": 0}"#,
    );
    around.put(
        "unknown.json",
        r#"{"emulation_domain": "transaction", "pace": "realtime"}"#,
    );
    around.put("half.png", &PICTURE[..PICTURE.len() / 2]);
    around.put(
        "words.csv",
        "transaction_id,user_id,amount,merchant,location\n1,1000,much,a,US\n",
    );
    let header = "transaction_id,user_id,amount,merchant,location\n";
    let first = "1,1000,12.50,a,US\n";
    for (name, lines) in [
        (
            "headers.csv",
            "transaction_id,user_id,amount,merchant\n".to_owned(),
        ),
        ("short.csv", format!("{header}{first}2,1000,12.50,a\n")),
        (
            "empty_cell.csv",
            format!("{header}{first}2,1000,12.50,,US\n"),
        ),
        ("user.csv", format!("{header}{first}2,-1,12.50,a,US\n")),
        (
            "swapped.csv",
            format!("{header}{first}2,1000,12.50,US,Dubois PLC\n"),
        ),
    ] {
        around.put(name, lines);
    }
    around.put(
        "member.json",
        r#"[{"transaction_id": 1, "user_id": 1000, "amount": 12.5, "merchant": "a", "location": "US"},
            {"transaction_id": 2, "user_id": 1000, "merchant": "a", "location": "US"}]"#,
    );
    around.put("huge.json", " ".repeat(100_000));
    type Case = (&'static [&'static str], &'static str);
    let services: [(&str, &[Case]); 5] = [
        (
            "average-colour",
            &[
                (&[], "got 0 input files, expected 1 (image)"),
                (
                    &["picture.png", "picture.png"],
                    "got 2 input files, expected 1",
                ),
                (
                    &["list.json"],
                    "got application/json, expected image/png or image/jpeg",
                ),
                (&["nothing.png"], "nothing.png"),
                (&["nothing"], "a file of unknown type"),
                (&["picture.png.gz"], "a file of unknown type"),
                (&["empty.png"], "not a usable image/png image"),
                (&["half.png"], "not a usable image/png image"),
                (&["bomb.png"], "10000 x 10000 pixels; at most 40 million"),
            ],
        ),
        (
            "image-thumbnail",
            &[
                (
                    &["picture.png"],
                    "got 1 input files, expected 2 (image, options)",
                ),
                (&["picture.png", "list.json"], "expected a JSON object"),
                (&["picture.png", "huge.json"], "at most 65536 bytes"),
            ],
        ),
        (
            "emulate",
            &[
                (&["empty.json"], "the plan cannot be used"),
                (&["list.json"], "expected a JSON object"),
                (&["plan.json"], "invalid count 0;"),
                (&["unknown.json"], "unknown field 'pace'"),
                (&["huge.json"], "at most 65536 bytes"),
            ],
        ),
        (
            "profile-table",
            &[
                (&["empty.csv"], "the file is empty"),
                (&["empty.json"], "the file is empty"),
                (&["ragged.csv"], "line 2: got 1 fields, expected 2"),
                (&["latin.csv"], "line 2: this is not UTF-8"),
                (&["open.csv"], "line 3: a quote in a field is not closed"),
                (&["half.json"], "EOF while parsing"),
                (&["list.json"], "an object for each row"),
            ],
        ),
        (
            "score-fraud",
            &[
                (&["ragged.csv"], "got 1 fields"),
                (
                    &["words.csv"],
                    "row 1: amount: got \"much\", expected an amount of dollars",
                ),
                (&["empty.csv"], "the file is empty"),
                (&["headers.csv"], "there is no column location"),
                (&["short.csv"], "line 3: got 4 fields, expected 5"),
                (&["empty_cell.csv"], "row 2 has no merchant"),
                (
                    &["user.csv"],
                    "row 2: user_id: got \"-1\", expected a whole number",
                ),
                (
                    &["swapped.csv"],
                    "row 2: location: got \"Dubois PLC\", expected a country",
                ),
                (&["member.json"], "row 2 has no amount"),
            ],
        ),
    ];
    for (slug, cases) in services {
        let port = free_port();
        let _service = around.serve_as(slug, port, &[]);
        around.ready(port).await;
        for (number, (keys, says)) in (0..).zip(cases) {
            let task = around.task(number, keys);
            let sent = around.send(port, &task).await;
            assert_eq!(
                sent,
                (200, json!({"status": "Task added to the queue"})),
                "{slug} {keys:?}"
            );
            let (id, outcome) = around.report().await;
            assert_eq!(
                id,
                TaskId::parse(task["task"]["id"].as_str().unwrap()).unwrap()
            );
            let Outcome::Failed(why) = outcome else {
                panic!("{slug} {keys:?}: {outcome:?}")
            };
            assert!(why.contains(says), "{slug} {keys:?}: {why}");
        }
        // It has not harmed the service, whose page may be a moment behind.
        until("the page shows all of them", async || {
            let overview = around.overview(port).await;
            overview["services"][0]["recent"].as_array().unwrap().len() == cases.len()
        })
        .await;
        let overview = around.overview(port).await;
        let recent = overview["services"][0]["recent"].as_array().unwrap();
        assert!(
            recent
                .iter()
                .all(|task| task["outputs"] == 0 && task["status"] == "error")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_refuse_fail_the_task_and_its_keys_are_told_nobody() {
    let mut around = Around::start().await;
    let port = free_port();
    let _service = around.serve_as("average-colour", port, &[("S3_RETRY_FOR", "1")]);
    around.ready(port).await;
    let cases: [(&str, Value, &str); 3] = [
        ("s3_secret_access_key", json!("the wrong secret"), "key"),
        ("s3_access_key_id", json!("a stranger"), "key"),
        ("s3_bucket", json!("no-such-bucket"), "no-such-bucket"),
    ];
    for (number, (member, value, says)) in (0..).zip(cases) {
        let mut task = around.task(number, &["picture.png"]);
        task[member] = value.clone();
        assert_eq!(around.send(port, &task).await.0, 200, "{member}");
        let (_, outcome) = around.report().await;
        let Outcome::Failed(why) = outcome else {
            panic!("{member}: {outcome:?}")
        };
        assert!(why.contains(says), "{member}: {why}");
        assert!(!why.contains("the wrong secret"), "{why}");
    }
}
