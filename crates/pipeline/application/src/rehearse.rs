//! Runs the whole pipeline in one process and checks that nothing was lost.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use pipeline_domain::analysis::Analysis;
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{AnalysisReport, Arrivals, Database, EventLog, EventSink, PortError, Reports};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::acknowledge::{Acknowledged, Acknowledger};
use crate::analyse::analyse;
use crate::land::{Landed, Lander};
use crate::produce::{Produced, Rows, SendPace, produce};

/// How long landing and acknowledging may make no progress after everything was sent.
const STALLED: Duration = Duration::from_secs(60);

/// The ports that a rehearsal uses.
pub struct RehearsalPorts {
    /// The events.
    pub log: Arc<dyn EventLog>,
    /// The sink to which events are sent.
    pub sink: Arc<dyn EventSink>,
    /// The database in which rows land.
    pub database: Arc<dyn Database>,
    /// The names of the log's topics.
    pub names: Names,
    /// On which topics ids have arrived.
    pub arrivals: Arc<dyn Arrivals>,
    /// Writes the report.
    pub reports: Arc<dyn Reports>,
    /// How long outages may last.
    pub retry_policy: crate::RetryPolicy,
}

/// The result of a rehearsal.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What was sent.
    pub produced: Produced,
    /// The outcomes of the events.
    pub landed: Landed,
    /// Rows in each table now.
    pub rows: [u64; 3],
    /// The delays.
    pub analysis: Analysis,
    /// The report's files.
    pub report: AnalysisReport,
    /// What went wrong; empty if all is well.
    pub faults: Vec<String>,
}

/// Watches the progress of a rehearsal.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Landing.
    pub landed: watch::Receiver<Landed>,
    /// Acknowledging.
    pub acknowledged: watch::Receiver<Acknowledged>,
}

/// Sends all rows, lands and acknowledges them, and draws the delays. `watch` is called with the
/// progress before anything is sent. `None` if it was stopped.
///
/// # Errors
/// If a step failed. Lost or duplicated events are no error, but faults in the summary.
pub async fn rehearse(
    ports: RehearsalPorts,
    rows: &Rows,
    pace: SendPace,
    stop: &CancellationToken,
    watch: impl FnOnce(Watch),
) -> Result<Option<Summary>, PortError> {
    ports.log.prepare().await?;
    let lander = Lander::new(
        ports.log.clone(),
        ports.database.clone(),
        ports.names.clone(),
        ports.retry_policy.clone(),
    );
    let acknowledger = Acknowledger::new(
        ports.log.clone(),
        ports.arrivals.clone(),
        ports.retry_policy.clone(),
    );
    let (landed, acknowledged) = (lander.landed(), acknowledger.acknowledged());
    watch(Watch {
        landed: landed.clone(),
        acknowledged: acknowledged.clone(),
    });
    // The consumers end when the work is done or when everything is stopped.
    let done = stop.child_token();
    let working = async {
        // Events sent before the consumers read would wait for their start, which would distort the
        // delays.
        let both = async {
            let (mut landed, mut acknowledged) = (landed.clone(), acknowledged.clone());
            let _ = landed.wait_for(|landed| landed.reading).await;
            let _ = acknowledged.wait_for(|so_far| so_far.reading).await;
        };
        let _ = stop.run_until_cancelled(both).await;
        let produced = produce(&*ports.sink, rows, pace, stop).await?;
        wait_until_settled(&landed, &acknowledged, &produced.positions, stop).await?;
        done.cancel();
        Ok(produced)
    };
    let (produced, (), ()) = tokio::try_join!(working, lander.run(&done), acknowledger.run(&done))?;
    if stop.is_cancelled() {
        return Ok(None);
    }
    let Some((analysis, report)) = analyse(&*ports.log, ports.reports, stop).await? else {
        return Ok(None);
    };
    let in_tables = ports.database.rows().await?;
    let landed = landed.borrow().clone();
    Ok(Some(Summary {
        faults: find_faults(rows, &produced, &landed, in_tables, &analysis),
        produced,
        landed,
        rows: in_tables,
        analysis,
        report,
    }))
}

/// Waits until everything sent is landed, and acknowledged as far as it is complete.
async fn wait_until_settled(
    landed: &watch::Receiver<Landed>,
    acknowledged: &watch::Receiver<Acknowledged>,
    sent: &Offsets,
    stop: &CancellationToken,
) -> Result<(), PortError> {
    let (mut landed, mut acknowledged) = (landed.clone(), acknowledged.clone());
    let is_behind = |positions: &Offsets| {
        sent.iter()
            .any(|(partition, next)| positions.next(partition) < Some(next))
    };
    while is_behind(&landed.borrow_and_update().positions)
        || is_behind(&acknowledged.borrow_and_update().positions)
    {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = landed.changed() => {}
            _ = acknowledged.changed() => {}
            () = tokio::time::sleep(STALLED) => {
                return Err(PortError::refused(format!(
                    "nothing was landed or acknowledged for {} s, though not all that was sent is; see the log",
                    STALLED.as_secs()
                )));
            }
        }
    }
    Ok(())
}

/// Checks that every row landed and that every complete id was acknowledged once.
pub(crate) fn find_faults(
    rows: &Rows,
    produced: &Produced,
    landed: &Landed,
    in_tables: [u64; 3],
    analysis: &Analysis,
) -> Vec<String> {
    let mut faults = Vec::new();
    for source in Source::ALL {
        let (at, table) = (source.index(), source.table());
        let (sent, wanted) = (produced.events[at], rows.count(source));
        if sent < wanted {
            faults.push(format!("{sent} of {wanted} rows of {source} were sent"));
        }
        let ids = match rows {
            Rows::Sheets(rows) => rows[at].iter().map(Row::id).collect::<HashSet<_>>().len() as u64,
            Rows::Samples(count) => *count as u64,
        };
        if in_tables[at] < ids {
            faults.push(format!("{table} has {} rows for {ids} ids", in_tables[at]));
        }
    }
    if landed.malformed > 0 {
        faults.push(format!("{} events carried no row", landed.malformed));
    }
    if landed.refused > 0 {
        faults.push(format!("the database refused {} rows", landed.refused));
    }
    let counts = &analysis.counts;
    if counts.unacknowledged > 0 {
        faults.push(format!(
            "{} of {} complete ids were not acknowledged",
            counts.unacknowledged, counts.complete
        ));
    }
    if counts.repeated > 0 {
        faults.push(format!(
            "{} acknowledgements were of ids that had one",
            counts.repeated
        ));
    }
    faults
}
