//! Every value is read back as it was written.

use Value::{Integer, Null, Text};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Dictionary, Table};

use super::super::{batch, cells, jobs};
use super::{holds, insert, load, table};
use crate::{Finish, Inserted, LoadMode, Store};

pub(super) async fn every_value_is_kept(store: &dyn Store, dictionary: &Dictionary) {
    load(
        store,
        table(dictionary, "jobs"),
        LoadMode::Append,
        &jobs([7]),
        Finish::Restored,
    )
    .await;
    let badges = table(dictionary, "badges");
    let rows = batch(&[
        [Null, Integer(i32::MIN), Null, Null, Null],
        [
            Text("tab\\t 'quote' \"x\""),
            Integer(-1),
            Integer(7),
            Null,
            Text("0001-01-01T00:00:00Z"),
        ],
        [
            Text("äöü 漢字 🙂"),
            Integer(0),
            Null,
            Integer(-1),
            Text("2021-07-27T16:02:08.5Z"),
        ],
        [Text("\\N"), Integer(1), Null, Integer(1), Null],
        [
            Text("=1+1; --"),
            Integer(i32::MAX),
            Null,
            Null,
            Text("9999-12-31T23:59:59.999999999Z"),
        ],
    ]);
    load(store, badges, LoadMode::Append, &rows, Finish::Restored).await;
    holds(store, badges, &rows, "a load keeps every value").await;
    load(
        store,
        badges,
        LoadMode::Replace,
        &RowBatch::new(5),
        Finish::Restored,
    )
    .await;
    holds(
        store,
        badges,
        &RowBatch::new(5),
        "a table may be replaced by nothing",
    )
    .await;
    let done = store
        .insert(insert(badges, &rows))
        .await
        .expect("rows are inserted");
    assert_eq!(
        done,
        Inserted::default(),
        "rows may refer to earlier ones and to themselves"
    );
    holds(store, badges, &rows, "an insertion keeps every value").await;
}

pub(super) async fn names_and_values_are_only_that(store: &dyn Store, table: &Table) {
    let texts = [
        "'; DROP TABLE employees; --",
        "\"; DROP TABLE employees; --",
        "$1 ? %s {} \\",
        "NULL",
    ];
    for (text, id) in texts.iter().zip(100..) {
        let rows = batch(&[[Integer(id), Text(text)]]);
        store
            .insert(insert(table, &rows))
            .await
            .expect("rows are inserted");
        let page = store.page(table, id, 1).await.expect("a page");
        assert_eq!(cells(&page), cells(&rows), "a value is a value");
    }
}
