//! The three kinds of data.

use crate::UserIds;
use crate::invalid::text_by_name;

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

    /// How many records there are at most, if the users decide that: a profile for each.
    pub fn records_of(self, users: UserIds) -> Option<u64> {
        match self {
            Self::UserProfile => Some(users.count().into()),
            Self::Transaction | Self::DeviceLog => None,
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

text_by_name!(Domain);
