//! How streams refer to each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use emulator_domain::Seed;
use emulator_domain::record::{Block, Column};
use emulator_model::{Model, StreamRole};
use proptest::prelude::*;

use super::harness::{SHOP, block, column, model, rows, text, timeline};

#[test]
fn every_reference_is_to_a_record_that_exists_and_what_is_of_it_is_its() {
    let shop = model(SHOP);
    let countries: HashMap<String, String> = rows(&shop, "customer", 4, 0..1000)
        .into_iter()
        .map(|row| (row[0].clone(), row[2].clone()))
        .collect();
    for order in rows(&shop, "order", 4, 0..5000) {
        assert_eq!(countries.get(&order[1]), Some(&order[2]));
    }
    let orders: HashSet<String> = column(&shop, "order", "order_id", 4, 0..1700)
        .into_iter()
        .collect();
    let mut lines = BTreeMap::<String, Vec<String>>::new();
    for line in rows(&shop, "order_line", 4, 0..1600) {
        assert!(orders.contains(&line[0]));
        lines
            .entry(line[0].clone())
            .or_default()
            .push(line[1].clone());
    }
    assert!(lines.values().all(|lines| {
        lines
            .iter()
            .enumerate()
            .all(|(i, line)| *line == (i + 1).to_string())
    }));
}

#[test]
fn picks_are_as_uniform_or_as_uneven_as_declared() {
    let with = |pick: &str| model(&SHOP.replace(r#""pick": {"zipf": 1.1}"#, pick));
    let counts = |model: &Model| {
        let mut counts = HashMap::<String, u32>::new();
        for customer in column(model, "order", "customer_id", 1, 0..100_000) {
            *counts.entry(customer).or_default() += 1;
        }
        let mut counts: Vec<u32> = counts.into_values().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    };
    let even = counts(&with(r#""pick": "uniform""#));
    assert_eq!(even.len(), 1000);
    assert!(even[0] < 150 && even[999] > 50, "{} {}", even[0], even[999]);
    let uneven = counts(&with(r#""pick": {"zipf": 1.1}"#));
    let sum: f64 = (1..=1000).map(|rank| f64::from(rank).powf(-1.1)).sum();
    for rank in [1, 2, 10] {
        let expected = f64::from(rank as u32).powf(-1.1) / sum * 1e5;
        let found = f64::from(uneven[rank - 1]);
        assert!(
            (found - expected).abs() < 6.0 * expected.sqrt(),
            "rank {rank}: {found} of {expected}"
        );
    }
    // The most popular customer is not the first.
    let favourites = column(
        &with(r#""pick": {"zipf": 3}"#),
        "order",
        "customer_id",
        1,
        0..10,
    );
    assert_ne!(favourites[0], "1");
}

#[test]
fn recent_picks_are_of_what_has_happened() {
    let model = model(
        r#"{"model":"m","streams":{
            "order": {"fields": {"order_id": {"sequence": {"start": 0}}}},
            "line": {"each": "order", "times": {"0": 1, "2": 1}, "fields": {"line_id": {"sequence": {"start": 0}}}},
            "payment": {"fields": {"order_id": {"ref": "order.order_id", "pick": {"recent": 10}},
                                    "line_id": {"ref": "line.line_id", "pick": {"recent": 5}}}}}}"#,
    );
    let lines = model.stream("line").unwrap();
    let mut lags = HashSet::new();
    for (index, row) in rows(&model, "payment", 1, 0..3000).iter().enumerate() {
        let (order, line): (u64, u64) = (row[0].parse().unwrap(), row[1].parse().unwrap());
        let index = index as u64;
        assert!(order <= index && index - order < 10);
        lags.insert(index - order);
        if index > 3 {
            assert!(
                lines.position(Seed::new(1), line) <= index,
                "line {line} at {index}"
            );
        }
    }
    assert_eq!(lags.len(), 10);
}

#[test]
fn children_happen_with_their_parents_and_end_with_them() {
    let shop = model(
        &SHOP
            .replace(r#""each": "order", "#, r#""each": "customer", "#)
            .replace(r#""parent": "order_id""#, r#""parent": "customer_id""#),
    );
    let (lines, seed) = (shop.stream("order_line").unwrap(), Seed::new(3));
    // A thousand parents, ten blocks of a hundred with 160 children each.
    assert_eq!(lines.population(seed), 1600);
    let customers = block(&**shop.stream("customer").unwrap(), 3, 0..1000);
    let children = block(&**lines, 3, 0..1600);
    for index in 0..1600_u64 {
        let position = lines.position(seed, index);
        assert_eq!(
            children.times[index as usize],
            customers.times[position as usize]
        );
        assert!(lines.first_at(seed, position) <= index);
        assert!(lines.first_at(seed, position + 1) > index);
    }
    assert_eq!(
        shop.role("order_line"),
        Some(StreamRole::Children {
            parent: "customer".to_owned(),
            mean: 1.6,
            most: 4
        })
    );
}

/// Rows of a table by their keys, of the columns of its stream.
fn table(columns: &[Column]) -> BTreeMap<String, Vec<String>> {
    let rows = 0..columns[0].len();
    rows.map(|row| {
        let values: Vec<String> = columns.iter().map(|column| text(column.get(row))).collect();
        (values[0].clone(), values)
    })
    .collect()
}

/// Applies changes as a consumer would, and checks that each `before` is what the table has.
fn apply(state: &mut BTreeMap<String, Vec<String>>, changes: &Block) {
    use emulator_domain::record::Value;
    let rows = |value: Value<'_>| match value {
        Value::Struct(values) => Some(values.values().map(text).collect::<Vec<_>>()),
        _ => None,
    };
    for row in 0..changes.len() {
        let before = rows(changes.columns[0].get(row));
        let after = rows(changes.columns[1].get(row));
        let operation = text(changes.columns[3].get(row));
        let key = text(changes.key.as_ref().expect("changes have keys").get(row));
        assert_eq!(
            state.get(&key),
            before.as_ref(),
            "change {row} of {key} is {operation}"
        );
        assert_eq!(
            operation,
            match (&before, &after) {
                (None, Some(_)) => "c",
                (Some(_), Some(_)) => "u",
                (Some(_), None) => "d",
                (None, None) => panic!("a change of nothing"),
            }
        );
        match after {
            Some(after) => state.insert(key, after),
            None => state.remove(&key),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn who_applies_all_changes_has_the_table(
        count in 1..40_u64, delete in 0.0..0.5_f64, city in 0.0..1.0_f64, country in 0.001..1.0_f64,
        seed: u64, ends in prop::collection::vec(0..400_u64, 3),
    ) {
        let json = SHOP
            .replace(r#""count": 1000,"#, &format!(r#""count": {count},"#))
            .replace(r#"{"city": 0.5, "vip": 0.1}, "delete": 0.01"#, &format!(r#"{{"city": {city}, "country": {country}}}, "delete": {delete}"#));
        let shop = model(&json);
        let stream = shop.stream("customer_change").unwrap();
        let (mut state, mut done) = (BTreeMap::new(), 0);
        let mut ends = ends;
        ends.sort_unstable();
        for end in ends {
            apply(&mut state, &block(&**stream, seed, done..end));
            done = end;
            let (_, columns) = shop.table("customer_change", Seed::new(seed), &timeline(), end, 0..count).unwrap();
            prop_assert_eq!(&state, &table(&columns), "after {} changes", end);
        }
        // A city is always one of its country, also where the country has changed.
        for row in state.values() {
            let cities: &[&str] = match row[2].as_str() {
                "DE" => &["Berlin", "Hamburg"],
                "FR" => &["Paris", "Lyon"],
                _ => continue,
            };
            prop_assert!(cities.contains(&row[3].as_str()), "{row:?}");
        }
    }
}

#[test]
fn changes_change_as_often_as_declared() {
    let shop = model(SHOP);
    let stream = shop.stream("customer_change").unwrap();
    let mut operations = HashMap::<String, u32>::new();
    let mut changed = [0_u32; 6];
    let mut updates = 0;
    for start in (1000..61_000).step_by(1000) {
        let changes = block(&**stream, 2, start..start + 1000);
        for row in 0..changes.len() {
            let operation = text(changes.columns[3].get(row));
            if operation == "u" {
                updates += 1;
                let values = |column: usize| match changes.columns[column].get(row) {
                    emulator_domain::record::Value::Struct(values) => {
                        values.values().map(text).collect::<Vec<_>>()
                    }
                    other => panic!("{other:?}"),
                };
                let (before, after) = (values(0), values(1));
                for (field, count) in changed.iter_mut().enumerate() {
                    *count += u32::from(before[field] != after[field]);
                }
            }
            *operations.entry(operation).or_default() += 1;
        }
    }
    let deleted = f64::from(operations["d"]) / 60_000.0;
    assert!((0.008..0.012).contains(&deleted), "{deleted}");
    // Nothing but city and vip changes.
    assert_eq!([changed[0], changed[1], changed[2], changed[4]], [0; 4]);
    // A draw may give what was there: one of two cities does half of the time, an American one rarely.
    let cities = f64::from(changed[3]) / f64::from(updates);
    assert!((0.4..0.75).contains(&cities), "{cities}");
    assert!(changed[5] > 0);
}

#[test]
fn records_of_one_stream_refer_to_each_other() {
    let model = model(
        r#"{"model":"m","streams":{"employee":{"count":50,"fields":{
            "employee_id":{"sequence":{}},
            "manager_id":{"ref":"employee.employee_id","null":0.1},
            "again":{"of":"manager_id","field":"employee_id"}}}}}"#,
    );
    let mut without = 0;
    for row in rows(&model, "employee", 1, 0..50) {
        assert_eq!(row[1], row[2]);
        without += u32::from(row[1] == "null");
        assert!(row[1] == "null" || (1..=50).contains(&row[1].parse().unwrap()));
    }
    assert!(without > 0);
}
