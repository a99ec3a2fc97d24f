//! The browser.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// How long the page lives, on its own clock.
const LIFE: Duration = Duration::from_secs(15);

/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The document at the end of the page's life, as HTML.
pub(crate) fn document(address: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let (said, document) = (home.path().join("said"), home.path().join("document"));
    let profile = home.path().join("profile");
    let start = |name| {
        Command::new(name)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-sync",
                "--dump-dom",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("--virtual-time-budget={}", LIFE.as_millis()))
            .arg(address)
            .stdin(Stdio::null())
            .stdout(fs::File::create(&document).unwrap())
            .stderr(fs::File::create(&said).unwrap())
            .spawn()
            .ok()
    };
    let mut child = NAMES.into_iter().find_map(start).unwrap_or_else(|| {
        panic!(
            "there is no Chromium: none of {} can be started; install it, on Debian with \
             `apt-get install chromium`",
            NAMES.join(", ")
        )
    });
    let end = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("Chromium does not end");
        }
        thread::sleep(Duration::from_millis(50));
    };
    let said = String::from_utf8_lossy(&fs::read(&said).unwrap()).into_owned();
    assert!(status.success(), "{status}: {said}");
    fs::read_to_string(&document).unwrap()
}
