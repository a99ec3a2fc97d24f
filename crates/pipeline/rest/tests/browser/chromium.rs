//! The browser: opens an address and says what became of it.

use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tempfile::TempDir;

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

/// A browser that has an address open.
struct Open {
    child: Child,
    home: TempDir,
    /// Until when it may be open.
    end: Instant,
}

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Open {
    fn start(address: &str, options: &[String]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = |name: &str| fs::File::create(home.path().join(name)).unwrap();
        let child = NAMES
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
                    ])
                    .arg(format!(
                        "--user-data-dir={}",
                        home.path().join("profile").display()
                    ))
                    .args(options)
                    .arg(address)
                    .stdin(Stdio::null())
                    .stdout(file("document"))
                    .stderr(file("said"))
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
        Self { child, home, end }
    }

    fn read(&self, name: &str) -> String {
        let text = fs::read(self.home.path().join(name)).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Of a page that said something on the console, nothing more is to be hoped for.
    fn wait_until(&mut self, mut is_done: impl FnMut(&mut Child) -> bool) {
        while !is_done(&mut self.child) {
            let said = || self.read("said");
            self.check_console();
            assert!(Instant::now() < self.end, "it does not end: {}", said());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Nothing was said on the console, where errors and what the policy has kept from running are
    /// told.
    fn check_console(&self) {
        let said = self.read("said");
        let console: Vec<_> = said
            .lines()
            .filter(|line| line.contains("CONSOLE"))
            .collect();
        assert!(console.is_empty(), "{console:#?}");
    }
}

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The document at the end of the page's life, as HTML. The page must not have said anything on the
/// console.
pub(crate) fn document(address: &str) -> String {
    let _turn = turn();
    let budget = format!("--virtual-time-budget={}", LIFE.as_millis());
    let mut open = Open::start(address, &["--dump-dom".to_owned(), budget]);
    open.wait_until(|child| child.try_wait().unwrap().is_some());
    let status = open.child.wait().unwrap();
    assert!(status.success(), "{status}: {}", open.read("said"));
    open.check_console();
    open.read("document")
}

/// Has a page open until `is_done`, on everybody's clock: that of [`document`] stands still while a
/// page waits for events of its server. The page must not have said anything on the console.
#[allow(dead_code, reason = "pages without events have no use for it")]
pub(crate) fn live(address: &str, is_done: impl Fn() -> bool) {
    let _turn = turn();
    // With a port, that nobody uses, it stays open.
    let mut open = Open::start(address, &["--remote-debugging-port=0".to_owned()]);
    open.wait_until(|child| is_done() || child.try_wait().unwrap().is_some());
    open.check_console();
}
