//! Plans in few words.

use emulator_domain::plan::{ChunkSize, Format, Grouping, PlanSpec, RecordCount, SyncType};
use emulator_domain::{Domain, Seed, Timestamp};

/// As `sync_type` has it.
pub(crate) fn grouping(sync_type: &str, max_chunk_size: u64) -> Grouping {
    match sync_type.parse().unwrap() {
        SyncType::Single => Grouping::Single,
        SyncType::Grouped => Grouping::Grouped,
        SyncType::Chunked => Grouping::Chunked {
            max_chunk_size: ChunkSize::new(max_chunk_size).unwrap(),
        },
    }
}

/// Records at most.
pub(crate) fn count(records: u64) -> Option<RecordCount> {
    Some(RecordCount::new(records).unwrap())
}

/// An unlimited run of seed 7 in the year 2026.
pub(crate) fn spec(sink: &str, domain: &str, format: &str, sync_type: &str) -> PlanSpec {
    let domain: Domain = domain.parse().unwrap();
    let format: Format = format.parse().unwrap();
    PlanSpec {
        seed: Seed::new(7),
        start_time: Timestamp::from_micros(1_767_225_600_000_000).unwrap(),
        grouping: grouping(sync_type, 100_000),
        ..PlanSpec::new(domain, sink.parse().unwrap(), format)
    }
}
