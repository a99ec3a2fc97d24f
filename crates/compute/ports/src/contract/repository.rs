//! The contract of [`TaskRepository`].

use compute_domain::{ObjectKey, Outcome, Task, TaskId, Timestamp};
use futures::future::join;
use secrecy::ExposeSecret;

use crate::{Admission, KeptAccess, StoreAccess, TaskRepository};

/// A task for tests; different numbers give different ids and times.
///
/// # Panics
/// Never.
pub fn task(number: u64) -> Task {
    let id = format!("00000000-0000-4000-8000-{number:012x}");
    Task::accepted(
        TaskId::parse(&id).expect("it is a UUID"),
        vec![ObjectKey::parse("in.csv").expect("it is a key")],
        format!("http://engine:8080/tasks/{number}"),
        at(number),
    )
}

/// The store access of test tasks.
pub fn access() -> StoreAccess {
    StoreAccess {
        endpoint: "http://store:9000".to_owned(),
        region: "eu-central-1".to_owned(),
        bucket: "engine".to_owned(),
        access_key_id: "key of the task".into(),
        secret_access_key: "secret of the task".into(),
    }
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(second * 1000)
}

fn ended(number: u64, second: u64) -> Task {
    let mut task = task(number);
    task.end(Outcome::Failed("no such object".to_owned()), at(second))
        .expect("it has not ended");
    task
}

/// Runs the suite on an empty repository that keeps accesses.
///
/// # Panics
/// With the sentence of the contract that is violated.
pub async fn keeps_its_contract(tasks: &dyn TaskRepository) {
    let none = tasks.find(task(1).id()).await.expect("it is read");
    assert_eq!(none, None, "at first nothing is kept");

    for number in [2, 1] {
        let added = tasks.add(&task(number), &access()).await;
        assert_eq!(added, Ok(Admission::Added));
    }
    let again = tasks.add(&task(1), &access()).await;
    assert_eq!(again, Ok(Admission::Known), "an id is added once");
    let (left, right) = (task(3), task(3));
    let (access, second_access) = (access(), self::access());
    let both = join(tasks.add(&left, &access), tasks.add(&right, &second_access)).await;
    assert!(
        matches!(
            both,
            (Ok(Admission::Added), Ok(Admission::Known))
                | (Ok(Admission::Known), Ok(Admission::Added))
        ),
        "one of two is added: {both:?}"
    );

    let unsettled = tasks.unsettled().await.expect("it is read");
    let found: Vec<_> = unsettled.iter().map(|one| one.task.clone()).collect();
    assert_eq!(
        found,
        [task(1), task(2), task(3)],
        "in the order of acceptance"
    );
    for one in unsettled {
        let KeptAccess::Kept(kept) = one.access else {
            panic!("the access is kept: {:?}", one.access)
        };
        assert_eq!(kept.endpoint, access.endpoint);
        assert_eq!(
            (&kept.region, &kept.bucket),
            (&access.region, &access.bucket)
        );
        let keys = |of: &StoreAccess| {
            let keys = [&of.access_key_id, &of.secret_access_key];
            keys.map(|key| key.expose_secret().to_owned())
        };
        assert_eq!(keys(&kept), keys(&access));
    }

    tasks.save(&ended(1, 20)).await.expect("it is saved");
    let found = tasks.find(task(1).id()).await.expect("it is read");
    assert_eq!(found, Some(ended(1, 20)), "the newest is found");
    let again = tasks.add(&task(1), &access).await;
    assert_eq!(again, Ok(Admission::Known), "also when it has ended");
    let unsettled = tasks.unsettled().await.expect("it is read");
    assert_eq!(unsettled.len(), 3, "who sent it is still to be told");
    assert!(
        matches!(unsettled[0].access, KeptAccess::Lost(_)),
        "nobody needs the access of a task that has ended"
    );

    for (number, second) in [(1, 20), (2, 30)] {
        let mut told = ended(number, second);
        told.callback_delivered(at(31));
        tasks.save(&told).await.expect("it is saved");
    }
    tasks.save(&ended(3, 20)).await.expect("it is saved");
    let unsettled = tasks.unsettled().await.expect("it is read");
    assert_eq!(unsettled.len(), 1, "who knows is not to be told");
    assert_eq!(
        tasks.forget(at(30)).await,
        Ok(1),
        "what is to be told stays"
    );
    for (number, kept) in [(1, false), (2, true), (3, true)] {
        let found = tasks.find(task(number).id()).await.expect("it is read");
        assert_eq!(found.is_some(), kept, "task {number}");
    }
    let again = tasks.add(&task(1), &access).await;
    assert_eq!(again, Ok(Admission::Added), "what was forgotten is new");
}
