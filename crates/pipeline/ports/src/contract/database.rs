//! The contract of [`Database`].

use pipeline_domain::landing::{Arrival, Landing};
use pipeline_domain::log::{EventOrigin, Partition};
use pipeline_domain::row::{Row, Value};
use pipeline_domain::sample;
use pipeline_domain::source::{Kind, Source};

use crate::Database;
use Landing::{Duplicate, Landed, LandedBefore};
use Source::{First, Second, Third};

/// Runs the suite on a dedicated database that is prepared.
///
/// # Panics
/// With the sentence of the contract that is violated.
pub async fn keeps_its_contract(database: &dyn Database) {
    holds(database, [0, 0, 0], "a database that was made has no rows").await;
    an_id_lands_once_a_table(database).await;
    what_comes_again_is_told_from_a_duplicate(database).await;
    every_value_lands(database).await;
    a_large_batch_lands(database).await;
}

async fn an_id_lands_once_a_table(database: &dyn Database) {
    let nothing = land(database, &[]).await;
    assert_eq!(nothing, [], "a batch without events lands nothing");

    let batch = [
        event(First, 0, 1),
        event(Second, 0, 1),
        event(First, 1, 2),
        event(First, 2, 1),
        event(Second, 1, 1),
        event(Third, 0, 1),
    ];
    assert_eq!(
        land(database, &batch).await,
        [Landed, Landed, Landed, Duplicate, Duplicate, Landed],
        "of the events of a batch with an id, the first lands in its table"
    );
    holds(database, [2, 1, 1], "a duplicate adds no row").await;

    let batch = [event(First, 3, 2), event(First, 4, 3), event(Second, 2, 3)];
    assert_eq!(
        land(database, &batch).await,
        [Duplicate, Landed, Landed],
        "an id of an earlier batch does not land again"
    );
    holds(database, [3, 2, 1], "the others of that batch land").await;

    database
        .prepare()
        .await
        .expect("what is prepared may be prepared again");
    holds(database, [3, 2, 1], "preparing again changes nothing").await;
}

async fn what_comes_again_is_told_from_a_duplicate(database: &dyn Database) {
    let batch: Vec<Arrival> = [(10, 10), (11, 11), (13, 10), (14, 1), (20, 12)]
        .map(|(offset, id)| event(First, offset, id))
        .into();
    let first = land(database, &batch).await;
    assert_eq!(first, [Landed, Landed, Duplicate, Duplicate, Landed]);
    let again = [
        LandedBefore,
        LandedBefore,
        Duplicate,
        Duplicate,
        LandedBefore,
    ];
    for _ in 0..2 {
        assert_eq!(
            land(database, &batch).await,
            again.clone(),
            "a batch that comes again has landed before, and its duplicates are still some"
        );
    }
    database
        .prepare()
        .await
        .expect("what is prepared may be prepared again");
    for (place, expected) in again.into_iter().enumerate() {
        assert_eq!(
            land(database, &batch[place..=place]).await,
            [expected],
            "a batch may come again in pieces"
        );
    }
    holds(database, [6, 2, 1], "what comes again adds no row").await;

    let other = [Arrival {
        origin: EventOrigin {
            partition: Partition {
                source: First,
                number: 1,
            },
            ..batch[4].origin
        },
        row: batch[4].row.clone(),
    }];
    let landings = land(database, &other).await;
    assert_eq!(landings, [Duplicate], "each partition has a journal");

    let mut anew = batch.clone();
    for event in &mut anew {
        event.origin.created += 1_000_000;
    }
    assert_eq!(
        land(database, &anew).await,
        vec![Duplicate; 5],
        "events of a topic that was deleted and created again have not landed before"
    );
}

async fn every_value_lands(database: &dyn Database) {
    let whole = [0, 1, -1, i64::MIN, i64::MAX].map(Value::Integer);
    let real = [0.1, -1e308, f64::MIN_POSITIVE, 3.0, f64::MAX].map(Value::Real);
    let rows = (0..6).map(|row| {
        let values = Second.features().iter().map(|kind| match (row, kind) {
            (5, _) => Value::Null,
            (row, Kind::Integer) => whole[row],
            (row, Kind::Real) => real[row],
        });
        let id = [i64::MIN, i64::MAX, 0, -1, 100, 101][row];
        Row::new(Second, id, &values.collect::<Vec<_>>()).expect("values of its kinds")
    });
    let batch: Vec<Arrival> = rows
        .zip(100..)
        .map(|(row, offset)| Arrival {
            row,
            ..event(Second, offset, 0)
        })
        .collect();
    assert_eq!(
        land(database, &batch).await,
        vec![Landed; 6],
        "the least and the greatest number, reals and nothing land"
    );
    assert_eq!(
        land(database, &batch[..2]).await,
        vec![LandedBefore; 2],
        "the least and the greatest id are found again"
    );
    holds(database, [6, 8, 1], "each of these rows is there").await;
}

async fn a_large_batch_lands(database: &dyn Database) {
    let batch: Vec<Arrival> = (0..5_000)
        .map(|number: i64| {
            let source = Source::ALL[number as usize % 3];
            let mut arrival = event(source, 1_000 + number, 1_000 + number / 2);
            arrival.origin.partition.number = (number / 3 % 4) as i32;
            arrival
        })
        .collect();
    let landings = land(database, &batch).await;
    assert_eq!(
        landings,
        vec![Landed; 5_000],
        "5,000 events with other ids land"
    );
    holds(
        database,
        [6 + 1_667, 8 + 1_667, 1 + 1_666],
        "each of 5,000 rows is in its table",
    )
    .await;
    let again = land(database, &batch).await;
    assert_eq!(again, vec![LandedBefore; 5_000], "and has landed before");
}

async fn land(database: &dyn Database, arrivals: &[Arrival]) -> Vec<Landing> {
    database.land(arrivals).await.expect("a batch is landed")
}

async fn holds(database: &dyn Database, expected: [u64; 3], sentence: &str) {
    let rows = database.rows().await.expect("rows are counted");
    assert_eq!(rows, expected, "{sentence}");
}

/// An event of partition 0 with the sample row of this id.
fn event(source: Source, offset: i64, id: i64) -> Arrival {
    Arrival {
        origin: EventOrigin {
            partition: Partition { source, number: 0 },
            offset,
            created: 1_700_000_000_000 + offset,
        },
        row: sample::row(source, id),
    }
}
