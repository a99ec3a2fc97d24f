//! From what somebody asked for to a plan.

use std::fmt::Display;

use crate::record::transaction::Labels;
use crate::{Domain, Rate, Seed, Timeline, Timestamp, UserIds};

use super::{EmulationPlan, Format, Grouping, Guarantee, Pace, Sink};

/// A run as it was asked for, field by field under the contract's names; nothing is checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanDraft {
    /// One of [`PlanDefaults::sinks`].
    pub emulator_sync: String,
    /// A [`Domain`], in any case.
    pub emulation_domain: String,
    /// A [`Format`].
    pub format_type: String,
    /// `grouped`, `chunked`, or one of [`PlanDraft::SINGLE`].
    pub sync_type: String,
    /// Bytes; counts only for `chunked`.
    pub max_chunk_size: i128,
    /// Seconds.
    pub timeout: i128,
    /// Any; drawn if absent.
    pub seed: Option<u64>,
    /// Records at most.
    pub count: Option<i128>,
    /// Records a second of event time.
    pub rate: Option<f64>,
    /// A [`Pace`].
    pub pace: Option<String>,
    /// Event time of record 0.
    pub start_time: Option<Timestamp>,
    /// Generating threads.
    pub workers: Option<i128>,
    /// Topic, bucket or folder.
    pub destination: Option<String>,
    /// A [`Guarantee`].
    pub delivery: Option<String>,
}

/// What holds where a draft says nothing, and what the place allows.
#[derive(Clone, Debug)]
pub struct PlanDefaults<'a> {
    /// Where this place can deliver to.
    pub sinks: &'a [Sink],
    /// A seed drawn for this run.
    pub seed: u64,
    /// Now.
    pub start_time: Timestamp,
    /// Records a second.
    pub rate: Rate,
    /// The machine's cores.
    pub workers: u16,
    /// `realtime` for a request.
    pub pace: Pace,
    /// The ids of the population.
    pub users: UserIds,
    /// Whether transactions carry their label.
    pub labels: Labels,
}

/// A field of a draft has a value that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: got {got}, allowed is {allowed}")]
pub struct PlanError {
    /// Which field.
    pub field: &'static str,
    /// What came.
    pub got: String,
    /// What is allowed.
    pub allowed: String,
}

impl PlanDraft {
    /// What `sync_type` may say for an object a record, in any case. The old service took any
    /// unknown word for this; a misspelt `chunked` should not.
    pub const SINGLE: [&'static str; 4] = ["single", "individual", "record", "per-record"];
    /// A year.
    pub const MAX_TIMEOUT: u64 = 365 * 86_400;
    /// 5 TiB, the largest object of S3.
    pub const MAX_CHUNK_SIZE: u64 = 5 << 40;
    /// 2^63 − 1.
    pub const MAX_COUNT: u64 = i64::MAX as u64;
    /// Generating threads at most.
    pub const MAX_WORKERS: u16 = 256;

    /// Checks every field and resolves what is absent.
    ///
    /// # Errors
    /// The first field that is wrong, with what came and what is allowed.
    pub fn parse(self, defaults: &PlanDefaults<'_>) -> Result<EmulationPlan, PlanError> {
        let sink = one_of("emulator_sync", &self.emulator_sync, defaults.sinks)?;
        let domain = one_of("emulation_domain", &self.emulation_domain, &Domain::ALL)?;
        let format = one_of("format_type", &self.format_type, &Format::ALL)?;
        let grouping = grouping(&self.sync_type, self.max_chunk_size)?;
        let timeout = within("timeout", self.timeout, Self::MAX_TIMEOUT, "seconds")?;
        let count = self
            .count
            .map(|count| within("count", count, Self::MAX_COUNT, "records"))
            .transpose()?;
        let rate = self.rate.map_or(Ok(defaults.rate), rate)?;
        let pace = match &self.pace {
            None => defaults.pace,
            Some(pace) => one_of("pace", pace, &Pace::ALL)?,
        };
        let workers = match self.workers {
            None => defaults.workers.clamp(1, Self::MAX_WORKERS),
            Some(workers) => {
                within("workers", workers, Self::MAX_WORKERS.into(), "threads")? as u16
            }
        };
        let guarantee = match &self.delivery {
            None => Guarantee::AtLeastOnce,
            Some(delivery) => one_of("delivery", delivery, &Guarantee::ALL)?,
        };
        let destination = match self.destination {
            None => domain.destination().to_owned(),
            Some(name) => destination(sink, name)?,
        };
        let timeline = Timeline::new(self.start_time.unwrap_or(defaults.start_time), rate);
        let end = [
            count.unwrap_or(Self::MAX_COUNT),
            match domain {
                Domain::UserProfile => defaults.users.count().into(),
                Domain::Transaction | Domain::DeviceLog => u64::MAX,
            },
            match pace {
                Pace::Realtime => rate.records_within(timeout),
                Pace::Unlimited => u64::MAX,
            },
            timeline.capacity(),
        ];
        Ok(EmulationPlan {
            domain,
            seed: Seed::new(self.seed.unwrap_or(defaults.seed)),
            users: defaults.users,
            timeline,
            labels: defaults.labels,
            format,
            sink,
            destination,
            grouping,
            guarantee,
            pace,
            timeout,
            count,
            workers,
            end: end.into_iter().fold(u64::MAX, u64::min),
        })
    }
}

impl EmulationPlan {
    /// The plan as somebody would have to ask for it, with every value resolved: parsed with the
    /// plan's own [`users`](Self::users) and [`labels`](Self::labels) where its sink is offered, it
    /// gives an equal plan whatever the other defaults are.
    pub fn draft(&self) -> PlanDraft {
        PlanDraft {
            emulator_sync: self.sink.name().to_owned(),
            emulation_domain: self.domain.name().to_owned(),
            format_type: self.format.name().to_owned(),
            sync_type: self.grouping.name().to_owned(),
            max_chunk_size: match self.grouping {
                Grouping::Chunked { max_chunk_size } => max_chunk_size.into(),
                Grouping::Single | Grouping::Grouped => 0,
            },
            timeout: self.timeout.into(),
            seed: Some(self.seed.get()),
            count: self.count.map(i128::from),
            rate: Some(self.timeline.rate().get()),
            pace: Some(self.pace.name().to_owned()),
            start_time: Some(self.timeline.start()),
            workers: Some(self.workers.into()),
            destination: Some(self.destination.clone()),
            delivery: Some(self.guarantee.name().to_owned()),
        }
    }
}

/// The one of `all` whose name `got` is, in any case.
fn one_of<T: Copy + Display>(field: &'static str, got: &str, all: &[T]) -> Result<T, PlanError> {
    let names = || all.iter().map(T::to_string);
    match names().position(|name| name.eq_ignore_ascii_case(got)) {
        Some(at) => Ok(all[at]),
        None => Err(PlanError {
            field,
            got: quoted(got),
            allowed: names().collect::<Vec<_>>().join(", "),
        }),
    }
}

fn within(field: &'static str, got: i128, max: u64, unit: &str) -> Result<u64, PlanError> {
    match u64::try_from(got) {
        Ok(value) if (1..=max).contains(&value) => Ok(value),
        _ => Err(PlanError {
            field,
            got: got.to_string(),
            allowed: format!("1..={max} {unit}"),
        }),
    }
}

fn rate(records: f64) -> Result<Rate, PlanError> {
    Rate::per_second(records).ok_or_else(|| PlanError {
        field: "rate",
        got: records.to_string(),
        allowed: format!(
            "{}..={} records a second",
            Rate::SLOWEST.get(),
            Rate::FASTEST.get()
        ),
    })
}

fn grouping(sync_type: &str, max_chunk_size: i128) -> Result<Grouping, PlanError> {
    let is = |name: &str| sync_type.eq_ignore_ascii_case(name);
    if is("grouped") {
        return Ok(Grouping::Grouped);
    }
    if is("chunked") {
        let max = PlanDraft::MAX_CHUNK_SIZE;
        let max_chunk_size = within("max_chunk_size", max_chunk_size, max, "bytes")?;
        return Ok(Grouping::Chunked { max_chunk_size });
    }
    if PlanDraft::SINGLE.into_iter().any(is) {
        return Ok(Grouping::Single);
    }
    Err(PlanError {
        field: "sync_type",
        got: quoted(sync_type),
        allowed: format!("grouped, chunked, {}", PlanDraft::SINGLE.join(", ")),
    })
}

/// A name that the sink can have and that stays inside it.
fn destination(sink: Sink, name: String) -> Result<String, PlanError> {
    let all = |allowed: fn(u8) -> bool| name.bytes().all(allowed);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let bucket =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let (valid, allowed) = match sink {
        // S3's rules for bucket names.
        Sink::Minio => (
            (3..=63).contains(&name.len())
                && all(bucket)
                && !name.starts_with(['.', '-'])
                && !name.ends_with(['.', '-'])
                && !name.contains("..")
                && name.parse::<std::net::Ipv4Addr>().is_err(),
            "3 to 63 lowercase letters, digits, dots and hyphens, beginning and ending with a letter or digit",
        ),
        // Kafka's rules for topic names; they also keep a folder inside its parent.
        Sink::Kafka | Sink::File | Sink::Stdout | Sink::Null => (
            (1..=249).contains(&name.len()) && all(plain) && name != "." && name != "..",
            "1 to 249 letters, digits, dots, underscores and hyphens",
        ),
    };
    if valid {
        return Ok(name);
    }
    Err(PlanError {
        field: "destination",
        got: quoted(&name),
        allowed: allowed.to_owned(),
    })
}

/// What came, so that it can be recognised and no more.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 80;
    if text.chars().count() <= SHOWN {
        return format!("{text:?}");
    }
    format!("{:?}...", text.chars().take(SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> PlanDraft {
        PlanDraft {
            emulator_sync: "kafka".into(),
            emulation_domain: "transaction".into(),
            format_type: "json".into(),
            sync_type: "grouped".into(),
            max_chunk_size: 1024,
            timeout: 10,
            ..PlanDraft::default()
        }
    }

    fn defaults() -> PlanDefaults<'static> {
        PlanDefaults {
            sinks: Sink::REQUESTABLE,
            seed: 99,
            start_time: Timestamp::from_micros(1_767_225_600_000_000).unwrap(),
            rate: Rate::per_second(10_000.0).unwrap(),
            workers: 2,
            pace: Pace::Realtime,
            users: UserIds::CONTRACT,
            labels: Labels::Shown,
        }
    }

    #[test]
    fn the_six_fields_of_the_old_contract_make_a_plan() {
        let plan = draft().parse(&defaults()).unwrap();
        assert_eq!(plan.planned(), Some(100_000));
        assert_eq!(plan.destination(), "transactions");
        assert_eq!(plan.seed(), Seed::new(99));
        let upper = PlanDraft {
            emulation_domain: "Device-LOG".into(),
            ..draft()
        };
        assert_eq!(
            upper.parse(&defaults()).unwrap().domain(),
            Domain::DeviceLog
        );
    }

    #[test]
    fn a_plan_leads_back_to_a_draft_of_an_equal_plan() {
        type Change = fn(&mut PlanDraft);
        let cases: [Change; 7] = [
            |_| {},
            |d| d.sync_type = "per-record".into(),
            |d| {
                d.sync_type = "chunked".into();
                d.emulator_sync = "minio".into();
                d.destination = Some("a.bucket".into());
            },
            |d| d.rate = Some(333.333_333),
            |d| d.rate = Some(Rate::SLOWEST.get()),
            |d| {
                d.rate = Some(Rate::FASTEST.get());
                d.count = Some(PlanDraft::MAX_COUNT.into());
                d.pace = Some("unlimited".into());
            },
            |d| {
                d.emulation_domain = "user-profile".into();
                d.workers = Some(256);
                d.delivery = Some("exactly-once".into());
            },
        ];
        for change in cases {
            let mut draft = draft();
            change(&mut draft);
            let users = UserIds::new(5, 50_000).unwrap();
            let labels = Labels::Withheld;
            let plan = draft
                .parse(&PlanDefaults {
                    users,
                    labels,
                    ..defaults()
                })
                .unwrap();
            let elsewhere = PlanDefaults {
                sinks: Sink::ALL,
                seed: 1,
                start_time: Timestamp::EARLIEST,
                rate: Rate::SLOWEST,
                workers: 99,
                pace: Pace::Unlimited,
                users,
                labels,
            };
            assert_eq!(plan.draft().parse(&elsewhere).unwrap(), plan);
        }
    }

    #[test]
    fn the_smallest_of_count_rate_domain_and_calendar_decides() {
        let planned = |change: fn(&mut PlanDraft)| {
            let mut draft = draft();
            change(&mut draft);
            draft.parse(&defaults()).unwrap().planned()
        };
        assert_eq!(planned(|draft| draft.count = Some(5)), Some(5));
        assert_eq!(planned(|draft| draft.rate = Some(0.5)), Some(5));
        assert_eq!(
            planned(|draft| draft.emulation_domain = "user-profile".into()),
            Some(9000)
        );
        assert_eq!(planned(|draft| draft.pace = Some("unlimited".into())), None);
        let calendar = Timestamp::LATEST.micros() - 1_767_225_600_000_000 + 1;
        assert_eq!(
            planned(|draft| {
                draft.pace = Some("unlimited".into());
                draft.count = Some(i64::MAX.into());
            }),
            Some(calendar as u64 / 100)
        );
    }

    #[test]
    fn each_wrong_field_is_named_with_what_came_and_what_is_allowed() {
        type Change = fn(&mut PlanDraft);
        const PLAIN: &str = "1 to 249 letters, digits, dots, underscores and hyphens";
        const BUCKET: &str = "3 to 63 lowercase letters, digits, dots and hyphens, beginning and ending with a letter or digit";
        const SINKS: &str = "kafka, minio, file, null";
        const RATES: &str = "0.000001..=100000000 records a second";
        let cases: [(Change, &str, &str, &str); 21] = [
            (
                |d| d.emulator_sync = "s3".into(),
                "emulator_sync",
                r#""s3""#,
                SINKS,
            ),
            (
                |d| d.emulator_sync = "stdout".into(),
                "emulator_sync",
                r#""stdout""#,
                SINKS,
            ),
            (
                |d| d.emulation_domain = "users".into(),
                "emulation_domain",
                r#""users""#,
                "transaction, user-profile, device-log",
            ),
            (
                |d| d.format_type = "xml".into(),
                "format_type",
                r#""xml""#,
                "json, ndjson, csv",
            ),
            (
                |d| d.sync_type = "chunky".into(),
                "sync_type",
                r#""chunky""#,
                "grouped, chunked, single, individual, record, per-record",
            ),
            (
                |d| {
                    d.sync_type = "chunked".into();
                    d.max_chunk_size = 0
                },
                "max_chunk_size",
                "0",
                "1..=5497558138880 bytes",
            ),
            (|d| d.timeout = 0, "timeout", "0", "1..=31536000 seconds"),
            (|d| d.timeout = -1, "timeout", "-1", "1..=31536000 seconds"),
            (
                |d| d.count = Some(0),
                "count",
                "0",
                "1..=9223372036854775807 records",
            ),
            (
                |d| d.count = Some(1 << 63),
                "count",
                "9223372036854775808",
                "1..=9223372036854775807 records",
            ),
            (|d| d.rate = Some(0.0), "rate", "0", RATES),
            (|d| d.rate = Some(1e9), "rate", "1000000000", RATES),
            (
                |d| d.pace = Some("fast".into()),
                "pace",
                r#""fast""#,
                "realtime, unlimited",
            ),
            (|d| d.workers = Some(0), "workers", "0", "1..=256 threads"),
            (
                |d| d.workers = Some(257),
                "workers",
                "257",
                "1..=256 threads",
            ),
            (
                |d| d.delivery = Some("maybe".into()),
                "delivery",
                r#""maybe""#,
                "at-least-once, exactly-once",
            ),
            (
                |d| d.destination = Some("a/b".into()),
                "destination",
                r#""a/b""#,
                PLAIN,
            ),
            (
                |d| d.destination = Some("..".into()),
                "destination",
                r#""..""#,
                PLAIN,
            ),
            (
                |d| d.destination = Some(String::new()),
                "destination",
                r#""""#,
                PLAIN,
            ),
            (
                |d| {
                    d.emulator_sync = "minio".into();
                    d.destination = Some("No".into())
                },
                "destination",
                r#""No""#,
                BUCKET,
            ),
            (
                |d| {
                    d.emulator_sync = "minio".into();
                    d.destination = Some("1.2.3.4".into())
                },
                "destination",
                r#""1.2.3.4""#,
                BUCKET,
            ),
        ];
        for (change, field, got, allowed) in cases {
            let mut draft = draft();
            change(&mut draft);
            let error = draft.parse(&defaults()).unwrap_err();
            assert_eq!(
                (error.field, &*error.got, &*error.allowed),
                (field, got, allowed)
            );
        }
        let long = PlanDraft {
            format_type: "x".repeat(500),
            ..draft()
        };
        assert!(long.parse(&defaults()).unwrap_err().got.len() < 100);
    }
}
