use std::time::Duration;

use compute_application::{AcceptError, TaskOrder};
use compute_domain::{MediaType, ObjectKey, Outcome, TaskStatus};
use compute_ports::StoreAccess;
use compute_ports::contract::repository::access;

use crate::harness::{Harness, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_carried_out_and_its_sender_told_once() {
    let harness = Harness::new();
    let service = harness.start().await;
    assert_eq!(service.service.status(id(1)).await, Ok(None));
    service.accept(harness.order(1, "hello")).await.unwrap();
    let Outcome::Finished(keys) = harness.told(1).await else {
        panic!("it finishes: {:?}", harness.told(1).await)
    };
    assert_eq!(keys.len(), 2);
    let stored = |key: &ObjectKey| harness.stores.get(key.as_str()).unwrap();
    assert_eq!(stored(&keys[0]), (MediaType::Text, "HELLO".into()));
    assert_eq!(stored(&keys[1]), (MediaType::Json, "5".into()));
    service.becomes(1, TaskStatus::Finished).await;

    // The same id is the same task, also when it has ended.
    service.accept(harness.order(1, "other")).await.unwrap();
    let objects = harness.stores.count();
    service.stop().await;
    assert_eq!(harness.all_told(1).len(), 1);
    assert_eq!(harness.stores.count(), objects);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_fails_that_task_with_a_sentence_and_no_output() {
    let harness = Harness::new();
    let service = harness.start().await;
    let inputs = |keys: &[&str]| {
        keys.iter()
            .map(|key| ObjectKey::parse(key).unwrap())
            .collect()
    };
    harness
        .stores
        .put("latin.txt", MediaType::Text, &b"caf\xe9"[..]);
    harness
        .stores
        .put("large.txt", MediaType::Text, vec![b'a'; (1 << 20) + 1]);
    let cases: Vec<(TaskOrder, &str)> = vec![
        (harness.order(1, "panic"), "tell its operator the task's id"),
        (harness.order(2, "refuse"), "the text is refused"),
        (harness.order(3, "forget"), "wrote 1 of 2 outputs"),
        (harness.order(4, "wrong"), "output 1 is never image/png"),
        (
            TaskOrder {
                inputs: inputs(&["missing.txt"]),
                ..harness.order(5, "")
            },
            "there is no such object",
        ),
        (
            TaskOrder {
                inputs: inputs(&["a.png"]),
                ..harness.order(6, "")
            },
            "got image/png, expected text/plain",
        ),
        (
            TaskOrder {
                inputs: inputs(&["a.txt", "b.txt"]),
                ..harness.order(7, "")
            },
            "got 2 input files, expected 1",
        ),
        (
            TaskOrder {
                access: StoreAccess {
                    secret_access_key: "wrong".into(),
                    ..access()
                },
                ..harness.order(8, "hello")
            },
            "the keys are not those of the store",
        ),
        (
            TaskOrder {
                inputs: inputs(&["latin.txt"]),
                ..harness.order(9, "")
            },
            "not UTF-8 from byte 3",
        ),
        (
            TaskOrder {
                inputs: inputs(&["large.txt"]),
                ..harness.order(10, "")
            },
            "at most 1048576 bytes",
        ),
    ];
    let objects = harness.stores.count();
    for (number, (order, says)) in (1..).zip(cases) {
        service.accept(order).await.unwrap();
        let why = harness.failure(number).await;
        assert!(why.contains(says), "{number}: {why}");
        service.becomes(number, TaskStatus::Error).await;
    }
    assert_eq!(harness.stores.count(), objects, "nothing was stored");
    service.accept(harness.order(11, "hello")).await.unwrap();
    assert!(
        matches!(harness.told(11).await, Outcome::Finished(_)),
        "others go on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_data_are_told_before_a_store_that_fails_and_that_before_all_else() {
    let harness = Harness::new();
    harness.stores.fill();
    let service = harness.start().await;
    for (number, text, says) in [
        (1, "hello", "the store is full"),
        (2, "forget", "the store is full"),
        (3, "refuse", "the text is refused"),
    ] {
        service.accept(harness.order(number, text)).await.unwrap();
        assert_eq!(harness.failure(number).await, says, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_takes_too_long_or_is_cancelled_fails_and_others_go_on() {
    let mut harness = Harness::new();
    harness.limits.deadline = Duration::from_millis(300);
    let service = harness.start().await;
    service.accept(harness.order(1, "hang")).await.unwrap();
    assert!(harness.failure(1).await.contains("was not done in"));

    harness.limits.deadline = Duration::from_secs(3600);
    let service = harness.start().await;
    service.accept(harness.order(2, "hang")).await.unwrap();
    service.becomes(2, TaskStatus::Processing).await;
    assert!(service.service.cancel(id(2)));
    assert_eq!(harness.failure(2).await, "the task was cancelled");
    assert!(!service.service.cancel(id(2)), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_as_far_as_its_input_is_read_until_its_processor_knows_better() {
    let harness = Harness::new();
    let service = harness.start().await;
    // The store gives 64 KiB at a time, and the processor hangs when it has read all four of them.
    let text = format!("hang {}", "x".repeat((256 << 10) - 5));
    service.accept(harness.order(1, &text)).await.unwrap();
    let progress = || service.service.overview().active[0].progress;
    for _ in 0..1000 {
        if progress() > 0.7 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(progress(), 0.75, "what is read last is not done yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_has_room_again_when_tasks_have_ended() {
    let mut harness = Harness::new();
    harness.limits.max_tasks = 3;
    let service = harness.start().await;
    for number in 1..=3 {
        service.accept(harness.order(number, "hang")).await.unwrap();
    }
    assert_eq!(
        service.accept(harness.order(4, "")).await,
        Err(AcceptError::Full(3))
    );
    service.accept(harness.order(3, "hang")).await.unwrap();
    service.becomes(2, TaskStatus::Processing).await;
    let overview = service.service.overview();
    assert_eq!(overview.active.len(), 3);
    let running =
        |one: &&compute_application::TaskView| one.task.status() == TaskStatus::Processing;
    assert_eq!(
        overview.active.iter().filter(running).count(),
        2,
        "two at a time"
    );
    assert!(service.service.cancel(id(1)));
    harness.told(1).await;
    service.accept(harness.order(4, "hello")).await.unwrap();
}

#[tokio::test]
async fn hosts_that_are_not_allowed_are_refused_at_the_door() {
    let harness = Harness::new();
    let service = harness.service();
    let order = harness.order(1, "hello");
    let elsewhere = TaskOrder {
        callback_url: "http://metadata/".to_owned(),
        ..order.clone()
    };
    let error = service.accept(elsewhere).await.unwrap_err().to_string();
    assert_eq!(error, "callback_url: allowed is http://engine/");
    let access = StoreAccess {
        endpoint: "http://metadata".to_owned(),
        ..access()
    };
    let error = service
        .accept(TaskOrder { access, ..order })
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(error, "s3_host: the only store is http://store:9000");
    assert_eq!(service.status(id(1)).await, Ok(None));
}
