//! What the routes need.

use std::sync::Arc;

use actix_web::http::StatusCode;
use async_trait::async_trait;
use jiff::Timestamp;
use platform_http::operations::Operations;
use platform_http::{ApiError, excerpt};
use tokio::runtime::Handle;
use warehouse_application::Warehouse;
use warehouse_domain::dictionary::Table;
use warehouse_ports::{Charts, History, RejectLog};

/// What the routes need. Clones share it.
#[derive(Clone)]
pub struct RestState {
    /// The use cases.
    pub warehouse: Warehouse,
    /// Draws the reports.
    pub charts: Arc<dyn Charts>,
    /// Files loaded by `GET /new_records/{table}`, as in the old system.
    pub new_records: Arc<dyn History>,
    /// Stores the rejected rows of those files.
    pub rejects: Arc<dyn RejectLog>,
    /// Whether the old URLs change state by GET.
    pub legacy_get: bool,
    /// Renders the metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The runtime of the use cases: a server's worker ends with the server, but a restore must
    /// not.
    pub runtime: Handle,
}

impl RestState {
    pub(crate) fn table(&self, name: &str) -> Result<Arc<Table>, ApiError> {
        self.warehouse.table(name).ok_or_else(|| {
            let tables = self.warehouse.dictionary.tables().iter();
            let names: Vec<_> = tables.map(|table| table.name().as_str()).collect();
            let detail = format!(
                "unknown table {:?}; expected {}",
                excerpt(name),
                names.join(", ")
            );
            ApiError::new(StatusCode::NOT_FOUND, detail)
        })
    }

    /// Runs the work to its end, even if the client has disconnected.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.runtime.spawn(work).await.map_err(|_| {
            let detail = "the service ended while it worked on the request; try again";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1)
        })
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

#[async_trait]
impl Operations for RestState {
    async fn readiness(&self) -> Vec<(String, Result<(), String>)> {
        let table = Arc::clone(&self.warehouse.dictionary.tables()[0]);
        let store = Arc::clone(&self.warehouse.store);
        let asked = self
            .run(async move { store.page(&table, 0, 1).await })
            .await;
        let database = match asked {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        vec![("database".to_owned(), database)]
    }

    async fn metrics(&self) -> Result<String, ApiError> {
        Ok((self.metrics)())
    }
}
