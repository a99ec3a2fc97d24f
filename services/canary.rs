//! Puts a secret into every setting that takes one, then searches everything that leaves a program
//! for it. Included by the tests of all services, each with its own table.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use platform_runtime::settings::Setting;

/// The prefix of every canary, which occurs in no other text; too short for a token's setting.
const SHORT: &str = "canary-012345";
const CANARY: &str = "canary-0123456789abcdef";
const WRONG: &str = "wrong-token-0123456789abcdef";
/// A user name, which may be shown.
#[allow(dead_code, reason = "not every service has one")]
pub(crate) const USER: &str = "the-user-that-may-be-shown";

/// How long a service may take to listen, and a command that does not end by itself may run.
const START: Duration = Duration::from_secs(30);
const BOUND: Duration = Duration::from_secs(8);

/// A database that does not exist.
#[allow(dead_code, reason = "not every service has one")]
pub(crate) const DATABASE: &str =
    "postgres://the-user-that-may-be-shown:canary-0123456789abcdef-database@127.0.0.1:1/db";

/// Settings, requests and commands for every service, after its own.
const OTHERS: [(&str, &str); 2] = [("AUTH_REQUIRED", "true"), ("LOG_LEVEL", "DEBUG")];
const REQUESTS: [(&str, Who, &str); 6] = [
    ("GET /health/ready", Who::Admin, ""),
    ("GET /whoami", Who::Admin, ""),
    ("GET /nowhere?a=b", Who::Admin, ""),
    ("POST /login", Who::Admin, "token=TOKEN"),
    ("POST /login", Who::Stranger, "token=TOKEN"),
    ("GET /metrics", Who::Admin, ""),
];
const COMMANDS: [(&str, Option<(&str, &str)>); 5] = [
    ("config show", None),
    ("config show --json", None),
    ("config check", None),
    ("config check", Some(("AUTH_ADMIN_TOKEN", SHORT))),
    ("token list --json", None),
];
const EVIDENCE: [(&str, &str); 3] = [
    ("config show", "log.level"),
    ("log", "HTTP request"),
    ("audit.jsonl", "\"action\":\"POST /login\""),
];

/// The caller of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who {
    Admin,
    Machine,
    Stranger,
}

/// What to try with a program.
pub(crate) struct Trial<'t> {
    /// The program, run in a folder and without environment variables.
    pub(crate) program: fn(&Path) -> Command,
    pub(crate) table: Vec<Setting>,
    /// Canaries for settings that do not accept arbitrary text, and settings without one for now,
    /// by key.
    pub(crate) shaped: &'t [(&'t str, Option<&'t str>)],
    /// Further variables, in addition to the common ones.
    pub(crate) others: &'t [(&'t str, &'t str)],
    /// The command that serves; a port is appended.
    pub(crate) serve: &'t str,
    /// Method and path, caller, and a JSON or form body; the requests common to all services
    /// follow.
    pub(crate) requests: &'t [(&'t str, Who, &'t str)],
    /// Commands, each with an additional variable if it needs one.
    pub(crate) commands: &'t [(&'t str, Option<(&'t str, &'t str)>)],
    /// Further texts that must not appear.
    pub(crate) hidden: &'t [&'t str],
    /// What must appear if the trial has tested what it should: the end of a place's name, part of
    /// its text.
    pub(crate) evidence: &'t [(&'t str, &'t str)],
}

/// The secret for the setting with this key.
pub(crate) fn canary(key: &str) -> String {
    format!("{CANARY}-{}", key.replace(['.', '_'], "-"))
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has already exited, unless a test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Trial<'_> {
    fn environment(&self) -> Vec<(String, String)> {
        let secrets = self.table.iter().filter(|setting| setting.secret);
        let set = secrets.filter_map(|setting| {
            let shaped = self.shaped.iter().find(|(key, _)| *key == setting.key);
            let value = match shaped {
                Some((_, value)) => (*value)?.to_owned(),
                None => canary(setting.key),
            };
            Some((setting.env(), value))
        });
        let others = self.others.iter().chain(&OTHERS);
        let others = others.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        set.chain(others).collect()
    }

    /// # Panics
    /// If a secret appears anywhere, or an expected text does not.
    pub(crate) fn leaks_nothing(&self) {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let environment = self.environment();
        let command = |line: &str| {
            let mut command = (self.program)(at);
            command.args(line.split(' ')).env("DATA_DIR", "data");
            command
        };
        let created = command("token create machine --role operator").output();
        let token = String::from_utf8(created.unwrap().stdout).unwrap();
        let token = token.trim();
        assert!(token.starts_with("dtk_"), "{token}");

        // The port is free again when the statement ends.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.unwrap().port();
        let log = File::create(at.join("log")).unwrap();
        let mut serving = command(&format!("{} --port {port}", self.serve));
        serving.envs(environment.clone()).stdin(Stdio::null());
        serving.stdout(log.try_clone().unwrap()).stderr(log);
        let mut serving = Running(serving.spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(at.join("log")).unwrap();
            let ended = serving.0.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < START, "{}", log());
            sleep(Duration::from_millis(50));
        }
        let mut seen = Vec::new();
        let admin = canary("auth.admin_token");
        for (what, who, body) in self.requests.iter().chain(&REQUESTS) {
            let token = match who {
                Who::Admin => &admin,
                Who::Machine => token,
                Who::Stranger => WRONG,
            };
            // Gives earlier requests time to take effect.
            sleep(Duration::from_millis(if body.is_empty() {
                0
            } else {
                1000
            }));
            let body = body.replace("TOKEN", token);
            seen.push(((*what).to_owned(), answer(port, what, token, &body)));
        }
        sleep(Duration::from_secs(5));
        let id = serving.0.id().to_string();
        let told = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(told.unwrap().success());
        serving.0.wait().unwrap();

        for (line, more) in self.commands.iter().chain(&COMMANDS) {
            let mut command = command(line);
            command.envs(environment.clone()).envs(*more);
            command.stdin(Stdio::null());
            let (out, error) = (at.join("out"), at.join("error"));
            command.stdout(File::create(&out).unwrap());
            command.stderr(File::create(&error).unwrap());
            let mut running = Running(command.spawn().unwrap());
            let begun = Instant::now();
            while running.0.try_wait().unwrap().is_none() && begun.elapsed() < BOUND {
                sleep(Duration::from_millis(20));
            }
            drop(running);
            let text = [fs::read(out).unwrap(), fs::read(error).unwrap()].concat();
            seen.push((
                (*line).to_owned(),
                String::from_utf8_lossy(&text).into_owned(),
            ));
        }
        content(at, &mut seen);
        for (place, part) in EVIDENCE.iter().chain(self.evidence) {
            let mut at_place = seen.iter().filter(|(name, _)| name.ends_with(place));
            let found = at_place.any(|(_, text)| text.contains(part));
            let texts = seen.iter().filter(|(name, _)| name.ends_with(place));
            assert!(
                found,
                "{place} has no {part}: {:?}",
                texts.collect::<Vec<_>>()
            );
        }
        let secret = token.rsplit_once('_').unwrap().1;
        for (place, text) in &seen {
            for hidden in [SHORT, secret, WRONG].iter().chain(self.hidden) {
                let at = text.find(hidden);
                let begin = at.unwrap_or(0).saturating_sub(100);
                let shown = String::from_utf8_lossy(&text.as_bytes()[begin..]);
                assert_eq!(at, None, "{place}: {shown}");
            }
        }
    }
}

/// The complete response, including its head.
fn answer(port: u16, what: &str, token: &str, body: &str) -> String {
    let (kind, authorization) = match body.starts_with('{') || body.is_empty() {
        true => (
            "application/json",
            format!("Authorization: Bearer {token}\r\n"),
        ),
        false => ("application/x-www-form-urlencoded", String::new()),
    };
    let length = body.len();
    let request = format!(
        "{what} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{authorization}\
         Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// All files below `folder`, as far as they are text.
fn content(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            content(&path, into);
        } else if let Ok(bytes) = fs::read(&path) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            into.push((path.display().to_string(), text));
        }
    }
}
