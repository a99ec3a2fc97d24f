//! The framework of every service's `main`.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::command::Common;
use crate::exit_codes::{TRY_AGAIN, WRONG_USE};
use crate::settings::{Argument, Setting, Settings, SettingsError, Sources};
use crate::telemetry::LogFiles;
use crate::{descriptors, shutdown, telemetry, tls};

/// The command line is wrong; the message says why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUse(pub String);

/// What a process needs to know about its service before it does anything.
pub struct Program<'a> {
    /// Options of every command.
    pub common: &'a Common,
    /// The settings given as options.
    pub arguments: Vec<Argument>,
    /// Every setting there is.
    pub table: &'a [Setting],
    /// The prefixes of the names of our own crates for logging, in addition to those of adapters
    /// and platform.
    pub crates: &'a [&'a str],
    /// Whether an error is transient, so that the same command may succeed later.
    pub is_transient: fn(&anyhow::Error) -> bool,
    /// Whether only warnings are logged by default, so that a command's own output stays visible.
    pub quiet: bool,
    /// The log files, if there are any.
    pub log_files: Option<fn(&Settings) -> LogFiles>,
}

impl Program<'_> {
    /// Reads the settings, starts logging, and runs `work` on a new runtime until it is done. The
    /// token is cancelled by the first SIGINT or SIGTERM. Tasks still running after `work` are not
    /// waited for.
    ///
    /// Returns the exit code: that of `work`, or after an error, which is printed on standard
    /// error, [`WRONG_USE`] or [`TRY_AGAIN`] if it is one of these, and 1 otherwise.
    pub fn run(
        self,
        work: impl AsyncFnOnce(&Settings, CancellationToken) -> anyhow::Result<u8>,
    ) -> ExitCode {
        let is_transient = self.is_transient;
        match self.try_run(work) {
            Ok(code) => ExitCode::from(code),
            Err(error) => {
                // If standard error is closed there is nowhere to report it.
                let _ = writeln!(io::stderr(), "error: {error:#}");
                ExitCode::from(exit_code(&error, is_transient))
            }
        }
    }

    fn try_run(
        self,
        work: impl AsyncFnOnce(&Settings, CancellationToken) -> anyhow::Result<u8>,
    ) -> anyhow::Result<u8> {
        tls::install_provider();
        descriptors::raise_limit();
        let sources = Sources::of_process(self.common.config.clone(), self.arguments);
        let settings = Settings::load(self.table, &sources)?;
        let crates = [&["adapter_", "platform_"], self.crates].concat();
        let files = self.log_files.map(|files| files(&settings));
        let _traces = telemetry::start_logs(&settings, self.quiet, &crates, files)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("cannot start threads")?;
        let code = runtime.block_on(async {
            let stop = shutdown::on_signals()?;
            work(&settings, stop).await
        });
        // Tasks that are still running have used up their grace period.
        runtime.shutdown_background();
        code
    }
}

fn exit_code(error: &anyhow::Error, is_transient: fn(&anyhow::Error) -> bool) -> u8 {
    if error.is::<WrongUse>() || error.is::<SettingsError>() {
        WRONG_USE
    } else if is_transient(error) {
        TRY_AGAIN
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[test]
    fn wrong_use_and_wrong_settings_are_told_apart_from_what_failed() {
        let settings = SettingsError::combination("http.port", "is taken");
        for (error, code) in [
            (anyhow::Error::new(WrongUse("--to: unknown".to_owned())), 2),
            (anyhow::Error::new(settings).context("the start"), 2),
            (anyhow::anyhow!("the disk is full"), 1),
            (anyhow::Error::new(fmt::Error), TRY_AGAIN),
        ] {
            let is_transient = |error: &anyhow::Error| error.is::<fmt::Error>();
            assert_eq!(exit_code(&error, is_transient), code, "{error:#}");
        }
    }
}
