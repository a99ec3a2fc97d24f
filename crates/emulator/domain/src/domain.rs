//! The three kinds of data.

use std::fmt;
use std::str::FromStr;

/// A kind of data that can be emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Domain {
    /// Card payments, some fraudulent.
    Transaction,
    /// Users with their risk.
    UserProfile,
    /// Logins from devices.
    DeviceLog,
}

impl Domain {
    /// All domains.
    pub const ALL: [Self; 3] = [Self::Transaction, Self::UserProfile, Self::DeviceLog];

    /// As requests name it: `transaction`, `user-profile`, `device-log`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::UserProfile => "user-profile",
            Self::DeviceLog => "device-log",
        }
    }

    /// The number that keys its random words and its ids, and so reaches every byte. A new domain
    /// takes the next one above 10: up to there they are taken, by domains and by other purposes
    /// of a seed. A number is never given to another domain.
    pub const fn number(self) -> u64 {
        match self {
            Self::Transaction => 1,
            Self::UserProfile => 2,
            Self::DeviceLog => 3,
        }
    }

    /// The topic, bucket or folder where its records go unless another is named.
    pub const fn destination(self) -> &'static str {
        match self {
            Self::Transaction => "transactions",
            Self::UserProfile => "user-profiles",
            Self::DeviceLog => "device-logs",
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Not the name of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of transaction, user-profile, device-log")]
pub struct UnknownDomain;

/// Compares without regard to case.
impl FromStr for Domain {
    type Err = UnknownDomain;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|domain| domain.name().eq_ignore_ascii_case(text))
            .ok_or(UnknownDomain)
    }
}
