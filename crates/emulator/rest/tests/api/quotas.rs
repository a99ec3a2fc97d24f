//! How much a caller may have going on.

use actix_web::http::Method;
use platform_access::{Grant, Quota};
use platform_http::Role;
use serde_json::{Value, json};

use crate::roles::Asking;
use crate::service::body;

fn lasting(changes: Value) -> Value {
    let mut lasting = body(json!({"timeout": 600, "rate": 1}));
    for (name, value) in changes.as_object().unwrap() {
        lasting[name] = value.clone();
    }
    lasting
}

impl Asking {
    /// The status, the detail of a refusal or the id of the run, and whether to come again.
    async fn post(&self, token: &str, path: &str, body: &Value) -> (u16, String, bool) {
        self.sent(token, &Method::POST, path, body).await
    }

    async fn sent(
        &self,
        token: &str,
        method: &Method,
        path: &str,
        body: &Value,
    ) -> (u16, String, bool) {
        let (status, answer, headers) = self.ask_once(token, method, path, body, None).await;
        let told = answer["detail"].as_str().or(answer["id"].as_str());
        (
            status,
            told.unwrap_or_default().to_owned(),
            headers.contains_key("retry-after"),
        )
    }

    fn limited(&self, name: &str, role: Role, runs: Option<u32>, rate: Option<u32>) -> String {
        let grant = Grant {
            team: Some("red".to_owned()),
            quota: Quota { runs, rate },
            ..role.into()
        };
        self.create(name, grant)
    }
}

#[actix_web::test]
async fn a_caller_has_so_many_runs_at_once_and_a_paused_one_takes_no_place() {
    let asking = Asking::start().await;
    let ann = asking.limited("ann", Role::Operator, Some(2), None);
    let bob = asking.limited("bob", Role::Operator, Some(1), None);
    let admin = asking.limited("admin", Role::Admin, None, None);
    let request = lasting(json!({}));
    let start = async |token: &str| asking.post(token, "/emulator", &request).await;
    let (_, first, _) = start(&ann).await;
    assert_eq!(start(&ann).await.0, 201);
    let (status, why, again) = start(&ann).await;
    assert_eq!((status, again), (429, true), "{why}");
    assert!(
        why.starts_with("ann has 2 runs that wait or run, and may have 2; "),
        "{why}"
    );
    // Others have theirs, and what would be refused anyway is told so.
    assert_eq!(start(&bob).await.0, 201);
    let (status, ..) = asking
        .post(&ann, "/emulator", &json!({"emulator_sync": "x"}))
        .await;
    assert_eq!(status, 400);

    let steer = async |token: &str, what: &str| {
        let path = format!("/emulator/{first}/{what}");
        asking.post(token, &path, &json!({})).await
    };
    assert_eq!(steer(&ann, "pause").await.0, 200);
    assert_eq!(start(&ann).await.0, 201);
    assert_eq!(steer(&ann, "resume").await.0, 429);
    // A colleague has no room for it either.
    let (status, why, _) = steer(&bob, "resume").await;
    assert_eq!(status, 429);
    assert!(why.starts_with("bob has 1 runs"), "{why}");
    assert_eq!(steer(&admin, "resume").await.0, 200);
    assert_eq!(steer(&ann, "cancel").await.0, 202);
}

#[actix_web::test]
async fn the_runs_of_a_caller_have_so_many_records_a_second_together() {
    let asking = Asking::start().await;
    let ann = asking.limited("ann", Role::Operator, None, Some(100));
    let start = async |changes: Value| asking.post(&ann, "/emulator", &lasting(changes)).await;
    let (status, first, _) = start(json!({"rate": 60})).await;
    assert_eq!(status, 201, "{first}");
    let bursts = json!({"shape": "bursts", "rate": 1, "bursts": [{"at": 0, "rate": 50, "for": 1}]});
    for (changes, again) in [
        (json!({"rate": 41}), true),
        (json!({"rate": bursts}), true),
        (json!({"rate": 101}), false),
        (json!({"pace": "unlimited", "rate": 1}), false),
    ] {
        let (status, why, told) = start(changes.clone()).await;
        assert_eq!((status, told), (429, again), "{changes}: {why}");
        assert!(
            why.starts_with("ann may have 100 records a second, all runs together"),
            "{why}"
        );
    }
    let (_, why, _) = start(json!({"rate": 41})).await;
    assert_eq!(
        why,
        "ann may have 100 records a second, all runs together, and has 60 without this one, which has up to 41"
    );
    let (status, second, _) = start(json!({"rate": 40})).await;
    assert_eq!(status, 201, "{second}");
    let change = async |id: &str, body: Value| {
        let path = format!("/emulator/{id}");
        asking.sent(&ann, &Method::PATCH, &path, &body).await.0
    };
    assert_eq!(change(&second, json!({"factor": 2})).await, 429);
    assert_eq!(change(&second, json!({"name": "x"})).await, 200);
    assert_eq!(change(&second, json!({"rate": 10})).await, 200);
    // What it gave back another may have, and no more.
    assert_eq!(change(&first, json!({"rate": 91})).await, 429);
    assert_eq!(change(&first, json!({"rate": 90})).await, 200);
    assert_eq!(start(json!({"rate": 1})).await.0, 429);
}

#[actix_web::test]
async fn the_settings_hold_for_callers_whose_token_says_nothing_and_who_are_no_admins() {
    let usual = emulator_application::Quota {
        runs: Some(1),
        rate: None,
    };
    let asking = Asking::start_with(usual).await;
    // A service that runs learns of a token within a second: all before the first is used.
    let callers = [
        ("ann", Role::Operator, None, 1),
        ("bob", Role::Operator, Some(3), 3),
        ("admin", Role::Admin, None, 5),
        ("small", Role::Admin, Some(2), 2),
    ]
    .map(|(name, role, own, runs)| (name, asking.limited(name, role, own, None), runs));
    for (name, token, runs) in callers {
        let mut started = 0;
        while started < 5
            && asking
                .post(&token, "/emulator", &lasting(json!({})))
                .await
                .0
                == 201
        {
            started += 1;
        }
        assert_eq!(started, runs, "{name}");
    }
}
