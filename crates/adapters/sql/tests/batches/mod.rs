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
