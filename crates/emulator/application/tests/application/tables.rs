//! Objects that are tables: what was done to them is named, as for those that are read record by
//! record.

use std::collections::BTreeSet;
use std::sync::Arc;

use adapter_formats::Formats;
use adapter_memory::MemoryObjects;
use emulator_application::verify_delivery::{DeliverySource, verify};
use emulator_domain::plan::{EmulationPlan, Format, PlanSpec};
use emulator_domain::verification::{Damage, Indices, VerificationReport};
use emulator_domain::{Domain, Seed};

use crate::delivered::{RECORDS, delivered, plan, stored};

async fn report(plan: &EmulationPlan, objects: &MemoryObjects) -> VerificationReport {
    let source = DeliverySource::Objects(Arc::new(objects.clone()));
    let verified = verify(&delivered(plan), &source, &Formats, None, &|_| {}).await;
    verified.unwrap()
}

fn put(objects: &MemoryObjects, name: &str, bytes: Vec<u8>) {
    objects.insert("place", name, bytes).unwrap();
}

#[tokio::test]
async fn what_was_done_to_an_object_of_columns_is_named() {
    for domain in Domain::ALL {
        let plan = plan(domain, Format::Parquet, "chunked", 7);
        let all = stored(&plan).await.all("place");
        assert!(all.len() > 2, "{domain}: {}", all.len());
        let names: Vec<_> = all.keys().cloned().collect();
        let first = report(&plan, &stored(&plan).await).await.places[0].clone();
        let rows = first.expected.unwrap();

        let objects = stored(&plan).await;
        objects.take("place", &names[0]);
        let found = report(&plan, &objects).await;
        assert!(found.places[0].absent);
        assert_eq!(found.missing.ranges(), std::slice::from_ref(&rows));
        assert_eq!(found.totals.intact, RECORDS - rows.end);

        // What a process leaves that is killed while it writes, and what is no file of columns.
        let bytes = &all[&names[0]];
        for cut in [bytes.len() - 1, bytes.len() / 2, 4, 0] {
            put(&objects, &names[0], bytes[..cut].to_vec());
            let found = report(&plan, &objects).await;
            assert_eq!(
                found.places[0].damage,
                Some(Damage::Block),
                "{domain} {cut}"
            );
            assert_eq!(found.totals.intact, RECORDS - rows.end);
            assert!(!found.is_sound());
        }

        put(&objects, &names[0], all[&names[1]].clone());
        put(&objects, &names[1], all[&names[0]].clone());
        let found = report(&plan, &objects).await;
        let moved = found.places[0].out_of_order.count() + found.places[1].out_of_order.count();
        assert_eq!(moved, found.places[0].read + found.places[1].read);

        let objects = stored(&plan).await;
        put(&objects, &names[1], all[&names[0]].clone());
        let found = report(&plan, &objects).await;
        assert_eq!(found.totals.duplicate, rows.end);
        assert_eq!(found.totals.foreign, 0);

        let objects = stored(&plan).await;
        let surplus = names[0].replace("part-00000", "part-99999");
        put(&objects, &surplus, all[&names[0]].clone());
        assert_eq!(report(&plan, &objects).await.foreign_objects, [surplus]);
    }
}

/// With other people, whose profiles come in another order.
#[tokio::test]
async fn values_that_differ_are_named_by_record_and_column() {
    for domain in Domain::ALL {
        let plan = plan(domain, Format::Parquet, "grouped", 7);
        let other = EmulationPlan::new(PlanSpec {
            population: Some(Seed::new(8)),
            ..plan.spec().clone()
        });
        let found = report(&plan, &stored(&other.unwrap()).await).await;
        let totals = &found.totals;
        assert_eq!(totals.missing, totals.foreign, "{domain}");
        if domain == Domain::UserProfile {
            assert!(totals.foreign > RECORDS / 2, "{}", totals.foreign);
            continue;
        }
        assert_eq!(totals.foreign, 0, "{domain}");
        assert_eq!(totals.intact + totals.corrupt, RECORDS);
        assert!(totals.corrupt > RECORDS / 2, "{domain}: {}", totals.corrupt);
        let all = |of: &Indices| {
            of.ranges()
                .iter()
                .cloned()
                .flatten()
                .collect::<BTreeSet<_>>()
        };
        let differing: BTreeSet<_> = found.columns.iter().flat_map(|(_, of)| all(of)).collect();
        assert_eq!(differing, all(&found.places[0].corrupt));
        let id = &plan.dataset().id_fields()[0];
        for (name, of) in &found.columns {
            assert!(name != id || of.count() == 0, "{domain}: {of:?}");
        }
    }
}

#[tokio::test]
async fn bytes_that_nobody_wrote_end_nothing() {
    let plan = plan(Domain::Transaction, Format::Parquet, "grouped", 7);
    let objects = stored(&plan).await;
    let (name, bytes) = objects.all("place").pop_first().unwrap();
    for step in 0..400 {
        let mut changed = bytes.clone();
        let at = step * bytes.len() / 400;
        changed[at] ^= 1 << (step % 8);
        put(&objects, &name, changed);
        let found = report(&plan, &objects).await;
        let sum = found.totals.intact + found.totals.corrupt + found.totals.missing;
        assert_eq!(sum, RECORDS, "byte {at}");
    }
}
