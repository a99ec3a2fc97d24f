//! Which adapters a service is made of.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_clock::SystemClock;
use adapter_engine::{HttpCallbacks, HttpEngines};
use adapter_minio::TaskStores;
use adapter_redb::{OpenError, RedbTasks};
use anyhow::Context;
use compute_application::{Announcer, ComputeService, Ports, describe_metrics};
use compute_ports::{Announcement, Processor};
use compute_rest::RestState;
use platform_http::Server;
use platform_http::settings::HttpSettings;
use platform_runtime::program::WrongUse;
use platform_runtime::settings::SettingsError;
use platform_runtime::telemetry::Metrics;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::settings::ServiceSettings;
use crate::workers;

/// How long tasks that run may take to end when the service stops.
const GRACE: Duration = Duration::from_secs(15);

/// The processor of that name.
pub(crate) fn find(
    processors: &[Arc<dyn Processor>],
    name: &str,
) -> Result<Arc<dyn Processor>, WrongUse> {
    let slug = |one: &Arc<dyn Processor>| one.description().slug().to_owned();
    let found = processors.iter().find(|one| slug(one) == name).cloned();
    found.ok_or_else(|| {
        let names: Vec<_> = processors.iter().map(slug).collect();
        WrongUse(format!(
            "unknown service '{name}'; expected {}",
            names.join(", ")
        ))
    })
}

/// A processor with its queue, which goes on with what an earlier process has left in `folder`.
pub(crate) async fn service(
    processor: Arc<dyn Processor>,
    settings: &ServiceSettings,
    folder: &Path,
) -> anyhow::Result<ComputeService> {
    let tasks = open(settings, folder).await?;
    let stores = TaskStores::new(settings.hosts.clone(), settings.retry_for);
    let callbacks = HttpCallbacks::new(settings.hosts.clone());
    let ports = Ports {
        processor: Arc::new(workers::of(&*processor, settings.memory)),
        repository: Arc::new(tasks),
        stores: Arc::new(stores.context("the client of object stores cannot be set up")?),
        callbacks: Arc::new(callbacks.context("the client of callbacks cannot be set up")?),
        clock: Arc::new(SystemClock),
    };
    let service = ComputeService::new(ports, settings.limits);
    let left = service.resume().await?;
    if left > 0 {
        tracing::info!(
            count = left,
            "resuming unfinished tasks of an earlier process"
        );
    }
    Ok(service)
}

/// How long a folder may be in use by a process that was killed: what it was just starting holds on
/// to the folder for a moment.
const LEFT_IN_USE: Duration = Duration::from_secs(2);

async fn open(settings: &ServiceSettings, folder: &Path) -> anyhow::Result<RedbTasks> {
    let began = Instant::now();
    loop {
        match RedbTasks::open(folder, settings.on_damage, settings.key.clone()) {
            Ok(tasks) => return Ok(tasks),
            Err(OpenError::InUse(_)) if began.elapsed() < LEFT_IN_USE => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error @ OpenError::Damaged { .. }) => {
                let advice = format!(
                    "{error}: set STATE_ON_DAMAGE to set-aside to begin without those tasks"
                );
                return Err(SettingsError::combination("state.on_damage", advice).into());
            }
            Err(error) => {
                return Err(anyhow::Error::new(error).context("setting data.dir cannot be used"));
            }
        }
    }
}

/// Makes a service known to the engines of the settings.
pub(crate) fn announcer(
    service: &ComputeService,
    settings: &ServiceSettings,
) -> anyhow::Result<Announcer> {
    let engines = HttpEngines::new().context("the client of engines cannot be set up")?;
    let announcement = Announcement {
        service: service.description().clone(),
        url: settings.url.clone(),
        docs_url: format!("{}/docs", settings.url),
    };
    let clock = Arc::new(SystemClock);
    let urls = settings.engines.clone();
    Ok(Announcer::new(
        Arc::new(engines),
        clock,
        urls,
        announcement,
        settings.policy,
    ))
}

/// What renders the metrics of this process. To be called once.
pub(crate) fn metrics() -> Arc<dyn Fn() -> String + Send + Sync> {
    let metrics = Metrics::of_process();
    describe_metrics();
    Arc::new(move || metrics.render())
}

/// A service that listens and carries its tasks out.
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) port: u16,
    /// How this machine calls it.
    pub(crate) url: String,
    ended: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// Starts it, with the tokens of its folder of `data`; it ends when `stop` is cancelled, within
    /// half a minute.
    pub(crate) fn start(
        http: &HttpSettings,
        state: RestState,
        data: Option<&Path>,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let (service, announcer) = (state.service.clone(), state.announcer.clone());
        let server = Server::bind(http, compute_rest::routes(state), data, stop.clone())?;
        let (port, url) = (server.address().port(), server.url());
        let ended = tokio::spawn(async move {
            // An engine asks the service before it answers a registration, so that all three run
            // at the same time. Each ends in bounded time.
            let announced = async {
                if let Some(announcer) = announcer {
                    announcer.run(stop.clone()).await;
                }
            };
            let tasks = service.run(stop.clone(), GRACE);
            let (served, (), ()) = tokio::join!(server.run(), tasks, announced);
            served.context("the service cannot accept connections")
        });
        Ok(Self { port, url, ended })
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(self) -> anyhow::Result<()> {
        self.ended.await.context("the service broke off")?
    }
}
