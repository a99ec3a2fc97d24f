//! Arrivals in a file.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;

use adapter_redb::{OnDamage, OpenError, RedbArrivals};
use pipeline_domain::arrival::Seen;
use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::Source;
use pipeline_ports::{Arrivals, Durability};

fn at(offset: i64) -> Offsets {
    let partition = Partition {
        source: Source::Second,
        number: 3,
    };
    Offsets::from_iter([(partition, offset)])
}

const ONE: Seen = Seen::NONE.and(Source::First);

#[tokio::test]
async fn the_contract_holds() {
    let folder = tempfile::tempdir().unwrap();
    let arrivals = RedbArrivals::open(folder.path(), OnDamage::Fail).unwrap();
    pipeline_ports::contract::arrivals::keeps_its_contract(&arrivals).await;
}

#[tokio::test]
async fn after_a_crash_ids_and_positions_are_of_the_same_moment() {
    let folder = tempfile::tempdir().unwrap();
    let arrivals = RedbArrivals::open(folder.path(), OnDamage::Fail).unwrap();
    for (id, durability) in [(1, Durability::Now), (2, Durability::Later)] {
        let saved = arrivals
            .save("here", vec![(id, ONE)], &at(10 * id), durability)
            .await;
        saved.unwrap();
    }
    // A crash leaves the file as it is at this moment.
    let crashed = tempfile::tempdir().unwrap();
    let name = "arrivals.redb";
    fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    let after = RedbArrivals::open(crashed.path(), OnDamage::Fail).unwrap();
    assert_eq!(after.positions().await.unwrap(), at(10));
    assert_eq!(after.seen(vec![1, 2]).await.unwrap(), [ONE, Seen::NONE]);
    assert_eq!(after.log().await.unwrap().as_deref(), Some("here"));
}

#[tokio::test]
async fn a_damaged_file_is_told_left_alone_and_set_aside_only_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("arrivals.redb");
    let arrivals = RedbArrivals::open(folder.path(), OnDamage::Fail).unwrap();
    let ids = (0..5000).map(|id| (id, ONE)).collect();
    arrivals
        .save("here", ids, &at(1), Durability::Now)
        .await
        .unwrap();
    drop(arrivals);
    let whole = fs::read(&file).unwrap();
    let mut scratched = whole.clone();
    let middle = scratched.len() / 2;
    for byte in &mut scratched[middle - 20_000..middle + 20_000] {
        *byte ^= 0x55;
    }
    for damaged in [
        &b"not a database"[..],
        &whole[..whole.len() / 2],
        &scratched,
        &[],
    ] {
        fs::write(&file, damaged).unwrap();
        match RedbArrivals::open(folder.path(), OnDamage::Fail) {
            Err(error @ OpenError::Damaged { .. }) => {
                let said = error.to_string();
                assert!(said.contains("arrivals.redb"), "{said}");
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{} bytes were taken for a state", damaged.len()),
        }
        assert_eq!(fs::read(&file).unwrap(), damaged, "it is left as it is");
    }
    fs::write(&file, b"not a database").unwrap();
    let anew = RedbArrivals::open(folder.path(), OnDamage::SetAside).unwrap();
    assert!(anew.positions().await.unwrap().is_empty());
    let aside: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().contains("damaged"))
        .collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(fs::read(aside[0].path()).unwrap(), b"not a database");
}
