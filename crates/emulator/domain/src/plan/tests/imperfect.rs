//! Plans with imperfections: when what is due, and what cannot be.

use super::*;
use crate::Span;
use crate::emulation::EmulationId;
use crate::imperfection::{
    CorruptKind, Corruption, Drift, Imperfections, Late, Nearby, Share, Skew,
};

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

fn corrupt(field: &str, kind: CorruptKind) -> Option<Corruption> {
    Some(Corruption {
        share: share(0.1),
        fields: vec![field.to_owned()],
        kinds: vec![kind],
    })
}

fn skew(seconds: f64, device: &str) -> Option<Skew> {
    Some(Skew {
        share: share(0.1),
        bound: Span::seconds(seconds).unwrap(),
        device: device.to_owned(),
    })
}

fn drift(change: impl FnOnce(&mut Drift)) -> Option<Drift> {
    let mut drift = Drift::default();
    change(&mut drift);
    Some(drift)
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
    let cases: [(Change, &str); 14] = [
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
        (
            |all| all.corrupt = corrupt("transaction_id", CorruptKind::Null),
            "invalid imperfections corrupt.kinds null; expected a kind that suits each field in json",
        ),
        (
            |all| all.corrupt = corrupt("amount", CorruptKind::Unknown),
            "invalid imperfections corrupt.kinds unknown; expected a kind that suits each field",
        ),
        (
            |all| all.clock_skew = skew(0.000_999, "user_id"),
            "invalid imperfections clock_skew.bound 0.000999; expected clock_skew.bound of 0.001 seconds or more",
        ),
        (
            |all| all.clock_skew = skew(1.0, "user"),
            "invalid imperfections clock_skew.device 'user'; expected clock_skew.device with the field that says whose clock it is: transaction_id, user_id, currency",
        ),
        (
            |all| all.drift = drift(|_| {}),
            "invalid imperfections drift without a change; expected some of remove, rename, retype and add",
        ),
        (
            |all| all.drift = drift(|drift| drift.remove.push("transaction_id".to_owned())),
            "invalid imperfections drift.remove 'transaction_id'; expected some of the fields user_id, amount, currency",
        ),
        (
            |all| {
                all.drift = drift(|drift| {
                    drift.remove.push("amount".to_owned());
                    drift.retype.push("amount".to_owned());
                });
            },
            "invalid imperfections drift.retype 'amount'; expected one change of each field",
        ),
        (
            |all| {
                all.drift = drift(|drift| {
                    drift
                        .rename
                        .push(("amount".to_owned(), "user_id".to_owned()));
                });
            },
            "invalid imperfections drift.rename to 'user_id'; expected a name that no other field has",
        ),
    ];
    for (change, told) in cases {
        let error = dirty(change).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    let shortest = dirty(|all| all.clock_skew = skew(0.001, "user_id"));
    assert!(shortest.is_ok());
    // A name is free if its field is removed, or gives it away itself.
    for (remove, rename, is_free) in [
        (&["user_id"][..], &[("amount", "user_id")][..], true),
        (&[], &[("user_id", "who"), ("amount", "user_id")], true),
        (&["currency"], &[("amount", "user_id")], false),
        (&[], &[("currency", "who"), ("amount", "user_id")], false),
        (&[], &[("currency", "who"), ("amount", "who")], false),
    ] {
        let text = |text: &&str| (*text).to_owned();
        let plan = dirty(|all| {
            all.drift = drift(|drift| {
                drift.remove = remove.iter().map(text).collect();
                let pairs = rename.iter().map(|(old, new)| (text(old), text(new)));
                drift.rename = pairs.collect();
            });
        });
        assert_eq!(plan.is_ok(), is_free, "{remove:?} {rename:?}");
    }
    let all = dirty(|all| (all.missing, all.late) = (share(0.5), late(share(0.5), 1.0)));
    assert_eq!(all.unwrap().end(), 2_500);
}

#[test]
fn faults_are_counted_from_the_first_record_of_a_part() {
    let injected = |first_index, from| {
        let plan = dirty(|all| {
            all.missing = share(0.05);
            all.clock_skew = skew(9.0, "user_id");
            all.drift = drift(|drift| {
                drift.from = 3_000;
                drift.remove.push("amount".to_owned());
            });
        });
        let spec = PlanSpec {
            window: Window {
                first_index,
                ..Window::default()
            },
            ..plan.unwrap().spec().clone()
        };
        let all = EmulationPlan::new(spec).unwrap().injected(from);
        all.map(|each| (first_index + each.index, each.fault, each.skew))
            .take_while(|(record, ..)| *record < 5_000)
            .collect::<Vec<_>>()
    };
    let whole = injected(0, 0);
    assert!(whole.len() > 2_500);
    for (first, from) in [(0, 1_234), (1_000, 0), (1_000, 2_345)] {
        let rest = whole.iter().filter(|(record, ..)| *record >= first + from);
        assert_eq!(injected(first, from), rest.copied().collect::<Vec<_>>());
    }
}
