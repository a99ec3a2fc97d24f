//! The operations of a warehouse, for any of the databases.

use async_trait::async_trait;
use sqlx::Connection;
use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::Table;
use warehouse_domain::report::HiringFacts;
use warehouse_ports::{Insert, Inserted, Load, LoadMode, LoadRecord, Rows, Store, StoreError};

use super::engine::{Engine, SqlStore, begin};
use super::failure::migration_error;
use super::schema::{self, Column};
use super::sql::Purpose;
use super::{insert, read};

impl<E: Engine> SqlStore<E> {
    /// A connection of its own: it tells at once what is wrong, where the pool would try again until
    /// its time is over and then tell only that.
    async fn connect(&self) -> Result<E::Connection, sqlx::Error> {
        let options = self.writers.connect_options();
        let connection = E::Connection::connect_with(&options);
        let limit = self.writers.options().get_acquire_timeout();
        match tokio::time::timeout(limit, connection).await {
            Ok(connection) => connection,
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// Creates the table if it is missing.
    async fn create(&self, table: &Table) -> Result<Vec<Column>, sqlx::Error> {
        let mut transaction = begin(&self.writers, table, Purpose::Create).await?;
        let describe = || {
            let name = vec![table.name().as_str().into()];
            (E::SQL.describe().to_owned(), name)
        };
        let (sql, name) = describe();
        let mut columns = E::fetch(&mut transaction, sql, name).await?;
        if columns.is_empty() {
            E::execute(&mut transaction, E::SQL.create(table), vec![]).await?;
            let (sql, name) = describe();
            columns = E::fetch(&mut transaction, sql, name).await?;
        }
        transaction.commit().await?;
        columns.iter().map(read::column::<E>).collect()
    }

    async fn facts(&self, year: u16) -> Result<HiringFacts, sqlx::Error> {
        let mut transaction = self.readers.begin_with(E::SQL.snapshot()).await?;
        let departments = "SELECT department_id, department_name FROM departments".to_owned();
        let departments = E::fetch(&mut transaction, departments, vec![]).await?;
        let jobs = "SELECT job_id, job_name FROM jobs".to_owned();
        let jobs = E::fetch(&mut transaction, jobs, vec![]).await?;
        let bounds = read::bounds(year).map(|bound| bound.as_str().into());
        let hires = E::fetch(&mut transaction, E::SQL.hires(), bounds.into()).await?;
        Ok(HiringFacts {
            departments: read::names::<E>(&departments)?,
            jobs: read::names::<E>(&jobs)?,
            hires: hires
                .iter()
                .map(read::hire::<E>)
                .collect::<Result<_, _>>()?,
        })
    }

    async fn read_loads(&self, table: &Table) -> Result<Vec<LoadRecord>, sqlx::Error> {
        let mut connection = self.readers.acquire().await?;
        let name = vec![table.name().as_str().into()];
        let rows = E::fetch(&mut connection, E::SQL.loads(), name).await?;
        rows.iter().map(read::load::<E>).collect()
    }

    async fn read_page(
        &self,
        table: &Table,
        from: i32,
        limit: u32,
    ) -> Result<RowBatch, sqlx::Error> {
        let mut connection = self.readers.acquire().await?;
        page::<E>(&mut connection, table, from, limit).await
    }

    async fn read_count(&self, table: &Table) -> Result<u64, sqlx::Error> {
        let mut connection = self.readers.acquire().await?;
        read::count::<E>(&mut connection, E::SQL.count(table)).await
    }
}

pub(super) async fn page<E: Engine>(
    connection: &mut E::Connection,
    table: &Table,
    from: i32,
    limit: u32,
) -> Result<RowBatch, sqlx::Error> {
    let binds = vec![i64::from(from).into(), i64::from(limit).into()];
    let rows = E::fetch(connection, E::SQL.page(table), binds).await?;
    read::batch::<E>(table, &rows)
}

#[async_trait]
impl<E: Engine> Store for SqlStore<E> {
    async fn prepare(&self) -> Result<(), StoreError> {
        let connection = self.connect().await;
        let mut connection = connection.map_err(|error| self.failure(&error))?;
        let migrated = E::migrate(&mut connection, E::SQL.migrator()).await;
        migrated.map_err(|error| migration_error(&error, &self.name))?;
        connection.close().await.map_err(|it| self.failure(&it))?;
        for table in self.dictionary.tables() {
            let columns = self.create(table).await.map_err(|it| self.failure(&it))?;
            schema::check(table, &columns, &self.name)?;
        }
        Ok(())
    }

    async fn load(&self, table: &Table, mode: LoadMode) -> Result<Box<dyn Load>, StoreError> {
        E::load(self, table, mode).await
    }

    async fn loads(&self, table: &Table) -> Result<Vec<LoadRecord>, StoreError> {
        let loads = self.read_loads(table).await;
        loads.map_err(|error| self.failure(&error))
    }

    async fn insert(&self, insert: Insert<'_>) -> Result<Inserted, StoreError> {
        insert::run(self, insert).await
    }

    async fn page(&self, table: &Table, from: i32, limit: u32) -> Result<RowBatch, StoreError> {
        let rows = self.read_page(table, from, limit).await;
        rows.map_err(|error| self.failure(&error))
    }

    async fn count(&self, table: &Table) -> Result<u64, StoreError> {
        let count = self.read_count(table).await;
        count.map_err(|error| self.failure(&error))
    }

    async fn rows(&self, table: &Table) -> Result<Box<dyn Rows>, StoreError> {
        E::rows(self, table).await
    }

    async fn hiring(&self, year: u16) -> Result<HiringFacts, StoreError> {
        self.facts(year).await.map_err(|error| self.failure(&error))
    }
}
