//! The command-line options and commands that all services share.

use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

use clap::{Args, Subcommand};
use clap_complete::Shell;

use crate::exit_codes::{self, WRONG_USE};
use crate::output::print;
use crate::settings::{Argument, Settings};

/// Options of every command: where settings come from, and how much is logged.
#[derive(Debug, Args)]
pub struct Common {
    /// File of settings in TOML, YAML or JSON; the environment and options override it
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Lowest severity to log: DEBUG, INFO, WARNING, ERROR or CRITICAL
    #[arg(long, global = true, value_name = "LEVEL", conflicts_with_all = ["verbose", "debug", "quiet"])]
    pub log_level: Option<String>,
    /// The same as --log-level INFO
    #[arg(long, global = true, conflicts_with_all = ["debug", "quiet"])]
    pub verbose: bool,
    /// The same as --log-level DEBUG
    #[arg(long, global = true, conflicts_with = "quiet")]
    pub debug: bool,
    /// The same as --log-level ERROR, and without a display of progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The `--version` text of a service: the package version, the commit it was built from, unless
/// empty, and `more`.
pub fn version(commit: &str, more: Option<&str>) -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let commit = (!commit.is_empty()).then(|| format!("commit {commit}"));
        let details: Vec<_> = commit.as_deref().into_iter().chain(more).collect();
        let version = env!("CARGO_PKG_VERSION");
        match details.is_empty() {
            true => version.to_owned(),
            false => format!("{version} ({})", details.join(", ")),
        }
    })
}

impl Common {
    /// The settings given by these options and by `more`: key, option, text.
    pub fn arguments(&self, more: &[(&'static str, &'static str, Option<&str>)]) -> Vec<Argument> {
        let own = [
            ("log.level", "--log-level", self.log_level.as_deref()),
            ("log.level", "--verbose", self.verbose.then_some("INFO")),
            ("log.level", "--debug", self.debug.then_some("DEBUG")),
            ("log.level", "--quiet", self.quiet.then_some("ERROR")),
        ];
        own.iter()
            .chain(more)
            .filter_map(|(key, option, text)| {
                text.map(|text| Argument {
                    key,
                    option,
                    text: text.to_owned(),
                })
            })
            .collect()
    }
}

/// Commands that every service has for those who use it at a terminal.
#[derive(Debug, Subcommand)]
pub enum SharedCommand {
    /// Check or show the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completion script of a shell for this program
    ///
    /// For bash: data-emulator completions bash > ~/.local/share/bash-completion/completions/data-emulator
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    Man {
        /// Write the pages of all commands to this directory, which must exist
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// What can be done with settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check whether the settings can be used
    #[command(after_help = exit_codes::section(&[(0, "they can")], &[WRONG_USE]))]
    Check,
    /// Show every setting that is in effect and where it came from; secrets are not shown
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

impl SharedCommand {
    /// Carries out the command. `command` is that of the whole program; the settings were already
    /// validated.
    ///
    /// # Errors
    /// If a page cannot be written.
    pub fn run(&self, mut command: clap::Command, settings: &Settings) -> anyhow::Result<u8> {
        let name = command.get_name().to_owned();
        let mut text = Vec::new();
        match self {
            Self::Completions { shell } => {
                clap_complete::generate(*shell, &mut command, name, &mut text);
            }
            Self::Man { out: None } => clap_mangen::Man::new(command).render(&mut text)?,
            Self::Man { out: Some(folder) } => clap_mangen::generate_to(command, folder)?,
            Self::Config(ConfigCommand::Check) => text.extend(b"The settings can be used.\n"),
            Self::Config(ConfigCommand::Show { json: true }) => {
                let shown = settings.shown().iter().map(|setting| {
                    serde_json::json!({
                        "key": setting.key, "value": setting.value,
                        "origin": setting.origin.as_ref().map(ToString::to_string),
                    })
                });
                let shown: Vec<_> = shown.collect();
                writeln!(text, "{}", serde_json::to_string_pretty(&shown)?)?;
            }
            Self::Config(ConfigCommand::Show { json: false }) => {
                for setting in settings.shown() {
                    let key = setting.key;
                    match (&setting.value, &setting.origin) {
                        (Some(value), Some(origin)) => {
                            writeln!(text, "{key} = {value:?}  # from {origin}")?;
                        }
                        _ => writeln!(text, "# {key} is unset")?,
                    }
                }
            }
        }
        print(&text)?;
        Ok(0)
    }
}
