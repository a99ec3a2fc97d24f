//! Runs read back over adapters in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapter_formats::Formats;
use emulator_application::verify_delivery::{
    Conclusion, Delivered, DeliverySource, Progress, VerifyError, verify,
};
use emulator_domain::Domain;
use emulator_domain::emulation::GlobalStatus;
use emulator_domain::plan::Format;
use emulator_domain::verification::Damage;

use crate::delivered::{RECORDS, delivered, id, plan, report, stored};
use crate::mangled::{by_place, partition, topic};

#[tokio::test]
async fn clean_runs_of_every_kind_are_sound() {
    for domain in Domain::ALL {
        for format in Format::ALL {
            for sync_type in ["grouped", "chunked", "single"] {
                let plan = plan(domain, format, sync_type, 7);
                let objects = stored(&plan).await;
                let names = objects.all("place").into_keys();
                let count = names.filter(|name| !name.ends_with(".proto")).count() as u64;
                let run = delivered(&plan);
                let report = report(&run, DeliverySource::Objects(Arc::new(objects))).await;
                assert!(
                    report.is_sound(),
                    "{domain} {format} {sync_type}: {report:?}"
                );
                assert_eq!(
                    (report.totals.intact, report.totals.places),
                    (RECORDS, count)
                );
            }
            if format == Format::Parquet {
                continue;
            }
            let plan = plan(domain, format, "grouped", 7);
            let places = by_place(&plan, |_, key| partition(key));
            let report = report(&delivered(&plan), topic(&places)).await;
            assert!(report.is_sound(), "{domain} {format}: {report:?}");
            assert_eq!(report.totals.intact, RECORDS);
        }
    }
}

#[tokio::test]
async fn objects_that_are_cut_replaced_or_foreign_are_named_and_never_a_panic() {
    let plan = plan(Domain::Transaction, Format::Json, "chunked", 7);
    let original = stored(&plan).await.all("place");
    let (name, bytes) = original.iter().nth(1).unwrap();
    let appended = [bytes.as_slice(), b"more"].concat();
    for (changed, damage) in [
        (bytes[..bytes.len() - 1].to_vec(), Damage::Cut),
        (bytes[..bytes.len() / 2].to_vec(), Damage::Cut),
        (Vec::new(), Damage::Cut),
        (appended, Damage::Trailing),
        (bytes[1..].to_vec(), Damage::Header),
        (vec![0xff; 3_000_000], Damage::Header),
    ] {
        let objects = stored(&plan).await;
        objects.insert("place", name, changed).unwrap();
        let report = report(
            &delivered(&plan),
            DeliverySource::Objects(Arc::new(objects)),
        )
        .await;
        assert_eq!(report.totals.damaged, 1);
        let place = report
            .places
            .iter()
            .find(|place| place.name == *name)
            .unwrap();
        assert_eq!(place.damage, Some(damage));
        assert!(!report.is_sound());
    }
    let objects = stored(&plan).await;
    let foreign = format!("{}/part-99999.json", id(1));
    objects.insert("place", &foreign, b"[]".to_vec()).unwrap();
    // The same run in another format, and another run.
    for name in [
        format!("{}/part-00001.csv", id(1)),
        format!("{}/part-00001.json", id(2)),
    ] {
        objects.insert("place", &name, b"x".to_vec()).unwrap();
    }
    let report = report(
        &delivered(&plan),
        DeliverySource::Objects(Arc::new(objects)),
    )
    .await;
    assert_eq!(report.foreign_objects, [foreign]);
    assert!(!report.is_sound());
}

#[tokio::test]
async fn a_failed_run_may_miss_what_was_not_acknowledged() {
    let plan = plan(Domain::DeviceLog, Format::Ndjson, "grouped", 7);
    let mut places = by_place(&plan, |_, key| partition(key));
    places.get_mut("1").unwrap().items.truncate(20);
    let held: u64 = places.values().map(|held| held.items.len() as u64).sum();
    use Conclusion::{Faulty, Incomplete};
    for (acknowledged, conclusion) in [
        (held + 1, Faulty),
        (held, Incomplete),
        (held - 1, Incomplete),
    ] {
        let run = Delivered {
            acknowledged,
            status: GlobalStatus::Failed,
            ..delivered(&plan)
        };
        let report = report(&run, topic(&places)).await;
        assert_eq!(run.conclusion(&report), conclusion);
    }
    // Nothing was made of it, and nothing is there.
    let never_begun = Delivered {
        status: GlobalStatus::Failed,
        generated: 0,
        acknowledged: 0,
        ..delivered(&plan)
    };
    let report = report(&never_begun, topic(&BTreeMap::new())).await;
    assert_eq!(report.missing.count(), never_begun.plan.planned().unwrap());
    assert_eq!(never_begun.conclusion(&report), Incomplete);
}

#[tokio::test]
async fn progress_reaches_its_end_and_counts_that_cannot_be_are_refused() {
    let plan = plan(Domain::Transaction, Format::Csv, "single", 7);
    let source = DeliverySource::Objects(Arc::new(stored(&plan).await));
    let last = std::sync::Mutex::new(Progress { read: 0, of: 0 });
    let show = |progress| *last.lock().unwrap() = progress;
    let run = delivered(&plan);
    verify(&run, &source, &Formats, None, &show).await.unwrap();
    let end = Progress {
        read: RECORDS,
        of: RECORDS,
    };
    assert_eq!(*last.lock().unwrap(), end);
    let more = Delivered {
        generated: RECORDS + 1,
        ..run.clone()
    };
    let error = verify(&more, &source, &Formats, None, &show)
        .await
        .unwrap_err();
    assert!(matches!(error, VerifyError::Index(_)));
    let more = Delivered {
        acknowledged: RECORDS + 1,
        ..run
    };
    let error = verify(&more, &source, &Formats, None, &show)
        .await
        .unwrap_err();
    assert!(matches!(error, VerifyError::Counts { .. }));
}
