//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use platform_access::AccessCommand;
use platform_runtime::command::{Common, SharedCommand, version};
use platform_runtime::exit_codes::{self, WRONG_USE};
use platform_runtime::settings::Argument;

/// Services for a Core engine: each takes tasks over HTTP, works on files in S3 and reports back.
#[derive(Debug, Parser)]
#[command(name = "compute-service", version = version(env!("BUILD_COMMIT"), None), propagate_version = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Where settings come from, and how much is logged.
    #[command(flatten)]
    pub(crate) common: Common,
}

fn one_task() -> String {
    exit_codes::section(
        &[
            (0, "the task finished, the outputs are written"),
            (1, "it failed"),
        ],
        &[WRONG_USE],
    )
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the services, with their input and output files
    List,
    /// Run a service and register it with the engines, until stopped
    Serve(Serve),
    /// Carry out one task of a service on local files, with an S3 store in this process
    #[command(after_help = one_task())]
    Try(Try),
    /// Send sample tasks to every service, with S3, queue and callbacks in this process
    #[command(after_help = exit_codes::section(
        &[(0, "all tasks finished"), (1, "a task did not")],
        &[WRONG_USE],
    ))]
    Run(Run),
    /// Send files as a task to a running service, and fetch the outputs
    #[command(after_help = one_task())]
    Send(Send),
    /// Do the work of tasks for a service of this program, which starts this itself
    #[command(hide = true)]
    Work(Work),
    /// Who may use the services, and who did what.
    #[command(flatten)]
    Access(AccessCommand),
    /// The program itself.
    #[command(flatten)]
    Shared(SharedCommand),
}

/// Options of `work`.
#[derive(Debug, Args)]
pub(crate) struct Work {
    /// Which service
    pub(crate) name: String,
    /// Memory that may be allocated, in bytes
    #[arg(long)]
    pub(crate) memory: u64,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Name of the service; `list` shows them
    pub(crate) name: String,
    /// Host name or address to listen on [default: 0.0.0.0]
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// Port to listen on, 0 for a free one [default: 9090]
    #[arg(long)]
    pub(crate) port: Option<String>,
    /// Folder for tasks [default: compute-data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
}

/// Options of `try`.
#[derive(Debug, Args)]
pub(crate) struct Try {
    /// Name of the service; `list` shows them
    pub(crate) name: String,
    /// What goes in and comes out.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// What goes in and comes out.
#[derive(Debug, Args)]
pub(crate) struct Files {
    /// Input files, in the order of the service's fields
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Folder for the output files
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Start an S3 store in this process and use it; required, as there is no other way yet
    #[arg(long, required = true)]
    pub(crate) embedded: bool,
    /// Keep serving the page after the tasks, until stopped
    #[arg(long)]
    pub(crate) keep: bool,
    /// Port of the page, 0 for a free one [default: 9090]
    #[arg(long)]
    pub(crate) port: Option<String>,
}

/// Options of `send`.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// URL of the service, such as `http://localhost:9090`
    #[arg(long)]
    pub(crate) url: String,
    /// What goes in and comes out.
    #[command(flatten)]
    pub(crate) files: Files,
    /// Address to listen on for the callback
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub(crate) listen: String,
    /// URL, without a path, at which the service reaches the callback listener, if not at the
    /// address listened on
    #[arg(long, value_name = "URL")]
    pub(crate) callback: Option<String>,
}

impl Cli {
    /// The settings given as options.
    pub(crate) fn settings(&self) -> Vec<Argument> {
        match &self.command {
            Command::Serve(serve) => self.common.arguments(&[
                ("service.host", "--host", serve.host.as_deref()),
                ("service.port", "--port", serve.port.as_deref()),
                ("data.dir", "--data-dir", serve.data_dir.as_deref()),
            ]),
            Command::Run(run) => {
                self.common
                    .arguments(&[("service.port", "--port", run.port.as_deref())])
            }
            Command::List
            | Command::Try(_)
            | Command::Send(_)
            | Command::Work(_)
            | Command::Shared(_) => self.common.arguments(&[]),
            Command::Access(command) => {
                let data_dir = ("data.dir", "--data-dir", command.data_dir());
                self.common.arguments(&[data_dir])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
