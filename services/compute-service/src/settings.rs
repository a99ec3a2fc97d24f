//! Converts the table of settings to the configuration of each part.

use std::path::PathBuf;
use std::time::Duration;

use adapter_redb::{OnDamage, StateKey};
use compute_application::{AnnouncePolicy, Limits};
use compute_ports::StoreAccess;
use platform_access::AccessSettings;
use platform_egress::{AllowedHosts, HostPatternError, Url};
use platform_http::Tls;
use platform_http::settings::{self, HttpSettings};
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use platform_runtime::telemetry::TELEMETRY;

/// The settings of the compute service. docs/reference/compute-settings.md is generated from this.
pub fn table() -> Vec<Setting> {
    [TABLE, &settings::TLS, &settings::auth(), TELEMETRY].concat()
}

const TABLE: &[Setting] = &[
    Setting::with_default(
        "engine.urls",
        r#"["http://localhost:8080"]"#,
        Shape::Text("a JSON list of URLs"),
        "Engines that the service registers with; `[]` for none.",
    ),
    Setting::with_default(
        "engine.announce_retries",
        "5",
        Shape::whole(1, 1_000, "attempts"),
        "Number of attempts to register with an engine before the wait between attempts becomes \
         ten times longer. The service never gives up.",
    ),
    Setting::with_default(
        "engine.announce_retry_delay",
        "3",
        Shape::whole(1, 3_600, "seconds"),
        "How long to wait after a failed attempt to register.",
    ),
    Setting::with_default(
        "engine.ping_interval",
        "10",
        Shape::whole(1, 45, "seconds"),
        "Interval between heartbeats to an engine, which considers a service dead after 50 seconds \
         without one.",
    ),
    Setting::with_default(
        "service.url",
        "http://localhost:9090",
        Shape::Text("a URL"),
        "URL at which engines reach the service. It does not follow `service.port`: set both.",
    ),
    Setting::with_default(
        "service.host",
        "0.0.0.0",
        Shape::Text("a host name or address"),
        "Host name or address to listen on; 0.0.0.0 means every interface.",
    ),
    Setting::with_default(
        "service.port",
        "9090",
        Shape::whole(0, 65_535, ""),
        "Port to listen on; 0 picks a free port.",
    ),
    settings::PROXIES,
    Setting::with_default(
        "max.tasks",
        "50",
        Shape::whole(1, 100_000, "tasks"),
        "Maximum number of accepted tasks that have not ended; further ones are refused with 503.",
    ),
    Setting::new(
        "tasks.concurrency",
        None,
        Shape::whole(1, 1_024, "tasks"),
        "Maximum number of tasks that are carried out at the same time. Unset: the number of cores \
         of the machine.",
    ),
    Setting::with_default(
        "tasks.deadline",
        "600",
        Shape::whole(1, 86_400, "seconds"),
        "Time limit for carrying out a task; a task that takes longer fails.",
    ),
    Setting::with_default(
        "tasks.memory",
        "512",
        Shape::whole(32, 1_048_576, "MiB"),
        "Memory limit for carrying out a task; a task that needs more fails.",
    ),
    Setting::secret(
        "tasks.key",
        None,
        "Key that encrypts the S3 credentials of tasks in the data folder: 64 hexadecimal digits, \
         for example from `openssl rand -hex 32`. Unset: the credentials are not stored, and a \
         task that is unfinished when the service stops fails after the restart.",
    ),
    Setting::new(
        "allowed.hosts",
        None,
        Shape::Text("HOST, HOST:PORT, *.DOMAIN or *, separated by commas"),
        "Hosts that tasks may name for their S3 store or callback, in addition to those of \
         `engine.urls` and `s3.host`. A host that only `*` or `*.DOMAIN` matches must have a \
         public address.",
    ),
    Setting::new(
        "s3.host",
        None,
        Shape::Text("a URL"),
        "S3 store that `send` uses; tasks may name it, too.",
    ),
    Setting::with_default(
        "s3.retry_for",
        "60",
        Shape::whole(0, 3_600, "seconds"),
        "How long a failing request to an S3 store is retried.",
    ),
    Setting::with_default(
        "s3.region",
        "us-east-1",
        Shape::Text("a name"),
        "Region of the S3 store that `send` uses.",
    ),
    Setting::with_default(
        "s3.bucket",
        "engine",
        Shape::Text("a name"),
        "Bucket that `send` uses; it must exist.",
    ),
    Setting::secret("s3.access_key_id", None, "Access key that `send` uses."),
    Setting::secret("s3.secret_access_key", None, "Secret key that `send` uses."),
    Setting::with_default(
        "data.dir",
        "compute-data",
        Shape::Text("the path of a folder"),
        "Folder for tasks; each service has a subfolder with its name.",
    ),
    Setting::with_default(
        "state.on_damage",
        "fail",
        Shape::OneOf(&["fail", "set-aside"]),
        "What to do if the file of tasks is damaged: `fail` refuses to start, `set-aside` renames \
         the file and starts without those tasks.",
    ),
];

/// The settings of the service, grouped by the part that uses them.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The URLs of engines.
    pub engines: Vec<String>,
    /// How often to contact them.
    pub policy: AnnouncePolicy,
    /// The service's URL for engines.
    pub url: String,
    /// Where the service listens.
    pub http: HttpSettings,
    /// The service's limits.
    pub limits: Limits,
    /// Memory limit for the work on one task, in bytes.
    pub memory: u64,
    /// The key that encrypts store accesses.
    pub key: Option<StateKey>,
    /// Hosts that tasks may name.
    pub hosts: AllowedHosts,
    /// How long a failed request to a store is retried.
    pub retry_for: Duration,
    /// The store of `send`, if it is fully configured.
    pub store: Option<StoreAccess>,
    /// The folder for persistent state.
    pub data_dir: PathBuf,
    /// What to do about damaged state.
    pub on_damage: OnDamage,
}

impl ServiceSettings {
    /// Groups the settings of the [`table`].
    ///
    /// # Errors
    /// If a value is invalid.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let engines = engines(settings)?;
        let url = settings
            .required("service.url")
            .trim_end_matches('/')
            .to_owned();
        is_url("service.url", &url)?;
        let s3_host = settings.text("s3.host");
        s3_host.map(|host| is_url("s3.host", host)).transpose()?;
        let hosts = settings.text("allowed.hosts").unwrap_or_default();
        let hosts: AllowedHosts = hosts.parse().map_err(|error: HostPatternError| {
            SettingsError::combination("allowed.hosts", error.to_string())
        })?;
        let key = settings
            .secret("tasks.key")
            .map(|key| StateKey::parse(&key))
            .transpose();
        let key =
            key.map_err(|error| SettingsError::combination("tasks.key", error.to_string()))?;
        let seconds = |key| Duration::from_secs(settings.whole(key));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let concurrency = settings
            .text("tasks.concurrency")
            .and_then(|text| text.parse().ok());
        Ok(Self {
            hosts: hosts.and_of_urls(engines.iter().map(String::as_str).chain(s3_host)),
            policy: AnnouncePolicy {
                retries: settings.whole("engine.announce_retries"),
                retry_delay: seconds("engine.announce_retry_delay"),
                ping_every: seconds("engine.ping_interval"),
            },
            http: HttpSettings {
                host: settings.required("service.host").to_owned(),
                port: settings.whole("service.port"),
                proxies: settings::proxies(settings)?,
                tls: Tls::from(settings)?,
                access: AccessSettings::from(settings)?,
                ..HttpSettings::loopback()
            },
            limits: Limits {
                max_tasks: settings.whole("max.tasks"),
                concurrency: concurrency.unwrap_or(cores),
                deadline: seconds("tasks.deadline"),
            },
            memory: settings.whole::<u64>("tasks.memory") << 20,
            retry_for: seconds("s3.retry_for"),
            store: store(settings),
            data_dir: PathBuf::from(settings.required("data.dir")),
            on_damage: match settings.required("state.on_damage") {
                "set-aside" => OnDamage::SetAside,
                _ => OnDamage::Fail,
            },
            engines,
            url,
            key,
        })
    }
}

fn engines(settings: &Settings) -> Result<Vec<String>, SettingsError> {
    let engines: Vec<String> =
        serde_json::from_str(settings.required("engine.urls")).map_err(|_| {
            let example = r#"expected a JSON list of URLs such as ["http://localhost:8080"]"#;
            SettingsError::combination("engine.urls", example)
        })?;
    for engine in &engines {
        is_url("engine.urls", engine)?;
    }
    Ok(engines)
}

fn store(settings: &Settings) -> Option<StoreAccess> {
    Some(StoreAccess {
        endpoint: settings.text("s3.host")?.to_owned(),
        region: settings.required("s3.region").to_owned(),
        bucket: settings.required("s3.bucket").to_owned(),
        access_key_id: settings.secret("s3.access_key_id")?,
        secret_access_key: settings.secret("s3.secret_access_key")?,
    })
}

fn is_url(key: &'static str, text: &str) -> Result<(), SettingsError> {
    let url = Url::parse(text).ok();
    let http = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match http {
        Some(url) if url.username().is_empty() && url.password().is_none() => Ok(()),
        _ => {
            let why =
                "expected an absolute URL such as http://localhost:8080, without user and password";
            Err(SettingsError::combination(key, why))
        }
    }
}
