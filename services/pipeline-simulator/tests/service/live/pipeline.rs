//! A pipeline of a test's own: topics, groups, state and tables that no other test has.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pipeline_domain::row::Row;
use pipeline_domain::source::Source;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

pub(crate) use super::servers::env;
use super::topics::{self, Message};
use crate::process::{Running, output_text, program};
use crate::tables;

/// Where rows land.
pub(crate) enum Tables {
    Sqlite,
    /// A database that was made for the test, on the server with this URL.
    Postgres {
        server: String,
        name: String,
    },
}

pub(crate) struct Pipeline {
    pub(crate) folder: TempDir,
    pub(crate) prefix: String,
    pub(crate) brokers: String,
    tables: Tables,
}

impl Pipeline {
    /// With SQLite, on the shared Kafka.
    pub(crate) fn sqlite(test: &str) -> Self {
        Self::at(test, env("KAFKA_BOOTSTRAP_SERVERS"), Tables::Sqlite)
    }

    /// With a database of the shared PostgreSQL, on the shared Kafka.
    pub(crate) async fn postgres(test: &str) -> Self {
        let tables = database(test, &env("POSTGRES_TEST_URL")).await;
        Self::at(test, env("KAFKA_BOOTSTRAP_SERVERS"), tables)
    }

    pub(crate) fn at(test: &str, brokers: String, tables: Tables) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            prefix: format!("live-{test}-{}.", now.as_millis()),
            brokers,
            tables,
        }
    }

    /// The program with the words of `line`, led to this pipeline.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = program(self.folder.path());
        command
            .args(line.split(' '))
            .env("KAFKA_BOOTSTRAP_SERVERS", &self.brokers)
            .env("PIPELINE_PREFIX", &self.prefix)
            .env("DATA_DIR", self.data());
        if let Tables::Postgres { server, name } = &self.tables {
            command.env("DATABASE_URL", url(server, name));
        }
        command
    }

    pub(crate) fn start(&self, line: &str) -> Running {
        Running::of(self.command(line), self.folder.path())
    }

    /// Runs a command to its end, which must be a good one.
    pub(crate) fn run(&self, line: &str) -> String {
        let output = self.command(line).output().unwrap();
        let output_text = output_text(&output);
        assert_eq!(output.status.code(), Some(0), "{line}: {output_text}");
        output_text
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn name(&self, topic_or_group: &str) -> String {
        format!("{}{topic_or_group}", self.prefix)
    }

    pub(crate) fn topic(&self, source: Source) -> String {
        self.name(&format!("topic{}", source.number()))
    }

    pub(crate) fn topics(&self) -> [String; 3] {
        Source::ALL.map(|source| self.topic(source))
    }

    /// All rows of a source's table, by id.
    pub(crate) async fn rows(&self, source: Source) -> Vec<Row> {
        match &self.tables {
            Tables::Sqlite => tables::sqlite(&self.data().join("pipeline.db"), source).await,
            Tables::Postgres { server, name } => tables::postgres(&url(server, name), source).await,
        }
    }

    /// Panics unless the tables hold these rows, value by value.
    pub(crate) async fn assert_rows(&self, expected: &[Vec<Row>; 3]) {
        for source in Source::ALL {
            let (found, expected) = (self.rows(source).await, &expected[source.index()]);
            let ids = |rows: &[Row]| rows.iter().map(Row::id).collect::<BTreeSet<_>>();
            let (there, wanted) = (ids(&found), ids(expected));
            let missing: Vec<_> = wanted.difference(&there).take(9).collect();
            let more: Vec<_> = there.difference(&wanted).take(9).collect();
            assert!(missing.is_empty(), "{source}: no rows {missing:?}");
            assert!(more.is_empty(), "{source}: rows {more:?} as well");
            for (found, expected) in found.iter().zip(expected) {
                assert_eq!(found, expected, "{source}");
            }
        }
    }

    /// What a topic holds for a reader of committed messages.
    pub(crate) fn read(&self, topic: &str) -> Vec<Message> {
        topics::read(&self.brokers, &self.name(topic))
    }

    /// Panics unless each of these ids was acknowledged once, and nothing else was.
    pub(crate) fn assert_acknowledged(&self, ids: impl IntoIterator<Item = i64>) {
        let mut found: Vec<i64> = Vec::new();
        for ack in self.read("ack") {
            let key = ack.key.expect("an acknowledgement has a key");
            assert_eq!(ack.value, Some(format!("{{\"id\": \"{key}\"}}")));
            found.push(key.parse().unwrap());
        }
        let count = found.len();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count, "ids were acknowledged again");
        let wanted: BTreeSet<i64> = ids.into_iter().collect();
        let found: BTreeSet<i64> = found.into_iter().collect();
        let missing: Vec<_> = wanted.difference(&found).take(9).collect();
        let more: Vec<_> = found.difference(&wanted).take(9).collect();
        assert!(
            missing.is_empty() && more.is_empty(),
            "{missing:?} {more:?}"
        );
    }

    /// Waits until these groups have settled all that was sent.
    pub(crate) fn settled(&self, groups: &[&str], processes: &mut [&mut Running]) {
        let mut lag = i64::MAX;
        let mut end = Instant::now() + Duration::from_secs(90);
        loop {
            let now: i64 = groups
                .iter()
                .map(|group| topics::lag(&self.brokers, &self.name(group), &self.topics()))
                .sum();
            if now == 0 {
                return;
            }
            for process in &mut *processes {
                assert!(process.runs(), "it has ended: {}", process.output_text());
            }
            if now < lag {
                lag = now;
                end = Instant::now() + Duration::from_secs(90);
            }
            let output_text = || {
                processes
                    .iter()
                    .map(|it| it.output_text())
                    .collect::<String>()
            };
            assert!(
                Instant::now() < end,
                "{lag} events are left: {}",
                output_text()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Removes the database, if it was made.
    pub(crate) async fn end(&self) {
        if let Tables::Postgres { server, name } = &self.tables {
            let mut server = PgConnection::connect(server).await.unwrap();
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(sql))
                .execute(&mut server)
                .await
                .unwrap();
        }
    }
}

impl Drop for Pipeline {
    /// Others should not have to look at what a test has left behind.
    fn drop(&mut self) {
        topics::forget(&self.brokers, &self.prefix);
    }
}

fn url(server: &str, database: &str) -> String {
    let (server, _) = server.rsplit_once('/').expect("postgres://.../database");
    format!("{server}/{database}")
}

/// Makes a database on the server with this URL.
pub(crate) async fn database(test: &str, server: &str) -> Tables {
    let name = format!("pipeline_{test}_{}", std::process::id());
    let mut client = PgConnection::connect(server).await.unwrap();
    let sql = format!("CREATE DATABASE {name}");
    sqlx::query(AssertSqlSafe(sql))
        .execute(&mut client)
        .await
        .unwrap();
    Tables::Postgres {
        server: server.to_owned(),
        name,
    }
}
