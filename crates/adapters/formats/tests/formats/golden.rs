//! Bytes that do not change from one version to the next.

use emulator_domain::imperfection::{Corruption, Drift, Imperfections, Late, Nearby, Share, Skew};
use emulator_domain::plan::{Pace, RecordCount};
use emulator_domain::{Burst, Change, Changed, GENERATOR_VERSION, Step, Timeline};
use sha2::{Digest, Sha256};

use super::*;

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A change here is a change of what people have generated before: raise `GENERATOR_VERSION`.
#[test]
fn every_domain_and_format_has_its_golden_digest() {
    // The digests are those of version 1: of all that they cover, version 2 changed nothing. It made
    // profiles independent of the day on which a run starts, and these start on the day that it took.
    assert_eq!(GENERATOR_VERSION, 2);
    let mut digests = String::new();
    for domain in Domain::ALL {
        for format in Format::ALL {
            let batch = encoded(&plan(domain, format, Labels::Shown), 0..9000);
            let mut digest = Sha256::new();
            for record in batch.records() {
                digest.update(record.payload);
                // What objects of JSON had between records when the digests were taken.
                digest.update(match format {
                    Format::Json => ",\n",
                    Format::Ndjson => "\n",
                    Format::Csv => "\r\n",
                    Format::Avro | Format::Protobuf | Format::Parquet => "",
                });
            }
            let hex = hex(digest.finalize());
            digests.push_str(&format!("{domain} {format} {hex}\n"));
        }
    }
    assert_eq!(digests, include_str!("golden.txt"));
}

/// A change here is a change of the objects that people have, though not of their records.
#[test]
fn every_object_has_its_golden_digest() {
    let mut digests = String::new();
    for domain in Domain::ALL {
        // A file of Parquet names the generator's version.
        for format in FORMATS {
            let hex = hex(Sha256::digest(object(&plan(domain, format, Labels::Shown))));
            digests.push_str(&format!("{domain} {format} {hex}\n"));
        }
    }
    assert_eq!(digests, include_str!("golden_objects.txt"));
}

fn level(rate: f64) -> Level {
    Level::new(rate).unwrap()
}

fn span(seconds: f64) -> Span {
    Span::seconds(seconds).unwrap()
}

fn step(rate: f64, seconds: f64) -> Step {
    Step {
        rate: level(rate),
        lasting: span(seconds),
    }
}

fn ramp() -> Shape {
    Shape::Ramp {
        from: level(0.0),
        to: level(50.0),
        over: span(60.0),
    }
}

/// Every kind of shape, with rates of a few records to a few hundred a second.
fn shapes() -> Vec<(&'static str, Shape)> {
    let mean = Rate::new(37.0).unwrap();
    let steps = vec![step(0.0, 2.0), step(300.0, 3.0), step(7.0, 1.5)];
    let bursts = [(1.0, 500.0, 0.5), (4.0, 0.0, 2.0)].map(|(at, rate, seconds)| Burst {
        at: span(at),
        step: step(rate, seconds),
    });
    vec![
        ("constant", Shape::Constant(mean)),
        (
            "steps",
            Shape::Steps {
                steps,
                repeat: true,
            },
        ),
        ("ramp", ramp()),
        (
            "week",
            Shape::Week {
                mean,
                hours: (0..24).map(|hour| f64::from(hour % 12) + 0.3).collect(),
                days: vec![1.0, 1.1, 0.9, 1.0, 1.5, 0.5, 0.1],
                utc_offset: 120,
            },
        ),
        (
            "bursts",
            Shape::Bursts {
                rate: level(2.0),
                bursts: bursts.to_vec(),
                every: Some(span(10.0)),
            },
        ),
        (
            "sine",
            Shape::Sine {
                mean,
                amplitude: level(30.0),
                period: span(20.0),
            },
        ),
        (
            "replay",
            Shape::Replay {
                counts: vec![70, 0, 13, 1, 5000],
                every: span(0.7),
                repeat: true,
            },
        ),
    ]
}

fn nearby(share: f64, window: u32) -> Option<Nearby> {
    Some(Nearby {
        share: Share::new(share).unwrap(),
        window,
    })
}

/// Every kind of imperfection, alone and together with the others.
fn imperfections() -> Vec<(&'static str, Imperfections)> {
    let share = |share| Share::new(share).unwrap();
    let late = |mean| Imperfections {
        late: Some(Late {
            share: share(0.1),
            bound: span(5.0),
            mean,
        }),
        ..Imperfections::default()
    };
    let missing = Imperfections {
        missing: share(0.1),
        ..Imperfections::default()
    };
    let moved = Imperfections {
        out_of_order: nearby(0.1, 40),
        duplicate: nearby(0.1, 7),
        ..Imperfections::default()
    };
    let corrupt = Imperfections {
        corrupt: Some(Corruption {
            share: share(0.3),
            fields: Vec::new(),
            kinds: Vec::new(),
        }),
        ..Imperfections::default()
    };
    let skewed = |device: &str| Imperfections {
        clock_skew: Some(Skew {
            share: share(0.3),
            bound: span(90.0),
            device: device.into(),
        }),
        ..Imperfections::default()
    };
    let drifted = Imperfections {
        drift: Some(Drift {
            from: 1000,
            remove: vec!["location".into()],
            rename: vec![("os".into(), "system".into())],
            retype: vec!["login_timestamp".into()],
            add: vec![("source".into(), "\"new\"".into())],
        }),
        ..Imperfections::default()
    };
    let all = Imperfections {
        missing: missing.missing,
        late: late(None).late,
        new_ids: true,
        corrupt: corrupt.corrupt.clone(),
        clock_skew: skewed("device_id").clock_skew,
        drift: drifted.drift.clone(),
        ..moved.clone()
    };
    vec![
        ("late", late(None)),
        ("late-exponential", late(Some(span(1.0)))),
        ("missing", missing),
        ("moved", moved),
        ("corrupt", corrupt),
        ("skewed", skewed("device_id")),
        ("skewed-number", skewed("user_id")),
        ("skewed-text", skewed("ip_address")),
        ("drifted", drifted),
        ("all", all),
    ]
}

/// A plan whose details are all decisive.
fn detailed(format: Format, rate: Traffic, imperfections: Imperfections) -> EmulationPlan {
    let spec = PlanSpec {
        population: Some(Seed::new(8)),
        rate,
        imperfections,
        count: Some(RecordCount::new(3000).unwrap()),
        ..plan(Domain::DeviceLog, format, Labels::Shown)
            .spec()
            .clone()
    };
    EmulationPlan::new(spec).unwrap()
}

/// All from the start on, and some of the next two weeks.
fn event_times(timeline: &Timeline) -> String {
    let mut digest = Sha256::new();
    for index in (0..5000).chain((5000..40_000_000).step_by(999_983)) {
        let time = timeline.at(index).unwrap();
        digest.update(time.micros().to_be_bytes());
        digest.update(timeline.records_before(time.moved(1)).to_be_bytes());
    }
    hex(digest.finalize())
}

/// The plan with a change of each kind while it ran.
fn changed(plan: &EmulationPlan) -> EmulationPlan {
    let spec = PlanSpec {
        pace: Pace::Realtime,
        ..plan.spec().clone()
    };
    let mut plan = EmulationPlan::new(spec).unwrap();
    for (index, wait, change) in [
        (1000, 10, Change::Factor(1_700_000)),
        (2000, 5_000_000, Change::Paused(5_000_000)),
        (
            2700,
            10,
            Change::Traffic(Traffic::new(ramp(), true).unwrap()),
        ),
    ] {
        let time = plan.timeline().at(index - 1).unwrap().moved(wait);
        let changed = Changed {
            index,
            time,
            change,
        };
        plan.change_all([changed]).unwrap();
    }
    plan
}

/// A change here is a change of the event times, the deliveries or the ids of runs that people have:
/// raise `GENERATOR_VERSION`.
#[test]
fn every_shape_and_every_imperfection_has_its_golden_digest() {
    let mut rows = String::new();
    for (name, shape) in shapes() {
        for random in [false, true] {
            let traffic = Traffic::new(shape.clone(), random).unwrap();
            let plan = detailed(Format::Ndjson, traffic, Imperfections::default());
            let times = event_times(plan.timeline());
            let changed = event_times(changed(&plan).timeline());
            let random = if random { "random" } else { "even" };
            let id = EmulationId::of_plan(&plan).get();
            rows.push_str(&format!("{name} {random} {id} {times}\n"));
            rows.push_str(&format!("{name} {random} changed {changed}\n"));
        }
    }
    for domain in [Domain::Transaction, Domain::UserProfile] {
        let rate = Rate::new(100.0).unwrap();
        let spec = PlanSpec {
            dataset: domain.into(),
            ..detailed(Format::Ndjson, rate.into(), Imperfections::default())
                .spec()
                .clone()
        };
        let plan = EmulationPlan::new(spec).unwrap();
        let digest = Sha256::digest(encoded(&plan, 0..plan.end()).bytes());
        let (id, hex) = (EmulationId::of_plan(&plan).get(), hex(digest));
        rows.push_str(&format!("population {domain} {id} {hex}\n"));
    }
    for (name, imperfections) in imperfections() {
        for format in [Format::Ndjson, Format::Csv, Format::Avro] {
            // Only records of JSON can have other fields.
            if format != Format::Ndjson && imperfections.drift.is_some() {
                continue;
            }
            let rate = Rate::new(100.0).unwrap();
            let plan = detailed(format, rate.into(), imperfections.clone());
            let mut digest = Sha256::new();
            digest.update(encoded(&plan, 0..plan.end()).bytes());
            for injected in plan.injected(0) {
                let (index, fault) = (injected.index, injected.fault.name());
                let corrupt = injected.corrupt.map(|(path, kind)| (path, kind.name()));
                let due = injected.due.map(Timestamp::micros);
                let (deliveries, skew) = (injected.deliveries, injected.skew);
                let told = format!("{index} {fault} {deliveries:?} {due:?} {corrupt:?} {skew:?}");
                digest.update(told);
            }
            let (id, hex) = (EmulationId::of_plan(&plan).get(), hex(digest.finalize()));
            rows.push_str(&format!("{name} {format} {id} {hex}\n"));
        }
    }
    assert_eq!(rows, include_str!("golden_plans.txt"));
}
