//! The contract of [`Store`].

use std::collections::BTreeMap;

use Value::{Integer, Null, Text};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::reason::Reason;
use warehouse_domain::report::HireCount;

use super::{batch, cells, jobs};
use crate::{Finish, Idempotency, Insert, Inserted, LoadMode, LoadRecord, Store, StoreError};

/// Runs the suite on an empty database that was opened with [`dictionary`](super::dictionary).
///
/// # Panics
/// With the sentence that does not hold.
pub async fn keeps_its_contract(store: &dyn Store) {
    let dictionary = super::dictionary();
    for _ in 0..2 {
        store
            .prepare()
            .await
            .expect("a database may be prepared twice");
    }
    every_value_is_kept(store, &dictionary).await;
    a_load_is_all_or_nothing(store, table(&dictionary, "jobs")).await;
    a_replacement_is_seen_at_its_end(store, table(&dictionary, "jobs")).await;
    rows_are_inserted_or_refused_one_by_one(store, &dictionary).await;
    a_request_that_comes_again_changes_nothing(store, table(&dictionary, "jobs")).await;
    large_tables_are_read_in_order(store, table(&dictionary, "jobs")).await;
    hires_are_counted(store, &dictionary).await;
    names_and_values_are_only_that(store, table(&dictionary, "departments")).await;
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

async fn every_value_is_kept(store: &dyn Store, dictionary: &Dictionary) {
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

fn record(digest: &str, loaded_at: i64) -> LoadRecord {
    LoadRecord {
        digest: digest.to_owned(),
        file: "jobs.csv".to_owned(),
        rows: 2,
        rejected: 3,
        reasons: BTreeMap::from([("job_name: empty".to_owned(), 3)]),
        loaded_at,
    }
}

async fn a_load_is_all_or_nothing(store: &dyn Store, table: &Table) {
    let before = jobs([7]);
    let mut dropped = store
        .load(table, LoadMode::Append)
        .await
        .expect("a load begins");
    dropped.add(&jobs([1, 2])).await.expect("rows are added");
    let keys = dropped.keys(table).await.expect("keys");
    assert!(
        keys.contains(7) && !keys.contains(8),
        "a load sees the rows before it"
    );
    holds(
        store,
        table,
        &before,
        "rows of a load that goes on are not seen",
    )
    .await;
    drop(dropped);
    holds(
        store,
        table,
        &before,
        "a load that was dropped has not happened",
    )
    .await;

    let mut doubled = store
        .load(table, LoadMode::Append)
        .await
        .expect("a load begins");
    let refused = doubled.add(&jobs([1, 7])).await;
    assert!(refused.is_err(), "a doubled key fails the load");
    drop(doubled);
    holds(store, table, &before, "a load that failed has not happened").await;

    let old = Finish::Loaded(record("a", 5));
    load(store, table, LoadMode::Append, &jobs([1, 2]), old).await;
    load(
        store,
        table,
        LoadMode::Append,
        &jobs([9]),
        Finish::Loaded(record("b", 6)),
    )
    .await;
    holds(store, table, &jobs([1, 2, 7, 9]), "a load adds its rows").await;
    let loads = store.loads(table).await.expect("loads");
    assert_eq!(
        loads,
        [record("b", 6), record("a", 5)],
        "loads are remembered, newest first"
    );
}

async fn a_replacement_is_seen_at_its_end(store: &dyn Store, table: &Table) {
    let before = jobs([1, 2, 7, 9]);
    let mut replacement = store
        .load(table, LoadMode::Replace)
        .await
        .expect("a load begins");
    let keys = replacement.keys(table).await.expect("keys");
    assert!(keys.is_empty(), "a replacement begins without keys");
    replacement
        .add(&jobs([2, 3]))
        .await
        .expect("rows are added");
    holds(
        store,
        table,
        &before,
        "readers see the old rows until a replacement ends",
    )
    .await;
    drop(replacement);
    holds(
        store,
        table,
        &before,
        "a replacement that was dropped has not happened",
    )
    .await;
    assert_eq!(
        store.loads(table).await.expect("loads").len(),
        2,
        "nor are loads forgotten"
    );

    for _ in 0..2 {
        load(
            store,
            table,
            LoadMode::Replace,
            &jobs([2, 3]),
            Finish::Restored,
        )
        .await;
        holds(
            store,
            table,
            &jobs([2, 3]),
            "a replacement has its rows alone",
        )
        .await;
    }
    assert_eq!(
        store.loads(table).await,
        Ok(vec![]),
        "a replacement forgets the loads"
    );
}

async fn rows_are_inserted_or_refused_one_by_one(store: &dyn Store, dictionary: &Dictionary) {
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

    let badges = self::table(dictionary, "badges");
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
    // The third has two faults; either may be told.
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

async fn a_request_that_comes_again_changes_nothing(store: &dyn Store, table: &Table) {
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

async fn large_tables_are_read_in_order(store: &dyn Store, table: &Table) {
    let all = jobs((-15_000..15_000).map(|id| id * 7));
    load(store, table, LoadMode::Replace, &all, Finish::Restored).await;
    let mut rows = store.rows(table).await.expect("rows");
    let mut next = 0;
    while let Some(batch) = rows.next().await.expect("rows") {
        if next == 0 {
            // What happens from now on is not seen.
            load(
                store,
                table,
                LoadMode::Replace,
                &jobs([2]),
                Finish::Restored,
            )
            .await;
        }
        for row in cells(&batch) {
            assert_eq!(row, all.row(next).collect::<Vec<_>>(), "row {next}");
            next += 1;
        }
    }
    assert_eq!(next, all.len(), "a table is read whole, as it was");
    holds(
        store,
        table,
        &jobs([2]),
        "a reader does not hold up a writer",
    )
    .await;
    let edge = jobs([i32::MIN, 0, i32::MAX]);
    load(store, table, LoadMode::Replace, &edge, Finish::Restored).await;
    let mut rows = store.rows(table).await.expect("rows");
    let first = rows.next().await.expect("rows").expect("the first rows");
    assert_eq!(
        cells(&first),
        cells(&edge),
        "the smallest and largest keys are keys"
    );
    assert!(
        rows.next().await.expect("rows").is_none(),
        "there is an end"
    );
    let page = store.page(table, 0, 1).await.expect("a page");
    assert_eq!(
        cells(&page),
        cells(&jobs([0])),
        "a page begins at its key and has its limit"
    );
}

async fn hires_are_counted(store: &dyn Store, dictionary: &Dictionary) {
    let employees = table(dictionary, "employees");
    let texts = [
        (1, "2021-01-01T00:00:00Z", 1, 1),
        (2, "2021-03-31T23:59:59.9Z", 1, 1),
        (3, "2021-04-01T00:00:00Z", 1, 1),
        (4, "2021-12-31T23:59:59Z", 9, 9),
        (5, "2020-12-31T23:59:59Z", 1, 1),
        (6, "2022-01-01T00:00:00Z", 1, 1),
        (7, "9999-12-31T23:59:59Z", 3, 3),
    ];
    let rows = texts.map(|(id, date, department, job)| {
        [
            Integer(id),
            Text("Name"),
            Text(date),
            Integer(department),
            Integer(job),
        ]
    });
    load(
        store,
        employees,
        LoadMode::Replace,
        &batch(&rows),
        Finish::Restored,
    )
    .await;
    let departments = batch(&[[Integer(1), Text("Staff")]]);
    load(
        store,
        table(dictionary, "departments"),
        LoadMode::Append,
        &departments,
        Finish::Restored,
    )
    .await;
    for (year, expected) in [
        (2021, vec![(1, 1, 0, 2), (1, 1, 1, 1), (9, 9, 3, 1)]),
        (9999, vec![(3, 3, 3, 1)]),
        (1999, vec![]),
    ] {
        let facts = store.hiring(year).await.expect("facts");
        let mut found: BTreeMap<_, u64> = BTreeMap::new();
        for HireCount {
            department,
            job,
            quarter,
            hired,
        } in facts.hires
        {
            *found.entry((department, job, quarter)).or_default() += hired;
        }
        let expected = expected
            .into_iter()
            .map(|(d, j, q, hired)| ((d, j, q), hired));
        assert_eq!(found, expected.collect(), "hires of {year}");
        assert_eq!(facts.departments, [(1, "Staff".to_owned())]);
        assert_eq!(facts.jobs.len(), 3);
    }
}

async fn names_and_values_are_only_that(store: &dyn Store, table: &Table) {
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
