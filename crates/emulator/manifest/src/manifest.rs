//! Everything needed to reproduce the data of a run.

use std::collections::BTreeMap;

use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_domain::plan::{EmulationPlan, Grouping, Medium};
use emulator_domain::record::ModelText;
use emulator_domain::{Domain, GENERATOR_VERSION, InvalidValue, ObjectNames};
use serde::{Deserialize, Serialize};

use crate::{PlanFields, RecordedChange, RecordedModel, RecordedPlanError, recorded_model, time};

/// A run as data: its plan with every value resolved, its counts and where its records lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Manifest {
    /// Version of the generator. Another version makes other data from the same plan.
    pub generator_version: u32,
    /// Names the run; in every envelope and object name.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub emulation_id: String,
    /// The plan, with every value resolved.
    #[serde(flatten)]
    pub plan: PlanFields,
    /// What was changed while the run was in progress, in order: where its timeline departs from
    /// the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<RecordedChange>,
    /// The model that describes the stream, if the records are of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<RecordedModel>,
    /// The folder in which `destination` is one, if a command wrote there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// How many records are where.
    pub records: Records,
    /// Number of records with each fault, as far as the run has come, if it has deliberate faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<Faults>,
    /// Bytes of the generated records as encoded, with the line ends that they have in objects and
    /// files; without what objects have around them, and, of Avro, before compression.
    pub bytes: u64,
    /// The objects that hold the records; null where records are messages or nothing.
    pub parts: Option<Parts>,
    /// `processing`, `paused`, `completed`, `failed` or `cancelled`.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::schema::status, required))]
    pub status: String,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began to run, RFC 3339 in UTC.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub started_at: Option<String>,
    /// When it ended, RFC 3339 in UTC.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub finished_at: Option<String>,
}

/// How many records are where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// How many there will be, if the plan alone decides that.
    pub planned: Option<u64>,
    /// Made and encoded.
    pub generated: u64,
    /// Known to be stored by the destination.
    pub acknowledged: u64,
    /// Known not to be stored, or given up.
    pub failed: u64,
    /// Handed to the destination and not yet acknowledged.
    pub in_flight: u64,
}

impl From<&Emulation> for Records {
    fn from(emulation: &Emulation) -> Self {
        let counts = emulation.counts();
        Self {
            planned: emulation.plan().planned(),
            generated: counts.generated,
            acknowledged: counts.acknowledged,
            failed: counts.failed,
            in_flight: counts.in_flight(),
        }
    }
}

/// The number of records with each fault, by name.
pub type Faults = BTreeMap<String, u64>;

/// The number of records with each fault, among those that were or would have been delivered.
pub fn faults(emulation: &Emulation) -> Option<Faults> {
    let deliveries = emulation.plan().deliveries()?;
    let tally = deliveries.tally(&emulation.counts());
    let named = tally.map(|(fault, count)| (fault.name().to_owned(), count));
    Some(named.into())
}

/// Objects of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// How many are stored, counted from the first without a gap.
    pub count: u64,
    /// How they are named; braces hold what differs from object to object.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21/part-{00000}.json")
    )]
    pub names: String,
}

/// A manifest that no run of this generator has written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The data was made by another version of the generator.
    #[error(
        "invalid generator_version {got}; expected {GENERATOR_VERSION}: use the release that wrote the manifest"
    )]
    Version {
        /// The version in the manifest.
        got: u32,
    },
    /// The plan is invalid, or its model has changed.
    #[error(transparent)]
    Plan(#[from] RecordedPlanError),
    /// Another field is invalid.
    #[error("invalid {field} {value}")]
    Field {
        /// The field.
        field: &'static str,
        /// What was given and what is allowed.
        value: InvalidValue,
    },
}

impl From<&Emulation> for Manifest {
    fn from(emulation: &Emulation) -> Self {
        Self {
            generator_version: GENERATOR_VERSION,
            emulation_id: emulation.id().to_string(),
            plan: emulation.plan().spec().into(),
            changes: RecordedChange::of(emulation.plan()),
            model: recorded_model(emulation.plan().dataset()),
            folder: None,
            records: emulation.into(),
            faults: faults(emulation),
            bytes: emulation.counts().bytes,
            parts: parts(emulation),
            status: emulation.status().name().to_owned(),
            error: emulation.error().map(str::to_owned),
            started_at: emulation.started_at().map(time::rfc3339),
            finished_at: emulation.finished_at().map(time::rfc3339),
        }
    }
}

/// The runs of all streams of a model on one timeline, with the model stored once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelManifest {
    /// The model of the streams.
    pub model: RecordedModel,
    /// One manifest per stream, parents first.
    pub emulations: Vec<Manifest>,
}

impl ModelManifest {
    /// Combines the manifests of runs of one model.
    pub fn new(model: &ModelText, emulations: Vec<Manifest>) -> Self {
        let without = emulations.into_iter().map(|manifest| Manifest {
            model: None,
            ..manifest
        });
        Self {
            model: model.into(),
            emulations: without.collect(),
        }
    }

    /// The manifests, each complete by itself.
    pub fn manifests(self) -> Vec<Manifest> {
        let Self { model, emulations } = self;
        let with = emulations.into_iter().map(|manifest| Manifest {
            model: Some(model.clone()),
            ..manifest
        });
        with.collect()
    }
}

fn parts(emulation: &Emulation) -> Option<Parts> {
    let plan = emulation.plan();
    if plan.sink().medium() != Medium::Objects {
        return None;
    }
    let names = ObjectNames::new(emulation.id(), plan);
    Some(Parts {
        count: emulation.checkpoint().acknowledged_units,
        names: match plan.grouping() {
            Grouping::Grouped => names.grouped(),
            Grouping::Chunked { .. } => names.pattern(),
            Grouping::Single => format!("{{key}}_{{unix millis}}.{}", plan.format()),
        },
    })
}

impl Manifest {
    /// The id of the run.
    ///
    /// # Errors
    /// If the id is not a UUID.
    pub fn id(&self) -> Result<EmulationId, ManifestError> {
        self.emulation_id.parse().map_err(|_| ManifestError::Field {
            field: "emulation_id",
            value: InvalidValue::text(&self.emulation_id, "a UUID"),
        })
    }

    /// The plan that was carried out, with its changes.
    ///
    /// # Errors
    /// If it was written by another version of the generator, the model has changed, or fields have
    /// invalid values.
    pub fn plan(&self) -> Result<EmulationPlan, ManifestError> {
        let plan = || -> Result<_, ManifestError> {
            let mut plan = self.plan.plan(self.model.as_ref())?;
            let field = "changes";
            RecordedChange::apply(&self.changes, &mut plan)
                .map_err(|value| ManifestError::Field { field, value })?;
            Ok(plan)
        };
        match self.generator_version {
            GENERATOR_VERSION => plan(),
            // Version 1 made different profiles; all other records are the same.
            1 => {
                let profile = Domain::UserProfile.into();
                Some(plan()?)
                    .filter(|plan| *plan.dataset() != profile)
                    .ok_or(ManifestError::Version { got: 1 })
            }
            got => Err(ManifestError::Version { got }),
        }
    }

    /// The counts, which agree with each other and with the plan.
    ///
    /// # Errors
    /// The first one that cannot be.
    pub fn counts(&self, plan: &EmulationPlan) -> Result<Records, ManifestError> {
        let Records {
            planned,
            generated,
            acknowledged,
            failed,
            in_flight,
        } = self.records;
        let refused = |field, got: u64, expected: String| {
            let value = InvalidValue::shown(got, expected);
            Err(ManifestError::Field { field, value })
        };
        let end = plan.end();
        if generated > end {
            let expected = format!("0 to {end}: there is no record {end} in the plan");
            return refused("records.generated", generated, expected);
        }
        if let (Some(told), Some(all)) = (planned, plan.planned())
            && told != all
        {
            return refused(
                "records.planned",
                told,
                format!("{all}, as many as the plan has"),
            );
        }
        if acknowledged > generated {
            let expected = format!("0 to {generated}, as many as were generated");
            return refused("records.acknowledged", acknowledged, expected);
        }
        let sum = acknowledged
            .saturating_add(failed)
            .saturating_add(in_flight);
        if sum != generated {
            let expected = format!("{sum}, as many as acknowledged, failed and in_flight together");
            return refused("records.generated", generated, expected);
        }
        let most = match plan.grouping() {
            Grouping::Grouped => 1,
            Grouping::Chunked { .. } | Grouping::Single => generated,
        };
        match &self.parts {
            Some(parts) if parts.count > most => refused(
                "parts.count",
                parts.count,
                format!("0 to {most} for these records"),
            ),
            _ => Ok(self.records),
        }
    }

    /// The status of the run when this was written.
    ///
    /// # Errors
    /// If it is no valid status.
    pub fn status(&self) -> Result<GlobalStatus, ManifestError> {
        self.status.parse().map_err(|value| ManifestError::Field {
            field: "status",
            value,
        })
    }
}

#[cfg(test)]
mod tests;
