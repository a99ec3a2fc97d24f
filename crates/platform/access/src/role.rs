//! The roles of callers, and the permissions that routes require.

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

    /// Its name.
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

/// What a route requires of its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Nothing: probes, pages without data, and protocols whose callers have no token.
    Open,
    /// Nothing if `auth.open_metrics` is set, otherwise [`Role::Viewer`].
    Metrics,
    /// At least this role.
    Role(Role),
    /// [`Role::Operator`] for what the caller has started or what belongs to the caller's team;
    /// [`Role::Admin`] for everything else.
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

/// An authenticated caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name of the token, for people.
    pub name: String,
    /// A unique name that is never reused: the name of a token, or `oidc:` and an issuer's `sub`.
    pub subject: String,
    /// The team, in a form that is valid as a label.
    pub team: Option<String>,
    /// The role.
    pub role: Role,
    /// The quota.
    pub quota: Quota,
}

/// How much a caller may have under way, in services that carry out runs; an absent limit means
/// that of the service's settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Runs at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<u32>,
    /// Records per second, over all runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}
