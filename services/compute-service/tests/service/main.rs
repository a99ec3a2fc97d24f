//! The program as a process, with a store and a sender in the test.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod harness;

use std::process::Command;
use std::time::{Duration, Instant};

use compute_domain::Outcome;
use harness::{Around, free_port, program};

#[test]
fn sample_tasks_of_all_services_finish_in_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path())
        .args(["run", "--embedded", "--port", "0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for slug in ["image-thumbnail", "average-colour"] {
        let line = said.lines().find(|line| line.starts_with(slug));
        assert!(line.is_some_and(|line| line.contains("finished")), "{said}");
    }
}

#[test]
fn one_task_is_tried_on_a_file_and_its_failure_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("picture.png"), harness::PICTURE).unwrap();
    std::fs::write(folder.path().join("broken.png"), "no picture").unwrap();
    let run = |line: &str| {
        let output = program(folder.path())
            .args(line.split(' '))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = run("try average-colour picture.png --out out");
    assert_eq!(code, Some(0), "{said}");
    let text = std::fs::read_to_string(folder.path().join("out/output-2.txt")).unwrap();
    // 40 of 64 rows are (30, 144, 255), the others (46, 139, 87).
    assert_eq!(text, "#248ec0\n");
    let (code, said) = run("try average-colour broken.png");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("failed: the file is not a usable image/png image"),
        "{said}"
    );
    let (code, said) = run("try average-color broken.png");
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("unknown service 'average-color'; expected image-thumbnail"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_task_is_lost_and_no_end_told_differently_through_ten_kills() {
    const TASKS: u64 = 200;
    let mut around = Around::start().await;
    let port = free_port();
    let mut service = around.serve(port);
    let sending = around.send_all(port, TASKS);
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(50..400))).await;
        service.kill().unwrap();
        service.wait().unwrap();
        service = around.serve(port);
    }
    sending.await.unwrap();
    let reports = around.reports_of(TASKS).await;
    for (id, outcomes) in &reports {
        let Outcome::Finished(keys) = &outcomes[0] else {
            panic!("{id} finished: {outcomes:?}")
        };
        assert!(
            outcomes.iter().all(|other| other == &outcomes[0]),
            "{id}: {outcomes:?}"
        );
        for key in keys {
            assert!(around.has(key), "{id}: {key} is stored");
        }
    }
    assert_eq!(
        around.objects(),
        1 + 2 * TASKS as usize,
        "a repetition replaces"
    );
    service.kill().unwrap();
    service.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_a_full_queue_ends_when_told_and_the_next_goes_on() {
    const TASKS: u64 = 300;
    let mut around = Around::start().await;
    let port = free_port();
    let mut service = around.serve(port);
    around.send_all(port, TASKS).await.unwrap();
    let began = Instant::now();
    let killed = Command::new("kill")
        .arg(service.id().to_string())
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(service.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(30));
    let mut service = around.serve(port);
    around.reports_of(TASKS).await;
    service.kill().unwrap();
    service.wait().unwrap();
}
