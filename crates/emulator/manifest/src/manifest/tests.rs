use emulator_domain::plan::{
    ChunkSize, Format, Guarantee, PlanField, PlanSpec, RecordCount, Sink, Timeout, Workers,
};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Change, Domain, Rate, Seed, Timestamp, UserIds};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::traffic;

fn spec() -> PlanSpec {
    PlanSpec {
        seed: Seed::new(u64::MAX),
        users: UserIds::new(5, 50_000).unwrap(),
        start_time: Timestamp::from_micros(1_767_225_600_123_457).unwrap(),
        rate: Rate::new(333.333_333).unwrap().into(),
        labels: Labels::Withheld,
        timeout: Timeout::new(60).unwrap(),
        ..PlanSpec::new(Domain::DeviceLog, Sink::Minio, Format::Csv)
    }
}

fn manifest(spec: PlanSpec) -> Manifest {
    let id = "00000000-0000-0000-0000-000000000000".parse().unwrap();
    let plan = EmulationPlan::new(spec).unwrap();
    Manifest::from(&Emulation::new(id, plan, Timestamp::EARLIEST))
}

#[test]
fn a_manifest_leads_back_to_an_equal_plan() {
    let chunked = Grouping::Chunked {
        max_chunk_size: ChunkSize::new(4096).unwrap(),
    };
    for (sink, grouping, names) in [
        (Sink::Kafka, Grouping::Single, None),
        (Sink::Null, Grouping::Grouped, None),
        (Sink::Stdout, Grouping::Grouped, None),
        (
            Sink::Minio,
            Grouping::Grouped,
            Some("00000000-0000-0000-0000-000000000000.csv"),
        ),
        (
            Sink::File,
            chunked,
            Some("00000000-0000-0000-0000-000000000000/part-{00000}.csv"),
        ),
        (
            Sink::Minio,
            Grouping::Single,
            Some("{key}_{unix millis}.csv"),
        ),
    ] {
        let spec = PlanSpec {
            sink,
            grouping,
            ..spec()
        };
        let written = manifest(spec.clone());
        let json = serde_json::to_string(&written).unwrap();
        let read: Manifest = serde_json::from_str(&json).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.id().unwrap().to_string(), written.emulation_id);
        assert_eq!(read.parts.as_ref().map(|parts| &*parts.names), names);
        assert_eq!(read.plan().unwrap().spec(), &spec);
        let later = Manifest {
            generator_version: GENERATOR_VERSION + 1,
            ..read
        };
        let told = later.plan().unwrap_err().to_string();
        assert!(
            told.starts_with("invalid generator_version 3; expected 2"),
            "{told}"
        );
    }
}

#[test]
fn every_extreme_of_a_plan_survives() {
    let changes: [fn(&mut PlanSpec); 6] = [
        |s| s.rate = Rate::SLOWEST.into(),
        |s| s.population = Some(Seed::new(u64::MAX - 1)),
        |s| s.window.first_index = 17,
        |s| {
            s.rate = Rate::FASTEST.into();
            s.count = Some(RecordCount::MAX);
        },
        |s| {
            s.workers = Workers::MAX;
            s.guarantee = Guarantee::ExactlyOnce;
            s.destination = "a.bucket".to_owned();
        },
        |s| s.start_time = Timestamp::from_micros(253_402_200_000_000_000).unwrap(),
    ];
    for change in changes {
        let mut spec = spec();
        change(&mut spec);
        assert_eq!(manifest(spec.clone()).plan().unwrap().spec(), &spec);
    }
}

/// As JavaScript, jq and others read and print it: every number is a 64-bit float.
fn through_floats(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let float = number.as_f64().unwrap();
            *value = if float.fract() == 0.0 {
                serde_json::from_str(&format!("{float}")).unwrap()
            } else {
                json!(float)
            };
        }
        Value::Array(values) => values.iter_mut().for_each(through_floats),
        Value::Object(fields) => fields.values_mut().for_each(through_floats),
        _ => {}
    }
}

#[test]
fn a_manifest_whose_numbers_became_floats_leads_back_to_the_plan_of_a_drawn_seed() {
    for (seed, survives) in [
        (Seed::drawn(u64::MAX), true),
        (Seed::drawn(0x0123_4567_89ab_cdef), true),
        // Somebody chose this one; written as it is, it is read as it is.
        (Seed::new((1 << 53) + 1), false),
    ] {
        let spec = PlanSpec { seed, ..spec() };
        let mut value = serde_json::to_value(manifest(spec.clone())).unwrap();
        let exact: Manifest = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(exact.plan().unwrap().spec(), &spec);
        through_floats(&mut value);
        let read: Manifest = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(read.plan().unwrap().spec() == &spec, survives);
    }
}

#[test]
fn everything_that_is_wrong_with_a_manifest_is_told_at_once() {
    let mut wrong = manifest(spec());
    wrong.plan.set(PlanField::Format, "xml");
    wrong.plan.set(PlanField::Timeout, 0);
    wrong.plan.set(PlanField::Rate, Value::Null);
    wrong.plan.set(PlanField::LastUserId, 9);
    assert_eq!(
        wrong.plan().unwrap_err().to_string(),
        "invalid format_type 'xml'; expected json, ndjson, csv, avro, protobuf or parquet; \
         invalid timeout 0; expected 1 to 31536000 seconds; \
         rate is required; expected a number, 0.000001 to 100000000 records a second, or an object whose shape is constant, steps, ramp, week, bursts, sine or replay; \
         invalid last_user_id 9; expected at least 50 ids from first_user_id on, up to 4294967294"
    );
    let mut value = serde_json::to_value(manifest(spec())).unwrap();
    value["seeds"] = 1.into();
    let told = serde_json::from_value::<Manifest>(value)
        .unwrap_err()
        .to_string();
    assert!(
        told.starts_with("unknown field 'seeds'; expected emulator_sync, "),
        "{told}"
    );
    assert!(told.ends_with("did you mean 'seed'?"), "{told}");
}

#[test]
fn counts_that_cannot_be_are_refused_by_name() {
    let whole = Manifest {
        records: Records {
            planned: Some(5),
            generated: 5,
            acknowledged: 3,
            failed: 1,
            in_flight: 1,
        },
        ..manifest(PlanSpec {
            count: Some(RecordCount::new(5).unwrap()),
            ..spec()
        })
    };
    let plan = whole.plan().unwrap();
    assert_eq!(whole.counts(&plan), Ok(whole.records));
    type Change = fn(&mut Manifest);
    let changes: [(Change, &str); 5] = [
        (
            |m| m.records.generated = 1 << 60,
            "invalid records.generated 1152921504606846976; expected 0 to 5: there is no record 5 in the plan",
        ),
        (
            |m| m.records.planned = Some(4),
            "invalid records.planned 4; expected 5, as many as the plan has",
        ),
        (
            |m| m.records.acknowledged = 6,
            "invalid records.acknowledged 6; expected 0 to 5, as many as were generated",
        ),
        (
            |m| m.records.failed = u64::MAX,
            "invalid records.generated 5; expected 18446744073709551615, as many as acknowledged, failed and in_flight together",
        ),
        (
            |m| {
                let names = String::new();
                m.parts = Some(Parts { count: 1000, names });
            },
            "invalid parts.count 1000; expected 0 to ",
        ),
    ];
    for (change, told) in changes {
        let mut wrong = whole.clone();
        change(&mut wrong);
        let said = wrong.counts(&plan).unwrap_err().to_string();
        assert!(said.starts_with(told), "{said}");
    }
}

/// Values that no field is ready for.
fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!(null)),
        Just(json!([[]])),
        Just(json!({"a": {}})),
    ]
}

proptest! {
    #[test]
    fn a_manifest_that_was_changed_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), strange()), 1..4),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut json = serde_json::to_value(manifest(spec())).unwrap();
        let fields = json.as_object_mut().unwrap();
        let names: Vec<_> = fields.keys().cloned().collect();
        for (at, value) in changes {
            fields.insert(names[at.index(names.len())].clone(), value);
        }
        let mut bytes = json.to_string().into_bytes();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = serde_json::from_slice::<Manifest>(&bytes) {
            let _ = read.id();
            let _ = read.status();
            // A plan that is valid is written as it was read.
            if let (Ok(plan), Ok(id)) = (read.plan(), read.id()) {
                let written = Manifest::from(&Emulation::new(id, plan.clone(), Timestamp::EARLIEST));
                prop_assert_eq!(written.plan().unwrap(), plan);
            }
        }
    }
}

/// The first generator made other dates of birth and of signing up, and nothing else otherwise.
#[test]
fn what_the_first_generator_made_alike_is_still_read() {
    let first = |domain: Domain| {
        let spec = PlanSpec {
            dataset: domain.into(),
            destination: "there".to_owned(),
            ..spec()
        };
        let written = Manifest {
            generator_version: 1,
            ..manifest(spec)
        };
        written
            .plan()
            .map(|plan| plan.end())
            .map_err(|error| error.to_string())
    };
    assert!(first(Domain::Transaction).is_ok() && first(Domain::DeviceLog).is_ok());
    let told = first(Domain::UserProfile).unwrap_err();
    assert!(
        told.starts_with("invalid generator_version 1; expected 2"),
        "{told}"
    );
}

#[test]
fn what_was_changed_of_a_run_comes_back_with_its_plan() {
    let spec = PlanSpec {
        pace: emulator_domain::plan::Pace::Realtime,
        ..spec()
    };
    let id = "00000000-0000-0000-0000-000000000000".parse().unwrap();
    let start = spec.start_time;
    let after = |seconds: i64| start.moved(seconds * 1_000_000);
    let plan = EmulationPlan::new(spec).unwrap();
    let mut run = Emulation::new(id, plan.clone(), Timestamp::EARLIEST);
    let sine =
        json!({"shape": "sine", "rate": 10, "amplitude": 3.5, "period": 60, "noise": "poisson"});
    let sine = Change::Traffic(traffic::read(&sine).unwrap());
    run.rerate(sine, after(3)).unwrap();
    run.pause(after(5)).unwrap();
    run.rerate(Change::Factor(1_500_000), after(6)).unwrap();
    run.resume(after(7).moved(1)).unwrap();
    let json = serde_json::to_value(Manifest::from(&run)).unwrap();
    let kinds = ["rate", "paused", "factor", "paused"];
    for (change, kind) in json["changes"].as_array().unwrap().iter().zip(kinds) {
        assert!(
            change.as_object().unwrap().len() == 3 && !change[kind].is_null(),
            "{change}"
        );
    }
    assert_eq!(json["changes"][3]["paused"], 1.000_001);
    let read: Manifest = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(read.plan().unwrap(), *run.plan());
    assert_ne!(*run.plan(), plan);
    assert_eq!(run.plan().spec(), plan.spec());
    for (field, value, said) in [
        ("factor", json!(2), "one of rate, factor and paused"),
        ("rate", json!(0), "records a second"),
        ("time", json!("2025-01-01T00:00:00Z"), "lies before"),
    ] {
        let mut wrong = json.clone();
        wrong["changes"][0][field] = value;
        let wrong: Manifest = serde_json::from_value(wrong).unwrap();
        let told = wrong.plan().unwrap_err().to_string();
        assert!(told.starts_with("invalid changes at 0"), "{told}");
        assert!(told.contains(said), "{told}");
    }
}
