//! `POST /emulator`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use emulator_application::Emulator;
use emulator_application::start_emulation::Known;
use emulator_domain::emulation::Emulation;
use emulator_domain::plan::{
    EmulationPlan, Format, PlanErrors, PlanField, PlanNote, PlanSpec, Sink,
};
use emulator_manifest::{FieldProblem, PlanFields, schema};
use platform_http::{FieldError, excerpt};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::{callbacks, tags};

/// The fields that the original contract requires.
const REQUIRED: [PlanField; 6] = [
    PlanField::Sink,
    PlanField::Domain,
    PlanField::Format,
    PlanField::SyncType,
    PlanField::MaxChunkSize,
    PlanField::Timeout,
];

/// The fields that a request may have; users and labels come from the settings.
const ALLOWED: [PlanField; 25] = [
    PlanField::Sink,
    PlanField::Domain,
    PlanField::Format,
    PlanField::SyncType,
    PlanField::MaxChunkSize,
    PlanField::PartitionBy,
    PlanField::Timeout,
    PlanField::Seed,
    PlanField::Count,
    PlanField::Rate,
    PlanField::Pace,
    PlanField::StartTime,
    PlanField::Workers,
    PlanField::Destination,
    PlanField::Delivery,
    PlanField::Compression,
    PlanField::PopulationSeed,
    PlanField::FirstIndex,
    PlanField::FromTime,
    PlanField::ToTime,
    PlanField::KeyFormat,
    PlanField::Headers,
    PlanField::Tombstones,
    PlanField::SubjectStrategy,
    PlanField::Imperfections,
];

/// The fields that do not belong to the plan.
const OTHERS: [&str; 4] = ["name", "labels", "callback_url", "callbacks"];

/// Fields echoed as they came, except for the timeout, which is echoed as it was parsed.
const ECHOED: [PlanField; 5] = [
    PlanField::Sink,
    PlanField::Domain,
    PlanField::Format,
    PlanField::SyncType,
    PlanField::MaxChunkSize,
];

/// What is to be emulated.
#[derive(Debug)]
pub(crate) struct StartRequest {
    fields: PlanFields,
    others: BTreeMap<&'static str, Value>,
    problems: Vec<FieldProblem>,
}

impl<'de> Deserialize<'de> for StartRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (fields, others, problems) = PlanFields::read(deserializer, &ALLOWED, &OTHERS)?;
        Ok(Self {
            fields,
            others,
            problems,
        })
    }
}

impl StartRequest {
    /// A digest of the request that does not depend on how it is written.
    pub(crate) fn digest(&self) -> String {
        let text = json!([self.fields, self.others]).to_string();
        let digest = Sha256::digest(text);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The requested run, started by a member of `team`, without idempotency key and owner. The
    /// emulator supplies the defaults.
    ///
    /// # Errors
    /// All errors in the request, field by field.
    pub(crate) fn spec(
        &self,
        emulator: &Emulator,
        team: Option<&str>,
    ) -> Result<(PlanSpec, Known), Vec<FieldError>> {
        let spec = self.fields.spec(
            &REQUIRED,
            &emulator.sinks(),
            &Format::ALL,
            &emulator.streams(),
            |dataset, sink, format| emulator.spec(dataset, sink, format),
        );
        let unknown = self.problems.iter().map(|problem| FieldError {
            field: excerpt(&problem.field),
            detail: problem.detail.clone(),
        });
        let other = |name| self.others.get(name);
        let tags = tags::of_new(other("name"), other("labels"), team);
        let callbacks = callbacks::of_new(emulator, other("callback_url"), other("callbacks"));
        match (spec, tags, callbacks) {
            (Ok(spec), Ok(tags), Ok(callbacks)) if self.problems.is_empty() => {
                let known = Known {
                    tags,
                    callbacks,
                    ..Known::default()
                };
                Ok((spec, known))
            }
            (spec, tags, callbacks) => {
                let spec = spec.err();
                let others = tags.err().into_iter().chain(callbacks.err());
                let wrong = spec.iter().flat_map(field_errors).chain(others);
                Err(wrong.chain(unknown).collect())
            }
        }
    }

    /// The fields that are echoed, as they came.
    pub(crate) fn echoed(&self) -> PlanFields {
        let mut echoed = PlanFields::default();
        for field in ECHOED {
            if let Some(value) = self.fields.get(field) {
                echoed.set(field, value.clone());
            }
        }
        echoed
    }
}

/// The errors in the form of an error body.
pub(crate) fn field_errors(errors: &PlanErrors) -> impl Iterator<Item = FieldError> {
    errors.iter().map(|error| FieldError {
        field: error.field().to_string(),
        detail: error.to_string(),
    })
}

impl StartRequest {
    /// The schema for a server with these sinks.
    pub(crate) fn schema_of(sinks: &[Sink]) -> RefOr<Schema> {
        let description = "What is to be emulated. The first six fields are required; an unknown field is refused.";
        let example = json!({
            "emulator_sync": sinks.first().map_or("", |sink| sink.name()),
            "emulation_domain": "transaction",
            "format_type": "json",
            "sync_type": "grouped",
            "max_chunk_size": 1024,
            "timeout": 10
        });
        let others = json!({
            "name": tags::name_schema(), "labels": tags::labels_schema(),
            "callback_url": callbacks::url_schema(), "callbacks": callbacks::all_schema(),
        });
        schema::request(&ALLOWED, &REQUIRED, sinks, (others, description), example)
    }
}

impl PartialSchema for StartRequest {
    fn schema() -> RefOr<Schema> {
        Self::schema_of(&Sink::requestable().collect::<Vec<_>>())
    }
}

impl ToSchema for StartRequest {
    fn name() -> Cow<'static, str> {
        "StartRequest".into()
    }
}

/// The accepted run: five fields echoed, the others resolved.
#[derive(Debug, Serialize)]
pub(crate) struct StartAnswer {
    id: String,
    #[serde(flatten)]
    plan: PlanFields,
    notes: Vec<String>,
}

impl StartAnswer {
    pub(crate) fn new(echoed: PlanFields, emulation: &Emulation) -> Self {
        let plan = emulation.plan();
        Self {
            id: emulation.id().to_string(),
            plan: PlanFields::from(plan.spec()).with(echoed),
            notes: plan.notes().iter().map(PlanNote::to_string).collect(),
        }
    }
}

impl PartialSchema for StartAnswer {
    fn schema() -> RefOr<Schema> {
        let more = json!({
            "type": "object",
            "required": ["id", "notes"],
            "properties": {
                "id": {
                    "type": "string",
                    "format": "uuid",
                    "description": "Names the run.",
                    "examples": ["0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21"]
                },
                "notes": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "Effects of the request that may be unexpected, such as fewer \
                                    records than it asks for."
                }
            }
        });
        schema::answer(&ECHOED, more)
    }
}

impl ToSchema for StartAnswer {
    fn name() -> Cow<'static, str> {
        "StartAnswer".into()
    }
}

/// A run that could be started.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestCheck {
    /// Name of the topic, bucket or folder that it would deliver to.
    #[schema(example = "transactions")]
    destination: String,
}

impl RequestCheck {
    pub(crate) fn new(plan: &EmulationPlan) -> Self {
        Self {
            destination: plan.destination().to_owned(),
        }
    }
}
