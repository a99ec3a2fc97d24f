use super::*;
use crate::emulation::EmulationId;
use crate::{Domain, InvalidValue, Rate, Timestamp};

mod imperfect;
mod messages;
mod streams;
mod windows;

fn spec() -> PlanSpec {
    PlanSpec {
        start_time: Timestamp::from_micros(1_767_225_600_000_000).unwrap(),
        pace: Pace::Realtime,
        timeout: Timeout::new(10).unwrap(),
        ..PlanSpec::new(Domain::Transaction, Sink::Kafka, Format::Json)
    }
}

fn planned(change: fn(&mut PlanSpec)) -> Option<u64> {
    let mut spec = spec();
    change(&mut spec);
    EmulationPlan::new(spec).unwrap().planned()
}

#[test]
fn the_smallest_of_count_rate_domain_and_calendar_decides() {
    assert_eq!(planned(|_| {}), Some(100_000));
    assert_eq!(planned(|s| s.count = RecordCount::new(5).ok()), Some(5));
    assert_eq!(
        planned(|s| s.rate = Rate::new(0.5).unwrap().into()),
        Some(5)
    );
    assert_eq!(
        planned(|s| s.dataset = Domain::UserProfile.into()),
        Some(9000)
    );
    assert_eq!(planned(|s| s.pace = Pace::Unlimited), None);
    assert_eq!(
        planned(|s| {
            s.pace = Pace::Unlimited;
            s.window.to_time = Some(s.start_time.moved(3_000_000));
        }),
        Some(30_000)
    );
    let calendar = Timestamp::LATEST.micros() - 1_767_225_600_000_000 + 1;
    assert_eq!(
        planned(|s| {
            s.pace = Pace::Unlimited;
            s.count = Some(RecordCount::MAX);
        }),
        Some(calendar as u64 / 100)
    );
}

#[test]
fn a_plan_gives_back_what_it_was_made_of() {
    let spec = PlanSpec {
        grouping: Grouping::Chunked {
            max_chunk_size: ChunkSize::MAX,
        },
        count: Some(RecordCount::MIN),
        ..spec()
    };
    assert_eq!(EmulationPlan::new(spec.clone()).unwrap().spec(), &spec);
}

#[test]
fn every_number_has_its_range() {
    fn told<T: std::fmt::Debug>(value: Result<T, InvalidValue>) -> String {
        value.unwrap_err().to_string()
    }
    for (got, says) in [
        (told(Timeout::new(0)), "0; expected 1 to 31536000 seconds"),
        (told(Timeout::new(-1)), "-1; expected 1 to 31536000 seconds"),
        (
            told(RecordCount::new(1u64 << 63)),
            "9223372036854775808; expected 1 to 9223372036854775807 records",
        ),
        (
            told(ChunkSize::new(0)),
            "0; expected 1 to 5497558138880 bytes",
        ),
        (told(Workers::new(257)), "257; expected 1 to 256 workers"),
        (
            told(Rate::new(0.0)),
            "0; expected 0.000001 to 100000000 records a second",
        ),
        (
            told(Rate::new(f64::NAN)),
            "NaN; expected 0.000001 to 100000000 records a second",
        ),
        (
            told("ten".parse::<Timeout>()),
            "'ten'; expected 1 to 31536000 seconds",
        ),
        (
            told("-1".parse::<Seed>()),
            "'-1'; expected a whole number from 0 to 18446744073709551615",
        ),
    ] {
        assert_eq!(got, says);
    }
    assert_eq!("365".parse(), Timeout::new(365));
    assert_eq!(Timeout::new(31_536_000), Ok(Timeout::MAX));
    assert_eq!(Workers::new(1), Ok(Workers::MIN));
}

#[test]
fn any_word_but_a_slip_means_an_object_for_each_record() {
    for (text, means) in [
        ("grouped", SyncType::Grouped),
        ("Chunked", SyncType::Chunked),
        ("single", SyncType::Single),
        ("individual", SyncType::Single),
        ("per-record", SyncType::Single),
        ("streaming", SyncType::Single),
        ("x", SyncType::Single),
        ("", SyncType::Single),
    ] {
        assert_eq!(text.parse(), Ok(means), "{text}");
    }
    for (slip, meant) in [
        ("chunkd", "chunked"),
        ("CHUNK", "chunked"),
        ("chunks", "chunked"),
        ("chuncked", "chunked"),
        ("group", "grouped"),
        ("groupde", "grouped"),
    ] {
        let told = slip.parse::<SyncType>().unwrap_err().to_string();
        let says =
            format!("'{slip}'; expected grouped, chunked or single; did you mean '{meant}'?");
        assert_eq!(told, says);
    }
}

#[test]
fn everything_that_does_not_go_together_is_told_at_once() {
    const TOPIC: &str = "1 to 249 letters, digits, dots, underscores and hyphens";
    const BUCKET: &str = "3 to 63 lowercase letters, digits, dots and hyphens, beginning and ending with a letter or digit";
    for (sink, name, rule) in [
        (Sink::Kafka, "a/b", TOPIC),
        (Sink::File, "..", TOPIC),
        (Sink::Kafka, ".", TOPIC),
        (Sink::Null, "", TOPIC),
        (Sink::Minio, "No", BUCKET),
        (Sink::Minio, "1.2.3.4", BUCKET),
        (Sink::Minio, "a..b", BUCKET),
        (Sink::Minio, "-ab", BUCKET),
        (Sink::Minio, "ab.", BUCKET),
        (Sink::Minio, &"a".repeat(64), BUCKET),
    ] {
        let spec = PlanSpec {
            sink,
            destination: name.to_owned(),
            ..spec()
        };
        let told = EmulationPlan::new(spec).unwrap_err().to_string();
        assert_eq!(
            told,
            format!("invalid destination '{name}'; expected {rule}")
        );
    }
    for name in ["a.bucket", "a-b", "abc"] {
        let spec = PlanSpec {
            sink: Sink::Minio,
            destination: name.to_owned(),
            ..spec()
        };
        assert!(EmulationPlan::new(spec).is_ok(), "{name}");
    }
    let both = PlanSpec {
        sink: Sink::Stdout,
        destination: "a b".to_owned(),
        guarantee: Guarantee::ExactlyOnce,
        ..spec()
    };
    let errors = EmulationPlan::new(both).unwrap_err();
    let fields: Vec<_> = errors.iter().map(PlanError::field).collect();
    assert_eq!(fields, [PlanField::Destination, PlanField::Delivery]);
    let named: Vec<_> = errors.iter().map(|error| error.named("--to")).collect();
    assert_eq!(named[0], format!("invalid --to 'a b'; expected {TOPIC}"));
    assert_eq!(
        errors.to_string(),
        format!(
            "invalid destination 'a b'; expected {TOPIC}; invalid delivery 'exactly-once'; expected at-least-once, because stdout keeps no record of what was delivered"
        )
    );
}

#[test]
fn what_somebody_would_not_expect_is_told() {
    let notes = |spec| EmulationPlan::new(spec).unwrap().notes();
    let profiles = PlanSpec {
        count: RecordCount::new(20_000).ok(),
        ..PlanSpec::new(Domain::UserProfile, Sink::Null, Format::Csv)
    };
    assert_eq!(
        notes(profiles.clone()),
        [PlanNote::FewerRecords {
            asked: 20_000,
            end: 9_000
        }]
    );
    let all = PlanSpec {
        count: RecordCount::new(9_000).ok(),
        ..profiles
    };
    assert_eq!(notes(all), []);
    for (sink, told) in [
        (Sink::Kafka, vec![]),
        (Sink::File, vec![PlanNote::AlwaysExactlyOnce(Sink::File)]),
    ] {
        let guarantee = Guarantee::ExactlyOnce;
        assert_eq!(
            notes(PlanSpec {
                sink,
                guarantee,
                ..spec()
            }),
            told
        );
    }
}

/// Two runs of one name in one folder would be mixed.
#[test]
fn whatever_decides_bytes_names_or_extent_decides_the_id() {
    type Change = fn(&mut PlanSpec);
    let id = |change: Change| {
        let mut spec = PlanSpec {
            grouping: Grouping::Chunked {
                max_chunk_size: ChunkSize::new(1_000_000).unwrap(),
            },
            count: RecordCount::new(5_000).ok(),
            ..spec()
        };
        change(&mut spec);
        EmulationId::of_plan(&EmulationPlan::new(spec).unwrap())
    };
    let same: [Change; 7] = [
        |_| {},
        |s| s.workers = Workers::MAX,
        |s| s.destination = "elsewhere".to_owned(),
        |s| s.sink = Sink::File,
        |s| s.guarantee = Guarantee::ExactlyOnce,
        |s| s.pace = Pace::Unlimited,
        |s| s.timeout = Timeout::new(20).unwrap(),
    ];
    for change in same {
        assert_eq!(id(change), id(|_| {}));
    }
    let other: [Change; 16] = [
        |_| {},
        |s| s.dataset = Domain::DeviceLog.into(),
        |s| s.seed = Seed::new(1),
        |s| s.population = Some(Seed::new(1)),
        |s| s.window.first_index = 1,
        |s| s.users = UserIds::new(1000, 9998).unwrap(),
        |s| s.users = UserIds::new(1001, 9999).unwrap(),
        |s| s.start_time = s.start_time.moved(1),
        |s| s.rate = Rate::new(9_999.0).unwrap().into(),
        |s| s.labels = Labels::Withheld,
        |s| s.format = Format::Csv,
        |s| s.grouping = Grouping::Grouped,
        |s| {
            s.grouping = Grouping::Chunked {
                max_chunk_size: ChunkSize::new(10_000_000).unwrap(),
            }
        },
        |s| s.count = RecordCount::new(5_001).ok(),
        // Without a count, the clock decides how many records an unlimited run has.
        |s| {
            s.count = None;
            s.pace = Pace::Unlimited;
        },
        |s| {
            s.count = None;
            s.pace = Pace::Unlimited;
            s.timeout = Timeout::new(20).unwrap();
        },
    ];
    let ids: std::collections::HashSet<_> = other.into_iter().map(id).collect();
    assert_eq!(ids.len(), other.len());
}

#[test]
fn a_drawn_seed_is_the_same_as_a_64_bit_float() {
    for random in [0, 1 << 11, u64::MAX, 0x0123_4567_89ab_cdef] {
        let seed = Seed::drawn(random).get();
        assert_eq!(seed as f64 as u64, seed);
        assert!(seed < 1 << 53);
    }
    assert_ne!(Seed::drawn(1 << 11), Seed::drawn(2 << 11));
}
