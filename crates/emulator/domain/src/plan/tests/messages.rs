//! What messages have beside their values.

use super::*;
use crate::plan::{HeaderValue, Headers, KeyFormat, Messages, SubjectStrategy, Tombstones};

fn headers(all: &[(&str, &str)]) -> Result<Headers, String> {
    let all = all.iter();
    let all = all.map(|(name, value)| ((*name).to_owned(), HeaderValue::from(*value)));
    Headers::new(all).map_err(|error| error.to_string())
}

fn everything() -> Messages {
    Messages {
        key_format: KeyFormat::Avro,
        headers: headers(&[("source", "emulator"), ("user", "$user_id")]).unwrap(),
        tombstones: Tombstones::new(0.25).unwrap(),
        subject_strategy: SubjectStrategy::Record,
    }
}

fn planned(sink: Sink, format: Format, messages: Messages) -> Result<EmulationPlan, String> {
    let spec = PlanSpec {
        messages,
        ..PlanSpec::new(Domain::Transaction, sink, format)
    };
    EmulationPlan::new(spec).map_err(|errors| errors.to_string())
}

#[test]
fn kafka_takes_what_no_other_sink_takes_and_each_refusal_says_what_it_takes() {
    assert!(planned(Sink::Kafka, Format::Avro, everything()).is_ok());
    for sink in [Sink::Minio, Sink::File, Sink::Stdout, Sink::Null] {
        assert!(planned(sink, Format::Avro, Messages::default()).is_ok());
        let told = planned(sink, Format::Avro, everything()).unwrap_err();
        for part in [
            "invalid key_format 'avro'; expected string, because only messages of kafka have that",
            "invalid headers 'source, user'; expected none, because",
            "invalid tombstones 0.25; expected 0, because",
            "invalid subject_strategy 'record'; expected topic, because",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }
}

#[test]
fn what_cannot_be_of_messages_is_refused_with_the_mend() {
    let base = Messages::default;
    let unknown = headers(&[("who", "$usr_id")]).unwrap();
    for (format, messages, expected) in [
        (
            Format::Csv,
            Messages {
                subject_strategy: SubjectStrategy::Record,
                ..base()
            },
            "invalid subject_strategy 'record'; expected topic, because messages of csv have no schema",
        ),
        (
            Format::Avro,
            Messages {
                headers: unknown,
                ..base()
            },
            "did you mean '$user_id'?",
        ),
        (
            Format::Avro,
            Messages {
                tombstones: Tombstones::new(1.0).unwrap(),
                key_format: KeyFormat::None,
                ..base()
            },
            "invalid tombstones 1; expected 0, because key_format none leaves no key to delete",
        ),
    ] {
        let told = planned(Sink::Kafka, format, messages).unwrap_err();
        assert!(told.contains(expected), "{told}");
    }
    // Keys of Avro have a schema, whatever the format of values.
    let keyed = Messages {
        subject_strategy: SubjectStrategy::Record,
        key_format: KeyFormat::Avro,
        ..base()
    };
    assert!(planned(Sink::Kafka, Format::Csv, keyed).is_ok());
}

#[test]
fn the_share_of_tombstones_is_a_number_and_falls_on_the_same_messages_for_ever() {
    let some: Tombstones = "0.1".parse().unwrap();
    assert_eq!(some, Tombstones::new(0.1).unwrap());
    let told = "many".parse::<Tombstones>().unwrap_err().to_string();
    assert!(told.starts_with("'many'; expected "), "{told}");
    let on: Vec<_> = (0..60)
        .filter(|at| some.falls_on(Seed::new(7), *at))
        .collect();
    assert_eq!(on, [6, 27, 32, 52, 54, 59]);
    let none = Tombstones::new(0.0).unwrap();
    assert!(!(0..1000).any(|at| none.falls_on(Seed::new(7), at)));
}

#[test]
fn a_header_is_a_constant_or_a_field_and_its_text_says_which() {
    for (text, value) in [
        ("emulator", HeaderValue::Constant("emulator".to_owned())),
        ("", HeaderValue::Constant(String::new())),
        ("$country", HeaderValue::Field("country".to_owned())),
        ("$$5", HeaderValue::Constant("$5".to_owned())),
        ("$$$5", HeaderValue::Constant("$$5".to_owned())),
        ("a$b", HeaderValue::Constant("a$b".to_owned())),
    ] {
        assert_eq!(HeaderValue::from(text), value);
        assert_eq!(value.to_string(), text);
    }
    let long = "x".repeat(1025);
    for wrong in [
        [("", "a")],
        [("tombstone_of", "a")],
        [(&*long, "a")],
        [("a", &*long)],
    ] {
        assert!(headers(&wrong).is_err(), "{wrong:?}");
    }
    let many: Vec<_> = (0..33).map(|number| number.to_string()).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), "")).collect();
    assert!(headers(&many[..32]).is_ok() && headers(&many).is_err());
    for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert!(Tombstones::new(wrong).is_err());
    }
}

#[test]
fn what_decides_bytes_beside_values_decides_the_name_of_the_run() {
    let id = |messages| {
        let plan = planned(Sink::Kafka, Format::Avro, messages).unwrap();
        EmulationId::of_plan(&plan)
    };
    let all = [
        Messages::default(),
        everything(),
        Messages {
            key_format: KeyFormat::Json,
            ..everything()
        },
        Messages {
            headers: headers(&[("source", "$user_id")]).unwrap(),
            ..everything()
        },
        Messages {
            headers: headers(&[("source", "$$user_id")]).unwrap(),
            ..everything()
        },
        Messages {
            tombstones: Tombstones::new(0.5).unwrap(),
            ..everything()
        },
        Messages {
            subject_strategy: SubjectStrategy::Topic,
            ..everything()
        },
    ];
    let ids: std::collections::BTreeSet<_> = all.iter().map(|each| id(each.clone())).collect();
    assert_eq!(ids.len(), all.len());
}
