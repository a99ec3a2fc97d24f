use compute_domain::{CallbackState, Outcome};
use compute_ports::CallbackError;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_does_not_answer_is_told_again_and_shown_meanwhile() {
    let harness = Harness::new();
    let busy = CallbackError::Passing("503".to_owned());
    harness.senders.answers.lock().unwrap().push_back(busy);
    let service = harness.start().await;
    service.accept(harness.order(1, "hello")).await.unwrap();
    let waiting = loop {
        let overview = service.service.overview();
        let task = overview.undelivered.first().cloned();
        match task.map(|task| task.snapshot().callback.clone()) {
            Some(CallbackState::Due {
                attempts: 1,
                last_error,
            }) => break last_error,
            _ => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    };
    assert_eq!(waiting.as_deref(), Some("503"));
    assert!(matches!(harness.told(1).await, Outcome::Finished(_)));
    assert_eq!(harness.all_told(1).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_refuses_is_not_told_again() {
    let harness = Harness::new();
    let gone = CallbackError::Refused("404: no such task".to_owned());
    harness.senders.answers.lock().unwrap().push_back(gone);
    let service = harness.start().await;
    service.accept(harness.order(1, "hello")).await.unwrap();
    let task = loop {
        match service.service.overview().recent.first() {
            Some(task) => break task.clone(),
            None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    };
    let CallbackState::Abandoned { why, .. } = &task.snapshot().callback else {
        panic!("it is not told again: {task:?}")
    };
    assert_eq!(why, "404: no such task");
    service.stop().await;
    assert_eq!(
        harness.start().await.service.overview().undelivered_count,
        0
    );
    assert_eq!(harness.all_told(1), []);
}
