//! Plans with imperfections: when what is due, and what cannot be.

use super::*;
use crate::Span;
use crate::emulation::EmulationId;
use crate::imperfection::{Corruption, Imperfections, Late, Nearby, Share};

fn share(share: f64) -> Share {
    Share::new(share).unwrap()
}

fn late(share: Share, seconds: f64) -> Option<Late> {
    Some(Late {
        share,
        bound: Span::seconds(seconds).unwrap(),
        mean: None,
    })
}

fn dirty(change: impl FnOnce(&mut Imperfections)) -> Result<EmulationPlan, PlanErrors> {
    let mut spec = spec();
    spec.rate = Rate::new(10.0).unwrap().into();
    spec.pace = Pace::Unlimited;
    spec.count = RecordCount::new(5_000).ok();
    change(&mut spec.imperfections);
    EmulationPlan::new(spec)
}

#[test]
fn what_is_late_keeps_its_event_time_and_is_due_within_the_bound() {
    let plan = dirty(|all| {
        all.missing = share(0.1);
        all.late = late(share(0.2), 60.0);
    });
    let plan = plan.unwrap();
    assert_eq!((plan.records(), plan.end()), (5_000, 4_500));
    let mut before = Timestamp::EARLIEST;
    let mut delayed = 0;
    for index in 0..plan.end() {
        let (happened, due) = (plan.event_time(index).unwrap(), plan.due(index).unwrap());
        assert!(due >= before, "{index}");
        before = due;
        let delay = due.seconds_since(happened);
        assert!((0.0..=60.0).contains(&delay), "{index}: {delay}");
        delayed += u32::from(delay > 0.0);
        assert!(plan.first_at(plan.position(index)) <= index);
        assert!(
            plan.records_before(due.moved(1)) > index || due == plan.due(plan.end() - 1).unwrap()
        );
    }
    assert!((950..=1_000).contains(&delayed), "{delayed}");
    let outline = plan.outline(72).unwrap();
    assert_eq!(outline.counts.iter().sum::<u64>(), plan.end());
}

#[test]
fn a_share_of_nothing_is_no_imperfection_and_any_other_another_run() {
    let id = |plan: Result<EmulationPlan, PlanErrors>| EmulationId::of_plan(&plan.unwrap());
    let none = dirty(|_| {});
    let zero = dirty(|all| all.late = late(share(0.0), 60.0));
    assert!(zero.as_ref().unwrap().deliveries().is_none());
    assert_eq!(id(zero), id(none.clone()));
    assert_ne!(id(dirty(|all| all.missing = share(0.1))), id(none));
}

#[test]
fn imperfections_that_cannot_be_are_refused() {
    type Change = fn(&mut Imperfections);
    let cases: [(Change, &str); 6] = [
        (
            |all| {
                all.missing = share(0.5);
                all.late = late(share(0.500_001), 1.0);
            },
            "invalid imperfections shares of 1.000001 together; expected shares that add up to 1 at most: a record has one fault",
        ),
        (
            |all| all.missing = share(1.0),
            "invalid imperfections missing of all 5000 records; expected a run that delivers a record",
        ),
        (
            |all| all.late = late(share(0.1), 0.0),
            "invalid imperfections late.bound 0; expected late.bound of 0.000001 seconds or more",
        ),
        (
            |all| {
                all.out_of_order = Some(Nearby {
                    share: share(0.1),
                    window: 0,
                });
            },
            "invalid imperfections out_of_order.window 0; expected out_of_order.window of 1 to 1000000000 records",
        ),
        (
            |all| {
                all.duplicate = Some(Nearby {
                    share: share(0.1),
                    window: u32::MAX,
                });
            },
            "invalid imperfections duplicate.window 4294967295; expected duplicate.window of 0 to 1000000000 records",
        ),
        (
            |all| {
                all.corrupt = Some(Corruption {
                    share: share(0.1),
                    fields: vec!["user_idd".to_owned()],
                    kinds: Vec::new(),
                });
            },
            "invalid imperfections corrupt.fields 'user_idd'; expected some of the fields",
        ),
    ];
    for (change, told) in cases {
        let error = dirty(change).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    let all = dirty(|all| (all.missing, all.late) = (share(0.5), late(share(0.5), 1.0)));
    assert_eq!(all.unwrap().end(), 2_500);
}
