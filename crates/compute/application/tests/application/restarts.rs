use std::time::Duration;

use compute_application::AcceptError;
use compute_domain::{Outcome, TaskStatus};
use compute_ports::CallbackError;

use crate::harness::{Harness, id};

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_were_accepted_are_carried_out_by_the_next_process() {
    let harness = Harness::new();
    // This process ends before it has carried anything out.
    let service = harness.service();
    for number in 1..=5 {
        service
            .accept(harness.order(number, "hello"))
            .await
            .unwrap();
    }
    drop(service);
    assert_eq!(harness.service().resume().await, Ok(5));
    let service = harness.start().await;
    for number in 1..=5 {
        assert!(matches!(harness.told(number).await, Outcome::Finished(_)));
    }
    service.stop().await;
    let service = harness.start().await;
    service.becomes(5, TaskStatus::Finished).await;
    service.stop().await;
    for number in 1..=5 {
        assert_eq!(harness.all_told(number).len(), 1, "task {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_runs_when_the_service_stops_is_done_again_and_told_once() {
    let harness = Harness::new();
    let service = harness.start().await;
    service.accept(harness.order(1, "hang")).await.unwrap();
    service.becomes(1, TaskStatus::Processing).await;
    let copy = service.service.clone();
    service.stop().await;
    assert_eq!(
        copy.accept(harness.order(2, "")).await,
        Err(AcceptError::Stopping)
    );
    assert_eq!(harness.all_told(1), []);
    let _ = harness.order(1, "hello");
    let service = harness.start().await;
    assert!(matches!(harness.told(1).await, Outcome::Finished(_)));
    service.stop().await;
    assert_eq!(harness.all_told(1).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_keys_are_lost_fails_and_says_why() {
    let harness = Harness::new();
    harness
        .service()
        .accept(harness.order(1, "hello"))
        .await
        .unwrap();
    harness.tasks.lose_accesses();
    let _service = harness.start().await;
    assert_eq!(harness.failure(1).await, "its access is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_was_not_told_is_told_by_the_next_process() {
    let harness = Harness::new();
    let down = || CallbackError::Passing("connection refused".to_owned());
    *harness.senders.answers.lock().unwrap() = (0..100).map(|_| down()).collect();
    let service = harness.start().await;
    service.accept(harness.order(1, "hello")).await.unwrap();
    service.becomes(1, TaskStatus::Finished).await;
    service.stop().await;
    assert_eq!(harness.all_told(1), []);
    harness.senders.answers.lock().unwrap().clear();
    let service = harness.start().await;
    assert!(matches!(harness.told(1).await, Outcome::Finished(_)));
    service.stop().await;
    assert_eq!(harness.all_told(1).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_is_known_for_a_day_after_it_has_ended() {
    let harness = Harness::new();
    let service = harness.start().await;
    service.accept(harness.order(1, "hello")).await.unwrap();
    harness.told(1).await;
    let status = async || service.service.status(id(1)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(24 * 60 * 60 - 60)).await;
    assert_eq!(status().await, Some(TaskStatus::Finished));
    // What is older is looked for once an hour.
    tokio::time::sleep(Duration::from_secs(60 * 60 + 120)).await;
    assert_eq!(status().await, None);
}
