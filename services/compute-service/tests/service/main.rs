//! The program as a process, with a store and a sender in the test.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what is wrong by panicking, and how long it took"
)]

mod bad_input;
mod canary;
#[cfg(feature = "chaos")]
mod chaos {
    // So that `just test-chaos` finds it beside those of the other services.
    mod compute;
}
mod faults;
mod harness;
mod kills;
#[cfg(feature = "live")]
mod live;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use harness::program;

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
    for processor in compute_service::processors() {
        let slug = processor.description().slug().to_owned();
        let line = said.lines().find(|line| line.starts_with(&slug));
        assert!(line.is_some_and(|line| line.contains("finished")), "{said}");
    }
}

#[test]
fn a_service_that_engines_are_told_to_find_at_another_port_warns() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = harness::serving(folder.path(), "average-colour", 0);
    service
        .env("ENGINE_URLS", r#"["http://127.0.0.1:9"]"#)
        .env("LOG_LEVEL", "WARNING")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut service = harness::Serving(service.spawn().unwrap());
    // Its address comes last of what it says when it starts.
    let mut address = String::new();
    let mut printed = BufReader::new(service.0.stdout.take().unwrap());
    printed.read_line(&mut address).unwrap();
    service.kill();
    let logged = std::io::read_to_string(service.0.stderr.take().unwrap()).unwrap();
    let says = "SERVICE_URL tells engines another port of this machine";
    assert!(logged.contains(says), "{logged}");
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

#[test]
fn settings_with_which_nobody_could_use_a_service_are_found_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, code) in [
        (&[("AUTH_REQUIRED", "true")][..], 2),
        (&[("AUTH_REQUIRED", "true"), ("AUTH_BY_PROXY", "true")], 0),
    ] {
        let output = program(folder.path())
            .args(["config", "check"])
            .envs(settings.iter().copied())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(said.contains("there is no token yet"), code == 2, "{said}");
    }
}
