//! A warehouse of its own for each test.

use std::collections::BTreeMap;
use std::fs;
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::rt;
use platform_http::Server;
use platform_http::settings::HttpSettings;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use warehouse_application::Warehouse;
use warehouse_domain::batch::{RowBatch, Value as Cell};
use warehouse_domain::dictionary::Dictionary;
use warehouse_domain::hr;
use warehouse_ports::{Finish, LoadMode, LoadRecord};
use warehouse_rest::routes;

use crate::chromium;
use crate::hand::Hand;
use crate::state::state;

/// The name of a department.
pub(crate) const ATTACK: &str = "<img src=x onerror=\"document.title='attacked'\">";

pub(crate) struct Site {
    data: TempDir,
    base: String,
    hand: Hand,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
    // Last: the others use it until they end.
    _runtime: Runtime,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

impl Site {
    /// With the HR tables and some rows.
    pub(crate) fn start() -> Self {
        Self::of(hr::dictionary(), |runtime, warehouse| {
            runtime.block_on(fill(warehouse));
        })
    }

    /// With other tables, which are empty.
    pub(crate) fn without_reports() -> Self {
        let jobs = hr::dictionary().table("jobs").unwrap().clone();
        let dictionary = Dictionary::new(vec![(*jobs).clone()]).unwrap();
        Self::of(dictionary, |runtime, warehouse| {
            runtime.block_on(warehouse.store.prepare()).unwrap();
        })
    }

    fn of(dictionary: Dictionary, prepare: impl FnOnce(&Runtime, &Warehouse)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let state = state(data.path(), &runtime, dictionary);
        prepare(&runtime, &state.warehouse);
        let (hand, stop) = (Hand::default(), CancellationToken::new());
        let (own, token) = (hand.clone(), stop.clone());
        let (tell, told) = mpsc::channel();
        let server = std::thread::spawn(move || {
            rt::System::new().block_on(async {
                let routes = routes(state).with(move |routes| own.configure(routes));
                let settings = HttpSettings {
                    port: 0,
                    ..HttpSettings::loopback()
                };
                let server = Server::bind(&settings, routes, None, token).unwrap();
                tell.send(server.address()).unwrap();
                server.run().await.unwrap();
            });
        });
        Self {
            data,
            base: format!("http://{}", told.recv().unwrap()),
            hand,
            stop,
            server: Some(server),
            _runtime: runtime,
        }
    }

    /// The document that a browser makes of a page.
    pub(crate) fn document(&self, path: &str) -> String {
        chromium::document(&format!("{}{path}", self.base))
    }

    /// What the script reports after it has used the page.
    pub(crate) fn used(&self, script: &str) -> Value {
        self.hand.used(&self.base, "", script)
    }

    /// A file that another program has made, and not well.
    pub(crate) fn damage_backups_of(&self, table: &str) {
        let folder = self.data.path().join("backups");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{table}.avro")), "not Avro").unwrap();
    }
}

async fn fill(warehouse: &Warehouse) {
    warehouse.store.prepare().await.unwrap();
    let date = Cell::Text("2021-07-27T16:02:08Z");
    let hired = |id| {
        vec![
            Cell::Integer(id),
            Cell::Text("Ines Costa"),
            date,
            Cell::Integer(1),
            Cell::Integer(1),
        ]
    };
    let reasons = [("employee_name: empty", 1), ("job_id: not-an-integer", 2)];
    let record = LoadRecord {
        digest: "0".repeat(64),
        file: "employees.csv".to_owned(),
        rows: 3,
        rejected: 3,
        reasons: BTreeMap::from(reasons.map(|(reason, count)| (reason.to_owned(), count))),
        loaded_at: 1_700_000_000_000,
    };
    for (table, rows, finish) in [
        (
            "departments",
            vec![
                vec![Cell::Integer(1), Cell::Text(ATTACK)],
                vec![Cell::Integer(2), Cell::Text("Staff")],
            ],
            Finish::Restored,
        ),
        (
            "jobs",
            vec![vec![Cell::Integer(1), Cell::Text("Recruiter")]],
            Finish::Restored,
        ),
        (
            "employees",
            vec![hired(1), hired(2), hired(3)],
            Finish::Loaded(record),
        ),
    ] {
        let table = warehouse.table(table).unwrap();
        let mut batch = RowBatch::new(table.fields().len());
        for cell in rows.into_iter().flatten() {
            batch.push(cell);
        }
        let mut load = warehouse
            .store
            .load(&table, LoadMode::Append)
            .await
            .unwrap();
        load.add(&batch).await.unwrap();
        load.finish(finish).await.unwrap();
    }
}
