//! The work of tasks in processes of this program.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use adapter_workers::{Bounds, Workers};
use compute_ports::Processor;

/// A processor whose work is done by processes of this program, each with so much memory.
pub(crate) fn of(processor: &dyn Processor, memory: u64) -> Workers {
    let slug = processor.description().slug().to_owned();
    Workers::new(processor, Bounds { memory }, move || {
        let mut command = Command::new(this_program());
        // What works on the data of others needs none of the service's secrets.
        command.env_clear();
        command.args(["work", &slug, "--memory", &memory.to_string()]);
        command
    })
}

/// On Linux the very file that runs, although another has taken its place since.
fn this_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    env::current_exe().unwrap_or_default()
}
