//! Services with everything they need inside this process.

use std::sync::Arc;

use adapter_embedded::EmbeddedS3;
use anyhow::Context;
use compute_domain::Outcome;
use compute_ports::{Processor, StoreAccess};
use compute_rest::RestState;
use platform_http::settings::HttpSettings;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{say, send_files};
use crate::cli::{Run, Try};
use crate::client::Client;
use crate::composition::{self, Running};
use crate::samples::{self, Sample};
use crate::settings::ServiceSettings;

const BUCKET: &str = "tasks";
const KEY: &str = "embedded";

/// A store with a client, and settings for services that may contact both.
struct EmbeddedEnvironment {
    /// Stops when dropped.
    _store: EmbeddedS3,
    client: Client,
    settings: ServiceSettings,
    /// For tasks; deleted when dropped.
    folder: TempDir,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

impl EmbeddedEnvironment {
    async fn start(settings: &ServiceSettings) -> anyhow::Result<Self> {
        let secret = KEY.into();
        let store = EmbeddedS3::start(None, 0, KEY, &secret).await?;
        // In this store, a bucket is a folder.
        std::fs::create_dir(store.root().join(BUCKET)).context("there is no room for the store")?;
        let access = StoreAccess {
            endpoint: store.endpoint(),
            region: "us-east-1".to_owned(),
            bucket: BUCKET.to_owned(),
            access_key_id: KEY.into(),
            secret_access_key: secret,
        };
        let client = Client::start(&HttpSettings::loopback(), None, access, settings.retry_for)?;
        let mut settings = settings.clone();
        settings.hosts = settings
            .hosts
            .and_of_urls([store.endpoint().as_str(), client.callback()]);
        Ok(Self {
            _store: store,
            client,
            settings,
            folder: tempfile::tempdir().context("there is no temporary folder")?,
            metrics: composition::metrics(),
        })
    }

    /// A service that is not registered with any engine.
    async fn state(&self, processor: Arc<dyn Processor>) -> anyhow::Result<RestState> {
        let folder = self.folder.path().join(processor.description().slug());
        let service = composition::service(processor, &self.settings, &folder).await?;
        Ok(RestState {
            shown: vec![service.clone()],
            service,
            announcer: None,
            metrics: Arc::clone(&self.metrics),
        })
    }
}

/// Carries out one task, all the way through store, queue and callback.
pub(crate) async fn try_one(
    options: &Try,
    processors: &[Arc<dyn Processor>],
    settings: &ServiceSettings,
) -> anyhow::Result<u8> {
    let processor = composition::find(processors, &options.name)?;
    let mut environment = EmbeddedEnvironment::start(settings).await?;
    let state = environment.state(processor).await?;
    let stop = CancellationToken::new();
    let running = Running::start(&HttpSettings::loopback(), state, None, stop.clone())?;
    let url = format!("http://127.0.0.1:{}", running.port);
    let sent = send_files(&mut environment.client, &url, &options.files).await;
    stop.cancel();
    running.ended().await?;
    sent
}

/// Sends sample tasks to every service and reports the outcomes.
pub(crate) async fn run(
    options: &Run,
    processors: &[Arc<dyn Processor>],
    settings: &ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    let mut environment = EmbeddedEnvironment::start(settings).await?;
    let mut states = Vec::new();
    for processor in processors {
        states.push(environment.state(Arc::clone(processor)).await?);
    }
    let shown: Vec<_> = states.iter().map(|state| state.service.clone()).collect();
    let mut running = Vec::new();
    for mut state in states {
        state.shown.clone_from(&shown);
        let slug = state.service.description().slug().to_owned();
        let mut http = HttpSettings::loopback();
        if running.is_empty() {
            // The first service gets the page's port; each page shows all services.
            http.port = settings.http.port;
        }
        running.push((slug, Running::start(&http, state, None, stop.clone())?));
    }
    if let Some((_, first)) = running.first() {
        say(&format!("page: http://localhost:{}", first.port));
    }
    let mut failed = 0;
    for (slug, service) in &running {
        let url = format!("http://127.0.0.1:{}", service.port);
        for sample in samples::of(slug) {
            let line = format!("{slug:<18}{:<28}", sample.name);
            match carry_out(&mut environment, &url, &sample).await? {
                Ok(text) => say(&format!("{line}{text}")),
                Err(why) => {
                    failed += 1;
                    say(&format!("{line}failed: {why}"));
                }
            }
        }
    }
    if options.keep {
        say("the page stays until this is stopped");
        stop.cancelled().await;
    }
    stop.cancel();
    for (_, service) in running {
        service.ended().await?;
    }
    Ok(u8::from(failed > 0))
}

/// Carries out one sample task; returns its outcome, or why it failed.
async fn carry_out(
    environment: &mut EmbeddedEnvironment,
    url: &str,
    sample: &Sample,
) -> anyhow::Result<Result<String, String>> {
    let folder = environment.folder.path();
    let mut keys = Vec::new();
    for (name, content) in &sample.files {
        let path = folder.join(name);
        std::fs::write(&path, content).context("there is no room for a sample")?;
        keys.push(environment.client.upload(&path).await?);
    }
    let done = environment.client.compute(url, &keys).await?;
    let outputs = match done.outcome {
        Outcome::Failed(why) => return Ok(Err(why)),
        Outcome::Finished(outputs) => outputs,
    };
    let mut sizes = Vec::new();
    for path in environment.client.download(&outputs, folder).await? {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        sizes.push(format!(
            "{ending} {} bytes",
            std::fs::metadata(&path)?.len()
        ));
    }
    let time = done.time.as_millis();
    Ok(Ok(format!("finished {time:>6} ms   {}", sizes.join(", "))))
}
