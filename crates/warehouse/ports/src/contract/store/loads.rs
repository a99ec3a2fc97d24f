//! Bulk loads.

use std::collections::BTreeMap;
use std::time::Duration;

use warehouse_domain::batch::Value::{Integer, Null};
use warehouse_domain::dictionary::{Dictionary, Table};

use super::super::{batch, jobs};
use super::{holds, insert, load};
use crate::{Finish, LoadMode, LoadRecord, Store};

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

pub(super) async fn a_load_is_all_or_nothing(store: &dyn Store, table: &Table) {
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
    let refused = match doubled.add(&jobs([1, 7])).await {
        Ok(()) => doubled.finish(Finish::Restored).await,
        refused => {
            drop(doubled);
            refused
        }
    };
    assert!(refused.is_err(), "a doubled key fails the load");
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

pub(super) async fn a_replacement_is_seen_at_its_end(store: &dyn Store, table: &Table) {
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

pub(super) async fn references_to_missing_rows_are_counted(
    store: &dyn Store,
    dictionary: &Dictionary,
) {
    let (table, badges) = (
        super::table(dictionary, "jobs"),
        super::table(dictionary, "badges"),
    );
    load(
        store,
        table,
        LoadMode::Replace,
        &jobs([1, 2]),
        Finish::Restored,
    )
    .await;
    let rows = batch(&[
        [Null, Integer(1), Integer(1), Null, Null],
        [Null, Integer(2), Null, Null, Null],
        [Null, Integer(3), Integer(1), Integer(7), Null],
        [Null, Integer(4), Integer(2), Null, Null],
        [Null, Integer(5), Integer(3), Null, Null],
    ]);
    load(store, badges, LoadMode::Replace, &rows, Finish::Restored).await;
    for (mode, added, expected) in [
        (LoadMode::Append, &[][..], 1),
        (LoadMode::Append, &[3, 4], 0),
        (LoadMode::Replace, &[2, 4], 3),
        (LoadMode::Replace, &[], 4),
        (LoadMode::Replace, &[3, 1, 2], 0),
    ] {
        let mut load = store.load(table, mode).await.expect("a load begins");
        load.add(&jobs(added.iter().copied()))
            .await
            .expect("rows are added");
        let count = load.dangling(badges, 2).await;
        assert_eq!(count, Ok(expected), "{mode:?} {added:?}");
    }
    let mut last = store
        .load(table, LoadMode::Replace)
        .await
        .expect("a load begins");
    assert_eq!(last.dangling(badges, 2).await, Ok(4));
    last.add(&jobs([8])).await.expect("rows are added");
    last.finish(Finish::Restored).await.expect("a load ends");
    holds(store, table, &jobs([8]), "a load that counted goes on").await;
}

pub(super) async fn who_writes_beside_a_load_waits(store: &dyn Store, table: &Table) {
    let mut first = store
        .load(table, LoadMode::Replace)
        .await
        .expect("a load begins");
    first.add(&jobs([1, 2])).await.expect("rows are added");
    let (rows, second_rows) = (jobs([2, 3]), jobs([3, 4]));
    let mut insertion = std::pin::pin!(store.insert(insert(table, &rows)));
    let mut second = std::pin::pin!(load(
        store,
        table,
        LoadMode::Replace,
        &second_rows,
        Finish::Restored
    ));
    let waits = tokio::time::timeout(Duration::from_millis(300), async {
        tokio::select! {
            _ = &mut insertion => "an insertion",
            () = &mut second => "a second load",
        }
    });
    let ended = waits.await;
    assert!(ended.is_err(), "{ended:?} does not wait for a load");
    first.finish(Finish::Restored).await.expect("a load ends");
    let (inserted, ()) = tokio::join!(insertion, second);
    inserted.expect("rows are inserted after a load");
    // The order is not specified. The second load leaves only its own rows, and those that were
    // inserted after it.
    let count = store.count(table).await.expect("a count");
    let keys = if count == 2 {
        vec![3, 4]
    } else {
        vec![2, 3, 4]
    };
    holds(store, table, &jobs(keys), "loads and insertions take turns").await;
}
