//! What generators make, against what they declare.

use emulator_domain::record::{Cells, Value};
use emulator_model::WORDS;
use statrs::distribution::{
    Beta, ContinuousCDF, Discrete, Exp, Gamma, LogNormal, Normal, Pareto, Poisson,
};

use super::harness::{block, column, fields, model};

const N: u64 = 1_000_000;

/// A million values of one field of numbers, as numbers.
fn numbers(field: &str) -> Vec<f64> {
    let model = model(&fields(&format!(r#""x":{field}"#)));
    let stream = model.stream("s").expect("the one stream");
    let mut numbers = Vec::with_capacity(N as usize);
    for start in (0..N).step_by(10_000) {
        let block = block(&**stream, 7, start..start + 10_000);
        let column = &block.columns[0];
        numbers.extend((0..column.len()).map(|row| match column.get(row) {
            Value::Float(value) => value,
            Value::Long(value) => value as f64,
            Value::Decimal { unscaled, scale } => unscaled as f64 / 10_f64.powi(scale.into()),
            other => panic!("{other:?}"),
        }));
    }
    numbers
}

/// Kolmogorov and Smirnov's distance between the values and a distribution.
fn distance(mut values: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let gaps = values.iter().enumerate().map(|(rank, value)| {
        let expected = cdf(*value);
        (expected - rank as f64 / n)
            .abs()
            .max(((rank + 1) as f64 / n - expected).abs())
    });
    gaps.fold(0.0, f64::max)
}

#[test]
fn numbers_have_the_distribution_that_is_declared() {
    type Cdf = Box<dyn Fn(f64) -> f64>;
    let cut = |cdf: Cdf, min: f64, max: f64| -> Cdf {
        let (below, above) = (cdf(min), cdf(max));
        Box::new(move |x| ((cdf(x) - below) / (above - below)).clamp(0.0, 1.0))
    };
    let of = |distribution: Box<dyn ContinuousCDF<f64, f64>>| -> Cdf {
        Box::new(move |x| distribution.cdf(x))
    };
    let normal = || of(Box::new(Normal::new(5.0, 2.0).unwrap()));
    let lognormal = || of(Box::new(LogNormal::new(30_f64.ln(), 1.1).unwrap()));
    let uniform = |low: f64, high: f64| -> Cdf {
        Box::new(move |x| ((x - low) / (high - low)).clamp(0.0, 1.0))
    };
    let cases: Vec<(&str, Cdf)> = vec![
        (r#"{"float":{"uniform":[-3,5]}}"#, uniform(-3.0, 5.0)),
        (r#"{"float":{"normal":{"mean":5,"sd":2}}}"#, normal()),
        (
            r#"{"float":{"normal":{"mean":5,"sd":2},"min":4,"max":11}}"#,
            cut(normal(), 4.0, 11.0),
        ),
        (
            r#"{"float":{"lognormal":{"median":30,"sigma":1.1}}}"#,
            lognormal(),
        ),
        (
            r#"{"decimal":{"lognormal":{"median":30,"sigma":1.1},"min":0.01,"max":5000,"scale":4}}"#,
            cut(lognormal(), 0.01, 5000.0),
        ),
        (
            r#"{"float":{"exponential":{"mean":4}}}"#,
            of(Box::new(Exp::new(0.25).unwrap())),
        ),
        (
            r#"{"float":{"pareto":{"minimum":2,"alpha":1.5}}}"#,
            of(Box::new(Pareto::new(2.0, 1.5).unwrap())),
        ),
        (
            r#"{"float":{"gamma":{"shape":0.7,"scale":3}}}"#,
            of(Box::new(Gamma::new(0.7, 1.0 / 3.0).unwrap())),
        ),
        (
            r#"{"float":{"gamma":{"shape":9,"scale":0.5}}}"#,
            of(Box::new(Gamma::new(9.0, 2.0).unwrap())),
        ),
        (
            r#"{"float":{"beta":{"alpha":2,"beta":5}}}"#,
            of(Box::new(Beta::new(2.0, 5.0).unwrap())),
        ),
        (
            r#"{"float":{"histogram":[[0,10,3],[10,100,1]]}}"#,
            Box::new(|x: f64| {
                0.75 * (x / 10.0).clamp(0.0, 1.0) + 0.25 * ((x - 10.0) / 90.0).clamp(0.0, 1.0)
            }),
        ),
        (
            r#"{"float":{"mixture":[{"weight":9,"normal":{"mean":5,"sd":2}},{"weight":1,"uniform":[0,100]}]}}"#,
            {
                let (one, other) = (normal(), uniform(0.0, 100.0));
                Box::new(move |x| 0.9 * one(x) + 0.1 * other(x))
            },
        ),
    ];
    for (field, cdf) in cases {
        // Exceeded by chance once in 10^7; the decimal's steps of 0.0001 are far below it.
        let distance = distance(numbers(field), cdf);
        assert!(distance < 2.9 / (N as f64).sqrt(), "{field}: {distance}");
    }
    // Where the distance is blind: the tail.
    let tail = numbers(r#"{"float":{"pareto":{"minimum":2,"alpha":1.5}}}"#);
    let beyond = tail.iter().filter(|value| **value > 2000.0).count() as f64;
    let expected = N as f64 * (1.0 - Pareto::new(2.0, 1.5).unwrap().cdf(2000.0));
    assert!(
        (beyond - expected).abs() < 5.0 * expected.sqrt(),
        "{beyond} of {expected}"
    );
}

#[test]
fn whole_numbers_come_as_often_as_declared() {
    let poisson = Poisson::new(2.0).unwrap();
    let zipf_sum: f64 = (1..=20).map(|rank| f64::from(rank).powf(-1.1)).sum();
    type Share = Box<dyn Fn(u64) -> f64>;
    let cases: Vec<(&str, std::ops::RangeInclusive<u64>, Share)> = vec![
        (
            r#"{"integer":{"uniform":[1,6]}}"#,
            1..=6,
            Box::new(|_| 1.0 / 6.0),
        ),
        (r#"{"integer":{"poisson":2}}"#, 0..=8, {
            Box::new(move |k| poisson.pmf(k))
        }),
        (r#"{"integer":{"poisson":2,"min":1,"max":4}}"#, 1..=4, {
            let sum: f64 = (1..=4).map(|k| poisson.pmf(k)).sum();
            Box::new(move |k| poisson.pmf(k) / sum)
        }),
        (
            r#"{"integer":{"zipf":{"n":20,"s":1.1}}}"#,
            1..=20,
            Box::new(move |k| (k as f64).powf(-1.1) / zipf_sum),
        ),
        (
            r#"{"choice":[{"value":1,"weight":0.5},{"value":2,"weight":0.25},{"value":3,"weight":0.25}]}"#,
            1..=3,
            Box::new(|k| if k == 1 { 0.5 } else { 0.25 }),
        ),
    ];
    for (field, range, share) in cases {
        let values = numbers(field);
        let mut square = 0.0;
        for k in range.clone() {
            let expected = share(k) * N as f64;
            let found = values.iter().filter(|value| **value == k as f64).count() as f64;
            square += (found - expected).powi(2) / expected;
        }
        // Mean k and standard deviation sqrt(2 k); seven of them.
        let freedom = (range.end() - range.start()) as f64;
        assert!(
            square < freedom + 7.0 * (2.0 * freedom).sqrt().max(2.0),
            "{field}: {square}"
        );
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(least, *range.start() as f64, "{field}");
    }
}

#[test]
fn both_ends_of_a_range_come_and_nothing_beyond_them() {
    for (field, ends) in [
        (r#"{"integer":{"uniform":[-3,3]}}"#, ["-3", "3"]),
        (
            r#"{"decimal":{"uniform":[0.05,0.25],"scale":2}}"#,
            ["5e-2", "25e-2"],
        ),
        (
            r#"{"date":{"from":"1900-01-01","to":"1900-03-01"}}"#,
            ["1900-01-01", "1900-03-01"],
        ),
        (
            r#"{"time":{"from":"08:00","to":"08:00:30"}}"#,
            ["28800000000us", "28830000000us"],
        ),
        (r#"{"boolean":0.5}"#, ["false", "true"]),
        (
            r#"{"timestamp":{"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00.03Z"}}"#,
            ["1767225600000000", "1767225600030000"],
        ),
    ] {
        let model = model(&fields(&format!(r#""x":{field}"#)));
        let seen: std::collections::BTreeSet<_> =
            column(&model, "s", "x", 1, 0..3000).into_iter().collect();
        for end in ends {
            assert!(seen.contains(end), "{field} lacks {end}");
        }
        assert!(seen.len() <= 60, "{field}: {} values", seen.len());
    }
    for (share, all) in [("0", "false"), ("1", "true")] {
        let model = model(&fields(&format!(r#""x":{{"boolean":{share}}}"#)));
        assert!(
            column(&model, "s", "x", 1, 0..1000)
                .iter()
                .all(|value| value == all)
        );
    }
}

#[test]
fn what_depends_on_other_fields_follows_them() {
    let model = model(&fields(
        r#""id": {"sequence": {"start": 100, "step": 5}},
           "n": {"integer": {"uniform": [0, 9]}, "null": 0.3},
           "kind": {"choice": ["a", "b"]},
           "price": {"decimal": {"uniform": [0, 100], "scale": 2}},
           "when": {"timestamp": {"from": "2026-01-01", "to": "2026-12-31"}},
           "label": {"template": "{{{id}}}/{kind}"},
           "maybe": {"template": "n={n}"},
           "later": {"offset": "when", "plus": {"uniform": [1, 2]}, "unit": "days"},
           "by_kind": {"by": "kind", "cases": {"a": {"constant": "A"}, "b": {"text": "[0-9]"}}},
           "double": {"expr": "n * 2"},
           "part": {"expr": "100 / n"},
           "gross": {"expr": "price * 2.0 + double(id)", "scale": 2},
           "mixed": {"expr": "(id * 0.1 > price ? id : price) + 1", "scale": 2},
           "big": {"expr": "price >= 50.0 && kind == 'a' ? 'big' : string(id)"},
           "known": {"expr": "n != null"},
           "among": {"expr": "kind in ['b', 'c'] || label.startsWith('{100}')"},
           "month": {"expr": "when.getMonth() + 1"},
           "gone": {"constant": true, "missing": 0.5}"#,
    ));
    let stream = model.stream("s").unwrap();
    let names: Vec<String> = stream
        .schema()
        .fields()
        .iter()
        .map(|field| field.name.to_string())
        .collect();
    let rows = super::harness::rows(&model, "s", 3, 0..2000);
    let mut divided_by_zero = 0;
    for row in &rows {
        let get = |name: &str| row[names.iter().position(|known| known == name).unwrap()].as_str();
        let number = |name: &str| get(name).parse::<i64>().ok();
        let hundredths = |name: &str| {
            get(name)
                .strip_suffix("e-2")
                .unwrap()
                .parse::<i64>()
                .unwrap()
        };
        let (id, kind) = (number("id").unwrap(), get("kind"));
        assert_eq!(get("label"), format!("{{{id}}}/{kind}"));
        let n = number("n");
        assert_eq!(
            get("maybe"),
            n.map_or("null".to_owned(), |n| format!("n={n}"))
        );
        assert_eq!(number("double"), n.map(|n| n * 2));
        assert_eq!(number("part"), n.and_then(|n| 100_i64.checked_div(n)));
        divided_by_zero += u32::from(n == Some(0));
        assert_eq!(get("known"), n.is_some().to_string());
        assert_eq!(hundredths("gross"), hundredths("price") * 2 + id * 100);
        let price = hundredths("price");
        let more = if id * 10 > price { id * 100 } else { price };
        assert_eq!(hundredths("mixed"), more + 100);
        let big = hundredths("price") >= 5000 && kind == "a";
        assert_eq!(
            get("big"),
            if big {
                "big".to_owned()
            } else {
                id.to_string()
            }
        );
        assert_eq!(get("among"), (kind == "b" || id == 100).to_string());
        assert!(if kind == "a" {
            get("by_kind") == "A"
        } else {
            get("by_kind").len() == 1
        });
        let moved = number("later").unwrap() - number("when").unwrap();
        assert!((86_400_000_000..=172_800_000_000).contains(&moved));
        let date = emulator_domain::Timestamp::from_micros(number("when").unwrap())
            .unwrap()
            .date();
        assert_eq!(number("month"), Some(date.month().into()));
        assert!(["true", "missing"].contains(&get("gone")));
    }
    assert!(divided_by_zero > 50);
    let nullable: Vec<&str> = (stream.schema().fields().iter())
        .filter(|field| field.nullable)
        .map(|field| &*field.name)
        .collect();
    assert_eq!(
        nullable,
        [
            "n", "maybe", "double", "part", "gross", "mixed", "month", "gone"
        ]
    );
}

#[test]
fn values_with_parts_have_the_shape_that_is_declared() {
    let model = model(&fields(
        r#""to": {"struct": {"zip": {"text": "[0-9]{5}"}, "inner": {"struct": {"n": {"integer": {"uniform": [1, 2]}}}}}},
           "tags": {"array": {"of": {"choice": ["a", "b"], "null": 0.5}, "length": {"uniform": [0, 3]}}},
           "labels": {"map": {"keys": ["x", "y", "z"], "of": {"integer": {"poisson": 3}}, "length": {"uniform": [0, 3]}}}"#,
    ));
    let block = block(&**model.stream("s").unwrap(), 1, 0..1000);
    let (mut lengths, mut sizes) = ([0; 4], [0; 4]);
    for row in 0..block.len() {
        let values: Vec<Value<'_>> = block.row(row).values().collect();
        let [Value::Struct(to), Value::Array(tags), Value::Map(labels)] = values[..] else {
            panic!("{values:?}")
        };
        assert_eq!(to.values().len(), 2);
        lengths[tags.values().len()] += 1;
        let keys: std::collections::BTreeSet<&str> = labels.entries().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), labels.entries().len(), "no key comes twice");
        sizes[keys.len()] += 1;
    }
    assert!(
        lengths.iter().chain(&sizes).all(|count| *count > 180),
        "{lengths:?} {sizes:?}"
    );
    assert!(matches!(block.columns[1].cells, Cells::Array { .. }));
}

#[test]
fn words_are_those_of_the_version_of_fake_that_is_pinned() {
    let (name, version) = WORDS.split_once(' ').expect("a name and a version");
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).expect("the workspace has one");
    let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    assert!(lock.contains(&entry), "{entry}");
    let model = model(&fields(
        r#""name": {"fake": "name.full"}, "mail": {"fake": "internet.email"}, "wort": {"fake": "name.full", "locale": "de"}"#,
    ));
    let rows = super::harness::rows(&model, "s", 7, 0..2);
    assert_eq!(
        rows,
        GOLDEN_WORDS.map(|row| row.map(str::to_owned).to_vec())
    );
}

/// Another version of `fake` or of the generator is another model's words: change them only with
/// the version of the generator.
const GOLDEN_WORDS: [[&str; 3]; 2] = [
    [
        "Micheal Mosciski",
        "orion.jast928@example.net",
        "Claudia Hartmann",
    ],
    [
        "Garrison Oberbrunner",
        "mia.krajcik583@example.com",
        "Walter Schumacher",
    ],
];

#[test]
fn every_provider_speaks_every_locale() {
    let (providers, locales) = emulator_model::providers();
    for locale in &locales {
        let all: Vec<String> = providers
            .iter()
            .map(|name| {
                format!(
                    r#""{}":{{"fake":"{name}","locale":"{locale}"}}"#,
                    name.replace('.', "_")
                )
            })
            .collect();
        let model = model(&fields(&all.join(",")));
        for row in super::harness::rows(&model, "s", 1, 0..20) {
            for (value, provider) in row.iter().zip(&providers) {
                assert!(!value.trim().is_empty(), "{provider} in {locale}");
            }
        }
    }
}
