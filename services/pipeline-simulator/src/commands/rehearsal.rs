//! `run`: the whole pipeline in one process, its progress and its result.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, bail};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use pipeline_application::produce::Rows;
use pipeline_application::rehearse::{RehearsalPorts, Summary, Watch, rehearse};
use pipeline_domain::analysis::Analysis;
use pipeline_domain::source::Source;
use pipeline_ports::AnalysisReport;
use tokio_util::sync::CancellationToken;

use super::{INTERRUPTED, print_line};
use crate::cli::Run;
use crate::composition;
use crate::settings::ServiceSettings;

/// The embedded Kafka keeps 5 MiB per partition: with five of them, this many of the largest rows.
const EMBEDDED_ROWS: u64 = 20_000;

pub(super) async fn run(
    options: &Run,
    mut settings: ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    let (rows, pace) = composition::input(&settings, &options.input)?;
    let largest = Source::ALL
        .map(|source| rows.count(source))
        .into_iter()
        .max();
    let mut state = settings.data_dir.clone();
    let embedded = if options.embedded {
        if largest > Some(EMBEDDED_ROWS) {
            bail!(
                "the embedded Kafka holds {EMBEDDED_ROWS} rows a topic: send fewer, or rehearse \
                 with a real one (set KAFKA_BOOTSTRAP_SERVERS, leave out --embedded)"
            );
        }
        state.push("embedded-state");
        // The state of an earlier run's embedded Kafka, which no longer exists.
        if state.exists() {
            fs::remove_dir_all(&state)
                .with_context(|| format!("{} cannot be removed", state.display()))?;
        }
        Some(composition::embedded(&mut settings)?)
    } else {
        None
    };
    let ports = RehearsalPorts {
        log: composition::log(&settings),
        sink: composition::sink(&settings)?,
        database: composition::database(&settings)?,
        names: settings.names.clone(),
        arrivals: composition::arrivals(&settings, &state)?,
        reports: composition::reports(&settings),
        retry_policy: composition::retry_policy(&settings),
    };
    let mut bar = None;
    let rehearsed = rehearse(ports, &rows, pace, stop, |watch| {
        bar = Some(tokio::spawn(show_progress(watch, rows.clone())));
    })
    .await;
    if let Some(bar) = bar {
        bar.abort();
        // The bar clears itself when its task ends.
        let _ = bar.await;
    }
    let Some(summary) = rehearsed? else {
        return Ok(INTERRUPTED);
    };
    drop(embedded);
    print_line(&render_summary(&summary));
    Ok(u8::from(!summary.faults.is_empty()))
}

/// A progress bar on standard error while the rehearsal lasts, if that is a terminal.
async fn show_progress(mut watch: Watch, rows: Rows) {
    struct Bar(ProgressBar);
    impl Drop for Bar {
        fn drop(&mut self) {
            self.0.finish_and_clear();
        }
    }
    let total = Source::ALL.iter().map(|source| rows.count(*source)).sum();
    let bar = Bar(ProgressBar::new(total));
    bar.0
        .set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    bar.0.set_style(
        ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} rows landed, {msg}")
            .expect("the template is well formed"),
    );
    loop {
        let changed = tokio::select! {
            changed = watch.landed.changed() => changed,
            changed = watch.acknowledged.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
        let landed = watch.landed.borrow_and_update().clone();
        let settled = landed.rows.iter().sum::<u64>()
            + landed.redelivered
            + landed.duplicates
            + landed.refused;
        let ids = watch.acknowledged.borrow_and_update().ids;
        bar.0.set_position(settled);
        bar.0
            .set_message(format!("{} ids acknowledged", HumanCount(ids)));
    }
}

/// The result of the rehearsal as text.
fn render_summary(summary: &Summary) -> String {
    let mut text = String::new();
    for source in Source::ALL {
        let at = source.index();
        let _ = writeln!(
            text,
            "{:<14}{} rows, {} of them new",
            source.table(),
            HumanCount(summary.rows[at]),
            HumanCount(summary.landed.rows[at])
        );
    }
    let landed = &summary.landed;
    let dead_letters = landed.duplicates + landed.malformed + landed.refused;
    if dead_letters > 0 {
        let _ = writeln!(
            text,
            "dead letters  {} ({} duplicate ids, {} malformed, {} refused by the database)",
            HumanCount(dead_letters),
            HumanCount(landed.duplicates),
            HumanCount(landed.malformed),
            HumanCount(landed.refused)
        );
    }
    text += &render_delays(&summary.analysis, &summary.report);
    for fault in &summary.faults {
        let _ = write!(text, "\nFAULT         {fault}");
    }
    text
}

/// Acknowledgements, delays and charts as text.
pub(super) fn render_delays(analysis: &Analysis, report: &AnalysisReport) -> String {
    let mut text = format!(
        "acks          {}\n",
        HumanCount(analysis.counts.acknowledgements)
    );
    match &analysis.delay {
        Some(delay) => {
            let within = |share| delay.percentile(share);
            let _ = writeln!(
                text,
                "delay         median {} ms; 95 % within {} ms, 99 % within {} ms",
                delay.median(),
                within(0.95),
                within(0.99)
            );
        }
        None => text += "delay         nothing was acknowledged\n",
    }
    if analysis.counts.unacknowledged > 0 {
        let _ = writeln!(
            text,
            "unacknowledged {} complete ids; if `acknowledge` has caught up, run `acknowledge --settle`",
            HumanCount(analysis.counts.unacknowledged)
        );
    }
    let _ = write!(text, "charts        {}", report.page.display());
    for picture in &report.pictures {
        let _ = write!(text, "\n              {}", picture.display());
    }
    text
}
