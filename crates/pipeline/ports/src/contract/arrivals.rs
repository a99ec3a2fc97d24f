//! The contract of [`Arrivals`].

use pipeline_domain::arrival::Seen;
use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::Source;

use crate::{Arrivals, Durability};

/// Runs the suite on an empty store.
///
/// # Panics
/// With the sentence of the contract that is violated.
pub async fn keeps_its_contract(arrivals: &dyn Arrivals) {
    let log = arrivals.log().await.expect("it is read");
    assert_eq!(log, None, "at first nothing is remembered");
    let positions = arrivals.positions().await.expect("it is read");
    assert!(positions.is_empty(), "at first nothing is remembered");
    let ids = || vec![7, i64::MIN, -1, i64::MAX, 7];
    assert_eq!(seen(arrivals, ids()).await, [Seen::NONE; 5]);

    let (first, second) = (
        Seen::NONE.and(Source::First),
        Seen::NONE.and(Source::Second).and(Source::Third),
    );
    let mut next = Offsets::default();
    for (source, number, offset) in [(Source::First, 0, 1), (Source::Third, 4, i64::MAX)] {
        next.advance(Partition { source, number }, offset);
    }
    arrivals
        .save(
            "here",
            vec![(7, first), (i64::MIN, second)],
            &next,
            Durability::Later,
        )
        .await
        .expect("a change is saved");
    assert_eq!(
        seen(arrivals, ids()).await,
        [first, second, Seen::NONE, Seen::NONE, first],
        "what was saved is found at once"
    );
    arrivals
        .save(
            "here",
            vec![(7, second), (i64::MAX, first)],
            &next,
            Durability::Now,
        )
        .await
        .expect("a change is saved");
    assert_eq!(
        seen(arrivals, ids()).await,
        [second, second, Seen::NONE, first, second],
        "the newest is found"
    );
    let positions = arrivals.positions().await.expect("it is read");
    assert_eq!(positions, next, "positions come back");
    let log = arrivals.log().await.expect("it is read");
    assert_eq!(log.as_deref(), Some("here"), "the log comes back");
    assert_eq!(seen(arrivals, Vec::new()).await, [], "nobody asked");
}

async fn seen(arrivals: &dyn Arrivals, ids: Vec<i64>) -> Vec<Seen> {
    arrivals.seen(ids).await.expect("ids are found")
}
