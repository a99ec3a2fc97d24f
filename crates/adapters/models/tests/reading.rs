//! What is read from texts and files, and what is refused where.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;

use adapter_models::{MAX_BYTES, MAX_DEPTH, MAX_NODES, Syntax, node, read_node};
use emulator_model::{Node, NodeValue, Place};

const ALIKE: [(Syntax, &str); 3] = [
    (
        Syntax::Yaml,
        "model: m\nstreams:\n  zeta:\n    count: 1_000\n    fields:\n      b: {date: {from: \
         2020-01-01}}\n      a: {boolean: 0.5, null: ~, note: \"ä\\u20ac\\n\"}\n    list: [true, \
         -1, 1.0e+3, '1']\n",
    ),
    (
        Syntax::Json,
        "{\"model\": \"m\", \"streams\": {\"zeta\": {\"count\": 1000, \"fields\": {\"b\": \
         {\"date\": {\"from\": \"2020-01-01\"}}, \"a\": {\"boolean\": 0.5, \"null\": null, \
         \"note\": \"\\u00e4€\\n\"}}, \"list\": [true, -1, 1e3, \"1\"]}}}",
    ),
    // TOML has nothing that is nothing.
    (
        Syntax::Toml,
        "model = 'm'\n[streams.zeta]\ncount = 1_000\n[streams.zeta.fields]\nb.date.from = \
         2020-01-01\na = {boolean = 0.5, null = 0, note = \"ä\\u20ac\\n\"}\n[streams.zeta.more]\n",
    ),
];

fn at(node: &Node, path: &str) -> Place {
    let step = |node, name| Node::get(node, name).unwrap_or_else(|| panic!("{name} of {path}"));
    path.split('.').fold(node, step).place
}

#[test]
fn one_model_is_the_same_in_every_syntax_and_keeps_its_order() {
    let [yaml, json, toml] = ALIKE.map(|(syntax, text)| {
        assert_eq!(Syntax::of_text(text), syntax);
        node(text, syntax, None).unwrap().to_json()
    });
    let expected = "{\"model\":\"m\",\"streams\":{\"zeta\":{\"count\":1000,\"fields\":{\"b\":\
                    {\"date\":{\"from\":\"2020-01-01\"}},\"a\":{\"boolean\":0.5,\"null\":null,\
                    \"note\":\"ä€\\n\"}},\"list\":[true,-1,1000.0,\"1\"]}}}";
    assert_eq!(yaml, expected);
    assert_eq!(json, expected);
    let differing = expected.replace("null\":null", "null\":0");
    let differing = differing.replace("\"list\":[true,-1,1000.0,\"1\"]", "\"more\":{}");
    assert_eq!(toml, differing);
    // What a manifest holds is read to the same again.
    assert_eq!(node(&json, Syntax::Yaml, None).unwrap().to_json(), json);
}

#[test]
fn every_value_has_its_place() {
    for (syntax, text, path, line, column) in [
        (Syntax::Yaml, ALIKE[0].1, "streams.zeta.count", 4, 12),
        (Syntax::Yaml, ALIKE[0].1, "streams.zeta.fields", 6, 7),
        (
            Syntax::Yaml,
            ALIKE[0].1,
            "streams.zeta.fields.a.note",
            7,
            40,
        ),
        (Syntax::Yaml, ALIKE[0].1, "streams.zeta.list", 8, 11),
        (Syntax::Json, ALIKE[1].1, "model", 1, 11),
        (Syntax::Json, ALIKE[1].1, "streams.zeta.list", 1, 169),
        (Syntax::Toml, ALIKE[2].1, "streams.zeta.count", 3, 9),
        (
            Syntax::Toml,
            ALIKE[2].1,
            "streams.zeta.fields.b.date.from",
            5,
            15,
        ),
        (
            Syntax::Toml,
            ALIKE[2].1,
            "streams.zeta.fields.a.note",
            6,
            38,
        ),
    ] {
        let root = node(text, syntax, None).unwrap();
        assert_eq!(at(&root, path), Place { line, column }, "{syntax:?} {path}");
    }
    // Names, too; after letters of more than one byte.
    let root = node("ä: {ßß: 1, c: 2}", Syntax::Yaml, None).unwrap();
    let NodeValue::Map(entries) = &root.get("ä").unwrap().value else {
        panic!("{root:?}");
    };
    let places: Vec<_> = entries
        .iter()
        .map(|e| (e.place.column, e.node.place.column))
        .collect();
    assert_eq!(places, [(5, 9), (12, 15)]);
}

#[test]
fn what_no_model_may_have_is_refused_where_it_stands() {
    use Syntax::{Json, Toml, Yaml};
    let deep = |open: &str, close: &str| {
        format!("a: {}1{}", open.repeat(MAX_DEPTH), close.repeat(MAX_DEPTH))
    };
    let many = format!("[{}0]", "0,".repeat(MAX_NODES));
    let table: &[(Syntax, &str, &str)] = &[
        // Twice.
        (
            Yaml,
            "a: 1\nb: {c: 1,\n    c: 2}",
            "line 3, column 5: b.c: the name stands here a second",
        ),
        (
            Json,
            "{\"a\": {\"b\": 1,\n\"b\": 2}}",
            "line 2, column 1: a.b: the name stands here a second",
        ),
        (
            Toml,
            "[a]\nb = 1\nb = 2\n",
            "line 3, column 1: this is no TOML: duplicate key",
        ),
        // One text for another.
        (
            Yaml,
            "a: &x [1]\nb: 2",
            "line 1, column 7: a: anchors (&name) are not allowed",
        ),
        (
            Yaml,
            "a: 1\nb: *x",
            "line 2, column 4: b: this is no YAML: while parsing node, found unknown anchor",
        ),
        (
            Yaml,
            "a: !!str 1",
            "line 1, column 10: a: tags (tag:yaml.org,2002:str) are not allowed",
        ),
        (
            Yaml,
            "a: 1\n---\nb: 2",
            "line 2, column 1: a second document begins here",
        ),
        (
            Yaml,
            "? [a, b]\n: 1",
            "line 1, column 3: got a list as a name; expected a word",
        ),
        (
            Yaml,
            "? {a: b}\n: 1",
            "line 1, column 3: got a map as a name; expected a word",
        ),
        // Too much.
        (Yaml, &deep("[", "]"), "line 1, column 67: a.0.0.0.0"),
        (Yaml, &deep("{b: ", "}"), "line 1, column 256: a.b.b.b.b"),
        (
            Json,
            &deep("[", "]").replace("a:", "{\"a\":").replace("]\n", "]}"),
            "line 1, column",
        ),
        (Toml, &deep("[", "]").replace(':', "="), "line 1, column"),
        (
            Yaml,
            &many,
            "line 1, column 2000000: 999999: the model has more than 1000000 values",
        ),
        (
            Json,
            &many,
            "line 1, column 2000000: 999999: the model has more than 1000000 values",
        ),
        // Numbers.
        (
            Yaml,
            "a: [1, .nan]",
            "line 1, column 8: a.1: got .nan; expected a finite number",
        ),
        (
            Json,
            "{\"a\": 1e999}",
            "line 1, column 7: a: got 1e999; expected a finite number",
        ),
        (
            Toml,
            "a = -inf",
            "line 1, column 5: a: got -inf; expected a finite number",
        ),
        (
            Yaml,
            "a: 9223372036854775808",
            "line 1, column 4: a: got 9223372036854775808; expected a whole",
        ),
        (
            Json,
            "[-9223372036854775809]",
            "line 1, column 2: 0: got -9223372036854775809; expected a whole",
        ),
        (
            Toml,
            "a = 0xffffffffffffffffff",
            "line 1, column 5: a: got 0xffffffffffffffffff; expected a whole",
        ),
        // No text of that syntax.
        (
            Yaml,
            "a: [1\nb: 2",
            "line 2, column 2: a.0: this is no YAML: illegal placement",
        ),
        (
            Yaml,
            "a:\n\tb: 1",
            "line 2, column 2: a: this is no YAML: tabs disallowed",
        ),
        (Yaml, "a: 1\n b: 2", "line 2, column 3: this is no YAML: "),
        (Json, "{\"a\": 01}", "line 1, column 8: this is no JSON: "),
        (
            Json,
            "{\"a\": 1,}",
            "line 1, column 8: this is no JSON: Trailing commas",
        ),
        (Json, "{a: 1}", "line 1, column 2: this is no JSON: "),
        (
            Json,
            "{\"a\": 1} // b",
            "line 1, column 10: this is no JSON: ",
        ),
        (Json, "{\"a\": 1\n", "line 1, column 1: this is no JSON: "),
        (Toml, "a = ", "line 1, column 5: this is no TOML: "),
        (
            Yaml,
            "a: 'x\0'",
            "line 1, column 6: got a zero byte; expected text",
        ),
    ];
    let wrong = table.iter().filter_map(|(syntax, text, said)| {
        let error = node(text, *syntax, None).unwrap_err().to_string();
        (!error.starts_with(said)).then(|| format!("{text:.60}\n  {said}\n  {error}\n"))
    });
    let wrong: String = wrong.collect();
    assert!(wrong.is_empty(), "{wrong}");
    let error = node(&" ".repeat(MAX_BYTES + 1), Yaml, None).unwrap_err();
    assert!(
        error
            .message
            .starts_with("the text is longer than 16777216 bytes")
    );
}

#[test]
fn a_file_is_read_by_its_ending_or_by_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    for (name, text) in [
        ("a.yaml", "model: m"),
        ("a.YML", "\u{feff}model: m"),
        ("a.json", "{\"model\": \"m\"}"),
        ("a.toml", "model = 'm'"),
        ("a.txt", "# a comment\n\nmodel = 'm'"),
        ("b", "{model: m}"),
        ("c", " \n{ \"model\": \"m\"}"),
        ("d", "model: 'm' # = m"),
    ] {
        let node = read_node(&write(name, text.as_bytes())).unwrap();
        assert_eq!(node.to_json(), "{\"model\":\"m\"}", "{name}");
    }
    let of = |error: adapter_models::ReadError| {
        let text = error.to_string();
        text.replace(&folder.path().display().to_string(), "")
    };
    let error = of(read_node(&write("e.yaml", b"a: 1\nb: \xff")).unwrap_err());
    assert_eq!(
        error,
        "/e.yaml:2:4: this is no UTF-8; save the file in that encoding"
    );
    let error = of(read_node(&write("f.yaml", b"a: 1\na: 2")).unwrap_err());
    assert!(
        error.starts_with("/f.yaml:2:1: a: the name stands here a second time"),
        "{error}"
    );
    let error = read_node(&folder.path().join("none.yaml")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read /"), "{error}");
    // A file of any size is read as far as a model may be long.
    let path = write("large.yaml", b"");
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(100_000_000)
        .unwrap();
    let error = read_node(&path).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        cause.starts_with("the text is longer than 16777216 bytes"),
        "{cause}"
    );
}

#[test]
fn choices_in_a_file_become_part_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lists")).unwrap();
    let csv = "weight,city,none\n3,Berlin,a\n1.5,\"Köln, am Rhein\",b\n0,\"1\",c\n";
    fs::write(folder.path().join("lists/cities.csv"), csv).unwrap();
    fs::write(folder.path().join("twice.csv"), "a\nx\nx\n").unwrap();
    let read = |choice: &str, folder: Option<&Path>| {
        let root = node(&format!("f:\n - choice: {choice}"), Syntax::Yaml, folder);
        root.map(|root| root.to_json()).map_err(|error| {
            let text = error.to_string();
            folder.map_or(text.clone(), |f| text.replace(&f.display().to_string(), ""))
        })
    };
    let here = Some(folder.path());
    for (choice, tree) in [
        (
            "{csv: lists/cities.csv, value: city, weight: weight}",
            "{\"Berlin\":3,\"Köln, am Rhein\":1.5,\"1\":0}",
        ),
        (
            "{csv: lists/cities.csv, value: none}",
            "[\"a\",\"b\",\"c\"]",
        ),
        ("{csv: 5, json: 1}", "{\"csv\":5,\"json\":1}"),
    ] {
        let expected = format!("{{\"f\":[{{\"choice\":{tree}}}]}}");
        assert_eq!(read(choice, here), Ok(expected));
    }
    for (choice, folder, said) in [
        ("{csv: lists/cities.csv}", here, "`value` is missing"),
        (
            "{csv: lists/cities.csv, value: 3}",
            here,
            "value: got 3; expected the name of a column",
        ),
        (
            "{csv: lists/cities.csv, value: city, sep: x}",
            here,
            "got `sep`; expected csv, value or weight",
        ),
        (
            "{csv: lists/cities.csv, value: citi}",
            here,
            "/lists/cities.csv: no column 'citi'; expected weight, city or none; did you mean 'city'?",
        ),
        (
            "{csv: lists/cities.csv, value: city, weight: none}",
            here,
            "/lists/cities.csv: line 2: got 'a'; expected a weight, a number",
        ),
        ("{csv: none.csv, value: a}", here, "/none.csv: No such file"),
        (
            "{csv: twice.csv, value: a}",
            here,
            "/twice.csv: line 3: 'x' stands there a second time",
        ),
        (
            "{csv: a.csv, value: a}",
            None,
            "choices can come from a file only if the model is in a file",
        ),
    ] {
        let error = read(choice, folder).unwrap_err();
        let said = format!("line 2, column 12: f.0.choice: {said}");
        assert!(error.starts_with(&said), "{said}\n{error}");
    }
}
