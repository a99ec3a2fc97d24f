//! All that is wrong with a model is told at once, and a large one is checked fast.

use super::harness::{errors, fields};

#[test]
fn all_that_is_wrong_with_a_stream_is_told_at_once() {
    let errors = errors(&fields(r#""x":{"boolean":2,"null":-1,"colour":"red"}"#));
    assert_eq!(errors.lines().count(), 3, "{errors}");
}

/// Two faults in a stream that others refer to, one in each of those, none that follows from them.
#[test]
fn all_that_is_wrong_with_all_streams_is_told_at_once_and_nothing_that_follows_from_it() {
    let json = r#"{"model":"m","streams":{
        "a":{"count":0,"key":"id","fields":{"id":{"seqence":{}},"n":{"integer":{"poisson":-1}},"s":{"struct":{"x":{"uuid":1},"y":{"boolean":3}}},"k":{"boolean":0.5}}},
        "b":{"fields":{"a":{"ref":"a.id"},"n":{"of":"a","field":"n"},"e":{"expr":"n + 1"},"t":{"template":"{n}"},"z":{"boolean":2}}},
        "c":{"each":"b","times":{"no":1},"fields":{"a":{"parent":"a"},"o":{"ordinal":{}},"d":{"date":{}}}},
        "d":{"changes_of":"a","update":{"n":0.5,"id":0.5,"q":1},"delete":7},
        "e":{"each":"nowhere","times":2,"fields":{"x":{"parent":"x"}}},
        "f":{"fields":{"g":{"ref":"g.id"},"w":{"uuid":{"v":7}}}},
        "g":{"count":5,"fields":{"id":{"sequence":{}},"h":{"ref":"h.id"},"v":{"nothing":1}}},
        "h":{"count":5,"fields":{"id":{"sequence":{}},"g":{"ref":"g.id"},"u":{"nothing":1}}}}}"#;
    let errors = errors(json);
    let paths: Vec<&str> = errors
        .lines()
        .map(|error| error.split(": ").next().unwrap_or_default())
        .collect();
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    let expected = [
        "streams.a.count",
        "streams.a.fields.id",
        "streams.a.fields.n.integer.poisson",
        "streams.a.fields.s.struct.x.uuid",
        "streams.a.fields.s.struct.y.boolean",
        "streams.b.fields.z.boolean",
        "streams.c.fields.d.date",
        "streams.c.fields.d.date",
        "streams.c.times",
        "streams.d.delete",
        "streams.d.update",
        "streams.e.each",
        "streams.f.fields.w.uuid",
        "streams.g.fields.v",
        "streams.h.fields.g.ref",
        "streams.h.fields.u",
    ];
    assert_eq!(sorted, expected, "{errors}");
    assert!(errors.contains("unknown field 'q'; expected k"), "{errors}");
}

#[test]
fn of_very_many_faults_the_first_hundred_are_told() {
    let all: Vec<String> = (0..2_000)
        .map(|field| format!(r#""f{field}":{{"boolean":2}}"#))
        .collect();
    let streams: Vec<String> = (0..20)
        .map(|stream| format!(r#""s{stream}":{{"fields":{{{}}}}}"#, all.join(",")))
        .collect();
    let json = format!(r#"{{"model":"m","streams":{{{}}}}}"#, streams.join(","));
    assert_eq!(errors(&json).lines().count(), 100);
}

#[test]
fn a_large_model_is_checked_within_a_second() {
    let all: Vec<String> = (0..1000)
        .map(|stream| {
            let fields: Vec<String> = (0..100)
                .map(|field| format!(r#""f{field}":{{"decimal":{{"lognormal":{{"median":{},"sigma":1}},"max":5000}}}}"#, field + 1))
                .collect();
            format!(r#""s{stream}":{{"fields":{{{}}}}}"#, fields.join(","))
        })
        .collect();
    let json = format!(r#"{{"model":"m","streams":{{{}}}}}"#, all.join(","));
    let node: emulator_model::Node = serde_json::from_str(&json).unwrap();
    let started = std::time::Instant::now();
    let model = emulator_model::Model::compile(&node).unwrap();
    let took = started.elapsed();
    assert_eq!(model.streams().len(), 1000);
    // A second on a quiet machine; tests run beside others.
    assert!(took.as_secs() < 5, "{took:?}");
    println!("1,000 streams of 100 fields: {took:?}");
}
