//! The kinds of destination, and what each can do.

use super::Guarantee;
use crate::invalid::text_by_name;

/// Where records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sink {
    /// Messages of a topic.
    Kafka,
    /// Objects of a bucket.
    Minio,
    /// Files of a folder.
    File,
    /// The standard output of the process; only for the command, never in a request.
    Stdout,
    /// Nowhere: records are generated, encoded and counted.
    Null,
}

/// The form in which a sink stores records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// One message per record, whatever the grouping.
    Messages,
    /// Objects that are stored atomically, and that a repetition replaces by the same bytes.
    Objects,
    /// One stream of bytes, which cannot be read again.
    Stream,
    /// Nothing is stored.
    Nothing,
}

/// Which topic, bucket and folder names a sink accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// Kafka's rules for topics; they also keep a folder inside its parent.
    Topic,
    /// S3's rules for buckets.
    Bucket,
}

/// How a sink achieves exactly-once delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExactlyOnce {
    /// With transactions, if requested; otherwise a crash may repeat records.
    Transactions,
    /// Always: repeated writes are idempotent.
    Replacement,
    /// Not supported.
    Unsupported,
}

/// What a sink can do: everything that the rest of the program needs to know about it.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// The name used in `emulator_sync`.
    pub name: &'static str,
    /// The form in which it stores records.
    pub medium: Medium,
    /// Which destination names it accepts.
    pub names: NameRule,
    /// How it achieves exactly-once delivery.
    pub exactly_once: ExactlyOnce,
    /// Whether a request may name it; otherwise only the command may.
    pub requestable: bool,
    /// Whether the command line gives a folder with it: `file:DIR`.
    pub in_folder: bool,
}

impl Sink {
    /// All sinks.
    pub const ALL: [Self; 5] = [
        Self::Kafka,
        Self::Minio,
        Self::File,
        Self::Stdout,
        Self::Null,
    ];

    /// The table of sinks; a new sink adds a row here.
    pub const fn capabilities(self) -> Capabilities {
        const fn row(
            name: &'static str,
            medium: Medium,
            names: NameRule,
            exactly_once: ExactlyOnce,
        ) -> Capabilities {
            Capabilities {
                name,
                medium,
                names,
                exactly_once,
                requestable: true,
                in_folder: false,
            }
        }
        use ExactlyOnce::{Replacement, Transactions, Unsupported};
        use Medium::{Messages, Nothing, Objects, Stream};
        use NameRule::{Bucket, Topic};
        match self {
            Self::Kafka => row("kafka", Messages, Topic, Transactions),
            Self::Minio => row("minio", Objects, Bucket, Replacement),
            Self::File => Capabilities {
                in_folder: true,
                ..row("file", Objects, Topic, Replacement)
            },
            Self::Stdout => Capabilities {
                requestable: false,
                ..row("stdout", Stream, Topic, Unsupported)
            },
            Self::Null => row("null", Nothing, Topic, Unsupported),
        }
    }

    /// The name used in `emulator_sync`.
    pub const fn name(self) -> &'static str {
        self.capabilities().name
    }

    /// The form in which it stores records.
    pub const fn medium(self) -> Medium {
        self.capabilities().medium
    }

    /// The sinks that a request may name.
    pub fn requestable() -> impl Iterator<Item = Self> + Clone {
        let all = Self::ALL.into_iter();
        all.filter(|sink| sink.capabilities().requestable)
    }

    /// Whether a reader may see records twice after a crash.
    pub fn repeats(self, guarantee: Guarantee) -> bool {
        self.capabilities().exactly_once == ExactlyOnce::Transactions
            && guarantee == Guarantee::AtLeastOnce
    }
}

text_by_name!(Sink);

impl NameRule {
    /// The allowed names, for people.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Topic => "1 to 249 letters, digits, dots, underscores and hyphens",
            Self::Bucket => {
                "3 to 63 lowercase letters, digits, dots and hyphens, beginning and ending with a letter or digit"
            }
        }
    }

    /// Whether it allows `name`.
    pub fn allows(self, name: &str) -> bool {
        let all = |allowed: fn(u8) -> bool| name.bytes().all(allowed);
        match self {
            Self::Topic => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
                (1..=249).contains(&name.len()) && all(plain) && name != "." && name != ".."
            }
            Self::Bucket => {
                let plain = |byte: u8| {
                    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)
                };
                (3..=63).contains(&name.len())
                    && all(plain)
                    && !name.starts_with(['.', '-'])
                    && !name.ends_with(['.', '-'])
                    && !name.contains("..")
                    && name.parse::<std::net::Ipv4Addr>().is_err()
            }
        }
    }
}
