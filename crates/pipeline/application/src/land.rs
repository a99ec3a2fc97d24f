//! Events become rows of tables.

use std::sync::Arc;

use pipeline_domain::landing::{Arrival, Landing};
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use pipeline_ports::{
    Database, EventBatch, EventConsumer, EventLog, Group, Outgoing, PortError, Stored, Topic,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::RetryPolicy;

/// The most of an event that a dead letter carries, in bytes; its headers say where the whole is.
const LETTER: usize = 1 << 20;

/// What has become of events so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landed {
    /// Whether events are read as they come.
    pub reading: bool,
    /// Rows that were put into each source's table.
    pub rows: [u64; 3],
    /// Events whose row was in the table since they were delivered before.
    pub redelivered: u64,
    /// Events whose id was in the table; they are dead letters.
    pub duplicates: u64,
    /// Events that carry no row; they are dead letters.
    pub malformed: u64,
    /// Up to where events were read and settled.
    pub positions: Offsets,
}

/// Lands events until it is stopped.
pub struct Lander {
    log: Arc<dyn EventLog>,
    database: Arc<dyn Database>,
    retry_policy: RetryPolicy,
    landed: watch::Sender<Landed>,
}

impl Lander {
    /// From a log into a database.
    pub fn new(
        log: Arc<dyn EventLog>,
        database: Arc<dyn Database>,
        retry_policy: RetryPolicy,
    ) -> Self {
        Self {
            log,
            database,
            retry_policy,
            landed: watch::Sender::default(),
        }
    }

    /// What has become of events, as it changes.
    pub fn landed(&self) -> watch::Receiver<Landed> {
        self.landed.subscribe()
    }

    /// Creates missing topics and tables, and lands events. Returns when `stop` is cancelled, with
    /// all that it had read settled.
    ///
    /// # Errors
    /// If something has to be changed first, another process has taken the work over, or an outage
    /// lasts too long. Nothing is lost by that: the next start goes on from there.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<(), PortError> {
        while !stop.is_cancelled() {
            if let Err(error) = self.land(stop).await {
                if stop.is_cancelled() {
                    // What was not committed comes again at the next start.
                    warn!(%error, "stopped in the middle of an outage");
                    break;
                }
                self.retry_policy.pause(error, stop).await?;
            }
        }
        Ok(())
    }

    async fn land(&mut self, stop: &CancellationToken) -> Result<(), PortError> {
        self.log.prepare().await?;
        self.database.prepare().await?;
        let mut consumer = self.log.open(Group::Lander).await?;
        info!("landing");
        let mut batch = EventBatch::default();
        while let Some(read) = stop.run_until_cancelled(consumer.next(&mut batch)).await {
            read?;
            self.retry_policy.reset();
            self.landed.send_modify(|totals| totals.reading = true);
            if !batch.is_empty() {
                self.settle(&batch, &mut *consumer, stop).await?;
            }
        }
        Ok(())
    }

    async fn settle(
        &mut self,
        batch: &EventBatch,
        consumer: &mut dyn EventConsumer,
        stop: &CancellationToken,
    ) -> Result<(), PortError> {
        let mut landed = self.landed.borrow().clone();
        let mut dead_letters = Vec::new();
        let (mut arrivals, mut events) = (Vec::with_capacity(batch.len()), Vec::new());
        for event in batch.iter() {
            let Some(origin) = event.origin() else {
                continue;
            };
            landed
                .positions
                .advance(origin.partition, origin.offset + 1);
            let source = origin.partition.source;
            match Row::parse(source, event.payload) {
                Ok(row) => {
                    arrivals.push(Arrival { origin, row });
                    events.push(event);
                }
                Err(malformed) => {
                    landed.malformed += 1;
                    let (reason, why) = (malformed.reason(), malformed.to_string());
                    dead_letters.push(dead_letter(&event, source, reason, why));
                }
            }
        }
        // The same call may be made again, whatever became of this one.
        let land = async || self.database.land(&arrivals).await;
        let landings = self.retry_policy.until_done(stop, land).await?;
        for ((arrival, event), landing) in arrivals.iter().zip(&events).zip(landings) {
            let source = arrival.origin.partition.source;
            match landing {
                Landing::Landed => landed.rows[source.index()] += 1,
                Landing::LandedBefore => landed.redelivered += 1,
                Landing::Duplicate => {
                    landed.duplicates += 1;
                    let (id, table) = (arrival.row.id(), source.table());
                    let why = format!("{table} has a row with id {id} already");
                    dead_letters.push(dead_letter(event, source, "duplicate-id", why));
                }
            }
        }
        consumer.commit(&dead_letters).await?;
        log(&dead_letters);
        self.landed.send_replace(landed);
        Ok(())
    }
}

/// What becomes of an event that cannot be landed.
fn dead_letter(event: &Stored<'_>, source: Source, reason: &str, why: String) -> Outgoing {
    let mut headers = vec![
        ("reason", reason.to_owned()),
        ("why", why),
        ("source", source.number().to_string()),
        ("partition", event.partition.to_string()),
        ("offset", event.offset.to_string()),
    ];
    let payload = &event.payload[..event.payload.len().min(LETTER)];
    if payload.len() < event.payload.len() {
        headers.push(("cut-from-bytes", event.payload.len().to_string()));
    }
    Outgoing {
        topic: Topic::DeadLetters,
        key: event.key.map(<[u8]>::to_vec),
        payload: payload.to_vec(),
        headers,
    }
}

/// A line a batch: the dead letters themselves say the rest.
fn log(dead_letters: &[Outgoing]) {
    let Some(first) = dead_letters.first() else {
        return;
    };
    let header = |name| {
        let found = first.headers.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, text)| text.as_str())
    };
    info!(
        count = dead_letters.len(),
        first_source = header("source"),
        first_partition = header("partition"),
        first_offset = header("offset"),
        first_reason = header("reason"),
        first_why = header("why"),
        "dead letters"
    );
}
