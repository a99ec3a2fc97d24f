//! The options of a run without a server.

use std::path::PathBuf;

use clap::Args;
use emulator_domain::imperfection::Imperfections;
use emulator_domain::plan::{
    ChunkSize, Compression, Format, Guarantee, HeaderValue, KeyFormat, Pace, PartitionBy,
    RecordCount, SubjectStrategy, SyncType, Timeout, Tombstones, Workers,
};
use emulator_domain::{Seed, Timestamp, Traffic};

use crate::arguments::{
    Subject, Target, bytes, count, header, imperfections, index, point_in_time, rate, seconds,
    value,
};

/// Options of `emulate`.
#[derive(Debug, Args)]
pub struct Emulate {
    /// transaction, user-profile, device-log, or the file of a model: shop.yaml:order for one of its
    /// streams, shop.yaml for all of them on one timeline
    #[arg(value_name = "DOMAIN", value_parser = Subject::parse)]
    pub subject: Subject,
    /// kafka, minio, file:DIR, stdout or null
    #[arg(long, value_name = "SINK", value_parser = Target::parse)]
    pub to: Target,
    /// json, ndjson, csv, avro, protobuf or parquet
    #[arg(long, default_value = "ndjson", value_parser = value::<Format>)]
    pub format: Format,
    /// How blocks of objects are compressed: none, deflate, snappy or zstandard [default: by format]
    #[arg(long, value_parser = value::<Compression>)]
    pub compression: Option<Compression>,
    /// How records are distributed over objects: grouped, chunked or single
    #[arg(long, default_value = "grouped", value_parser = value::<SyncType>)]
    pub sync: SyncType,
    /// Size at which an object of a chunked run is closed, such as 16MB
    #[arg(long, value_name = "BYTES", default_value = "16777216", value_parser = bytes, allow_negative_numbers = true)]
    pub max_chunk_size: ChunkSize,
    /// date puts chunked objects into one partition per day of event time, such as
    /// date=2026-01-31/; or none
    #[arg(long, value_name = "FIELD", default_value = "none", value_parser = value::<PartitionBy>)]
    pub partition_by: PartitionBy,
    /// How long to generate, such as 10m [default: 10 if realtime; otherwise until all records are
    /// made]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub timeout: Option<Timeout>,
    /// Maximum number of records, such as 5M [default: 1,000,000 if neither this nor a timeout ends
    /// an unlimited run]
    #[arg(long, value_parser = count, allow_negative_numbers = true)]
    pub count: Option<RecordCount>,
    /// Seed of all randomness; the same seed makes the same records [default: random]
    #[arg(long, value_parser = value::<Seed>, allow_negative_numbers = true)]
    pub seed: Option<Seed>,
    /// Records per second of event time: a number, a shape as JSON, or a JSON file with either
    /// [default: 10000]
    #[arg(long, value_parser = rate, allow_negative_numbers = true)]
    pub rate: Option<Traffic>,
    /// realtime or unlimited [default: realtime if there is a rate, else unlimited]
    #[arg(long, value_parser = value::<Pace>)]
    pub pace: Option<Pace>,
    /// When the timeline begins, as 2026-01-01T00:00:00Z [default: now; 1970 with --from-time]
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub start_time: Option<Timestamp>,
    /// Seed of the people and shops; runs with the same one share them [default: the seed]
    #[arg(long, value_name = "SEED", value_parser = value::<Seed>, allow_negative_numbers = true)]
    pub population_seed: Option<Seed>,
    /// Skip this many records at the start of the timeline
    #[arg(
        long,
        value_name = "INDEX",
        default_value = "0",
        conflicts_with = "from_time",
        value_parser = index,
        allow_negative_numbers = true
    )]
    pub first_index: u64,
    /// Only the part of the timeline from this moment on
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub from_time: Option<Timestamp>,
    /// Only the part of the timeline before this moment
    #[arg(long, value_name = "TIME", value_parser = point_in_time)]
    pub to_time: Option<Timestamp>,
    /// Number of shares generated at the same time, 1 to 256; the data are the same, byte for byte,
    /// whatever the number [default: the machine's cores]
    #[arg(long, value_parser = value::<Workers>, allow_negative_numbers = true)]
    pub workers: Option<Workers>,
    /// Name of the topic, bucket or folder [default: by domain]
    #[arg(long, value_name = "NAME")]
    pub destination: Option<String>,
    /// at-least-once or exactly-once; objects and files always have each record once
    #[arg(long, default_value = "at-least-once", value_parser = value::<Guarantee>)]
    pub delivery: Guarantee,
    /// Format of message keys: string, avro, json or none
    #[arg(long, default_value = "string", value_parser = value::<KeyFormat>)]
    pub key_format: KeyFormat,
    /// Header of each message, a constant or the value of a field: source=emulator,
    /// 'country=$country'; may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    pub headers: Vec<(String, HeaderValue)>,
    /// Probability that a message is a tombstone, without a value; in a stream of changes, that a
    /// deletion is
    #[arg(long, value_name = "PROBABILITY", default_value = "0", value_parser = value::<Tombstones>, allow_negative_numbers = true)]
    pub tombstones: Tombstones,
    /// Naming strategy for the subjects of registered schemas: topic, record or topic-record
    #[arg(long, value_name = "STRATEGY", default_value = "topic", value_parser = value::<SubjectStrategy>)]
    pub subject_strategy: SubjectStrategy,
    /// Deliberate faults: JSON such as '{"late": 0.05, "duplicate": {"share": 0.01}}', or a JSON
    /// file with it; replaces what a model says, '{}' for no faults
    #[arg(long, value_name = "JSON", value_parser = imperfections)]
    pub imperfections: Option<Imperfections>,
    /// Write a manifest to this file, with all that is needed to make the same data again
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Plot how many records there would be at which time, and generate none
    #[arg(long)]
    pub dry_run: bool,
    /// With --dry-run: write the plot to this file as SVG
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    pub svg: Option<PathBuf>,
}
