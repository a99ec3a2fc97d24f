//! Reads a destination back and holds it against what a run should have left there.
//!
//! Every record that is found is led back to its index by its id, made again and compared. What
//! the run generated is expected, in its place and in order:
//!
//! - Of a topic all partitions are read from their beginning to the end that they have at the
//!   start. Runs share topics, so records of other emulations are counted and are no fault.
//! - The names of objects and the records in each follow from the plan. Objects under the run's
//!   own name (`{emulation_id}/`) that are not the run's are a fault; other objects are not
//!   looked at.
//!
//! A failed or cancelled run need not have delivered everything: as many records may be missing as
//! were not acknowledged, without a fault. Which ones is not remembered, so only their number is
//! checked. Such a run is [incomplete](Conclusion::Incomplete), whatever is there.

mod conclusion;
mod expected_objects;
mod messages;
mod objects;
mod rows;
mod tables;

pub use self::conclusion::Conclusion;
pub use self::tables::{Tables, verify_tables};

use std::sync::Arc;

use emulator_domain::emulation::{EmulationId, GlobalStatus};
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::IndexError;
use emulator_domain::verification::{RecordLocation, Verdict, Verification, VerificationReport};
use emulator_ports::{
    DestinationError, Encoders, MessagePart, ObjectSource, Payloads, RecordVerifier, SchemaIds,
    SchemaRegistry, TopicSource,
};

use self::rows::RowRun;
use crate::runner::{is_json, subject};

/// A run that has ended.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// Names it.
    pub id: EmulationId,
    /// What it was to do.
    pub plan: EmulationPlan,
    /// How it ended.
    pub status: GlobalStatus,
    /// Records that it made: those with the indices below this.
    pub generated: u64,
    /// How many of them the destination acknowledged.
    pub acknowledged: u64,
}

/// Where to look.
#[derive(Clone)]
pub enum DeliverySource {
    /// In the topic of the plan's destination.
    Messages(Arc<dyn TopicSource>),
    /// In the container of the plan's destination.
    Objects(Arc<dyn ObjectSource>),
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records that were read.
    pub read: u64,
    /// How many there are about.
    pub of: u64,
}

/// A run was not verified. Faults of what was delivered are no error: the report tells of them.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The destination cannot be read.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The plan has fewer records than were generated.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The registry has not the schema that the run's messages were written with.
    #[error(
        "the schema registry does not have the schema of the run under '{subject}'. Name the \
         registry that the run used; if it used none, unset SCHEMA_REGISTRY_URL"
    )]
    Schema {
        /// Where it should be.
        subject: String,
    },
    /// Its records do not say which they are.
    #[error("the run cannot be verified: {0}")]
    Unverifiable(String),
    /// A name that is to be another is none.
    #[error("--columns: there is no field '{field}'; expected some of {}", fields.join(", "))]
    UnknownField {
        /// What was asked for.
        field: String,
        /// What there is.
        fields: Vec<String>,
    },
    /// The fields that say which record a row is are to be left out.
    #[error(
        "--columns: {} cannot be left out: a row is matched to its record by {}",
        fields.join(" and "), if fields.len() == 1 { "it" } else { "them" }
    )]
    NoId {
        /// Their names.
        fields: Vec<String>,
    },
    /// A table has no columns for some fields.
    #[error(
        "{place} has no column {}. If it has another name, say --columns FIELD=COLUMN,...; a field \
         that is not to be compared is left out with FIELD=",
        missing.join(", ")
    )]
    Columns {
        /// The table or file.
        place: String,
        /// The columns.
        missing: Vec<String>,
    },
    /// More was acknowledged than generated.
    #[error(
        "the manifest counts {acknowledged} records as acknowledged, but only {generated} as generated"
    )]
    Counts {
        /// As was said.
        generated: u64,
        /// As was said.
        acknowledged: u64,
    },
}

/// Verifies a run. Blocks its thread while it makes records and, with some destinations, while it
/// reads; `progress` is told every few thousand records.
///
/// # Errors
/// If the destination or the registry cannot be read, the records do not say which they are, or the
/// run's counts cannot be.
pub async fn verify(
    run: &Delivered,
    source: &DeliverySource,
    encoders: &dyn Encoders,
    registry: Option<&dyn SchemaRegistry>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<VerificationReport, VerifyError> {
    let unacknowledged = unacknowledged(run)?;
    if let (DeliverySource::Objects(source), Some(format)) =
        (source, encoders.table_format(run.plan.format()))
    {
        let rows = RowRun::new(run, unacknowledged, &[], progress)?;
        return objects::verify_rows(run, source, encoders, &*format, rows).await;
    }
    let generated = run.generated;
    let schemas = match source {
        DeliverySource::Messages(_) => message_schemas(run, encoders, registry).await?,
        DeliverySource::Objects(_) => SchemaIds::default(),
    };
    let judge = VerificationRun {
        record_verifier: encoders.record_verifier(run.id, &run.plan, schemas),
        verification: Verification::new(generated, unacknowledged)
            .of_planned(run.expected())
            .of_deliveries(run.plan.deliveries().cloned()),
        verdicts: Vec::new(),
        progress,
        read: 0,
        of: generated,
    };
    match source {
        DeliverySource::Messages(source) => messages::verify(run, source.as_ref(), judge).await,
        DeliverySource::Objects(source) => {
            objects::verify(run, source.as_ref(), encoders, judge).await
        }
    }
}

/// How many of the run's records need not be there, if it can be verified at all.
fn unacknowledged(run: &Delivered) -> Result<u64, VerifyError> {
    let &Delivered {
        generated,
        acknowledged,
        ..
    } = run;
    if !run.plan.dataset().is_verifiable() {
        return Err(VerifyError::Unverifiable(run.plan.dataset().unverifiable()));
    }
    if generated > run.plan.end() {
        return Err(VerifyError::Index(IndexError {
            index: generated - 1,
            capacity: run.plan.end(),
        }));
    }
    generated
        .checked_sub(acknowledged)
        .ok_or(VerifyError::Counts {
            generated,
            acknowledged,
        })
}

/// The ids that parts of the run's messages begin with. Nothing is registered.
async fn message_schemas(
    run: &Delivered,
    encoders: &dyn Encoders,
    registry: Option<&dyn SchemaRegistry>,
) -> Result<SchemaIds, VerifyError> {
    let mut ids = SchemaIds::default();
    let Some(registry) = registry else {
        return Ok(ids);
    };
    for part in MessagePart::ALL {
        let Some(schema) = encoders.message_schema(&run.plan, part) else {
            continue;
        };
        let subject = subject(&run.plan, part, &schema);
        let found = registry.find(&subject, schema.language, &schema.text);
        match found.await? {
            Some(id) => ids = ids.with(part, id),
            // Written where the registry was not one for JSON.
            None if is_json(part, &schema) => {}
            None => return Err(VerifyError::Schema { subject }),
        }
    }
    Ok(ids)
}

/// From what was read to the report.
struct VerificationRun<'p> {
    record_verifier: Arc<dyn RecordVerifier>,
    verification: Verification,
    verdicts: Vec<Verdict>,
    progress: &'p (dyn Fn(Progress) + Sync),
    read: u64,
    of: u64,
}

impl VerificationRun<'_> {
    /// The next records of a place.
    fn note(&mut self, place: &mut RecordLocation, payloads: &Payloads) {
        self.verdicts.clear();
        self.record_verifier.inspect(payloads, &mut self.verdicts);
        for (verdict, position) in self.verdicts.iter().zip(payloads.positions()) {
            self.verification.note(place, *verdict, position);
        }
        self.read += payloads.len() as u64;
        (self.progress)(Progress {
            read: self.read,
            of: self.of,
        });
    }
}
