//! Reads a destination back and compares it with what a run should have left there.
//!
//! Every record found is mapped back to its index by its id, generated again and compared.
//! Everything that the run generated is expected in its place and in order:
//!
//! - For a topic, all partitions are read from their beginning to the end that they have when the
//!   verification starts. Runs share topics, so records of other emulations are counted but are no
//!   fault.
//! - For objects, the names and the records in each follow from the plan. Objects under the run's
//!   own name (`{emulation_id}/`) that do not belong to it are a fault; other objects are ignored.
//!
//! A failed or cancelled run need not have delivered everything: as many records may be missing as
//! were not acknowledged. Which ones is not stored, so only their number is checked. Such a run is
//! [incomplete](Conclusion::Incomplete), whatever is found.

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
    /// Its id.
    pub id: EmulationId,
    /// Its plan.
    pub plan: EmulationPlan,
    /// How it ended.
    pub status: GlobalStatus,
    /// The number of records it generated: those with smaller indices.
    pub generated: u64,
    /// How many of them the destination acknowledged.
    pub acknowledged: u64,
}

/// Where to read.
#[derive(Clone)]
pub enum DeliverySource {
    /// In the topic of the plan's destination.
    Messages(Arc<dyn TopicSource>),
    /// In the container of the plan's destination.
    Objects(Arc<dyn ObjectSource>),
}

/// The progress of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records read so far.
    pub read: u64,
    /// Their approximate total.
    pub of: u64,
}

/// Why a run could not be verified. Faults of the delivered records are no error; they are in the
/// report.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The destination cannot be read.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// The plan has fewer records than were generated.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The registry does not have the schema that the run's messages were written with.
    #[error(
        "the schema registry does not have the schema of the run under '{subject}'. Name the \
         registry that the run used; if it used none, unset SCHEMA_REGISTRY_URL"
    )]
    Schema {
        /// The subject that should have it.
        subject: String,
    },
    /// Its records have no field that identifies them.
    #[error("the run cannot be verified: {0}")]
    Unverifiable(String),
    /// `--columns` names a field that does not exist.
    #[error("--columns: there is no field '{field}'; expected some of {}", fields.join(", "))]
    UnknownField {
        /// The name given.
        field: String,
        /// The fields that exist.
        fields: Vec<String>,
    },
    /// The fields that identify the record of a row cannot be left out.
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
        /// The missing columns.
        missing: Vec<String>,
    },
    /// More records are acknowledged than generated.
    #[error(
        "the manifest counts {acknowledged} records as acknowledged, but only {generated} as generated"
    )]
    Counts {
        /// According to the manifest.
        generated: u64,
        /// According to the manifest.
        acknowledged: u64,
    },
}

/// Verifies a run. Blocks its thread while it generates records and, with some destinations, while
/// it reads. `progress` is called every few thousand records.
///
/// # Errors
/// If the destination or the registry cannot be read, the records cannot be identified, or the
/// counts of the run are impossible.
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

/// How many of the run's records may be missing, if the run can be verified at all.
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

/// The schema ids at the beginning of the run's message parts. Nothing is registered.
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
            // The registry that the run wrote with does not take JSON schemas.
            None if is_json(part, &schema) => {}
            None => return Err(VerifyError::Schema { subject }),
        }
    }
    Ok(ids)
}

/// Turns what was read into the report.
struct VerificationRun<'p> {
    record_verifier: Arc<dyn RecordVerifier>,
    verification: Verification,
    verdicts: Vec<Verdict>,
    progress: &'p (dyn Fn(Progress) + Sync),
    read: u64,
    of: u64,
}

impl VerificationRun<'_> {
    /// Notes the next records of a location.
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
