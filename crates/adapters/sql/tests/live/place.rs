//! A database of a test's own.

use adapter_sql::SqlDatabase;
use pipeline_domain::source::Names;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Another database of the server that `POSTGRES_TEST_URL` names.
pub(crate) fn at(database: &str) -> String {
    let url = std::env::var("POSTGRES_TEST_URL")
        .expect("start the server and export its address: see deploy/local/README.md");
    let (server, _) = url.rsplit_once('/').expect("postgres://.../database");
    format!("{server}/{database}")
}

/// A database that was created for one test.
pub(crate) struct Place {
    name: String,
    server: PgConnection,
}

impl Place {
    pub(crate) async fn make(test: &str) -> Self {
        let name = format!("adapter_sql_{test}_{}", std::process::id());
        let mut server = PgConnection::connect(&at("postgres")).await.unwrap();
        let sql = format!("CREATE DATABASE {name}");
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut server)
            .await
            .unwrap();
        Self { name, server }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> String {
        at(&self.name)
    }

    /// For another user.
    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        let url = self.url();
        let (_, host) = url.rsplit_once('@').expect("a user before the host");
        format!("postgres://{user}:{password}@{host}")
    }

    pub(crate) fn password(&self) -> String {
        let url = self.url();
        let (user, _) = url.rsplit_once('@').expect("a user before the host");
        let (_, password) = user.rsplit_once(':').expect("a password behind the user");
        password.to_owned()
    }

    pub(crate) fn database(&self) -> SqlDatabase {
        SqlDatabase::at(&self.url().into(), Names::default()).unwrap()
    }

    pub(crate) async fn client(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    pub(crate) async fn drop(mut self) {
        let sql = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut self.server)
            .await
            .unwrap();
    }
}
