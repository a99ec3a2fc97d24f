//! What goes wrong around a service and inside of it.

use std::process::Command;
use std::time::Duration;

use compute_domain::Outcome;
use compute_rest::receiver::receiver;
use platform_http::Server;
use platform_http::settings::HttpSettings;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::harness::{Around, free_port, until};

fn failure(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Failed(why) => why,
        Outcome::Finished(keys) => panic!("it finished: {keys:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_needs_too_much_memory_fails_and_others_go_on() {
    let mut around = Around::start().await;
    let cell = format!("a\n\"{}\"\n", "x".repeat(48 << 20));
    around.put("large.csv", cell);
    around.put("small.csv", "a\n1\n");
    let port = free_port();
    let _service = around.serve_as("profile-table", port, &[("TASKS_MEMORY", "32")]);
    around.ready(port).await;
    let keys = [
        "small.csv",
        "large.csv",
        "small.csv",
        "large.csv",
        "small.csv",
    ];
    for (number, key) in (0..).zip(keys) {
        let sent = around.send(port, &around.task(number, &[key])).await;
        assert_eq!(sent.0, 200, "{}", sent.1);
    }
    let reports = around.reports_of(keys.len() as u64).await;
    for (number, key) in keys.iter().enumerate() {
        let id = format!("00000000-0000-0000-0000-{number:012}");
        let (_, outcomes) = reports
            .iter()
            .find(|(one, _)| one.to_string() == id)
            .unwrap();
        if *key == "small.csv" {
            assert!(matches!(&outcomes[0], Outcome::Finished(keys) if keys.len() == 2));
        } else {
            let why = failure(&outcomes[0]);
            assert!(why.contains("a task may use 32 MiB of memory"), "{why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_hangs_fails_its_task_at_the_deadline_and_others_go_on() {
    let mut around = Around::start().await;
    let port = free_port();
    let settings = [("TASKS_DEADLINE", "2"), ("TASKS_CONCURRENCY", "1")];
    let mut service = around.serve_as("average-colour", port, &settings);
    around.ready(port).await;
    around.send(port, &around.task(0, &["picture.png"])).await;
    assert!(matches!(around.report().await.1, Outcome::Finished(_)));
    let service_id = service.0.id();
    let worker = around.processes().into_iter().find(|id| *id != service_id);
    let stopped = Command::new("kill")
        .args(["-STOP", &worker.unwrap().to_string()])
        .status();
    assert!(stopped.unwrap().success());
    for number in [1, 2] {
        around
            .send(port, &around.task(number, &["picture.png"]))
            .await;
    }
    let (_, hung) = around.report().await;
    assert!(failure(&hung).contains("not done in 2 s"), "{hung:?}");
    assert!(matches!(around.report().await.1, Outcome::Finished(_)));
    assert_eq!(service.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_is_away_is_told_when_it_is_back_and_shown_meanwhile() {
    let around = Around::start().await;
    let port = free_port();
    let away = free_port();
    let hosts = format!("127.0.0.1:{away}");
    let _service = around.serve_as("average-colour", port, &[("ALLOWED_HOSTS", &hosts)]);
    around.ready(port).await;
    let mut task = around.task(0, &["picture.png"]);
    task["callback_url"] = json!(format!(
        "http://{hosts}/tasks/00000000-0000-0000-0000-000000000000"
    ));
    assert_eq!(around.send(port, &task).await.0, 200);
    until("the page shows why", async || {
        let overview = around.overview(port).await;
        let waiting = &overview["services"][0]["undelivered"][0];
        let why = waiting["callback_error"].as_str().unwrap_or_default();
        waiting["callback"] == "waiting" && why.contains("refused")
    })
    .await;
    let (routes, mut reports) = receiver();
    let http = HttpSettings {
        port: away,
        ..HttpSettings::loopback()
    };
    let server = Server::bind(&http, routes, None, CancellationToken::new()).unwrap();
    tokio::spawn(server.run());
    let told = tokio::time::timeout(Duration::from_secs(30), reports.recv()).await;
    assert!(matches!(told.unwrap().unwrap().1, Outcome::Finished(_)));
    until("the page shows that it is told", async || {
        let overview = around.overview(port).await;
        let service = &overview["services"][0];
        service["undelivered_count"] == 0 && service["recent"][0]["callback"] == "delivered"
    })
    .await;
}
