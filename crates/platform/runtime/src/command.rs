//! What the commands of all services have in common.

use std::path::PathBuf;

use clap::Args;

use crate::settings::Argument;

/// Options of every command: where settings come from, and how much is logged.
#[derive(Debug, Args)]
pub struct Common {
    /// Settings in TOML, YAML or JSON; the environment and options are stronger
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// DEBUG, INFO, WARNING, ERROR or CRITICAL
    #[arg(long, global = true, value_name = "LEVEL", conflicts_with_all = ["verbose", "debug"])]
    pub log_level: Option<String>,
    /// The same as --log-level INFO
    #[arg(long, global = true, conflicts_with = "debug")]
    pub verbose: bool,
    /// The same as --log-level DEBUG
    #[arg(long, global = true)]
    pub debug: bool,
}

impl Common {
    /// The settings that were given as these options, and as `more`: key, option, text.
    pub fn arguments(&self, more: &[(&'static str, &'static str, Option<&str>)]) -> Vec<Argument> {
        let own = [
            ("log.level", "--log-level", self.log_level.as_deref()),
            ("log.level", "--verbose", self.verbose.then_some("INFO")),
            ("log.level", "--debug", self.debug.then_some("DEBUG")),
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
