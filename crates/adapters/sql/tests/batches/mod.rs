//! Batches of events, and what both databases must do with them.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use adapter_sql::SqlDatabase;
use pipeline_domain::landing::{Arrival, Landing};
use pipeline_domain::log::{EventOrigin, Partition};
use pipeline_domain::row::{Row, Value};
use pipeline_domain::sample;
use pipeline_domain::source::{Kind, Source};
use pipeline_ports::{Database, PortErrorKind};

/// Events with the sample rows of these ids, which are their offsets, too.
pub(crate) fn of(source: Source, ids: Range<i64>) -> Vec<Arrival> {
    let arrival = |id| Arrival {
        origin: EventOrigin {
            partition: Partition { source, number: 0 },
            offset: id,
            created: 1_700_000_000_000 + id,
        },
        row: sample::row(source, id),
    };
    ids.map(arrival).collect()
}

/// All rows of a table, ordered by id: `id`, then the features.
pub(crate) fn select(source: Source) -> &'static str {
    match source {
        Source::First => "SELECT * FROM data1 ORDER BY id",
        Source::Second => "SELECT * FROM data2 ORDER BY id",
        Source::Third => "SELECT * FROM data3 ORDER BY id",
    }
}

/// A row that a client has read, by functions that read a column.
pub(crate) fn row(
    source: Source,
    id: impl Fn(usize) -> i64,
    whole: impl Fn(usize) -> Option<i64>,
    real: impl Fn(usize) -> Option<f64>,
) -> Row {
    let kinds = source.features().iter().zip(1..);
    let values = kinds.map(|(kind, at)| match kind {
        Kind::Integer => whole(at).map_or(Value::Null, Value::Integer),
        Kind::Real => real(at).map_or(Value::Null, Value::Real),
    });
    Row::new(source, id(0), &values.collect::<Vec<_>>()).unwrap()
}

/// As the lander does.
pub(crate) async fn land_until_done(database: &SqlDatabase, batch: &[Arrival]) -> Vec<Landing> {
    loop {
        match database.land(batch).await {
            Ok(landings) => return landings,
            Err(error) if error.kind == PortErrorKind::Unreachable => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Two processes prepare one database, and land each batch at the same time: they wait for each
/// other, and neither call fails.
pub(crate) async fn land_at_once(database: impl Fn() -> SqlDatabase) {
    let landers = [Arc::new(database()), Arc::new(database())];
    let prepare = |lander: Arc<SqlDatabase>| async move {
        // SQLite does not wait for another process that makes the same file.
        while let Err(error) = lander.prepare().await {
            assert_eq!(error.kind, PortErrorKind::Unreachable, "{error}");
        }
    };
    let prepared = landers.clone().map(|lander| tokio::spawn(prepare(lander)));
    for prepared in prepared {
        prepared.await.unwrap();
    }
    for batch in of(Source::Second, 0..5_000).chunks(250) {
        let landed = landers.clone().map(|lander| {
            let batch = batch.to_vec();
            tokio::spawn(async move { lander.land(&batch).await.unwrap() })
        });
        let [one, other] = landed;
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        for pair in one.into_iter().zip(other) {
            let once = [
                (Landing::Landed, Landing::LandedBefore),
                (Landing::LandedBefore, Landing::Landed),
            ];
            assert!(once.contains(&pair), "{pair:?}");
        }
    }
    let rows = landers[0].rows().await.unwrap();
    assert_eq!(rows, [0, 5_000, 0]);
}

/// Creates `data2` with a constraint that refuses the ids 7 and from 90 on.
pub(crate) fn constrained_table() -> String {
    let features = (1..=9).map(|number| match number {
        5 | 6 => format!("feature{number} double precision"),
        _ => format!("feature{number} bigint"),
    });
    format!(
        "CREATE TABLE data2 (id bigint NOT NULL, {}, PRIMARY KEY (id), \
         CONSTRAINT sensible_id CHECK (id <> 7 AND id < 90))",
        features.collect::<Vec<_>>().join(", ")
    )
}

/// A table of [`constrained_table`] takes all rows but those that it refuses,
/// in one batch with rows of other tables, and again when the batch is delivered again.
pub(crate) async fn land_where_rows_are_refused(database: &SqlDatabase) {
    database.prepare().await.unwrap();
    let mut batch = of(Source::Second, 0..100);
    batch.extend(of(Source::First, 0..20));
    // The first event with the id 7 again, and one with the id 8.
    for (offset, id) in [(100, 7), (101, 8)] {
        let mut again = batch[id].clone();
        again.origin.offset = offset;
        batch.push(again);
    }
    let refused = |id: i64| id == 7 || id >= 90;
    let expected = |landed: &Landing, landing: &Landing, arrival: &Arrival| {
        let second = arrival.origin.partition.source == Source::Second;
        match landing {
            Landing::Refused(reason) => {
                assert!(reason.contains("sensible_id"), "{reason}");
                assert!(second && refused(arrival.row.id()), "{arrival:?}");
            }
            Landing::Duplicate => assert_eq!(arrival.origin.offset, 101),
            other => {
                assert_eq!(other, landed);
                assert!(!second || !refused(arrival.row.id()), "{arrival:?}");
            }
        }
    };
    for landed in [Landing::Landed, Landing::LandedBefore] {
        let landings = database.land(&batch).await.unwrap();
        assert_eq!(landings.len(), batch.len());
        for (landing, arrival) in landings.iter().zip(&batch) {
            expected(&landed, landing, arrival);
        }
        assert_eq!(database.rows().await.unwrap(), [20, 89, 0]);
    }
    // What comes later lands as if nothing had been refused.
    let later = database.land(&of(Source::Third, 0..5)).await.unwrap();
    assert_eq!(later, [const { Landing::Landed }; 5]);
}
