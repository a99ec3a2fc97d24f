//! Embedded Kafka, S3 store and schema registry.

use std::fs;
use std::path::Path;

use adapter_embedded::{EmbeddedKafka, EmbeddedRegistry, EmbeddedS3};
use adapter_registry::RegistryConfig;
use emulator_domain::Domain;
use platform_runtime::settings::SettingsError;
use tokio::task::spawn_blocking;

use crate::settings::{DataDir, ServiceSettings};

/// All three servers. They stop when this is dropped.
pub struct Embedded {
    kafka: EmbeddedKafka,
    s3: EmbeddedS3,
    registry: EmbeddedRegistry,
    kept: String,
}

impl Embedded {
    /// Starts all three on this machine, on free ports unless others are set, and points `settings`
    /// to them. Objects are stored in the data directory if one is named. Without one, runs are
    /// forgotten as well, because they refer to what is gone.
    ///
    /// # Errors
    /// If one does not start.
    pub async fn start(settings: &mut ServiceSettings) -> anyhow::Result<Self> {
        let (partitions, port) = (settings.kafka.partitions, settings.embedded_kafka_port);
        let kafka = spawn_blocking(move || {
            let topics = Domain::ALL.map(|domain| (domain.destination(), partitions));
            EmbeddedKafka::start(&topics, port)
        })
        .await??;
        if settings.data_dir == DataDir::OfUser {
            settings.data_dir = DataDir::Memory;
        }
        let folder = settings.data_dir.path()?.map(|folder| folder.join("s3"));
        let kept = match &folder {
            Some(folder) => {
                create(folder)?;
                format!("Objects stay in {}.", folder.display())
            }
            None => "Objects are deleted at the end; --data-dir DIR keeps them.".to_owned(),
        };
        let s3_port = settings.embedded_s3_port;
        let (access_key, secret_key) = (&settings.minio.access_key, &settings.minio.secret_key);
        let s3 = EmbeddedS3::start(folder, s3_port, access_key, secret_key).await?;
        let registry = EmbeddedRegistry::start(settings.embedded_registry_port).await?;
        settings.registry = Some(RegistryConfig {
            url: registry.url(),
            login: None,
            ca_file: None,
            json: false,
        });
        settings.kafka.bootstrap_servers = kafka.bootstrap_servers().to_owned();
        settings.kafka.tls = None;
        settings.kafka.sasl = None;
        settings.minio.endpoint = s3.endpoint();
        settings.minio.secure = false;
        // Identified by its folder, because its port differs at each start.
        let root = std::path::absolute(s3.root())?;
        settings.minio.name = Some(format!("embedded S3 store in {}", root.display()));
        Ok(Self {
            kafka,
            s3,
            registry,
            kept,
        })
    }

    /// `host:port` of the Kafka.
    pub fn bootstrap_servers(&self) -> &str {
        self.kafka.bootstrap_servers()
    }

    /// The URL of the S3 store.
    pub fn endpoint(&self) -> String {
        self.s3.endpoint()
    }

    /// What a user wants to know about the servers and can do with them; `url` is the service's
    /// URL.
    pub fn welcome(&self, url: &str) -> String {
        let Self {
            kafka,
            s3,
            registry,
            kept,
        } = self;
        format!(
            r#"Kafka          {}
S3             {}  (access key MINIO_ACCESS_KEY, by default minio; secret key MINIO_SECRET_KEY)
Schemas        {}  (Confluent's API; messages of the formats avro and protobuf begin with the id of their schema)

{} {} {} {kept}

Five seconds of transactions to Kafka; "minio" instead of "kafka" sends them to S3, "avro" instead of "ndjson" writes Avro:

curl -s {url}/emulator -H 'Content-Type: application/json' -d '{{"emulator_sync": "kafka", "emulation_domain": "transaction", "format_type": "ndjson", "sync_type": "grouped", "max_chunk_size": 1048576, "timeout": 5}}'

Then look at {url}/emulator/ID/status with the id that it answers.
"#,
            kafka.bootstrap_servers(),
            s3.endpoint(),
            registry.url(),
            EmbeddedKafka::LIMITS,
            EmbeddedS3::LIMITS,
            EmbeddedRegistry::LIMITS,
        )
    }
}

fn create(folder: &Path) -> Result<(), SettingsError> {
    fs::create_dir_all(folder).map_err(|error| {
        let why = format!("{} cannot be created: {error}", folder.display());
        SettingsError::combination("data.dir", why)
    })
}
