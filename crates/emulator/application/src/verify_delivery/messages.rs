//! Messages of a topic.

use std::collections::BTreeMap;

use emulator_domain::verification::{Place, Report};
use emulator_ports::{MessageArchive, Payloads};

use super::{Delivered, Judge, VerifyError};

pub(super) async fn verify(
    run: &Delivered,
    archive: &dyn MessageArchive,
    mut judge: Judge<'_>,
) -> Result<Report, VerifyError> {
    let mut reader = archive.open(run.plan.destination()).await?;
    judge.of = reader.size();
    let mut places: BTreeMap<i32, Place> = reader
        .partitions()
        .into_iter()
        .map(|partition| (partition, Place::new(partition.to_string(), None)))
        .collect();
    let mut payloads = Payloads::default();
    while let Some(partition) = reader.next(&mut payloads).await? {
        let place = places
            .entry(partition)
            .or_insert_with(|| Place::new(partition.to_string(), None));
        judge.note(place, &payloads);
    }
    for place in places.into_values() {
        judge.verification.close(place);
    }
    Ok(judge.verification.finish())
}
