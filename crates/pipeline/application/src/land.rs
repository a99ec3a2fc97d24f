//! Lands events as rows of tables.

mod dead_letter;

use std::sync::Arc;

use pipeline_domain::landing::{Arrival, Landing};
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{Database, EventBatch, EventConsumer, EventLog, Group, Outgoing, PortError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::RetryPolicy;
use dead_letter::DeadLetter;

/// Number of consecutive rows that a table may refuse. With more, the fault is not with the rows.
const MAX_REFUSED: u64 = 100;

/// Totals of the outcomes of events so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landed {
    /// Whether live events are being read.
    pub reading: bool,
    /// Rows inserted into each source's table.
    pub rows: [u64; 3],
    /// Redelivered events whose row was already in the table.
    pub redelivered: u64,
    /// Events with an id that was already in the table; they are dead letters.
    pub duplicates: u64,
    /// Events without a valid row; they are dead letters.
    pub malformed: u64,
    /// Events whose row the database refused; they are dead letters.
    pub refused: u64,
    /// The offsets up to which events were read and settled.
    pub positions: Offsets,
}

/// Lands events until it is stopped.
pub struct Lander {
    log: Arc<dyn EventLog>,
    database: Arc<dyn Database>,
    names: Names,
    retry_policy: RetryPolicy,
    /// Consecutive refused rows of each table.
    refused_in_a_row: [u64; 3],
    landed: watch::Sender<Landed>,
}

impl Lander {
    /// From a log into a database. `names` are those of the log's topics.
    pub fn new(
        log: Arc<dyn EventLog>,
        database: Arc<dyn Database>,
        names: Names,
        retry_policy: RetryPolicy,
    ) -> Self {
        Self {
            log,
            database,
            names,
            retry_policy,
            refused_in_a_row: [0; 3],
            landed: watch::Sender::default(),
        }
    }

    /// The totals, as they change.
    pub fn landed(&self) -> watch::Receiver<Landed> {
        self.landed.subscribe()
    }

    /// Creates missing topics and tables, and lands events. Returns when `stop` is cancelled, with
    /// everything that it had read settled.
    ///
    /// # Errors
    /// If something has to be changed first, a table refuses one row after the other, another
    /// process has taken the work over, or an outage lasts too long. Nothing is lost in any case:
    /// the next start continues from there.
    pub async fn run(mut self, stop: &CancellationToken) -> Result<(), PortError> {
        while !stop.is_cancelled() {
            if let Err(error) = self.land(stop).await {
                if stop.is_cancelled() {
                    // What was not committed is read again at the next start.
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
                    dead_letters.push(DeadLetter {
                        event,
                        origin,
                        reason: malformed.reason(),
                        why: malformed.to_string(),
                    });
                }
            }
        }
        // The call may be repeated, whatever the outcome of the first one.
        let land = async || self.database.land(&arrivals).await;
        let landings = self.retry_policy.until_done(stop, land).await?;
        for ((arrival, event), landing) in arrivals.iter().zip(&events).zip(landings) {
            let source = arrival.origin.partition.source;
            let table = source.table();
            let refused_before = std::mem::take(&mut self.refused_in_a_row[source.index()]);
            let (reason, why) = match landing {
                Landing::Landed => {
                    landed.rows[source.index()] += 1;
                    continue;
                }
                Landing::LandedBefore => {
                    landed.redelivered += 1;
                    continue;
                }
                Landing::Duplicate => {
                    landed.duplicates += 1;
                    let id = arrival.row.id();
                    let why = format!("{table} has a row with id {id} already");
                    ("duplicate-id", why)
                }
                Landing::Refused(why) if refused_before == MAX_REFUSED => {
                    return Err(table_refuses_all(source, &why));
                }
                Landing::Refused(why) => {
                    landed.refused += 1;
                    self.refused_in_a_row[source.index()] = refused_before + 1;
                    (
                        "refused-by-database",
                        format!("{table} refuses the row: {why}"),
                    )
                }
            };
            dead_letters.push(DeadLetter {
                event: *event,
                origin: arrival.origin,
                reason,
                why,
            });
        }
        let messages: Vec<Outgoing> = dead_letters.iter().map(DeadLetter::to_message).collect();
        consumer.commit(&messages).await?;
        for dead_letter in &dead_letters {
            dead_letter.log(&self.names);
        }
        self.landed.send_replace(landed);
        Ok(())
    }
}

/// This many refused rows in a row point to the table.
fn table_refuses_all(source: Source, why: &str) -> PortError {
    PortError::refused(format!(
        "{} has refused more than {MAX_REFUSED} rows in succession, the last one with: {why}. \
         Check the table's constraints and triggers, then start again; the events that are not \
         dead letters yet are read again",
        source.table()
    ))
}
