//! Verifies the messages of a topic.

use std::collections::BTreeMap;

use emulator_domain::verification::{RecordLocation, VerificationReport};
use emulator_ports::{Payloads, TopicSource};

use super::{Delivered, VerificationRun, VerifyError};

pub(super) async fn verify(
    run: &Delivered,
    source: &dyn TopicSource,
    mut judge: VerificationRun<'_>,
) -> Result<VerificationReport, VerifyError> {
    let mut reader = source.open(run.plan.destination()).await?;
    judge.of = reader.size();
    let mut places: BTreeMap<i32, RecordLocation> = reader
        .partitions()
        .into_iter()
        .map(|partition| (partition, RecordLocation::new(partition.to_string(), None)))
        .collect();
    let mut payloads = Payloads::default();
    while let Some(partition) = reader.next(&mut payloads).await? {
        let place = places
            .entry(partition)
            .or_insert_with(|| RecordLocation::new(partition.to_string(), None));
        judge.note(place, &payloads);
    }
    for place in places.into_values() {
        judge.verification.close(place);
    }
    Ok(judge.verification.finish())
}
