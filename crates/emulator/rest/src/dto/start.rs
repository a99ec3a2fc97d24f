//! `POST /emulator`.

mod fields;

use emulator_domain::emulation::Emulation;
use emulator_domain::plan::{PlanDraft, PlanError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{time, words};
use fields::{Allowed, is};

/// What is to be emulated. The first six fields are required; an unknown field is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "emulator_sync": "kafka",
    "emulation_domain": "transaction",
    "format_type": "json",
    "sync_type": "grouped",
    "max_chunk_size": 1024,
    "timeout": 10
}))]
pub(crate) struct StartRequest {
    /// Where records go, in any case.
    #[serde(default, deserialize_with = "is::emulator_sync")]
    #[schema(schema_with = words::sink, required)]
    emulator_sync: Option<String>,
    /// The kind of data, in any case.
    #[serde(default, deserialize_with = "is::emulation_domain")]
    #[schema(schema_with = words::domain, required)]
    emulation_domain: Option<String>,
    /// How a record is written, in any case.
    #[serde(default, deserialize_with = "is::format_type")]
    #[schema(schema_with = words::format, required)]
    format_type: Option<String>,
    /// How records are gathered into objects: one object, one each time `max_chunk_size` bytes
    /// have gathered, or one a record (`single` and its old names). Kafka has a message a record.
    #[serde(default, deserialize_with = "is::sync_type")]
    #[schema(schema_with = words::sync_type, required)]
    sync_type: Option<String>,
    /// In bytes, 1..=5497558138880; counts only for `chunked`.
    #[serde(default, deserialize_with = "is::max_chunk_size")]
    #[schema(schema_with = words::max_chunk_size, required)]
    max_chunk_size: Option<i128>,
    /// Seconds: of event time for a realtime run, of the clock for an unlimited one.
    #[serde(default, deserialize_with = "is::timeout")]
    #[schema(value_type = u64, required, minimum = 1, maximum = 31_536_000)]
    timeout: Option<i128>,
    /// Equal seeds give equal data; drawn if absent.
    #[serde(default, deserialize_with = "is::seed")]
    #[schema(schema_with = words::optional_seed)]
    seed: Option<i128>,
    /// Records at most; if absent, `timeout` decides.
    #[serde(default, deserialize_with = "is::count")]
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 9_223_372_036_854_775_807u64)]
    count: Option<i128>,
    /// Records a second of event time.
    #[serde(default, deserialize_with = "is::rate")]
    #[schema(minimum = 0.000_001, maximum = 100_000_000.0)]
    rate: Option<f64>,
    /// `realtime`: no record before its event time; `unlimited`: as fast as it goes.
    #[serde(default, deserialize_with = "is::pace")]
    #[schema(schema_with = words::optional_pace)]
    pace: Option<String>,
    /// Event time of record 0, from the year 1970 on; now if absent.
    #[serde(default, deserialize_with = "is::start_time")]
    #[schema(format = DateTime, pattern = r"^(19[7-9][0-9]|[2-9][0-9]{3})-")]
    start_time: Option<String>,
    /// Generating threads; the machine's cores if absent.
    #[serde(default, deserialize_with = "is::workers")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 256)]
    workers: Option<i128>,
    /// Name of the topic, bucket or folder; by domain if absent.
    #[serde(default, deserialize_with = "is::destination")]
    destination: Option<String>,
    /// What a crash may do: `at-least-once` may repeat records, `exactly-once` does not.
    #[serde(default, deserialize_with = "is::delivery")]
    #[schema(schema_with = words::optional_delivery)]
    delivery: Option<String>,
}

impl StartRequest {
    /// The draft that the domain checks.
    ///
    /// # Errors
    /// If a required field is absent, or one is not what a draft can hold.
    pub(crate) fn draft(self) -> Result<PlanDraft, PlanError> {
        Ok(PlanDraft {
            emulator_sync: required("emulator_sync", self.emulator_sync)?,
            emulation_domain: required("emulation_domain", self.emulation_domain)?,
            format_type: required("format_type", self.format_type)?,
            sync_type: required("sync_type", self.sync_type)?,
            max_chunk_size: required("max_chunk_size", self.max_chunk_size)?,
            timeout: required("timeout", self.timeout)?,
            seed: self.seed.map(seed).transpose()?,
            count: self.count,
            rate: self.rate,
            pace: self.pace,
            start_time: self
                .start_time
                .map(|text| time::parsed("start_time", &text))
                .transpose()?,
            workers: self.workers,
            destination: self.destination,
            delivery: self.delivery,
        })
    }
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, PlanError> {
    value.ok_or_else(|| PlanError {
        field,
        got: "nothing".to_owned(),
        allowed: Allowed::of(field),
    })
}

fn seed(got: i128) -> Result<u64, PlanError> {
    u64::try_from(got).map_err(|_| PlanError {
        field: "seed",
        got: got.to_string(),
        allowed: Allowed::of("seed"),
    })
}

/// The six fields of a request, to be echoed as they came.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    emulator_sync: String,
    emulation_domain: String,
    format_type: String,
    sync_type: String,
    max_chunk_size: i128,
}

impl From<&PlanDraft> for Sent {
    fn from(draft: &PlanDraft) -> Self {
        Self {
            emulator_sync: draft.emulator_sync.clone(),
            emulation_domain: draft.emulation_domain.clone(),
            format_type: draft.format_type.clone(),
            sync_type: draft.sync_type.clone(),
            max_chunk_size: draft.max_chunk_size,
        }
    }
}

/// The accepted run: the six fields as they came, the others as they were resolved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StartAnswer {
    /// Names the run.
    #[schema(format = Uuid, example = "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21")]
    id: String,
    /// As it came.
    emulator_sync: String,
    /// As it came.
    emulation_domain: String,
    /// As it came.
    format_type: String,
    /// As it came.
    sync_type: String,
    /// As it came, in bytes.
    #[schema(schema_with = words::max_chunk_size, required)]
    max_chunk_size: i128,
    /// In seconds.
    timeout: u64,
    /// The one asked for, or the one drawn.
    #[schema(schema_with = words::seed, required)]
    seed: u64,
    /// Event time of record 0, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    start_time: String,
    /// Records a second of event time.
    rate: f64,
    /// Whether the run waits for event times.
    #[schema(schema_with = words::pace, required)]
    pace: &'static str,
    /// Records at most, or null if only `timeout` decides.
    count: Option<u64>,
    /// Generating threads.
    workers: u16,
    /// Name of the topic, bucket or folder.
    destination: String,
    /// What a crash may do.
    #[schema(schema_with = words::delivery, required)]
    delivery: &'static str,
}

impl StartAnswer {
    pub(crate) fn new(sent: Sent, emulation: &Emulation) -> Self {
        let plan = emulation.plan();
        Self {
            id: emulation.id().to_string(),
            emulator_sync: sent.emulator_sync,
            emulation_domain: sent.emulation_domain,
            format_type: sent.format_type,
            sync_type: sent.sync_type,
            max_chunk_size: sent.max_chunk_size,
            timeout: plan.timeout(),
            seed: plan.seed().get(),
            start_time: time::rfc3339(plan.timeline().start()),
            rate: plan.timeline().rate().get(),
            pace: plan.pace().name(),
            count: plan.count(),
            workers: plan.workers(),
            destination: plan.destination().to_owned(),
            delivery: plan.guarantee().name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(
        change: impl FnOnce(&mut serde_json::Value),
    ) -> Result<StartRequest, serde_json::Error> {
        let mut body = serde_json::json!({
            "emulator_sync": "kafka", "emulation_domain": "Transaction", "format_type": "json",
            "sync_type": "grouped", "max_chunk_size": 1024, "timeout": 10
        });
        change(&mut body);
        serde_json::from_str(&body.to_string())
    }

    #[test]
    fn numbers_of_any_size_survive() {
        let draft = request(|body| {
            body["seed"] = u64::MAX.into();
            body["timeout"] = 10.0.into();
            body["count"] = serde_json::json!(9_007_199_254_740_993u64);
            body["workers"] = (-5).into();
        });
        let draft = draft.unwrap().draft().unwrap();
        assert_eq!(draft.seed, Some(u64::MAX));
        assert_eq!(draft.timeout, 10);
        assert_eq!(draft.count, Some(9_007_199_254_740_993));
        assert_eq!(draft.workers, Some(-5));
        let huge = r#"{"timeout": 36893488147419103232, "rate": 5, "seed": null}"#;
        let huge: StartRequest = serde_json::from_str(huge).unwrap();
        assert_eq!(
            (huge.timeout, huge.rate, huge.seed),
            (Some(1 << 65), Some(5.0), None)
        );
    }

    #[test]
    fn a_seed_beyond_64_bits_is_refused() {
        for (seed, got) in [
            (-1.0, "-1"),
            (18_446_744_073_709_551_616.0, "18446744073709551616"),
        ] {
            let error = request(|body| body["seed"] = seed.into())
                .unwrap()
                .draft()
                .unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("seed: got {got}, allowed is 0..=18446744073709551615")
            );
        }
    }
}
