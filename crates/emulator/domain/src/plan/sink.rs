//! Where records can go, and what each place can do.

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
    /// The process's standard output; a command's, never a request's.
    Stdout,
    /// Nowhere: generated, encoded, counted.
    Null,
}

/// What a sink keeps records as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A message for each record, whatever the grouping says.
    Messages,
    /// Objects that are stored whole, and that a repetition replaces by the same bytes.
    Objects,
    /// One stream of bytes; nobody can ask for what has gone by.
    Stream,
    /// Nothing is kept.
    Nothing,
}

/// Which names of topics, buckets and folders a sink takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// Kafka's rules for topics; they also keep a folder inside its parent.
    Topic,
    /// S3's rules for buckets.
    Bucket,
}

/// How a sink comes to show each record once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExactlyOnce {
    /// If asked to, with transactions; otherwise a crash may repeat records.
    Transactions,
    /// Always: what is repeated replaces itself.
    Replacement,
    /// Not at all.
    Unsupported,
}

/// What a sink can do: all that the rest of the program asks about one.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// As `emulator_sync` names it.
    pub name: &'static str,
    /// What it keeps records as.
    pub medium: Medium,
    /// Which destination names it takes.
    pub names: NameRule,
    /// How it shows each record once.
    pub exactly_once: ExactlyOnce,
    /// Whether a request may name it; otherwise it is the command's alone.
    pub requestable: bool,
    /// Whether the command line names a folder beside it: `file:DIR`.
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

    /// The table of sinks: a new one has its row here.
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

    /// As `emulator_sync` names it.
    pub const fn name(self) -> &'static str {
        self.capabilities().name
    }

    /// What it keeps records as.
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
    /// What it allows, for people.
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
