//! The numbers of a plan, each in its range.

use crate::InvalidValue;

/// Defines a whole number from 1 to a maximum.
macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident($inner:ty): 1 to $max:expr, $unit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($inner);

        impl $name {
            /// The least, 1.
            pub const MIN: Self = Self(1);
            /// The most.
            pub const MAX: Self = Self($max);

            /// From a number that may be anything.
            ///
            /// # Errors
            /// If it is below [`MIN`](Self::MIN) or above [`MAX`](Self::MAX).
            pub fn new(number: impl Into<i128>) -> Result<Self, InvalidValue> {
                let number = number.into();
                match <$inner>::try_from(number) {
                    Ok(inner) if (1..=Self::MAX.0).contains(&inner) => Ok(Self(inner)),
                    _ => Err(InvalidValue::shown(number, Self::expected())),
                }
            }

            /// The number.
            pub const fn get(self) -> $inner {
                self.0
            }

            /// What is allowed, for people.
            pub fn expected() -> String {
                format!("1 to {} {}", Self::MAX.0, $unit)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text.parse::<i128>() {
                    Ok(number) => Self::new(number),
                    Err(_) => Err(InvalidValue::text(text, Self::expected())),
                }
            }
        }
    )*};
}

bounded! {
    /// Seconds that a run may last: of event time for a realtime run, of the clock for an unlimited
    /// one. A year at most.
    Timeout(u64): 1 to 365 * 86_400, "seconds";
    /// Records at most: up to 2^63 − 1.
    RecordCount(u64): 1 to i64::MAX as u64, "records";
    /// Bytes that close an object of a chunked run: up to 5 TiB, the largest object of S3.
    ChunkSize(u64): 1 to 5 << 40, "bytes";
    /// Shares of a run that may be generated at the same time. Never changes a byte.
    Workers(u16): 1 to 256, "workers";
}
