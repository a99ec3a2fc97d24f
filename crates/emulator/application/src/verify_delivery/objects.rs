//! Verifies the objects of a container.

use std::sync::Arc;

use emulator_domain::ObjectNames;
use emulator_domain::plan::{Format, Grouping};
use emulator_domain::verification::{Damage, RecordLocation, Verification, VerificationReport};
use emulator_ports::{
    DestinationError, DestinationErrorKind, Encoders, ObjectReader, ObjectSource, ObjectSplitter,
    Payloads, SchemaIds, TableError, TableFormat,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::expected_objects::{ExpectedObject, ExpectedObjects};
use super::rows::RowRun;
use super::{Delivered, VerificationRun, VerifyError};

pub(super) async fn verify(
    run: &Delivered,
    source: &dyn ObjectSource,
    encoders: &dyn Encoders,
    mut judge: VerificationRun<'_>,
) -> Result<VerificationReport, VerifyError> {
    let container = run.plan.destination();
    let encoder = encoders.encoder(run.id, &run.plan, SchemaIds::default());
    let framing = encoders.framing(run.id, &run.plan);
    let expected = ExpectedObjects::new(run, encoder, framing.clone());
    let ahead = match run.plan.grouping() {
        Grouping::Single => source.concurrency(),
        // The next object is fetched while this one is checked.
        Grouping::Grouped | Grouping::Chunked { .. } => 2,
    };
    let mut objects = stream::iter(expected)
        .map(|object| async { Opened::open(source, container, object?).await })
        .buffered(ahead.max(1));
    let mut number = 0;
    while let Some(Opened {
        object,
        reader,
        bytes,
    }) = objects.try_next().await?
    {
        let mut place = RecordLocation::new(object.name, Some(object.records));
        match reader {
            None => place.absent = true,
            Some(reader) => {
                read(reader, bytes, framing.splitter(), &mut place, &mut judge).await?;
            }
        }
        judge.verification.close(place);
        number += 1;
    }
    others(run, source, number, &mut judge.verification).await?;
    Ok(judge.verification.finish())
}

/// The same for objects that are tables.
pub(super) async fn verify_rows(
    run: &Delivered,
    source: &Arc<dyn ObjectSource>,
    encoders: &dyn Encoders,
    format: &dyn TableFormat,
    mut rows: RowRun<'_>,
) -> Result<VerificationReport, VerifyError> {
    let container = run.plan.destination();
    let encoder = encoders.encoder(run.id, &run.plan, SchemaIds::default());
    let expected = ExpectedObjects::new(run, encoder, encoders.framing(run.id, &run.plan));
    let mut number = 0;
    for object in expected {
        let object = object?;
        let opened = format.open(source.clone(), container, &object.name, &rows.columns);
        let opened = opened.await;
        let mut place = RecordLocation::new(object.name, Some(object.records));
        match opened {
            Ok(None) => place.absent = true,
            Ok(Some(mut reader)) => {
                match rows.read(&mut *reader, &mut place, |_| None).await {
                    // The run wrote these tables itself, so a missing column is damage.
                    Err(VerifyError::Columns { .. }) => place.damaged(Damage::Block),
                    read => read?,
                }
            }
            Err(TableError::Damaged(why)) => {
                tracing::warn!(why, "an object cannot be read as a table");
                place.damaged(Damage::Block);
            }
            // Columns of other types than the run's.
            Err(TableError::Unreadable(error)) if error.kind == DestinationErrorKind::Refused => {
                place.damaged(Damage::Block);
            }
            Err(TableError::Unreadable(error)) => return Err(error.into()),
        }
        rows.verification.close(place);
        number += 1;
    }
    others(run, source.as_ref(), number, &mut rows.verification).await?;
    Ok(rows.verification.finish())
}

/// Notes objects that carry the name of a chunked run but are none of its `count` parts.
async fn others(
    run: &Delivered,
    source: &dyn ObjectSource,
    count: u64,
    verification: &mut Verification,
) -> Result<(), DestinationError> {
    let Grouping::Chunked { .. } = run.plan.grouping() else {
        return Ok(());
    };
    let names = ObjectNames::new(run.id, &run.plan);
    let mut found = |name: &str| {
        if names.is_own(name) && !is_part(run, names, name, count) {
            verification.foreign_object(name);
        }
    };
    source
        .list(run.plan.destination(), &names.parts(), &mut found)
        .await
}

/// An object and its first bytes.
struct Opened {
    object: ExpectedObject,
    reader: Option<Box<dyn ObjectReader>>,
    bytes: Vec<u8>,
}

impl Opened {
    async fn open(
        source: &dyn ObjectSource,
        container: &str,
        object: ExpectedObject,
    ) -> Result<Self, VerifyError> {
        let mut reader = source.open(container, &object.name).await?;
        let mut bytes = Vec::new();
        if let Some(reader) = &mut reader {
            reader.read(&mut bytes).await?;
        }
        Ok(Self {
            object,
            reader,
            bytes,
        })
    }
}

async fn read(
    mut reader: Box<dyn ObjectReader>,
    mut bytes: Vec<u8>,
    mut splitter: Box<dyn ObjectSplitter>,
    place: &mut RecordLocation,
    judge: &mut VerificationRun<'_>,
) -> Result<(), DestinationError> {
    let mut payloads = Payloads::default();
    loop {
        payloads.clear();
        let used = splitter.split(&bytes, &mut payloads, place);
        judge.note(place, &payloads);
        bytes.drain(..used);
        if !reader.read(&mut bytes).await? {
            break;
        }
    }
    payloads.clear();
    splitter.finish(&bytes, &mut payloads, place);
    judge.note(place, &payloads);
    Ok(())
}

/// Whether `name` is one of the run's `count` parts, or a part in another format: the same plan in
/// several formats gives several runs of one name.
fn is_part(run: &Delivered, names: ObjectNames, name: &str, count: u64) -> bool {
    Format::ALL.into_iter().any(|format| {
        let number = names.in_format(format).part_number(name);
        number.is_some_and(|number| number < count || format != run.plan.format())
    })
}
