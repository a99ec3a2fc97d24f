//! What is told of a run that has come so far is what was counted of it.

use adapter_formats::Formats;
use emulator_application::truth::Truth;
use emulator_domain::Span;
use emulator_domain::delivery::Counts;
use emulator_domain::emulation::EmulationId;
use emulator_domain::imperfection::{Fault, Imperfections, Late, Nearby, Share, Skew};
use emulator_domain::plan::{EmulationPlan, PlanSpec};
use emulator_ports::{Batch, Encoders as _, SchemaIds};

use crate::plans;

#[test]
fn the_truth_has_as_many_of_each_fault_as_were_counted_wherever_the_run_stands() {
    let share = |share| Share::new(share).unwrap();
    let plan = EmulationPlan::new(PlanSpec {
        count: plans::count(2_000),
        imperfections: Imperfections {
            missing: share(0.1),
            late: Some(Late {
                share: share(0.2),
                bound: Span::seconds(50.0).unwrap(),
                mean: None,
            }),
            duplicate: Some(Nearby {
                share: share(0.1),
                window: 50,
            }),
            clock_skew: Some(Skew {
                share: share(0.4),
                bound: Span::seconds(60.0).unwrap(),
                device: "device_id".to_owned(),
            }),
            ..Imperfections::default()
        },
        ..plans::spec("null", "device-log", "ndjson", "grouped")
    });
    let plan = plan.unwrap();
    let id = EmulationId::of_plan(&plan);
    let encoder = Formats.encoder(id, &plan, SchemaIds::default());
    let mut batch = Batch::default();
    for generated in [0, 1, 2, 77, 500, 1_000, plan.end() - 1, plan.end()] {
        encoder.encode(0..generated, &mut batch).unwrap();
        let counts = Counts {
            generated,
            skewed: batch.skewed(),
            ..Counts::default()
        };
        let told: Vec<_> = Truth::new(&Formats, id, &plan, generated).collect();
        for (fault, count) in plan.deliveries().unwrap().tally(&counts) {
            let lines = told.iter().filter(|told| told.fault.fault == fault);
            assert_eq!(lines.count() as u64, count, "{fault} of {generated}");
            assert!(generated < 500 || fault != Fault::ClockSkew || count > 100);
        }
    }
}
