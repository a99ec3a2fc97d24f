//! The program as a child process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// The program, away from the settings of whoever runs the tests.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-emulator"));
    command
        .env_clear()
        .env("XDG_STATE_HOME", folder.join("state"))
        .current_dir(folder);
    command
}

/// Runs the program with the words of `line`.
pub(crate) fn run(folder: &Path, line: &str) -> Output {
    program(folder)
        .args(line.split(' '))
        .output()
        .expect("the program starts")
}

/// A `serve` that listens.
pub(crate) struct Service {
    child: Child,
    /// Kept open, so that the service can write to it.
    _output: BufReader<ChildStdout>,
    pub(crate) url: String,
}

impl Service {
    /// With its own Kafka and S3 store.
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &["--embedded"], Vec::new())
    }

    /// With more options and settings.
    pub(crate) fn start_with(
        folder: &Path,
        options: &[&str],
        settings: Vec<(String, String)>,
    ) -> Self {
        let mut command = program(folder);
        command
            .args(["serve", "--host", "127.0.0.1", "--port", "0"])
            .args(options)
            .envs(settings);
        Self::of(command)
    }

    /// The same, with its log in the file `log` of the folder.
    pub(crate) fn start_logging(
        folder: &Path,
        options: &[&str],
        settings: Vec<(String, String)>,
    ) -> Self {
        let log = std::fs::File::create(folder.join("log")).expect("there is room for a log");
        let mut command = program(folder);
        command
            .args(["serve", "--host", "127.0.0.1", "--port", "0"])
            .args(options)
            .envs(settings);
        Self::with_log(command, log.into())
    }

    /// What a command starts.
    pub(crate) fn of(command: Command) -> Self {
        Self::with_log(command, Stdio::null())
    }

    fn with_log(mut command: Command, log: Stdio) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("the welcome is text");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        let url = url
            .unwrap_or_else(|| panic!("no address in {line:?}"))
            .to_owned();
        Self {
            child,
            _output: output,
            url,
        }
    }

    /// The most memory that it has had so far, in MiB.
    #[cfg(feature = "live")]
    pub(crate) fn peak_memory_mib(&self) -> u64 {
        peak_memory_mib(self.child.id()).expect("it runs")
    }

    /// Its number among the machine's processes.
    #[cfg(feature = "chaos")]
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits for its end and gives its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.child.wait().expect("it is our child").code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The most memory that a process has had so far, in MiB; `None` if it has ended.
#[cfg(feature = "live")]
pub(crate) fn peak_memory_mib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}

/// How many threads of a name a process has now.
#[cfg(feature = "chaos")]
pub(crate) fn threads(process: u32, name: &str) -> usize {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return 0;
    };
    // One that has ended in between has no name any more.
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok())
        .filter(|comm| comm.trim_end() == name)
        .count()
}

/// What was said on standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
