//! Inserting the rows of requests.

use Value::{Integer, Null};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::reason::Reason;

use super::super::{batch, jobs};
use super::{holds, insert, table};
use crate::{Idempotency, Insert, Inserted, Store, StoreError};

pub(super) async fn rows_are_inserted_or_refused_one_by_one(
    store: &dyn Store,
    dictionary: &Dictionary,
) {
    let table = table(dictionary, "jobs");
    let (rows, duplicate) = (jobs([5, 3, 4, 2]), |row| (row, 0, Reason::DuplicateInTable));
    let all = Insert {
        all_or_nothing: true,
        ..insert(table, &rows)
    };
    let refused = vec![duplicate(1), duplicate(3)];
    let done = store.insert(all).await.expect("rows are inserted");
    assert_eq!(done.refused, refused, "keys of the table are refused");
    holds(store, table, &jobs([2, 3]), "all or nothing was nothing").await;
    let done = store
        .insert(insert(table, &rows))
        .await
        .expect("rows are inserted");
    assert_eq!(done.refused, refused, "keys of the table are refused");
    holds(store, table, &jobs([2, 3, 4, 5]), "the others are inserted").await;
    let none = RowBatch::new(2);
    let done = store.insert(insert(table, &none)).await;
    assert_eq!(done, Ok(Inserted::default()), "no rows are no fault");

    let badges = super::table(dictionary, "badges");
    let rows = batch(&[
        [Null, Integer(10), Integer(99), Null, Null],
        [Null, Integer(11), Integer(5), Integer(12), Null],
        [Null, Integer(0), Integer(99), Null, Null],
        [Null, Integer(12), Integer(5), Integer(0), Null],
    ]);
    let mut done = store
        .insert(insert(badges, &rows))
        .await
        .expect("rows are inserted")
        .refused;
    // The third row has two faults; either may be reported.
    assert!((done[2].0, done.len()) == (2, 3), "{done:?}");
    done.truncate(2);
    let missing = |row, column| (row, column, Reason::MissingReference);
    assert_eq!(
        done,
        [missing(0, 2), missing(1, 3)],
        "strict references are kept"
    );
    assert_eq!(
        store.count(badges).await,
        Ok(6),
        "the row without a fault is inserted"
    );
}

pub(super) async fn a_request_that_comes_again_changes_nothing(store: &dyn Store, table: &Table) {
    let request = |digest: &str, now| Idempotency {
        key: "0123456789abcdef".repeat(4),
        digest: digest.repeat(64),
        now,
        forget_before: now - 100,
    };
    let (rows, first) = (jobs([5, 6]), request("a", 1000));
    fn with<'a>(table: &'a Table, rows: &'a RowBatch, request: &'a Idempotency) -> Insert<'a> {
        Insert {
            idempotency: Some(request),
            ..insert(table, rows)
        }
    }
    let failed = Insert {
        all_or_nothing: true,
        ..with(table, &rows, &first)
    };
    let refused = vec![(0, 0, Reason::DuplicateInTable)];
    let done = store.insert(failed).await.expect("rows are inserted");
    assert_eq!(
        done.refused, refused,
        "nothing is inserted, and the key stays free"
    );
    for (replayed, now) in [(false, 1000), (true, 1001), (true, 1100)] {
        let request = request("a", now);
        let done = store
            .insert(with(table, &rows, &request))
            .await
            .expect("rows are inserted");
        let refused = refused.clone();
        assert_eq!(
            done,
            Inserted { refused, replayed },
            "the answer is that of the first time"
        );
    }
    let other = request("b", 1002);
    let reused = store.insert(with(table, &rows, &other)).await;
    assert_eq!(
        reused,
        Err(StoreError::KeyReused),
        "a key belongs to one request"
    );
    let late = request("b", 1101);
    let done = store
        .insert(with(table, &rows, &late))
        .await
        .expect("rows are inserted");
    assert_eq!(done.refused.len(), 2, "an old key is forgotten");
    holds(
        store,
        table,
        &jobs([2, 3, 4, 5, 6]),
        "each request has inserted once",
    )
    .await;
}
