//! The three built-in kinds of data.

use crate::UserIds;
use crate::invalid::text_by_name;

/// A built-in kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Domain {
    /// Card payments, some fraudulent.
    Transaction,
    /// Users and their risk.
    UserProfile,
    /// Logins from devices.
    DeviceLog,
}

impl Domain {
    /// All domains.
    pub const ALL: [Self; 3] = [Self::Transaction, Self::UserProfile, Self::DeviceLog];

    /// The name used in requests: `transaction`, `user-profile`, `device-log`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::UserProfile => "user-profile",
            Self::DeviceLog => "device-log",
        }
    }

    /// The number that keys the domain's random words and its ids, and therefore affects every
    /// byte. A new domain takes the next number above 10: the lower ones are taken, by domains and
    /// by other purposes of a seed. A number is never reused.
    pub const fn number(self) -> u64 {
        match self {
            Self::Transaction => 1,
            Self::UserProfile => 2,
            Self::DeviceLog => 3,
        }
    }

    /// The maximum number of records, if the users limit it: one profile per user.
    pub fn records_of(self, users: UserIds) -> Option<u64> {
        match self {
            Self::UserProfile => Some(users.count().into()),
            Self::Transaction | Self::DeviceLog => None,
        }
    }

    /// The default topic, bucket or folder.
    pub const fn destination(self) -> &'static str {
        match self {
            Self::Transaction => "transactions",
            Self::UserProfile => "user-profiles",
            Self::DeviceLog => "device-logs",
        }
    }
}

text_by_name!(Domain);
