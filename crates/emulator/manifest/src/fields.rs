//! A plan field by field.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use emulator_domain::plan::{
    ChunkSize, EmulationPlan, Format, PlanErrors, PlanField, PlanSpec, RecordCount, Sink,
};
use emulator_domain::record::Stream;
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Dataset, InvalidValue};
use emulator_model::Model;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::reader::Reader;
use crate::{RecordedModel, RecordedModelError, imperfections, time, traffic};

/// Fields of a plan with their JSON values, which nobody has checked yet. Null is as good as absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanFields(BTreeMap<PlanField, Value>);

impl PlanFields {
    /// The value of a field, if there is one.
    pub fn get(&self, field: PlanField) -> Option<&Value> {
        self.0.get(&field).filter(|value| !value.is_null())
    }

    /// Gives a field a value, in place of the one that it had.
    pub fn set(&mut self, field: PlanField, value: impl Into<Value>) {
        self.0.insert(field, value.into());
    }

    /// With the values of `others` in place of its own.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The run that is asked for: `required` fields must have a value, the others are those of
    /// `base` if they have none. It may go to one of `sinks`, and be of a built-in domain or one of
    /// `streams`.
    ///
    /// # Errors
    /// Everything that is missing or has a value that cannot be.
    pub fn spec(
        &self,
        required: &[PlanField],
        sinks: &[Sink],
        streams: &[Arc<dyn Stream>],
        base: impl FnOnce(Dataset, Sink, Format) -> PlanSpec,
    ) -> Result<PlanSpec, PlanErrors> {
        Reader::new(self, required).spec(sinks, streams, base)
    }

    /// The plan that was written, which has every field, with the model that was kept beside it.
    /// One of an earlier release may have no compression, no partitions, nothing of messages, no
    /// population of its own, no window and no imperfections.
    ///
    /// # Errors
    /// A model that is not what it was, or everything that is missing, has a value that cannot be, or
    /// does not go together.
    pub fn plan(&self, model: Option<&RecordedModel>) -> Result<EmulationPlan, RecordedPlanError> {
        let model = model.map(RecordedModel::compile).transpose()?;
        Ok(self.plan_of(model.as_ref())?)
    }

    /// The same with the model that was compiled already.
    ///
    /// # Errors
    /// Everything that is missing, has a value that cannot be, or does not go together.
    pub fn plan_of(&self, model: Option<&Model>) -> Result<EmulationPlan, PlanErrors> {
        let streams = model.map_or(&[][..], Model::streams);
        let nullable = [
            PlanField::Count,
            PlanField::MaxChunkSize,
            PlanField::PartitionBy,
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
        let all = PlanField::ALL.into_iter();
        let required: Vec<_> = all.filter(|field| !nullable.contains(field)).collect();
        let spec = self.spec(&required, &Sink::ALL, streams, PlanSpec::new)?;
        EmulationPlan::new(spec)
    }
}

/// What was written is no plan, or none any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordedPlanError {
    /// Its model is not what it was.
    #[error(transparent)]
    Model(#[from] RecordedModelError),
    /// Its fields make no plan.
    #[error(transparent)]
    Fields(#[from] PlanErrors),
}

impl From<&PlanSpec> for PlanFields {
    fn from(spec: &PlanSpec) -> Self {
        let value = |field| -> Value {
            match field {
                PlanField::Sink => spec.sink.name().into(),
                PlanField::Domain => spec.dataset.name().into(),
                PlanField::Format => spec.format.name().into(),
                PlanField::Compression => spec.compression.name().into(),
                PlanField::SyncType => spec.grouping.sync_type().name().into(),
                PlanField::MaxChunkSize => {
                    spec.grouping.max_chunk_size().map(ChunkSize::get).into()
                }
                PlanField::PartitionBy => spec.partition_by.name().into(),
                PlanField::Timeout => spec.timeout.get().into(),
                PlanField::Seed => spec.seed.get().into(),
                PlanField::Count => spec.count.map(RecordCount::get).into(),
                PlanField::Rate => traffic::write(&spec.rate),
                PlanField::Pace => spec.pace.name().into(),
                PlanField::StartTime => time::rfc3339(spec.start_time).into(),
                PlanField::Workers => spec.workers.get().into(),
                PlanField::Destination => spec.destination.as_str().into(),
                PlanField::Delivery => spec.guarantee.name().into(),
                PlanField::FirstUserId => spec.users.first().into(),
                PlanField::LastUserId => spec.users.last().into(),
                PlanField::Labels => (spec.labels == Labels::Shown).into(),
                PlanField::PopulationSeed => spec.population().get().into(),
                PlanField::FirstIndex => spec.window.first_index.into(),
                PlanField::FromTime => spec.window.from_time.map(time::rfc3339).into(),
                PlanField::ToTime => spec.window.to_time.map(time::rfc3339).into(),
                PlanField::KeyFormat => spec.messages.key_format.name().into(),
                PlanField::Headers => {
                    let headers = spec.messages.headers.iter();
                    let all =
                        headers.map(|(name, value)| (name.to_owned(), value.to_string().into()));
                    Value::Object(all.collect())
                }
                PlanField::Tombstones => spec.messages.tombstones.get().into(),
                PlanField::SubjectStrategy => spec.messages.subject_strategy.name().into(),
                PlanField::Imperfections => match imperfections::write(&spec.imperfections) {
                    // In place of what the model says.
                    Value::Null if !spec.dataset.imperfections().is_none() => json!({}),
                    value => value,
                },
            }
        };
        Self(PlanField::ALL.map(|field| (field, value(field))).into())
    }
}

impl Serialize for PlanFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(field, value)| (field.name(), value)))
    }
}

/// Refuses unknown fields and those that are given twice.
impl<'de> Deserialize<'de> for PlanFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (fields, _, problems) = deserializer.deserialize_map(Fields(&PlanField::ALL, &[]))?;
        match problems.first() {
            None => Ok(fields),
            Some(problem) => Err(D::Error::custom(&problem.detail)),
        }
    }
}

/// A field that a JSON object should not have, or not twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The name that came.
    pub field: String,
    /// What is wrong with it, and what is allowed.
    pub detail: String,
}

impl PlanFields {
    /// Reads an object that may have the fields `allowed` and the `others`, which mean nothing to a
    /// plan, and notes what else it has.
    ///
    /// # Errors
    /// If it is not an object.
    pub fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        allowed: &'static [PlanField],
        others: &'static [&'static str],
    ) -> Result<ReadFields, D::Error> {
        deserializer.deserialize_map(Fields(allowed, others))
    }
}

/// The fields of a plan, the others by their names, and what should not be there.
pub type ReadFields = (PlanFields, BTreeMap<&'static str, Value>, Vec<FieldProblem>);

struct Fields(&'static [PlanField], &'static [&'static str]);

impl<'de> Visitor<'de> for Fields {
    type Value = ReadFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut fields, mut others, mut problems) = Self::Value::default();
        while let Some(name) = map.next_key::<String>()? {
            let known = self.0.iter().find(|field| field.name() == name);
            let other = self.1.iter().find(|other| **other == name);
            let is_double = match (known, other) {
                (Some(field), _) => fields.0.insert(*field, map.next_value()?).is_some(),
                (None, Some(other)) => others.insert(*other, map.next_value()?).is_some(),
                (None, None) => {
                    map.next_value::<IgnoredAny>()?;
                    let own = self.0.iter().map(|field| field.name());
                    let names: Vec<_> = own.chain(self.1.iter().copied()).collect();
                    let why = match InvalidValue::one_of(&name, &names, |name| name) {
                        // Names are compared exactly, as JSON's are.
                        Ok(field) => InvalidValue::text(&name, field),
                        Err(why) => why,
                    };
                    problems.push(FieldProblem {
                        detail: format!("unknown field {why}"),
                        field: name,
                    });
                    continue;
                }
            };
            if is_double {
                problems.push(FieldProblem {
                    detail: format!("{name} is given more than once"),
                    field: name,
                });
            }
        }
        Ok((fields, others, problems))
    }
}
