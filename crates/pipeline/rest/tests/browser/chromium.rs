//! The browser: opens an address and says what became of it.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// One at a time: each is several processes.
static TURN: Mutex<()> = Mutex::new(());

/// How long the page lives, on its own clock, which runs on whenever the page waits for nothing but
/// time.
const LIFE: Duration = Duration::from_secs(15);

/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(120);

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

/// The document at the end of the page's life, as HTML. The page must not have said anything on the
/// console, where errors and what the policy has kept from running are told.
pub(crate) fn document(address: &str) -> String {
    let _turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let home = tempfile::tempdir().unwrap();
    let (output_text, document) = (home.path().join("said"), home.path().join("document"));
    let mut child = NAMES
        .into_iter()
        .find_map(|name| {
            Command::new(name)
                .args([
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--enable-logging=stderr",
                    "--dump-dom",
                ])
                .arg(format!(
                    "--user-data-dir={}",
                    home.path().join("profile").display()
                ))
                .arg(format!("--virtual-time-budget={}", LIFE.as_millis()))
                .arg(address)
                .stdin(Stdio::null())
                .stdout(fs::File::create(&document).unwrap())
                .stderr(fs::File::create(&output_text).unwrap())
                .spawn()
                .ok()
        })
        .unwrap_or_else(|| {
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
            panic!(
                "Chromium does not end: {}",
                fs::read_to_string(&output_text).unwrap()
            );
        }
        thread::sleep(Duration::from_millis(50));
    };
    let output_text = String::from_utf8_lossy(&fs::read(&output_text).unwrap()).into_owned();
    assert!(status.success(), "{status}: {output_text}");
    let console: Vec<_> = output_text
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(console.is_empty(), "{console:#?}");
    fs::read_to_string(&document).unwrap()
}
