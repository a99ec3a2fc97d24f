//! Taking servers away and bringing them back, with `deploy/local/servers`.

use std::process::{Command, Stdio};

use crate::live::readers::local;

/// One command of the script; it must succeed.
pub(crate) fn servers(command: &str, name: &str) {
    let output = Command::new(local("servers"))
        .args([command, name])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "servers {command} {name}: {told}");
}

/// Brings a server back, also when the test fails.
pub(crate) struct Back(pub(crate) &'static str);

impl Drop for Back {
    fn drop(&mut self) {
        for command in ["cont", "up"] {
            let _ = Command::new(local("servers"))
                .args([command, self.0])
                .stdin(Stdio::null())
                .output();
        }
    }
}
