//! A database behind either kind of URL.

use async_trait::async_trait;
use pipeline_domain::landing::{Arrival, Landing};
use pipeline_domain::source::Names;
use pipeline_ports::{Database, PortError};
use secrecy::SecretString;

use crate::pipeline::batch::RowBatch;
use crate::pipeline::postgres::Postgres;
use crate::pipeline::sqlite::Sqlite;
use crate::url::{self, Target};

/// `data1`, `data2`, `data3` and `landing_journal` in a SQLite file or a PostgreSQL database.
///
/// `Debug` shows no password.
#[derive(Debug)]
pub struct SqlDatabase {
    names: Names,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl SqlDatabase {
    /// The database at `sqlite:path` (or `sqlite://path`; the path is used verbatim) or
    /// `postgres://user:password@host:port/database`, for the events of the topics with these
    /// `names`. What a PostgreSQL URL leaves out is taken from libpq's environment variables
    /// (`PGPASSWORD` and others).
    ///
    /// Only parses the URL: [`prepare`](Database::prepare) is the first call to the database, and a
    /// lost connection is reopened.
    ///
    /// # Errors
    /// [`Refused`](pipeline_ports::PortErrorKind::Refused) if the URL is none of these.
    pub fn at(url: &SecretString, names: Names) -> Result<Self, PortError> {
        let engine = match url::parse(url)? {
            Target::Sqlite(file) => Engine::Sqlite(Sqlite::new(file)),
            Target::Postgres(options) => Engine::Postgres(Postgres::new(*options)),
        };
        Ok(Self { names, engine })
    }
}

#[async_trait]
impl Database for SqlDatabase {
    async fn prepare(&self) -> Result<(), PortError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.prepare().await,
            Engine::Postgres(postgres) => postgres.prepare().await,
        }
    }

    async fn land(&self, arrivals: &[Arrival]) -> Result<Vec<Landing>, PortError> {
        if arrivals.is_empty() {
            return Ok(Vec::new());
        }
        let batch = RowBatch::new(arrivals);
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.land(&batch, &self.names).await,
            Engine::Postgres(postgres) => postgres.land(&batch, &self.names).await,
        }
    }

    async fn rows(&self) -> Result<[u64; 3], PortError> {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.rows().await,
            Engine::Postgres(postgres) => postgres.rows().await,
        }
    }
}
