//! Objects of a container.

use emulator_domain::ObjectNames;
use emulator_domain::plan::{Format, Grouping};
use emulator_domain::verification::{RecordLocation, VerificationReport};
use emulator_ports::{
    DestinationError, Encoders, ObjectReader, ObjectSource, ObjectSplitter, Payloads, SchemaIds,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::expected_objects::{ExpectedObject, ExpectedObjects};
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
        // The next one is on its way while this one is looked at.
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
    if let Grouping::Chunked { .. } = run.plan.grouping() {
        let mut found = |name: &str| {
            if !is_part(run, name, number) {
                judge.verification.foreign_object(name);
            }
        };
        let prefix = format!("{}/", run.id);
        source.list(container, &prefix, &mut found).await?;
    }
    Ok(judge.verification.finish())
}

/// An object with its first bytes.
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

/// Whether `name` is that of one of the run's `count` parts, or of a part in another format: the
/// same plan in several formats is several runs of one name.
fn is_part(run: &Delivered, name: &str, count: u64) -> bool {
    Format::ALL.into_iter().any(|format| {
        let names = ObjectNames::new(run.id, format);
        let digits = name
            .strip_suffix(format.name())
            .and_then(|name| name.strip_suffix('.'))
            .and_then(|name| name.rsplit_once('-'));
        let number = digits.and_then(|(_, digits)| digits.parse().ok());
        number.is_some_and(|number| {
            names.part(number) == name && (number < count || format != run.plan.format())
        })
    })
}
