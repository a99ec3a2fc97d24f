//! A plan as JSON, field by field.

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

/// Unchecked JSON values of a plan's fields. Null means absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanFields(BTreeMap<PlanField, Value>);

impl PlanFields {
    /// The value of a field, if there is one.
    pub fn get(&self, field: PlanField) -> Option<&Value> {
        self.0.get(&field).filter(|value| !value.is_null())
    }

    /// Sets the value of a field, replacing any earlier one.
    pub fn set(&mut self, field: PlanField, value: impl Into<Value>) {
        self.0.insert(field, value.into());
    }

    /// Overrides its values by those of `others`.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The requested run: `required` fields must have a value; the others default to those of
    /// `base`. It may use one of `sinks` and of `formats`, and be of a built-in domain or one of
    /// `streams`.
    ///
    /// # Errors
    /// All fields that are missing or have an invalid value.
    pub fn spec(
        &self,
        required: &[PlanField],
        sinks: &[Sink],
        formats: &[Format],
        streams: &[Arc<dyn Stream>],
        base: impl FnOnce(Dataset, Sink, Format) -> PlanSpec,
    ) -> Result<PlanSpec, PlanErrors> {
        Reader::new(self, required).spec(sinks, formats, streams, base)
    }

    /// The plan from a stored form, which has every field, with the model stored beside it. A form
    /// of an earlier release may lack compression, partitions, message settings, its own
    /// population, the window and imperfections.
    ///
    /// # Errors
    /// If the model has changed, or all fields that are missing, invalid or incompatible.
    pub fn plan(&self, model: Option<&RecordedModel>) -> Result<EmulationPlan, RecordedPlanError> {
        let model = model.map(RecordedModel::compile).transpose()?;
        Ok(self.plan_of(model.as_ref())?)
    }

    /// The same with a model that is already compiled.
    ///
    /// # Errors
    /// All fields that are missing, invalid or incompatible.
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
        let spec = self.spec(&required, &Sink::ALL, &Format::ALL, streams, PlanSpec::new)?;
        EmulationPlan::new(spec)
    }
}

/// The stored form is not a valid plan, or no longer one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordedPlanError {
    /// Its model has changed.
    #[error(transparent)]
    Model(#[from] RecordedModelError),
    /// Its fields are not a valid plan.
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
                    // Overrides the imperfections that the model declares.
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

/// Rejects unknown and repeated fields.
impl<'de> Deserialize<'de> for PlanFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (fields, _, problems) = deserializer.deserialize_map(Fields(&PlanField::ALL, &[]))?;
        match problems.first() {
            None => Ok(fields),
            Some(problem) => Err(D::Error::custom(&problem.detail)),
        }
    }
}

/// A field that is unknown or repeated in a JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The name of the field.
    pub field: String,
    /// What is wrong with it, and what is allowed.
    pub detail: String,
}

impl PlanFields {
    /// Reads an object that may have the fields `allowed` and also `others`, which do not belong to
    /// the plan. Reports all further fields.
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

/// The fields of a plan, the other fields by name, and the problems found.
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
                        // Names are case-sensitive, as in JSON.
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
