//! The program as a child process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// The program, away from the settings of whoever runs the tests.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_data-emulator"));
    command.env_clear().current_dir(folder);
    command
}

/// Runs the program with the words of `line`.
pub(crate) fn run(folder: &Path, line: &str) -> Output {
    program(folder)
        .args(line.split(' '))
        .output()
        .expect("the program starts")
}

/// A `serve --embedded` that listens.
pub(crate) struct Service {
    child: Child,
    /// Kept open, so that the service can write to it.
    _output: BufReader<ChildStdout>,
    pub(crate) url: String,
}

impl Service {
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = program(folder)
            .args(["serve", "--embedded", "--host", "127.0.0.1", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("the welcome is text");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let url = url
            .unwrap_or_else(|| panic!("no address in {line:?}"))
            .to_owned();
        Self {
            child,
            _output: output,
            url,
        }
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
