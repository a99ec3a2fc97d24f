//! What is said of tables, and which files are none.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use adapter_tables::ProfileTable;
use compute_domain::MediaType::{self, Csv, Json, Pdf};
use compute_ports::{Processor, process_in_memory};
use proptest::prelude::*;
use serde_json::{Value, json};

fn profile(media_type: MediaType, content: impl Into<Vec<u8>>) -> Result<(Value, Vec<u8>), String> {
    let out = process_in_memory(&ProfileTable, vec![(media_type, content.into())]);
    let [(json, profile), (pdf, page)] =
        out.map_err(|error| error.to_string())?.try_into().unwrap();
    assert_eq!((json, pdf), (Json, Pdf));
    Ok((serde_json::from_slice(&profile).unwrap(), page))
}

fn column(media_type: MediaType, content: &str) -> Value {
    profile(media_type, content).unwrap().0["columns"][0].clone()
}

#[test]
fn a_column_of_numbers_is_summed_up() {
    let mut csv = "n,twice\n".to_owned();
    for number in 1..=10_000 {
        csv += &format!("{number},{}\n", number / 2);
    }
    csv += "1000000,\n";
    let (profile, page) = profile(Csv, csv).unwrap();
    assert_eq!(profile["rows"], 10_001);
    let n = &profile["columns"][0];
    assert_eq!((&n["type"], &n["nulls"]), (&json!("integer"), &json!(0)));
    let near = |found: &Value, expected: f64, tolerance: f64| {
        let found = found.as_f64().unwrap();
        assert!(
            (found - expected).abs() <= tolerance * expected,
            "{found} for {expected}"
        );
    };
    near(&n["distinct"], 10_001.0, 0.03);
    near(&n["mean"], 5_099.995, 1e-6);
    for (name, expected) in [
        ("0.01", 100.0),
        ("0.25", 2_500.0),
        ("0.5", 5_000.0),
        ("0.99", 9_900.0),
    ] {
        near(&n["quantiles"][name], expected, 0.02);
    }
    assert_eq!((&n["min"], &n["max"]), (&json!(1.0), &json!(1_000_000.0)));
    assert_eq!(n["outliers"]["count"], 1);
    assert_eq!(
        n["outliers"]["highest"],
        json!([{"row": 10_001, "value": 1_000_000.0}])
    );
    let twice = &profile["columns"][1];
    assert_eq!(
        (&twice["nulls"], &twice["outliers"]["count"]),
        (&json!(1), &json!(0))
    );
    assert!(page.starts_with(b"%PDF-1.") && page.ends_with(b"%%EOF"));
}

#[test]
fn types_nulls_and_frequent_values_are_told_of_csv_and_json_alike() {
    let csv = "city,paid\nBern,1\n,2.5\nBern,-\nNantes,\n";
    let json = r#"[{"city": "Bern", "paid": 1}, {"city": null, "paid": 2.5},
        {"city": "Bern", "paid": "-"}, {"city": "Nantes"}]"#;
    let lines = "{\"city\":\"Bern\",\"paid\":1}{\"paid\":2.5}\n{\"city\":\"Bern\",\"paid\":\"-\"}
        {\"city\":\"Nantes\",\"paid\":null}";
    let (expected, _) = profile(Csv, csv).unwrap();
    let city = &expected["columns"][0];
    assert_eq!(
        (&city["type"], &city["nulls"], &city["distinct"]),
        (&json!("text"), &json!(1), &json!(2))
    );
    assert_eq!(city["top"][0], json!({"value": "Bern", "count": 2}));
    assert_eq!(city["lengths"], json!({"shortest": 4, "longest": 6}));
    let paid = &expected["columns"][1];
    assert_eq!((&paid["type"], &paid["nulls"]), (&json!("text"), &json!(1)));
    assert_eq!(
        paid["types"],
        json!({"integer": 1, "decimal": 1, "text": 1})
    );
    for content in [json, lines] {
        assert_eq!(profile(Json, content).unwrap().0, expected, "{content}");
    }
}

#[test]
fn every_member_of_a_profile_is_described() {
    let description = ProfileTable.description();
    let (profile, _) = profile(Csv, "number,text\n1,a\n").unwrap();
    let columns = profile["columns"].as_array().unwrap();
    let columns = columns.iter().map(|column| column.as_object().unwrap());
    let members = columns.flatten().chain(profile.as_object().unwrap());
    for (name, _) in members {
        let description = &description.draft().description;
        assert!(description.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn large_integers_keep_their_digits() {
    let numbers = [
        "9007199254740993",
        "9007199254740992",
        "-9223372036854775807",
        "18446744073709551615",
    ];
    for (media_type, content) in [
        (Csv, format!("n\n{}\n", numbers.join("\n"))),
        (
            Json,
            format!("[{{\"n\": {}}}]", numbers.join("}, {\"n\": ")),
        ),
    ] {
        let n = column(media_type, &content);
        assert_eq!(n["type"], "integer");
        assert_eq!(n["min"], json!(-9_223_372_036_854_775_807_i64), "{n}");
        assert_eq!(n["max"], json!(18_446_744_073_709_551_615_u64), "{n}");
        let top = n["top"].as_array().unwrap();
        let mut values: Vec<_> = top
            .iter()
            .map(|one| one["value"].as_str().unwrap())
            .collect();
        values.sort_unstable();
        let mut expected = numbers;
        expected.sort_unstable();
        assert_eq!(values, expected, "{n}");
        // Floats hold neither: the largest differ by one.
        let content = match media_type {
            Csv => "n\n9007199254740993\n9007199254740992\n",
            _ => r#"[{"n": 9007199254740993}, {"n": 9007199254740992}]"#,
        };
        let n = column(media_type, content);
        assert_eq!(
            (&n["min"], &n["max"]),
            (
                &json!(9_007_199_254_740_992_u64),
                &json!(9_007_199_254_740_993_u64)
            )
        );
    }
    // More than 64 bits: as text in CSV; JSON's parser has no more than a float.
    let digits = "12345678901234567890123456789012345678";
    let csv = format!("n\n{digits}\n").into_bytes();
    let out = process_in_memory(&ProfileTable, vec![(Csv, csv)]).unwrap();
    let profile = std::str::from_utf8(&out[0].1).unwrap();
    for member in ["min", "max"] {
        let says = format!("\"{member}\": {digits},");
        assert!(profile.contains(&says), "{profile}");
    }
    let n = column(Json, &format!("{{\"n\": {digits}}}"));
    assert_eq!(n["type"], "decimal", "{n}");
    let shown = n["top"][0]["value"].as_str().unwrap();
    assert!(
        shown.starts_with("1.23456789012345") && shown.ends_with("e37"),
        "{n}"
    );
}

#[test]
fn members_of_members_are_columns_and_lists_are_values() {
    let (profile, _) =
        profile(Json, r#"{"a": {"b": [1, {"c": 2}], "d": true}, "e": "7"}"#).unwrap();
    let columns = profile["columns"].as_array().unwrap();
    let told: Vec<_> = columns
        .iter()
        .map(|one| (&one["name"], &one["type"]))
        .collect();
    let expected = [("a.b", "text"), ("a.d", "boolean"), ("e", "text")]
        .map(|(name, kind)| (json!(name), json!(kind)));
    assert_eq!(told, expected.each_ref().map(|(name, kind)| (name, kind)));
}

#[test]
fn any_number_of_columns_up_to_the_bound_fits_on_pages() {
    let header = |count| {
        (0..count)
            .map(|n| format!("c{n}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let (profile, page) = profile(Csv, header(256)).unwrap();
    assert_eq!(profile["columns"].as_array().unwrap().len(), 256);
    let pages = String::from_utf8_lossy(&page)
        .matches("/Type /Page\n")
        .count();
    assert_eq!(pages, 256_usize.div_ceil(7));
    assert!(
        self::profile(Csv, header(257))
            .unwrap_err()
            .contains("more than 256 columns")
    );
}

#[test]
fn values_that_look_odd_do_no_harm() {
    let long = "x".repeat(100_000);
    for content in [
        format!("a\n{long}\n"),
        "a\nNaN\ninf\n-inf\n1e308\n-1e308\n".to_owned(),
        "a\n5\n5\n5\n".to_owned(),
        "a\r\n\"1\n2\"\r\n".to_owned(),
        "\u{feff}a\n\u{1f600}\n\u{0}\n".to_owned(),
        "\u{feff}\"a\"\n\"1,\"\n5\" pipe\n".to_owned(),
        "(\\)\n1\n".to_owned(),
    ] {
        let column = column(Csv, &content);
        assert!(
            column["name"] == "a" || column["name"] == "(\\)",
            "{column}"
        );
        let shown = column["top"][0]["value"].as_str().unwrap_or_default();
        assert!(shown.chars().count() <= 104, "{shown}");
    }
}

#[test]
fn what_is_no_table_is_refused_and_the_message_says_where() {
    for (media_type, content, says) in [
        (
            Csv,
            &b""[..],
            "the file is empty; expected CSV with a header line",
        ),
        (Csv, b"a,a\n1,2", "names the column \"a\" twice"),
        (Csv, b"a,\n1,2", "column 2 has no name"),
        (Csv, b"a,b\n1,2\n1", "line 3: got 1 fields, expected 2"),
        (Csv, b"a,b\n1,2,3", "line 2: got 3 fields"),
        (Csv, b"\"a,b\n1,2", "a quote in the header is not closed"),
        (
            Csv,
            b"a,b\n1,2\n3,\"x\n4,5\n6,7\n",
            "line 3: a quote in a field is not closed",
        ),
        (
            Csv,
            b"a,b\n1,\"x\n2,\"y\"\n",
            "line 2: a quote in a field is not closed, or is followed by text",
        ),
        (Csv, b"a,b\n1,\xff", "line 2: this is not UTF-8"),
        (
            Json,
            b"",
            "the file is empty; expected a JSON array of objects",
        ),
        (Json, b"  \n", "the file is empty"),
        (Json, b"1", "expected an array of objects"),
        (Json, b"[1]", "expected an object for each row at line 1"),
        (Json, b"[{\"a\": 1},", "EOF while parsing a value"),
        (
            Json,
            b"[{\"a\": 1}] x",
            "expected value at line 1 column 12",
        ),
        (Json, b"{\"a\": \"\xff\"}", "invalid unicode"),
        (Pdf, b"%PDF", "application/pdf is no table"),
    ] {
        let error = profile(media_type, content).unwrap_err();
        assert!(
            error.contains(says),
            "{:?}: {error}",
            String::from_utf8_lossy(content)
        );
    }
    let deep = "{\"a\":".repeat(200) + "1" + &"}".repeat(200);
    assert!(profile(Json, deep).unwrap_err().contains("recursion limit"));
}

proptest! {
    #[test]
    fn a_table_that_was_changed_is_profiled_or_refused_in_a_few_words(
        is_json: bool,
        at: prop::sample::Index,
        bytes in prop::collection::vec(any::<u8>(), 0..4),
        cut in any::<bool>(),
    ) {
        let (media_type, good) = match is_json {
            true => (Json, r#"[{"id": 1, "at": {"x": 1.5e3, "y": null}, "tags": ["a", "b"]}, {"id": 2}]"#),
            false => (Csv, "id,name,amount\n1,\"a, b\",1.50\n2,,-3\n3,\"\"\"q\"\"\",\n"),
        };
        let mut text = good.as_bytes().to_vec();
        let at = at.index(text.len());
        let end = if cut { text.len() } else { (at + bytes.len()).min(text.len()) };
        text.splice(at..end, bytes);
        match profile(media_type, text) {
            Ok((profile, _)) => prop_assert!(profile["rows"].as_u64().unwrap() <= 10),
            Err(why) => prop_assert!(why.len() < 500, "{why}"),
        }
    }
}
