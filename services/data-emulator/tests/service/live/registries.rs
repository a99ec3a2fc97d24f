//! Schema registries that are away, slow, in trouble or unwilling, in front of the one of
//! deploy/local.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::readers::{describe, env, fresh, registered_topic, servers};
use crate::process::program;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// What the real registry answers.
    True,
    /// It is closed.
    Away,
    /// Nobody answers, for so long; then the real registry does.
    Late(Duration),
    /// This status, with this body.
    Says(u16, &'static str),
}

struct Registry {
    url: String,
    answer: Arc<Mutex<Answer>>,
}

impl Registry {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let real = env("SCHEMA_REGISTRY_URL");
        let (host, path) = real
            .strip_prefix("http://")
            .unwrap()
            .split_once('/')
            .unwrap();
        let registry = Self {
            url: format!("http://{}/{path}", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new(answer)),
        };
        let (answer, host) = (registry.answer.clone(), host.to_owned());
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, answer, host) =
                    (client.unwrap(), *answer.lock().unwrap(), host.clone());
                thread::spawn(move || serve(client, answer, &host));
            }
        });
        registry
    }

    fn becomes(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn program(&self, folder: &Path, line: &str) -> Command {
        let mut program = program(folder);
        program.args(line.split_whitespace()).envs(servers());
        program.env("SCHEMA_REGISTRY_URL", &self.url);
        program
    }

    /// The exit code, and what was said.
    fn run(&self, folder: &Path, line: &str) -> (Option<i32>, String) {
        let output = self.program(folder, line).output().unwrap();
        let said = [&*output.stdout, &*output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }
}

fn serve(mut client: TcpStream, answer: Answer, host: &str) {
    if let Answer::Late(wait) = answer {
        thread::sleep(wait);
    }
    match answer {
        Answer::Away => {}
        Answer::Says(status, body) => {
            let mut request = [0; 65_536];
            let _ = client.read(&mut request);
            let len = body.len();
            let _ = client.write_all(
                format!("HTTP/1.1 {status} So\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n{body}").as_bytes(),
            );
        }
        Answer::True | Answer::Late(_) => {
            let real = TcpStream::connect(host).unwrap();
            let (mut to, mut from) = (real.try_clone().unwrap(), real);
            let mut sent = client.try_clone().unwrap();
            thread::spawn(move || std::io::copy(&mut sent, &mut to));
            let _ = std::io::copy(&mut from, &mut client);
        }
    }
}

fn line(topic: &str, more: &str) -> String {
    format!(
        "emulate transaction --to kafka --format avro --seed 7 --start-time 2026-01-01T00:00:00Z \
         --destination {topic} --manifest m.json {more}"
    )
}

#[test]
fn a_registry_that_refuses_is_told_before_the_first_record() {
    let folder = tempfile::tempdir().unwrap();
    for (answer, code, told) in [
        (Answer::Says(401, ""), 1, "check SCHEMA_REGISTRY_USERNAME"),
        (Answer::Says(403, ""), 1, "may not do that"),
        (Answer::Says(302, ""), 1, "answered 302"),
        (
            Answer::Says(422, r#"{"message": "no such type"}"#),
            1,
            "no such type",
        ),
        (Answer::Says(200, "welcome"), 1, "welcome"),
        (
            Answer::Says(404, "<html>"),
            1,
            "check the path of SCHEMA_REGISTRY_URL",
        ),
    ] {
        let topic = fresh("unwilling");
        let registry = Registry::start(answer);
        let (found, said) = registry.run(folder.path(), &line(&topic, "--count 100"));
        assert_eq!(found, Some(code), "{answer:?}: {said}");
        assert!(said.contains(told), "{answer:?}: {said}");
    }
    let topics = describe("live-unwilling-.*");
    assert!(topics.contains("does not exist"), "{topics}");
}

#[test]
fn a_registry_that_is_away_slow_or_in_trouble_is_waited_for() {
    for answer in [
        Answer::Away,
        Answer::Late(Duration::from_secs(3)),
        Answer::Says(500, "oops"),
        Answer::Says(503, ""),
        Answer::Says(429, ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let topic = fresh("patient");
        let registry = Registry::start(answer);
        let mut child = registry
            .program(folder.path(), &line(&topic, "--count 2000"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_secs(2));
        assert_eq!(child.try_wait().unwrap(), None, "{answer:?}");
        registry.becomes(Answer::True);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{answer:?}");
        let (code, said) = registry.run(folder.path(), "verify m.json");
        assert_eq!(code, Some(0), "{answer:?}: {said}");
    }
}

#[test]
fn a_registry_that_goes_away_in_the_middle_stops_nothing_and_a_resumed_run_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let topic = fresh("middle");
    let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second()).unwrap();
    let paced = format!(
        "emulate transaction --to kafka --format avro --seed 7 --start-time {now} --rate 1000 \
         --pace realtime --delivery exactly-once --count 8000 --destination {topic} --manifest m.json"
    );
    let registry = Registry::start(Answer::True);
    let start = || {
        let mut program = registry.program(folder.path(), &paced);
        program.stderr(Stdio::null()).spawn().unwrap()
    };
    let mut child = start();
    thread::sleep(Duration::from_secs(2));
    registry.becomes(Answer::Away);
    thread::sleep(Duration::from_secs(1));
    assert_eq!(child.try_wait().unwrap(), None, "it goes on without");
    child.kill().unwrap();
    child.wait().unwrap();
    let mut child = start();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(child.try_wait().unwrap(), None, "it waits");
    registry.becomes(Answer::True);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let (code, said) = registry.run(folder.path(), "verify m.json");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(registered_topic(&topic, 8000).len(), 8000);
}
