//! Sends rows as events.

use std::time::Duration;

use futures::future::try_join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use pipeline_domain::log::{EventOrigin, Offsets};
use pipeline_domain::row::Row;
use pipeline_domain::sample;
use pipeline_domain::sheet;
use pipeline_domain::source::Source;
use pipeline_ports::{EventSink, PortError, Receipt, Sheet, Spreadsheets};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::info;

/// Maximum number of receipts that a worker waits for.
const IN_FLIGHT: usize = 10_000;

/// Number of rows in sample spreadsheets, unless specified.
pub const SAMPLE_ROWS: i64 = 50;

/// The rows of all sources.
#[derive(Clone, Debug)]
pub enum Rows {
    /// Rows of spreadsheets, in the order of the sources.
    Sheets([Vec<Row>; 3]),
    /// Sample rows with the ids from 1 to this number.
    Samples(i64),
}

/// How fast rows are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SendPace {
    /// A random pause of 0 to this many milliseconds before each row of a source.
    Pauses(u64),
    /// This many events per second in total.
    Rate(f64),
}

/// What was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Produced {
    /// Events of each source that were stored.
    pub events: [u64; 3],
    /// The offsets after the last of them.
    pub positions: Offsets,
}

/// Reads the spreadsheets of all sources. Blocks.
///
/// # Errors
/// If one is missing or contains no valid rows; names the file and the position in it.
pub fn read_sheets(spreadsheets: &dyn Spreadsheets) -> Result<Rows, PortError> {
    let mut rows = [const { Vec::new() }; 3];
    for source in Source::ALL {
        let Sheet { file, first, cells } = spreadsheets.read(source)?;
        rows[source.index()] = sheet::parse_rows(source, first, &cells)
            .map_err(|wrong| PortError::refused(format!("{file}: {wrong}")))?;
    }
    Ok(Rows::Sheets(rows))
}

/// Writes spreadsheets with [`SAMPLE_ROWS`] rows for all sources. Blocks.
///
/// # Errors
/// If they cannot be written.
pub fn write_samples(spreadsheets: &dyn Spreadsheets) -> Result<(), PortError> {
    for source in Source::ALL {
        let rows: Vec<Row> = (1..=SAMPLE_ROWS)
            .map(|id| sample::row(source, id))
            .collect();
        spreadsheets.write(source, &rows)?;
    }
    Ok(())
}

impl Rows {
    /// Number of rows of a source.
    pub fn count(&self, source: Source) -> u64 {
        match self {
            Self::Sheets(rows) => rows[source.index()].len() as u64,
            Self::Samples(count) => *count as u64,
        }
    }

    /// The row of a source at this index.
    fn get(&self, source: Source, at: u64) -> Row {
        match self {
            Self::Sheets(rows) => rows[source.index()][at as usize].clone(),
            Self::Samples(_) => sample::row(source, at as i64 + 1),
        }
    }
}

/// Sends all rows, with a worker per source, and returns when all are stored. When stopped, it
/// sends no more and returns once everything sent is stored.
///
/// # Errors
/// If an event was not stored; the others may be.
pub async fn produce(
    sink: &dyn EventSink,
    rows: &Rows,
    pace: SendPace,
    stop: &CancellationToken,
) -> Result<Produced, PortError> {
    let workers = Source::ALL.map(|source| {
        let worker = Worker {
            source,
            count: rows.count(source),
            stored: 0,
            positions: Offsets::default(),
            logs: matches!(rows, Rows::Sheets(_)),
        };
        worker.run(sink, rows, pace, stop)
    });
    let mut produced = Produced::default();
    for (source, worker) in Source::ALL.into_iter().zip(try_join_all(workers).await?) {
        produced.events[source.index()] = worker.stored;
        produced.positions.advance_all(&worker.positions);
    }
    Ok(produced)
}

/// Sleeps until `due`, unless it has passed: a timer takes at least a millisecond.
async fn wait_until(due: Instant) {
    if due > Instant::now() {
        tokio::time::sleep_until(due).await;
    }
}

/// Sends the rows of one source.
struct Worker {
    source: Source,
    count: u64,
    stored: u64,
    positions: Offsets,
    /// Whether to log each event's offset: only for spreadsheets, which are small.
    logs: bool,
}

impl Worker {
    async fn run(
        mut self,
        sink: &dyn EventSink,
        rows: &Rows,
        pace: SendPace,
        stop: &CancellationToken,
    ) -> Result<Self, PortError> {
        let begun = Instant::now();
        let mut receipts: FuturesUnordered<Receipt> = FuturesUnordered::new();
        for at in 0..self.count {
            let due = match pace {
                SendPace::Pauses(longest) => {
                    Instant::now() + Duration::from_millis(fastrand::u64(0..=longest))
                }
                // Each source has a third of the rate.
                SendPace::Rate(rate) => begun + Duration::from_secs_f64(3.0 * at as f64 / rate),
            };
            let stopped = loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => break true,
                    Some(receipt) = receipts.next() => self.stored(receipt?),
                    () = wait_until(due), if receipts.len() < IN_FLIGHT => break false,
                }
            };
            if stopped {
                break;
            }
            let row = rows.get(self.source, at);
            receipts.push(sink.send(self.source, row.id(), row.encode()).await?);
        }
        while let Some(receipt) = receipts.next().await {
            self.stored(receipt?);
        }
        info!(source = %self.source, events = self.stored, rows = self.count, "sent");
        Ok(self)
    }

    fn stored(&mut self, origin: EventOrigin) {
        self.stored += 1;
        self.positions.advance(origin.partition, origin.offset + 1);
        if self.logs {
            let (topic, partition) = (self.source.number(), origin.partition.number);
            info!(topic, partition, offset = origin.offset, "stored");
        }
    }
}
