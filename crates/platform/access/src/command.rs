//! The commands that manage access to a service.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use platform_runtime::exit_codes::{self, WRONG_USE};
use platform_runtime::program::WrongUse;

use crate::access::create_folder;
use crate::{Audit, AuditEntry, Folder, Grant, Quota, Role, TokenError, Tokens, verify};

/// Commands that every service has.
#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Create, list or revoke the tokens that callers of the service authenticate with
    Token(OfFolder<TokenCommand>),
    /// Check the audit log, the record of who did what
    Audit(OfFolder<AuditCommand>),
}

/// A command on the access of one service.
#[derive(Debug, Args)]
pub struct OfFolder<C: Subcommand> {
    #[command(subcommand)]
    command: C,
    /// Data folder of the service [default: the service's default]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Create a token and print it; it is shown only this once
    ///
    /// Only a keyed hash of the token is stored in the data folder. A running service accepts the
    /// token within a second; a service that was started when there was no token at all must be
    /// restarted.
    Create {
        /// Who will use it: letters, digits, '.', '_', '-' and '@'
        name: String,
        /// viewer may read, operator may also start and stop work, admin may do everything
        #[arg(long, value_enum)]
        role: Role,
        /// Team of whoever uses the token: an operator may also control what is labelled with this
        /// team, and what is started with the token gets this label
        #[arg(long)]
        team: Option<String>,
        /// Maximum number of runs, waiting or running, in a service that carries out runs [default:
        /// as in the service's settings]
        #[arg(long, value_name = "RUNS", value_parser = clap::value_parser!(u32).range(1..))]
        max_runs: Option<u32>,
        /// Maximum total rate of its runs, in records per second [default: as in the service's
        /// settings]
        #[arg(long, value_name = "RECORDS", value_parser = clap::value_parser!(u32).range(1..))]
        max_rate: Option<u32>,
        /// How long the token is valid, such as 90d or 12h [default: until it is revoked]
        #[arg(long, value_name = "TIME", value_parser = duration)]
        expires: Option<SignedDuration>,
    },
    /// List the tokens: name, role, team, time of creation, time of expiry
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token and its sessions
    Revoke {
        /// Name of the token
        name: String,
    },
}

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check whether lines of the log were changed, inserted, moved, deleted or cut off
    #[command(after_help = exit_codes::section(
        &[(0, "the log is as it was written"), (1, "it is not")],
        &[WRONG_USE],
    ))]
    Verify {
        /// Hash that an earlier verification printed; the log must continue from it
        #[arg(long, value_name = "HASH")]
        since: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    let span = text.parse::<Span>().ok();
    let duration = span.and_then(|span| {
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        let is_sensible = duration.is_positive() && duration.as_hours() <= 24 * 3660;
        is_sensible.then_some(duration)
    });
    duration.ok_or_else(|| "expected a time such as 90d, 12h or 30m, ten years at most".to_owned())
}

impl AccessCommand {
    /// The data folder given on the command line.
    pub fn data_dir(&self) -> Option<&str> {
        match self {
            Self::Token(of) => of.data_dir.as_deref(),
            Self::Audit(of) => of.data_dir.as_deref(),
        }
    }

    /// Carries out the command on the access folder of a service that keeps its data in `data`;
    /// returns the exit code.
    ///
    /// # Errors
    /// If the command fails.
    pub fn run(&self, data: Option<&Path>) -> anyhow::Result<u8> {
        let data = data.ok_or_else(|| {
            let why =
                "tokens and the audit log are kept in the data folder; set data.dir to a folder";
            WrongUse(why.to_owned())
        })?;
        match self {
            Self::Token(of) => of.command.run(data)?,
            Self::Audit(of) => {
                let AuditCommand::Verify { since, json } = &of.command;
                let folder = Folder::open(&data.join("access"))?.ok_or_else(|| {
                    let place = data.display();
                    WrongUse(format!("{place}: there are no tokens and no audit log"))
                })?;
                let findings =
                    verify(&folder, since.as_deref()).context("the audit log cannot be read")?;
                if *json {
                    say(&serde_json::to_string(&findings)?);
                } else {
                    for problem in &findings.problems {
                        say(problem);
                    }
                    let records = findings.records;
                    match findings.problems.is_empty() {
                        true => say(&format!("{records} records, as they were written")),
                        false => say(&format!("{records} records follow each other")),
                    }
                    say(&format!("last hash: {}", findings.last));
                }
                return Ok(u8::from(!findings.problems.is_empty()));
            }
        }
        Ok(0)
    }
}

impl TokenCommand {
    fn run(&self, data: &Path) -> anyhow::Result<()> {
        match self {
            Self::Create {
                name,
                role,
                team,
                max_runs,
                max_rate,
                expires,
            } => {
                let folder = create_folder(data)?;
                let now = Timestamp::now();
                let grant = Grant {
                    role: *role,
                    team: team.clone(),
                    quota: Quota {
                        runs: *max_runs,
                        rate: *max_rate,
                    },
                    expires: expires.map(|duration| now + duration),
                };
                let made = Tokens::new(folder.clone()).create(name, grant, now);
                let token = made.map_err(wrong_use)?;
                let team = team
                    .as_ref()
                    .map_or(String::new(), |team| format!(" of {team}"));
                note(folder, "token create", &format!("{name} {role}{team}"))?;
                say(&token);
            }
            Self::List { json } => {
                let folder = Folder::open(&data.join("access"))?;
                let tokens = folder.map(|folder| Tokens::new(folder).list());
                let tokens = tokens.transpose()?.unwrap_or_default();
                let now = Timestamp::now();
                let mut lines = Vec::new();
                for token in &tokens {
                    let end = token.expires.map(|end| end.to_string());
                    let is_valid = token.is_valid_at(now);
                    lines.push(if *json {
                        serde_json::json!({
                            "name": token.name, "role": token.role, "team": token.team,
                            "max_runs": token.quota.runs, "max_rate": token.quota.rate,
                            "created": token.created,
                            "expires": end, "valid": is_valid,
                        })
                        .to_string()
                    } else {
                        let end = match (end, is_valid) {
                            (None, _) => "until revoked".to_owned(),
                            (Some(end), true) => format!("until {end:.19}Z"),
                            (Some(end), false) => format!("ended {end:.19}Z"),
                        };
                        let team = token.team.as_deref().unwrap_or_default();
                        let Quota { runs, rate } = token.quota;
                        let runs = runs.map_or(String::new(), |runs| format!(", {runs} runs"));
                        let rate = rate.map_or(String::new(), |rate| format!(", {rate} records/s"));
                        let end = end + &runs + &rate;
                        format!("{:<24}{:<10}{team:<16}{end}", token.name, token.role.name())
                    });
                }
                match json {
                    true => say(&format!("[{}]", lines.join(","))),
                    false if lines.is_empty() => say("There is no token."),
                    false => lines.iter().for_each(|line| say(line)),
                }
            }
            Self::Revoke { name } => {
                let folder = Folder::open(&data.join("access"))?;
                let unknown = || TokenError::Unknown(name.clone());
                let folder = folder.ok_or_else(unknown).map_err(wrong_use)?;
                let revoked = Tokens::new(folder.clone()).revoke(name);
                revoked.map_err(wrong_use)?;
                note(folder, "token revoke", name)?;
                say(&format!("{name} is not let in any more"));
            }
        }
        Ok(())
    }
}

fn wrong_use(error: TokenError) -> anyhow::Error {
    match error {
        TokenError::File(error) => TokenError::File(error).into(),
        wrong => WrongUse(wrong.to_string()).into(),
    }
}

fn note(folder: Folder, action: &str, target: &str) -> anyhow::Result<()> {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let who = format!("command line, user {}", user.as_deref().unwrap_or("?"));
    let entry = AuditEntry {
        who: &who,
        role: None,
        client: None,
        action,
        target,
        created: None,
        result: "done",
    };
    let noted = Audit::new(folder).append(&entry);
    noted.context("the audit log cannot be written")
}

/// Prints a line for the user.
fn say(line: &str) {
    // If standard output is closed there is nowhere to report it.
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_is_not_for_ever() {
        let hours = |text| duration(text).map(|duration| duration.as_hours());
        for (text, length) in [("90d", 2160), ("12h", 12), ("2w", 336), ("1d 12h", 36)] {
            assert_eq!(hours(text), Ok(length), "{text}");
        }
        for wrong in ["", "90", "-1d", "0s", "100y", "tomorrow", "1h1"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
