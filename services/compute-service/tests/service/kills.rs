//! The end of processes, asked for and not.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use compute_domain::Outcome;

use crate::harness::{Around, Serving, free_port, serving, until};

/// Long enough that some are under way whenever the process is killed.
const PLAN: &str = r#"{"emulation_domain": "transaction", "format_type": "csv", "count": 40000,
    "seed": 7, "start_time": "2026-01-01T00:00:00Z"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn no_task_is_lost_and_no_end_told_differently_through_fifty_kills() {
    const TASKS: u64 = 200;
    let mut around = Around::start().await;
    around.put("plan.json", PLAN);
    let port = free_port();
    let mut service = around.serve_as("emulate", port, &[]);
    let sending = around.send_all(port, TASKS, "plan.json");
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(50..500))).await;
        service.kill();
        service = around.serve_as("emulate", port, &[]);
    }
    sending.await.unwrap();
    let reports = around.reports_of(TASKS).await;
    let mut contents = Vec::new();
    for (id, outcomes) in &reports {
        let Outcome::Finished(keys) = &outcomes[0] else {
            panic!("{id} finished: {outcomes:?}")
        };
        assert!(
            outcomes.iter().all(|other| other == &outcomes[0]),
            "{id}: {outcomes:?}"
        );
        contents.push(around.get(&keys[0]));
    }
    assert_eq!(
        contents[0].iter().filter(|byte| **byte == b'\n').count(),
        40_001
    );
    assert!(contents.iter().all(|other| other == &contents[0]));
    let inputs = 2;
    assert_eq!(
        around.objects(),
        inputs + TASKS as usize,
        "a repetition replaces"
    );
    service.kill();
    // Those who worked for the processes that were killed have noticed.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(around.processes(), [0; 0], "nobody is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_a_full_queue_ends_when_told_and_the_next_goes_on() {
    const TASKS: u64 = 300;
    let mut around = Around::start().await;
    let port = free_port();
    let mut service = around.serve(port);
    around.send_all(port, TASKS, "picture.png").await.unwrap();
    let began = Instant::now();
    assert_eq!(service.end(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(30));
    let _service = around.serve(port);
    around.reports_of(TASKS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_was_stopped_does_not_count_as_killed() {
    platform_runtime::tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    for _ in 0..4 {
        let port = free_port();
        let mut command = serving(folder.path(), "average-colour", port);
        command
            .env("DATA_DIR", "data")
            .env("LOG_LEVEL", "WARNING")
            .stderr(File::create(&log).unwrap());
        let mut service = Serving(command.spawn().unwrap());
        let url = format!("http://127.0.0.1:{port}/status");
        until("the service answers", async || {
            reqwest::get(&url).await.is_ok()
        })
        .await;
        assert_eq!(service.end(), Some(0));
        let said = fs::read_to_string(&log).unwrap();
        assert!(!said.contains("was killed"), "{said}");
        let files = fs::read_dir(folder.path().join("data/average-colour")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, ["tasks.lock", "tasks.redb"], "none was repaired");
    }
}
