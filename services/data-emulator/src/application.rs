//! The REST service, from its settings to its shutdown.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use emulator_application::Emulator;
use emulator_application::resume_emulations::{self, OnRestart};
use emulator_rest::RestState;
use futures::FutureExt;
use platform_http::Server;
use platform_runtime::shutdown;
use platform_runtime::telemetry::Metrics;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::composition::{self, Runs};
use crate::models;
use crate::settings::ServiceSettings;

/// How long runs may take to end, which leaves a little time to the rest of the process.
const RUNS_BOUND: Duration = Duration::from_secs(28);

/// The service, bound to its port.
pub struct Application {
    server: Server,
    data_dir: Option<PathBuf>,
    emulator: Emulator,
    on_restart: OnRestart,
    metrics: Metrics,
    stop: CancellationToken,
}

impl Application {
    /// Assembles the service and binds its port; `stop` shuts it down. Must be called on the main
    /// runtime.
    ///
    /// # Errors
    /// If the port is taken, the data folder is unusable, or threads cannot be started.
    pub fn build(settings: ServiceSettings, stop: CancellationToken) -> anyhow::Result<Self> {
        // Must precede everything that describes metrics.
        let metrics = Metrics::of_process();
        let shown = settings.shown.clone();
        let destinations = composition::destinations(&settings)?;
        let data_dir = settings.data_dir.path()?;
        let runs = match &data_dir {
            Some(folder) => Runs::in_file(folder, &settings)?,
            None => Runs::in_memory(&settings),
        };
        let models = models::offered(&settings, data_dir.as_deref())?;
        let limits = settings.limits;
        let emulator = composition::emulator(&settings, runs, destinations, limits, None, models)?;
        emulator_application::metrics::describe();
        let rendered = metrics.clone();
        let rest = RestState {
            emulator: emulator.clone(),
            metrics: Arc::new(move || rendered.render()),
            read_model: models::read,
            quota: settings.quota,
            settings: shown.into(),
            stop: stop.clone(),
        };
        let routes = emulator_rest::routes(rest);
        let server = Server::bind(&settings.http, routes, data_dir.as_deref(), stop.clone())?;
        Ok(Self {
            server,
            data_dir,
            emulator,
            on_restart: settings.on_restart,
            metrics,
            stop,
        })
    }

    /// Its URL on this machine.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// What a user who has just started the service wants to know.
    pub fn welcome(&self) -> String {
        let url = self.url();
        let runs = match &self.data_dir {
            Some(path) => format!(
                "Runs are kept in {}; --data-dir memory forgets them.",
                path.display()
            ),
            None => "Runs are forgotten at the end; --data-dir DIR keeps them.".to_owned(),
        };
        format!("Data Emulator  {url}  (Swagger UI: {url}/docs)\n{runs}\n")
    }

    /// Takes over the runs of an earlier process and serves until the token is cancelled. Then it
    /// accepts nothing new; running emulations flush and end, or are left to the next process if
    /// there is a data folder. All of it ends within 30 s.
    ///
    /// # Errors
    /// If earlier runs cannot be read, or if it does not end in that time; names what still runs.
    pub async fn run_until_stopped(self) -> anyhow::Result<()> {
        let Self {
            server,
            data_dir: _,
            emulator,
            on_restart,
            metrics,
            stop,
        } = self;
        let resumed = resume_emulations::resume(&emulator, on_restart).await?;
        if !resumed.is_empty() {
            info!(runs = resumed.len(), how = ?on_restart, "earlier runs were taken over");
        }
        info!(address = %server.address(), "listening");
        let upkeep = tokio::spawn(metrics.upkeep(stop.clone()));
        let mut serving = tokio::spawn(server.run());
        tokio::select! {
            () = stop.cancelled() => {}
            // It ends by itself only if accepting connections fails permanently.
            ended = &mut serving => {
                stop.cancel();
                emulator.shut_down(RUNS_BOUND).await;
                return Ok(ended??);
            }
        }
        let http = async {
            if let Ok(Err(error)) = serving.await {
                error!(%error, "the HTTP server ended with an error");
            }
        };
        let runs = async {
            for id in emulator.shut_down(RUNS_BOUND).await {
                error!(emulation_id = %id, "the emulation did not end in time");
            }
        };
        let parts = vec![("http", http.boxed()), ("emulations", runs.boxed())];
        let ended = shutdown::wind_up(shutdown::BOUND, parts).await;
        upkeep.abort();
        ended?;
        info!("stopped");
        Ok(())
    }
}
