//! Serves HTTP.

use std::sync::Arc;

use adapter_charts::HiringCharts;
use anyhow::Context;
use platform_http::Server;
use platform_runtime::telemetry::Metrics;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use warehouse_rest::RestState;

use super::{INTERRUPTED, migrate, print_line};
use crate::composition;
use crate::settings::ServiceSettings;

pub(super) async fn serve(
    settings: &ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    let metrics = Metrics::of_process();
    let start = async {
        composition::backups(settings).remove_unfinished()?;
        let warehouse = composition::warehouse(settings).await?;
        if let Some(folder) = &settings.history {
            migrate::migrate(settings, &warehouse, folder).await?;
        }
        anyhow::Ok(warehouse)
    };
    let warehouse = tokio::select! {
        warehouse = start => warehouse?,
        () = stop.cancelled() => return Ok(INTERRUPTED),
    };
    let routes = warehouse_rest::routes(RestState {
        warehouse,
        charts: Arc::new(HiringCharts),
        new_records: composition::history(&settings.data_dir.join("new_records")),
        rejects: composition::rejects(settings),
        legacy_get: settings.legacy_get,
        metrics: Arc::new(move || metrics.render()),
        runtime: Handle::current(),
    });
    let server = Server::bind(
        &settings.http,
        routes,
        Some(&settings.data_dir),
        stop.clone(),
    )?;
    print_line(&format!("Data warehouse  {}", server.url()));
    server
        .run()
        .await
        .context("the service cannot accept connections")?;
    Ok(0)
}
