//! The contract of [`Store`].

mod insertions;
mod loads;
mod reading;
mod values;

use warehouse_domain::batch::RowBatch;
use warehouse_domain::dictionary::{Dictionary, Table};

use super::cells;
use crate::{Finish, Insert, LoadMode, Store};

/// Runs the suite on an empty database that was opened with [`dictionary`](super::dictionary).
///
/// # Panics
/// With the sentence of the contract that is violated.
pub async fn keeps_its_contract(store: &dyn Store) {
    let dictionary = super::dictionary();
    for _ in 0..2 {
        store
            .prepare()
            .await
            .expect("a database may be prepared twice");
    }
    let jobs = table(&dictionary, "jobs");
    values::every_value_is_kept(store, &dictionary).await;
    loads::a_load_is_all_or_nothing(store, jobs).await;
    loads::a_replacement_is_seen_at_its_end(store, jobs).await;
    insertions::rows_are_inserted_or_refused_one_by_one(store, &dictionary).await;
    insertions::a_request_that_comes_again_changes_nothing(store, jobs).await;
    loads::who_writes_beside_a_load_waits(store, jobs).await;
    reading::large_tables_are_read_whole(store, jobs).await;
    reading::hires_are_counted(store, &dictionary).await;
    values::names_and_values_are_only_that(store, table(&dictionary, "departments")).await;
    loads::references_to_missing_rows_are_counted(store, &dictionary).await;
}

fn table<'a>(dictionary: &'a Dictionary, name: &str) -> &'a Table {
    dictionary.table(name).expect("a table of the suite")
}

fn insert<'a>(table: &'a Table, rows: &'a RowBatch) -> Insert<'a> {
    Insert {
        table,
        rows,
        all_or_nothing: false,
        idempotency: None,
    }
}

async fn holds(store: &dyn Store, table: &Table, rows: &RowBatch, sentence: &str) {
    let found = store.page(table, i32::MIN, 10_000).await.expect("a page");
    assert_eq!(cells(&found), cells(rows), "{sentence}");
    let count = store.count(table).await.expect("a count");
    assert_eq!(count, rows.len() as u64, "{sentence}");
}

async fn load(store: &dyn Store, table: &Table, mode: LoadMode, rows: &RowBatch, finish: Finish) {
    let mut load = store.load(table, mode).await.expect("a load begins");
    load.add(rows).await.expect("rows are added");
    load.finish(finish).await.expect("a load ends");
}
