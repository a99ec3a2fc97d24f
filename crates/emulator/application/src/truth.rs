//! Which faults were injected into a run, and what the records would have been without them.

use std::sync::Arc;

use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_domain::imperfection::{Imperfections, Injected};
use emulator_domain::plan::{EmulationPlan, Format, PlanSpec, Sink};
use emulator_ports::{Batch, BatchEncoder, Encoders, SchemaIds};

use crate::Emulator;

/// The injected faults of a run, in record order, recomputed from its plan.
pub struct Truth {
    faults: Box<dyn Iterator<Item = Injected> + Send>,
    clean: Arc<dyn BatchEncoder>,
    dirty: Arc<dyn BatchEncoder>,
    new_ids: bool,
    batch: Batch,
}

/// A record with an injected fault, in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultyRecord {
    /// The fault.
    pub fault: Injected,
    /// The record as it would have been.
    pub record: String,
    /// The second delivery of the record, if it has another id.
    pub renamed: Option<String>,
}

impl Truth {
    /// The faults of a run of this process, as far as it has got.
    pub fn of(emulator: &Emulator, emulation: &Emulation) -> Self {
        let delivered = emulation.counts().generated;
        let encoders = &*emulator.inner.encoders;
        Self::new(encoders, emulation.id(), emulation.plan(), delivered)
    }

    /// The faults of a run that made `delivered` deliveries.
    pub fn new(
        encoders: &dyn Encoders,
        id: EmulationId,
        plan: &EmulationPlan,
        delivered: u64,
    ) -> Self {
        let encoder = |imperfections: &Imperfections| {
            let plan = in_json(plan, imperfections);
            encoders.encoder(id, &plan, SchemaIds::default())
        };
        let reached = plan.reached(delivered);
        let faults = plan.injected(0);
        let faults = faults.take_while(move |fault| fault.index < reached);
        // A skewed clock counts only once a delivery shows it.
        let faults = faults.filter(move |fault| {
            fault.skew.is_none() || fault.deliveries.first() < Some(&delivered)
        });
        Self {
            faults: Box::new(faults),
            clean: encoder(&Imperfections::default()),
            dirty: encoder(plan.imperfections()),
            new_ids: plan.imperfections().new_ids,
            batch: Batch::default(),
        }
    }

    fn record_json(&mut self, encoder: &dyn BatchEncoder, index: u64) -> Option<String> {
        encoder.encode(index..index + 1, &mut self.batch).ok()?;
        Some(String::from_utf8_lossy(self.batch.payload(0)).into_owned())
    }
}

/// The plan with its records in JSON: everything that determines them, nothing about where they go.
fn in_json(plan: &EmulationPlan, imperfections: &Imperfections) -> EmulationPlan {
    let PlanSpec {
        dataset,
        seed,
        population,
        users,
        start_time,
        rate,
        window,
        labels,
        pace,
        timeout,
        count,
        ..
    } = plan.spec().clone();
    let json_plan = EmulationPlan::new(PlanSpec {
        seed,
        population,
        users,
        start_time,
        rate,
        window,
        labels,
        pace,
        timeout,
        count,
        imperfections: imperfections.clone(),
        ..PlanSpec::new(dataset, Sink::Null, Format::Ndjson)
    });
    let mut json_plan = json_plan.expect("these values went together, and JSON takes any damage");
    let followed = json_plan.change_all(plan.changes().iter().cloned());
    followed.expect("the changes followed each other in the run");
    json_plan
}

impl Iterator for Truth {
    type Item = FaultyRecord;

    fn next(&mut self) -> Option<FaultyRecord> {
        let fault = self.faults.next()?;
        let (clean, dirty) = (self.clean.clone(), self.dirty.clone());
        // Every fault lies within the run, so both versions exist.
        let record = self.record_json(&*clean, fault.index)?;
        let renamed = match *fault.deliveries {
            [_, second] if self.new_ids => self.record_json(&*dirty, second),
            _ => None,
        };
        Some(FaultyRecord {
            fault,
            record,
            renamed,
        })
    }
}
