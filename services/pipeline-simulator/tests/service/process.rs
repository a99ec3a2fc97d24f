//! The program as a child process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The program, away from the settings of whoever runs the tests.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipeline-simulator"));
    command.env_clear().current_dir(folder);
    command
}

/// Runs the program with the words of `line`.
pub(crate) fn run(folder: &Path, line: &str, settings: &[(&str, &str)]) -> Output {
    program(folder)
        .args(line.split(' '))
        .envs(settings.iter().copied())
        .output()
        .expect("the program starts")
}

/// Both outputs of a program that has ended.
pub(crate) fn output_text(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// A program that runs. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    output_text: PathBuf,
}

impl Running {
    /// What a command starts; it writes to a file in `folder`.
    pub(crate) fn of(mut command: Command, folder: &Path) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let output_text = folder.join(format!("said-{number}"));
        let file = File::create(&output_text).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .expect("the program starts");
        Self { child, output_text }
    }

    /// Both of its outputs so far.
    pub(crate) fn output_text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output_text).unwrap()).into_owned()
    }

    /// Waits until it says `text`.
    pub(crate) fn says(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.output_text().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "{ended:?} before {text}: {}",
                self.output_text()
            );
            assert!(Instant::now() < end, "no {text}: {}", self.output_text());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether it has not ended.
    #[cfg(feature = "live")]
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it as a crash of the machine would.
    #[cfg(feature = "live")]
    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), None, "it had ended: {}", self.output_text());
    }

    /// Sends SIGINT.
    pub(crate) fn interrupt(&self) {
        let sent = Command::new("kill")
            .args(["-s", "INT", &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits for its end, which must come in time, and gives its exit code and what it said.
    pub(crate) fn end(mut self, within: Duration) -> (Option<i32>, String) {
        let end = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), self.output_text());
            }
            assert!(
                Instant::now() < end,
                "it does not end: {}",
                self.output_text()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Interrupts it; it must end well.
    #[cfg(feature = "live")]
    pub(crate) fn stop(self) -> String {
        self.interrupt();
        let (code, output_text) = self.end(Duration::from_secs(30));
        assert_eq!(code, Some(0), "{output_text}");
        output_text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
