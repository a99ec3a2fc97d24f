//! A run of few records that has been delivered, as objects in memory.

use std::ops::Range;
use std::sync::Arc;

use adapter_formats::Formats;
use adapter_memory::MemoryObjects;
use emulator_application::ObjectDestination;
use emulator_application::verify_delivery::{Delivered, DeliverySource, verify};
use emulator_domain::emulation::{EmulationId, GlobalStatus};
use emulator_domain::plan::{Compression, EmulationPlan, Format, PlanSpec};
use emulator_domain::verification::VerificationReport;
use emulator_domain::{Domain, Rate, Seed};
use emulator_ports::{
    Acknowledgements, Batch, Destination, DestinationError, Encoders, Run, SchemaIds,
};

use crate::plans;

pub(crate) const RECORDS: u64 = 300;

pub(crate) fn id(number: u128) -> EmulationId {
    format!("{number:032x}").parse().unwrap()
}

pub(crate) fn plan(domain: Domain, format: Format, sync_type: &str, seed: u64) -> EmulationPlan {
    let spec = PlanSpec {
        seed: Seed::new(seed),
        rate: Rate::new(333.0).unwrap().into(),
        grouping: plans::grouping(sync_type, 5_000),
        count: plans::count(RECORDS),
        destination: "place".to_owned(),
        compression: Compression::None,
        ..plans::spec("minio", domain.name(), format.name(), sync_type)
    };
    EmulationPlan::new(spec).unwrap()
}

pub(crate) fn delivered(plan: &EmulationPlan) -> Delivered {
    Delivered {
        id: id(1),
        plan: plan.clone(),
        status: GlobalStatus::Completed,
        generated: RECORDS,
        acknowledged: RECORDS,
    }
}

pub(crate) fn records(id: EmulationId, plan: &EmulationPlan, range: Range<u64>) -> Batch {
    let mut batch = Batch::default();
    let encoder = Formats.encoder(id, plan, SchemaIds::default());
    encoder.encode(range, &mut batch).unwrap();
    batch
}

pub(crate) struct Nobody;

impl Acknowledgements for Nobody {
    fn acknowledged(&self, _: Range<u64>) {}
    fn failed(&self, records: Range<u64>, why: &DestinationError) {
        panic!("{records:?} failed: {why}");
    }
}

/// The objects of a run, as the application cuts them.
pub(crate) async fn stored(plan: &EmulationPlan) -> MemoryObjects {
    let objects = MemoryObjects::default();
    let run = Run {
        id: id(1),
        plan: plan.clone(),
        from: Default::default(),
    };
    let destination = ObjectDestination::new(Arc::new(objects.clone()), Arc::new(Formats));
    let mut producer = destination.open(&run, Arc::new(Nobody)).await.unwrap();
    let framing = Formats.framing(id(1), plan);
    let step = framing.batch_records().unwrap_or(70);
    for first in (0..RECORDS).step_by(step as usize) {
        let batch = records(id(1), plan, first..(first + step).min(RECORDS));
        producer.send(&batch).await.unwrap();
    }
    producer.finish().await.unwrap();
    objects
}

pub(crate) async fn report(run: &Delivered, source: DeliverySource) -> VerificationReport {
    verify(run, &source, &Formats, None, &|_| {}).await.unwrap()
}
