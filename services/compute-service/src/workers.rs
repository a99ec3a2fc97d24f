//! Carries out tasks in worker processes of this program.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use adapter_workers::{Bounds, Workers};
use compute_ports::Processor;

/// A processor that delegates to worker processes of this program, with this memory limit for each.
pub(crate) fn of(processor: &dyn Processor, memory: u64) -> Workers {
    let slug = processor.description().slug().to_owned();
    Workers::new(processor, Bounds { memory }, move || {
        let mut command = Command::new(this_program());
        // A process that handles untrusted data needs none of the service's secrets.
        command.env_clear();
        command.args(["work", &slug, "--memory", &memory.to_string()]);
        command
    })
}

/// On Linux the running executable itself, even if its file has been replaced since.
fn this_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    env::current_exe().unwrap_or_default()
}
