//! The numbers of a plan, each with its range.

use crate::InvalidValue;

/// Defines a whole number from 1 to a maximum.
macro_rules! bounded {
    ($($(#[$doc:meta])* $name:ident($inner:ty): 1 to $max:expr, $unit:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($inner);

        impl $name {
            /// The smallest value, 1.
            pub const MIN: Self = Self(1);
            /// The largest value.
            pub const MAX: Self = Self($max);

            /// Converts any number.
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

            /// The allowed values, for people.
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
    /// How long a run may last, in seconds: of event time for a realtime run, of wall-clock time
    /// for an unlimited one. At most a year.
    Timeout(u64): 1 to 365 * 86_400, "seconds";
    /// The maximum number of records: up to 2^63 − 1.
    RecordCount(u64): 1 to i64::MAX as u64, "records";
    /// The size in bytes that completes an object of a chunked run: up to 5 TiB, the largest S3
    /// object.
    ChunkSize(u64): 1 to 5 << 40, "bytes";
    /// The number of shares of a run that may be generated in parallel. Never changes a byte.
    Workers(u16): 1 to 256, "workers";
}
