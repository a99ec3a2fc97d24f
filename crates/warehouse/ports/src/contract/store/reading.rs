//! Reading whole tables, and the data for the reports.

use std::collections::BTreeMap;

use Value::{Integer, Text};
use warehouse_domain::batch::Value;
use warehouse_domain::dictionary::{Dictionary, Table};
use warehouse_domain::report::HireCount;

use super::super::{batch, cells, jobs};
use super::{holds, load, table};
use crate::{Finish, LoadMode, Store};

pub(super) async fn large_tables_are_read_whole(store: &dyn Store, table: &Table) {
    const ROWS: i32 = 30_000;
    // Unique keys in no particular order.
    let keys = (0..ROWS).map(|number| (number * 7_001 % ROWS - ROWS / 2) * 7);
    load(
        store,
        table,
        LoadMode::Replace,
        &jobs(keys),
        Finish::Restored,
    )
    .await;
    let mut rows = store.rows(table).await.expect("rows");
    let mut whole = Vec::new();
    while let Some(batch) = rows.next().await.expect("rows") {
        whole.push(batch);
    }
    let mut rows = store.rows(table).await.expect("rows");
    let mut again = vec![rows.next().await.expect("rows").expect("the first rows")];
    // The snapshot does not include what happens from now on.
    load(
        store,
        table,
        LoadMode::Replace,
        &jobs([2]),
        Finish::Restored,
    )
    .await;
    while let Some(batch) = rows.next().await.expect("rows") {
        again.push(batch);
    }
    let mut found: Vec<_> = whole.iter().flat_map(cells).collect();
    let again: Vec<_> = again.iter().flat_map(cells).collect();
    assert!(
        again == found,
        "a table has one order, and is read as it was"
    );
    found.sort_by_key(|row| match row[0] {
        Integer(key) => key,
        _ => unreachable!("keys are numbers"),
    });
    let all = jobs((-ROWS / 2..ROWS / 2).map(|id| id * 7));
    assert!(found == cells(&all), "a table is read whole");
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

pub(super) async fn hires_are_counted(store: &dyn Store, dictionary: &Dictionary) {
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
