//! What the routes of a warehouse in a SQLite file need.

use std::path::Path;
use std::sync::Arc;

use adapter_avro::{BackupFolder, Codec};
use adapter_charts::HiringCharts;
use adapter_filesystem::{CsvFolder, RejectFolder};
use tokio::runtime::Runtime;
use warehouse_application::Warehouse;
use warehouse_domain::dictionary::Dictionary;
use warehouse_rest::RestState;

pub(crate) fn state(data: &Path, runtime: &Runtime, dictionary: Dictionary) -> RestState {
    let _within = runtime.enter();
    let url = format!("sqlite:{}", data.join("warehouse.db").display());
    let warehouse = Warehouse {
        dictionary: dictionary.clone(),
        store: adapter_sql::open_warehouse(&url.into(), dictionary).unwrap(),
        backups: Arc::new(BackupFolder::new(data.join("backups"), Codec::Deflate, 5)),
    };
    RestState {
        warehouse,
        charts: Arc::new(HiringCharts),
        new_records: Arc::new(CsvFolder::new(data.join("new_records"))),
        rejects: Arc::new(RejectFolder::new(data.join("rejects"))),
        legacy_get: false,
        metrics: Arc::new(String::new),
        runtime: runtime.handle().clone(),
    }
}
