//! Executes the commands.

mod rehearsal;

use std::io::{self, Write};
use std::sync::Arc;

use adapter_kafka::KafkaCluster;
use anyhow::Context;
use pipeline_application::SharedCluster;
use pipeline_application::acknowledge::Acknowledger;
use pipeline_application::analyse::analyse;
use pipeline_application::land::Lander;
use pipeline_application::produce::produce;
use pipeline_application::settle::settle;
use pipeline_domain::source::Source;
use pipeline_rest::RestState;
use platform_http::Server;
use platform_runtime::exit_codes::INTERRUPTED;
use platform_runtime::telemetry::Metrics;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::cli::{Command, Input};
use crate::composition;
use crate::settings::ServiceSettings;

/// Runs a command until it is done or `stop` is cancelled, and returns the exit code.
///
/// # Errors
/// If it failed.
pub async fn execute(
    command: &Command,
    settings: ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    match command {
        Command::Run(options) => rehearsal::run(options, settings, stop).await,
        Command::Produce(options) => send(&options.input, &settings, stop).await,
        Command::Land => {
            let lander = Lander::new(
                composition::log(&settings),
                composition::database(&settings)?,
                settings.names.clone(),
                composition::retry_policy(&settings),
            );
            let landed = lander.landed();
            lander.run(stop).await?;
            let landed = landed.borrow();
            let [data1, data2, data3] = landed.rows;
            info!(
                data1,
                data2,
                data3,
                redelivered = landed.redelivered,
                duplicates = landed.duplicates,
                malformed = landed.malformed,
                refused = landed.refused,
                "stopped"
            );
            Ok(0)
        }
        Command::Acknowledge(options) if options.settle => settle_ids(&settings, stop).await,
        Command::Acknowledge(_) => {
            let acknowledger = Acknowledger::new(
                composition::log(&settings),
                composition::arrivals(&settings, &settings.data_dir)?,
                composition::retry_policy(&settings),
            );
            let acknowledged = acknowledger.acknowledged();
            acknowledger.run(stop).await?;
            let acknowledged = acknowledged.borrow();
            info!(
                ids = acknowledged.ids,
                malformed = acknowledged.malformed,
                "stopped"
            );
            Ok(0)
        }
        Command::Monitor(_) => monitor(&settings, stop).await,
        Command::Access(command) => command.run(Some(&settings.data_dir)),
        Command::Shared(_) => unreachable!("it is answered by main"),
        Command::Analyse => {
            let log = composition::log(&settings);
            let reports = composition::reports(&settings);
            match analyse(&*log, reports, stop).await? {
                Some((analysis, report)) => {
                    print_line(&rehearsal::render_delays(&analysis, &report));
                    Ok(0)
                }
                None => Ok(INTERRUPTED),
            }
        }
    }
}

async fn settle_ids(settings: &ServiceSettings, stop: &CancellationToken) -> anyhow::Result<u8> {
    let log = composition::log(settings);
    let settled = composition::retry_policy(settings)
        .until_done(stop, async || settle(&*log, stop).await)
        .await?;
    let Some(ids) = settled else {
        return Ok(INTERRUPTED);
    };
    print_line(&format!(
        "{ids} complete ids had no acknowledgement and have one now"
    ));
    Ok(0)
}

async fn send(
    input: &Input,
    settings: &ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    let (rows, pace) = composition::input(settings, input)?;
    let log = composition::log(settings);
    composition::retry_policy(settings)
        .until_done(stop, async || log.prepare().await)
        .await?;
    let sink = composition::sink(settings)?;
    let produced = produce(&*sink, &rows, pace, stop).await?;
    for source in Source::ALL {
        let topic = settings.names.topic(source);
        print_line(&format!(
            "{topic}: {} of {} events stored",
            produced.events[source.index()],
            rows.count(source)
        ));
    }
    Ok(if stop.is_cancelled() { INTERRUPTED } else { 0 })
}

async fn monitor(settings: &ServiceSettings, stop: &CancellationToken) -> anyhow::Result<u8> {
    let metrics = Metrics::of_process();
    pipeline_rest::describe_metrics();
    let names = &settings.names;
    let own = names.topics().into_iter().chain([
        names.ack(),
        names.dead_letters(),
        names.lander(),
        names.acknowledger(),
    ]);
    let state = RestState {
        cluster: Arc::new(SharedCluster::new(Arc::new(KafkaCluster::new(
            settings.kafka.clone(),
        )))),
        own: own.collect(),
        metrics: Arc::new(move || metrics.render()),
    };
    let routes = pipeline_rest::routes(state);
    let server = Server::bind(
        &settings.http,
        routes,
        Some(&settings.data_dir),
        stop.clone(),
    )?;
    print_line(&format!("Pipeline monitor  {}", server.url()));
    server
        .run()
        .await
        .context("the monitor cannot accept connections")?;
    Ok(0)
}

/// Prints a line to standard output.
fn print_line(line: &str) {
    // If standard output is closed there is nowhere to report it.
    let _ = writeln!(io::stdout(), "{line}");
}
