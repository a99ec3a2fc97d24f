//! A value follows from seed, names, node and index, and from nothing else.

use emulator_domain::Seed;
use emulator_domain::record::{Block, Stream};
use proptest::prelude::*;

use super::harness::{SHOP, block, column, fields, model, rows, timeline};

const FIELDS: [(&str, &str); 9] = [
    ("id", r#"{"uuid":{}}"#),
    (
        "n",
        r#"{"integer":{"normal":{"mean":5,"sd":2}},"null":0.2}"#,
    ),
    ("kind", r#"{"choice":{"a":1,"b":2}}"#),
    ("name", r#"{"fake":"name.full"}"#),
    ("code", r#"{"text":"[A-Z]{2}[0-9]{1,3}"}"#),
    (
        "tags",
        r#"{"array":{"of":{"choice":["x","y"]},"length":{"uniform":[0,3]}}}"#,
    ),
    ("day", r#"{"date":{"from":"2020-01-01","to":"2026-01-01"}}"#),
    (
        "price",
        r#"{"decimal":{"gamma":{"shape":2,"scale":9}},"missing":0.1}"#,
    ),
    (
        "serial",
        r#"{"integer":{"uniform":[1,2000000]},"unique":true}"#,
    ),
];

fn some_of(positions: &[usize]) -> emulator_model::Model {
    let chosen: Vec<String> = positions
        .iter()
        .map(|position| format!(r#""{}":{}"#, FIELDS[*position].0, FIELDS[*position].1))
        .collect();
    model(&fields(&chosen.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn removing_adding_and_reordering_fields_changes_no_other_value(
        order in Just((0..FIELDS.len()).collect::<Vec<_>>()).prop_shuffle(),
        kept in 1..FIELDS.len(), seed: u64, start in 0..900_000_u64,
    ) {
        let (all, some) = (some_of(&(0..FIELDS.len()).collect::<Vec<_>>()), some_of(&order[..kept]));
        for position in &order[..kept] {
            let name = FIELDS[*position].0;
            let range = start..start + 50;
            prop_assert_eq!(
                column(&all, "s", name, seed, range.clone()),
                column(&some, "s", name, seed, range),
                "{}", name
            );
        }
    }

    #[test]
    fn any_split_gives_the_same_records(
        cuts in prop::collection::vec(0..400_u64, 0..5), start in 0..1u64 << 40, seed: u64,
    ) {
        let shop = model(SHOP);
        for stream in shop.streams() {
            let start = start % stream.population(Seed::new(seed)).saturating_sub(400);
            let whole = rows(&shop, stream.name(), seed, start..start + 400);
            let mut cuts = [vec![0, 400], cuts.clone()].concat();
            cuts.sort_unstable();
            let parts = cuts.windows(2).flat_map(|cut| {
                rows(&shop, stream.name(), seed, start + cut[0]..start + cut[1])
            });
            prop_assert_eq!(whole, parts.collect::<Vec<_>>(), "{}", stream.name());
        }
    }

    #[test]
    fn an_id_leads_back_to_its_index(index in 0..1u64 << 40, seed: u64) {
        let shop = model(SHOP);
        for stream in shop.streams() {
            let index = index % stream.population(Seed::new(seed));
            let block = block(&**stream, seed, index..index + 1);
            let id = id_of(&**stream, &block);
            let id: Vec<&str> = id.iter().map(String::as_str).collect();
            prop_assert_eq!(stream.index_of(Seed::new(seed), &id), Some(index), "{} {:?}", stream.name(), id);
        }
    }
}

/// The values of a record's id fields.
fn id_of(stream: &dyn Stream, block: &Block) -> Vec<String> {
    let fields = stream.schema().fields();
    let at = |name: &str| {
        let found = fields.iter().position(|field| field.name == name);
        found.expect("a field of that name")
    };
    let value = |path: &String| match path.split_once('.') {
        None => super::harness::text(block.columns[at(path)].get(0)),
        // Of changes: the last field of `source`.
        Some((outer, _)) => {
            let text = super::harness::text(block.columns[at(outer)].get(0));
            text.trim_end_matches('}')
                .rsplit(',')
                .next()
                .expect("the last field")
                .to_owned()
        }
    };
    stream.id_fields().iter().map(value).collect()
}

#[test]
fn seeds_models_streams_and_fields_have_values_of_their_own() {
    let other = |json: &str, from: &str, to: &str| model(&json.replace(from, to));
    let json = fields(r#""n":{"integer":{"uniform":[0,1000000000]}}"#);
    let values = |model: &emulator_model::Model, stream: &str, field: &str, seed| {
        column(model, stream, field, seed, 0..20)
    };
    let one = model(&json);
    let all = [
        values(&one, "s", "n", 1),
        values(&one, "s", "n", 2),
        values(
            &other(&json, r#""model":"m""#, r#""model":"other""#),
            "s",
            "n",
            1,
        ),
        values(&other(&json, r#"{"s":"#, r#"{"t":"#), "t", "n", 1),
        values(&other(&json, r#""n":"#, r#""k":"#), "s", "k", 1),
    ];
    for (i, one) in all.iter().enumerate() {
        assert!(
            all[i + 1..]
                .iter()
                .all(|other| one.iter().zip(other).all(|(a, b)| a != b))
        );
    }
}

#[test]
fn unique_values_are_unique_and_lead_back() {
    let all = model(
        r#"{"model":"m","streams":{"s":{"count":5000,"id":"code","fields":{
            "serial": {"integer":{"uniform":[-2500,2499]},"unique":true},
            "code": {"text":"[A-Z]{2}-[0-9]{2}","unique":true},
            "long": {"text":"[A-Za-z0-9]{20}","unique":true}}}}}"#,
    );
    let stream = all.stream("s").unwrap();
    for field in ["serial", "code", "long"] {
        let values = column(&all, "s", field, 9, 0..5000);
        let distinct: std::collections::HashSet<_> = values.iter().collect();
        assert_eq!(distinct.len(), 5000, "{field}");
        if field == "code" {
            for (index, code) in values.iter().enumerate() {
                assert_eq!(stream.index_of(Seed::new(9), &[code]), Some(index as u64));
            }
        }
    }
    // All digits come in all places, though there are more texts than 2^63.
    let last: std::collections::HashSet<_> = column(&all, "s", "long", 9, 0..5000)
        .iter()
        .map(|text| text.chars().last())
        .collect();
    assert_eq!(last.len(), 62);
    assert_eq!(stream.index_of(Seed::new(9), &["nonsense"]), None);
}

#[test]
fn a_model_is_its_text() {
    let shop = model(SHOP);
    let again: emulator_model::Node = serde_json::from_str(&shop.text().json).unwrap();
    let again = emulator_model::Model::compile(&again).unwrap();
    assert_eq!(again.text(), shop.text());
    assert_eq!(
        rows(&again, "order", 3, 70..80),
        rows(&shop, "order", 3, 70..80)
    );
    let other = model(&SHOP.replace("0.03", "0.04"));
    assert_ne!(other.text().digest, shop.text().digest);
}

#[test]
fn any_record_of_billions_is_there_at_once_and_beyond_them_is_none() {
    let shop = model(&SHOP.replace(r#""count": 1000,"#, r#""count": 1000000000,"#));
    let seed = Seed::new(5);
    let lines = shop.stream("order_line").unwrap();
    let index = 25_000_000_000;
    let started = std::time::Instant::now();
    for step in 0..100 {
        block(
            &**lines,
            5,
            index + step * 12_345_678..index + step * 12_345_678 + 1,
        );
    }
    // Far above what it takes, far below what counting would.
    assert!(
        started.elapsed().as_millis() < 1_000,
        "{:?}",
        started.elapsed()
    );
    let customers = shop.stream("customer").unwrap();
    let mut block = Block::default();
    let beyond = customers.fill(seed, &timeline(), 999_999_999..1_000_000_001, &mut block);
    let error = beyond.unwrap_err();
    assert_eq!(
        (error.index, error.capacity),
        (1_000_000_000, 1_000_000_000)
    );
}
