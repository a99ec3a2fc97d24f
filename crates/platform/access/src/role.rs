//! What callers are, and what is asked of them.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a caller may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Starts and stops work.
    Operator,
    /// Everything.
    Admin,
}

impl Role {
    /// All roles, the one that may do least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a route asks of its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing: probes, pages without data, and protocols whose callers have no token.
    Open,
    /// Nothing if the setting `auth.open_metrics` says so, else [`Role::Viewer`].
    Metrics,
    /// A role, or one that may do more.
    Role(Role),
    /// [`Role::Operator`] for what the caller has begun, or what is of the caller's team;
    /// [`Role::Admin`] for everything.
    Own,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Metrics => f.write_str("viewer, or open by setting"),
            Self::Role(role) => role.fmt(f),
            Self::Own => f.write_str("operator: own, and of the team; admin: all"),
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name of the token, for people.
    pub name: String,
    /// What nobody else has, today or later: the name of a token, or `oidc:` and an issuer's `sub`.
    pub subject: String,
    /// The team, in words that a label may have.
    pub team: Option<String>,
    /// What the caller may do.
    pub role: Role,
    /// How much of it.
    pub quota: Quota,
}

/// How much a caller may have going on, for services that carry out runs; nothing means as much as the
/// service has by its settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Runs at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    /// Records a second, of all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}
