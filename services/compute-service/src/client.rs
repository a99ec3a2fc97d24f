//! A client: sends files to a service, waits for its callback and downloads the outputs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use adapter_minio::TaskStores;
use anyhow::{Context, bail};
use bytes::BytesMut;
use compute_domain::{MediaType, ObjectKey, Outcome};
use compute_ports::{ObjectStores, StoreAccess};
use compute_rest::receiver::{Report, receiver};
use platform_egress::AllowedHosts;
use platform_http::Server;
use platform_http::settings::HttpSettings;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// Bytes per read.
const PIECE: usize = 1 << 20;

/// Sends files to services of the protocol. Its server stops when it is dropped.
pub(crate) struct Client {
    http: reqwest::Client,
    stores: TaskStores,
    access: StoreAccess,
    /// This client's URL, without a path.
    callback: String,
    reports: UnboundedReceiver<Report>,
    _stop: DropGuard,
}

/// The result of a task.
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    /// Time from submitting the task to its callback.
    pub(crate) time: Duration,
}

impl Client {
    /// A client that listens as `http` says and stores objects with `access`.
    pub(crate) fn start(
        http: &HttpSettings,
        callback: Option<&str>,
        access: StoreAccess,
        retry_for: Duration,
    ) -> anyhow::Result<Self> {
        let stop = CancellationToken::new();
        let (routes, reports) = receiver();
        let server = Server::bind(http, routes, None, stop.clone())?;
        let address = format!("http://{}", server.address());
        tokio::spawn(server.run());
        let hosts = AllowedHosts::default().and_of_urls([access.endpoint.as_str()]);
        Ok(Self {
            http: reqwest::Client::new(),
            stores: TaskStores::new(hosts, retry_for)?,
            access,
            callback: callback
                .unwrap_or(&address)
                .trim_end_matches('/')
                .to_owned(),
            reports,
            _stop: stop.drop_guard(),
        })
    }

    /// The URL for callbacks.
    pub(crate) fn callback(&self) -> &str {
        &self.callback
    }

    /// Uploads a file under a new name with the same extension, as an engine does.
    pub(crate) async fn upload(&self, path: &Path) -> anyhow::Result<ObjectKey> {
        let name = match path.extension().and_then(|ending| ending.to_str()) {
            Some(ending) => format!("{}.{ending}", Uuid::new_v4()),
            None => Uuid::new_v4().to_string(),
        };
        let key = ObjectKey::parse(&name)?;
        let media_type = MediaType::of_name(&name).unwrap_or(MediaType::Text);
        let reads = || format!("cannot read {}", path.display());
        let mut file = File::open(path).await.with_context(reads)?;
        let mut writer = self.stores.create(&self.access, &key, media_type).await?;
        loop {
            let mut piece = BytesMut::with_capacity(PIECE);
            if file.read_buf(&mut piece).await.with_context(reads)? == 0 {
                break;
            }
            writer.write(piece.freeze()).await?;
        }
        writer.finish().await?;
        Ok(key)
    }

    /// Submits a task at `url` and waits for its callback.
    pub(crate) async fn compute(
        &mut self,
        url: &str,
        inputs: &[ObjectKey],
    ) -> anyhow::Result<Done> {
        let id = Uuid::new_v4();
        let keys: Vec<_> = inputs.iter().map(ObjectKey::as_str).collect();
        let body = json!({
            "s3_access_key_id": self.access.access_key_id.expose_secret(),
            "s3_secret_access_key": self.access.secret_access_key.expose_secret(),
            "s3_region": self.access.region,
            "s3_host": self.access.endpoint,
            "s3_bucket": self.access.bucket,
            "task": {"id": id.to_string(), "data_in": keys, "data_out": null, "status": "pending"},
            "callback_url": format!("{}/tasks/{id}", self.callback),
        });
        let began = Instant::now();
        let compute = format!("{}/compute", url.trim_end_matches('/'));
        let answer = self.http.post(compute).json(&body).send().await;
        let answer = answer.with_context(|| format!("no service answers at {url}"))?;
        if !answer.status().is_success() {
            let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
            bail!("the service refuses the task ({status}): {text}");
        }
        loop {
            let report = self.reports.recv().await;
            let (reported, outcome) = report.context("the server for callbacks has ended")?;
            if reported.uuid() == id {
                let time = began.elapsed();
                return Ok(Done { outcome, time });
            }
        }
    }

    /// Downloads objects to a folder as `output-1.png` and so on; returns their paths.
    pub(crate) async fn download(
        &self,
        keys: &[ObjectKey],
        folder: &Path,
    ) -> anyhow::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for (number, key) in (1..).zip(keys) {
            let ending = key
                .as_str()
                .rsplit_once('.')
                .map_or("bin", |(_, ending)| ending);
            let path = folder.join(format!("output-{number}.{ending}"));
            let writes = || format!("cannot write {}", path.display());
            let mut reader = self.stores.open(&self.access, key).await?;
            let mut file = File::create(&path).await.with_context(writes)?;
            while let Some(piece) = reader.next().await? {
                file.write_all(&piece).await.with_context(writes)?;
            }
            file.flush().await.with_context(writes)?;
            paths.push(path);
        }
        Ok(paths)
    }
}
