//! Test suites for the contracts of the ports.

pub mod backups;
pub mod store;

use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Broken, Dictionary, Field, Kind, Table};
use warehouse_domain::name::Name;

/// The tables of the HR warehouse and `badges`, which covers what those lack: nullable fields,
/// limits, a key that is not the first field, and strict references, one of them to the table
/// itself.
///
/// # Panics
/// Never: the tables are consistent.
pub fn dictionary() -> Dictionary {
    let name = |text: &str| Name::parse(text).expect("a name");
    let field = |text: &str, kind, nullable| Field {
        name: name(text),
        kind,
        nullable,
    };
    let any = Kind::Integer {
        min: i32::MIN,
        max: i32::MAX,
    };
    let fields = vec![
        field("order", Kind::Text { limit: 20 }, true),
        field("badge", any, false),
        field("job_id", any, true),
        field("replaces", any, true),
        field("since", Kind::DateTime, true),
    ];
    let references = vec![
        (name("job_id"), name("jobs"), Broken::Reject),
        (name("replaces"), name("badges"), Broken::Reject),
    ];
    let badges = Table::new(name("badges"), fields, &name("badge"), references).expect("a table");
    let hr = warehouse_domain::hr::dictionary();
    let mut tables: Vec<Table> = hr.tables().iter().map(|table| (**table).clone()).collect();
    tables.push(badges);
    Dictionary::new(tables).expect("a dictionary")
}

fn batch<const N: usize>(rows: &[[Value<'_>; N]]) -> RowBatch {
    let mut batch = RowBatch::new(N);
    for value in rows.iter().flatten() {
        batch.push(*value);
    }
    batch
}

fn cells(batch: &RowBatch) -> Vec<Vec<Value<'_>>> {
    (0..batch.len())
        .map(|row| batch.row(row).collect())
        .collect()
}

/// Jobs with these ids.
fn jobs(ids: impl IntoIterator<Item = i32>) -> RowBatch {
    let names: Vec<(i32, String)> = ids
        .into_iter()
        .map(|id| (id, format!("Job {id}")))
        .collect();
    let mut batch = RowBatch::new(2);
    for (id, name) in &names {
        batch.push(Value::Integer(*id));
        batch.push(Value::Text(name));
    }
    batch
}
