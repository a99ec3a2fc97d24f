//! Measures the delays and draws them.

use std::sync::Arc;

use pipeline_domain::analysis::{Analysis, Recorder};
use pipeline_domain::arrival::parse_acknowledgement;
use pipeline_domain::log::Offsets;
use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use pipeline_ports::{AnalysisReport, EventBatch, EventLog, PortError, Reports, Topic};
use tokio_util::sync::CancellationToken;

/// Maximum number of points in a time series: more cannot be distinguished in a picture.
const POINTS: usize = 5_000;

/// Reads all events and acknowledgements present now and writes the report. `None` if it was
/// stopped.
///
/// # Errors
/// If the log cannot be read, or the report cannot be written.
pub async fn analyse(
    log: &dyn EventLog,
    reports: Arc<dyn Reports>,
    stop: &CancellationToken,
) -> Result<Option<(Analysis, AnalysisReport)>, PortError> {
    let [first, second, third] = Source::ALL.map(Topic::Events);
    let topics = [first, second, third, Topic::Acknowledgements];
    let mut replay = log.replay(&topics, &Offsets::default(), None).await?;
    let (mut recorder, mut batch) = (Recorder::default(), EventBatch::default());
    loop {
        match stop.run_until_cancelled(replay.next(&mut batch)).await {
            Some(read) => read?,
            None => return Ok(None),
        }
        if batch.is_empty() {
            break;
        }
        for event in batch.iter() {
            match event.topic {
                Topic::Events(source) => {
                    if let Ok(row) = Row::parse(source, event.payload) {
                        recorder.record_arrival(source, row.id(), event.created);
                    }
                }
                Topic::Acknowledgements => {
                    if let Some(id) = parse_acknowledgement(event.payload) {
                        recorder.record_acknowledgement(id, event.created);
                    }
                }
                Topic::DeadLetters => {}
            }
        }
    }
    let analysis = recorder.finish(POINTS);
    let written = tokio::task::spawn_blocking(move || {
        let report = reports.write(&analysis);
        report.map(|report| (analysis, report))
    });
    match written.await {
        Ok(written) => Ok(Some(written?)),
        Err(panicked) => Err(PortError::refused(format!("the report: {panicked}"))),
    }
}
