//! Models made from other schemas and from samples: each passes the compiler, and says what was
//! guessed.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;

use adapter_models::{ImportKind, Syntax, import, node, read_text};
use emulator_model::{Model, ModelErrors};
use proptest::prelude::*;

fn imported(kind: ImportKind, text: &str) -> Result<(String, Model), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let path = file.path().display().to_string();
    let yaml = import(file.path(), kind, "m");
    let yaml = yaml.map_err(|error| error.to_string().replace(&path, "FILE"))?;
    let model = read_text(&yaml, Syntax::Yaml);
    let model = model.map_err(|errors: ModelErrors| format!("{errors}\n{yaml}"));
    Ok((yaml, model.unwrap()))
}

/// Every line of `expected` is one of the model's, in this order.
fn has_lines(yaml: &str, expected: &str) {
    let mut lines = yaml.lines();
    for line in expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        assert!(
            lines.any(|found| found.trim() == line),
            "missing here: {line}\n{yaml}"
        );
    }
}

/// Every field is marked as guessed.
fn is_marked(yaml: &str) {
    let (_, fields) = yaml.split_once("    fields:\n").unwrap();
    let is_field = |line: &&str| line.starts_with("      ") && !line.starts_with("       ");
    for field in fields.lines().filter(is_field) {
        assert!(field.contains("  # guessed: "), "{field}");
    }
}

#[test]
fn an_avro_schema_becomes_a_stream_a_record() {
    let schema = r#"{"type": "record", "name": "com.example.Order", "fields": [
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "rate", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 18}},
        {"name": "note", "type": ["null", "string"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["NEW", "PAID"]}},
        {"name": "before", "type": ["null", "State"]},
        {"name": "to", "type": {"type": "record", "name": "Address", "namespace": "com.other", "fields": [
            {"name": "city", "type": "string"}, {"name": "next", "type": ["null", "Address"]}]}},
        {"name": "from", "type": "com.other.Address"},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "counts", "type": {"type": "map", "values": "int"}},
        {"name": "either", "type": ["int", "string"]},
        {"name": "raw", "type": {"type": "fixed", "name": "F", "size": 4}},
        {"name": "ok", "type": "boolean"}, {"name": "weight", "type": "double"}]}"#;
    let (yaml, model) = imported(ImportKind::Avro, schema).unwrap();
    assert_eq!(model.stream("Order").unwrap().schema().fields().len(), 16);
    has_lines(
        &yaml,
        "Order:
        id: { uuid: {} }
        total: { decimal: { uniform: [0, 9999], scale: 2 } }  # guessed: the range
        rate: { decimal: { uniform: [0, 99], scale: 9 } }  # guessed: the range; 9 decimals, where the schema has 18
        note: { text: \"[a-z]{3,12}\", null: 0.1 }  # guessed: the share without a value; the form of the text
        at: { event_time: {} }  # guessed: that it is the time of the record
        state: { choice: [NEW, PAID] }  # guessed: the shares
        before: { choice: [NEW, PAID], null: 0.1 }  # guessed: the share without a value; the shares
        to: { struct: { city: { fake: address.city } } }  # guessed: next is left out: its type contains itself, has no fields or is unknown; city: from its name
        from: { struct: { city: { fake: address.city } } }  # guessed: next is left out: its type contains itself, has no fields or is unknown; city: from its name
        either: { integer: { uniform: [0, 1000] } }  # guessed: the first of several types; the range",
    );
    for (schema, said) in [
        (
            "{\"type\": \"record\", \"name\": \"R\"}",
            "FILE:1:1: a record without fields",
        ),
        ("\"string\"", "FILE:1:1: got no record"),
        (
            "{\"type\": \"record\", \"name\": \"R\", \"fields\": [{\"name\": \"a\", \"type\": \"no\"}]}",
            "FILE:1:66: unknown type 'no'",
        ),
        ("{", "FILE:1:1: this is no JSON"),
    ] {
        let error = imported(ImportKind::Avro, schema).unwrap_err();
        assert!(error.starts_with(said), "{said}\n{error}");
    }
}

#[test]
fn messages_of_protobuf_become_streams_unless_others_contain_them() {
    let proto = r#"
        syntax = "proto3";
        package shop.v1;
        import "google/protobuf/timestamp.proto";
        enum Kind { KIND_UNSPECIFIED = 0; NEW = 1; }
        message Order {
          message Line { string sku = 1; uint32 quantity = 2; }
          string email = 1;
          repeated Line lines = 2;
          google.protobuf.Timestamp ordered_at = 3;
          Kind kind = 4;
          optional int64 points = 5;
          oneof payment { string card = 6; bool cash = 7; }
          map<string, double> weights = 8;
          Order parent = 9;
          bytes raw = 10;
        }
        message Visit { string page = 1; }
    "#;
    let (yaml, model) = imported(ImportKind::Protobuf, proto).unwrap();
    let names: Vec<_> = model
        .streams()
        .iter()
        .map(|stream| stream.name().to_owned())
        .collect();
    assert_eq!(names, ["Order", "Visit"]);
    has_lines(
        &yaml,
        "# parent is left out: its type contains itself, has no fields or is unknown
        email: { fake: internet.email }  # guessed: from its name
        ordered_at: { event_time: {} }  # guessed: that it is the time of the record
        kind: { choice: [KIND_UNSPECIFIED, NEW] }  # guessed: the shares
        card: { text: \"[a-z]{3,12}\", null: 0.5 }  # guessed: the share without a value; one of several fields in the schema, here on its own; the form of the text",
    );
    for (proto, said) in [
        ("message {", "FILE: this is no Protobuf: "),
        (
            "message A { repeated A parts = 1; }",
            "FILE: the file has no message with fields",
        ),
    ] {
        let error = imported(ImportKind::Protobuf, proto).unwrap_err();
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn a_json_schema_becomes_a_stream_with_its_bounds() {
    let schema = r##"{"title": "Customer", "type": "object", "required": ["id", "age", "state", "score", "next"],
        "properties": {
          "id": {"type": "string", "format": "uuid"},
          "age": {"type": "integer", "minimum": 18, "maximum": 99},
          "score": {"type": "number", "minimum": 0, "maximum": 1},
          "state": {"enum": ["open", "closed", null]},
          "born": {"type": ["string", "null"], "format": "date"},
          "e-mail": {"type": "string", "format": "email"},
          "home": {"$ref": "#/$defs/address"},
          "scores": {"type": "array", "items": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 7}},
          "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 5}},
          "anything": {},
          "next": {"anyOf": [{"type": "null"}, {"type": "boolean"}]}},
        "$defs": {"address": {"type": "object", "properties": {"zip": {"type": "string"},
          "near": {"$ref": "#/$defs/address"}}, "required": ["zip"]}}}"##;
    let (yaml, model) = imported(ImportKind::JsonSchema, schema).unwrap();
    assert_eq!(
        model.stream("Customer").unwrap().schema().fields().len(),
        10
    );
    has_lines(
        &yaml,
        "# anything is left out: its type contains itself, has no fields or is unknown
        age: { integer: { uniform: [18, 99] } }
        score: { float: { uniform: [0, 1] } }
        state: { choice: [open, closed] }  # guessed: the shares
        e_mail: { fake: internet.email, null: 0.1 }  # guessed: the share without a value; the name, which was e-mail
        next: { boolean: 0.5, null: 0.1 }  # guessed: the share without a value; the share",
    );
    let error = imported(
        ImportKind::JsonSchema,
        "{\"properties\": {\"a\": {\"$ref\": \"#/no\"}}}",
    );
    let error = error.unwrap_err();
    assert!(
        error.starts_with("FILE:1:22: '#/no' is not in this file"),
        "{error}"
    );
}

#[test]
fn tables_of_every_dialect_become_streams_whose_foreign_keys_are_references() {
    let postgresql = r#"
        CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE TABLE public.customer (
          id bigserial PRIMARY KEY, email varchar(255) NOT NULL UNIQUE, code char(3) UNIQUE,
          tags text[] NOT NULL, born date, balance numeric(12,2) NOT NULL CHECK (balance > 0),
          "Home Address" jsonb, invited_by bigint REFERENCES customer);
        CREATE TABLE "order" (id uuid NOT NULL, customer_id bigint NOT NULL,
          at timestamptz NOT NULL DEFAULT now(), CONSTRAINT pk PRIMARY KEY (id));
        CREATE TABLE line (order_id uuid NOT NULL REFERENCES "order"(id), number int NOT NULL,
          PRIMARY KEY (order_id, number));
        CREATE TABLE profile (customer_id bigint PRIMARY KEY REFERENCES customer(id), bio text);
        ALTER TABLE ONLY "order" ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customer(id);
        CREATE INDEX i ON "order" (at);
        INSERT INTO customer DEFAULT VALUES;
    "#;
    let (yaml, model) = imported(ImportKind::Postgresql, postgresql).unwrap();
    has_lines(
        &yaml,
        "customer:
        count: 1000  # guessed
        key: id
        id: { sequence: { start: 1 } }  # guessed: that it counts from 1
        email: { text: \"[a-z0-9]{12}\", unique: true }  # guessed: the form of the text
        code: { text: \"[a-z0-9]{3}\", unique: true, null: 0.1 }  # guessed: the share without a value; the form of the text
        balance: { decimal: { uniform: [0, 9999], scale: 2 } }  # guessed: not looked at: CHECK (balance > 0); the range
        invited_by: { integer: { uniform: [1, 1000] }, null: 0.1 }  # guessed: the share without a value; it refers to customer, in a circle: a number like that table's
        order:
        count: 10000  # guessed
        id: { uuid: {} }
        customer_id: { ref: customer.id }
        line:
        # the key is (order_id, number); its combinations may repeat
        count: 100000  # guessed
        order_id: { ref: order.id }
        profile:
        count: 1000  # guessed
        customer_id: { sequence: { start: 1 } }  # guessed: as many as there are records it refers to, in the same order",
    );
    assert!(yaml.contains("Home_Address"), "{yaml}");
    assert_eq!(model.relations("order").len(), 1);
    let mysql = "CREATE TABLE `a` (`id` int unsigned NOT NULL AUTO_INCREMENT, `on` tinyint(1) NOT NULL,
        `kind` enum('x','y') NOT NULL, `at` datetime(6) DEFAULT NULL, `blob` mediumblob, PRIMARY KEY (`id`)) ENGINE=InnoDB;
        CREATE TABLE `b` (`id` int NOT NULL, `a_id` int unsigned, PRIMARY KEY (`id`), KEY `k` (`a_id`),
        CONSTRAINT `f` FOREIGN KEY (`a_id`) REFERENCES `a` (`id`) ON DELETE CASCADE);";
    let (yaml, _) = imported(ImportKind::Mysql, mysql).unwrap();
    has_lines(
        &yaml,
        "on: { boolean: 0.5 }  # guessed: the share
        kind: { choice: [x, y] }  # guessed: the shares
        a_id: { ref: a.id, null: 0.1 }  # guessed: the share without a value",
    );
    let sqlite = "CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT, a REFERENCES a, x REAL);
        CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b(id)) WITHOUT ROWID;";
    let (yaml, model) = imported(ImportKind::Sqlite, sqlite).unwrap();
    assert_eq!(
        model.relations("b").len() + model.relations("a").len(),
        1,
        "{yaml}"
    );
    for (kind, sql, said) in [
        (
            ImportKind::Postgresql,
            "CREATE TABEL a ();",
            "FILE: this is no SQL of postgresql: ",
        ),
        (
            ImportKind::Sqlite,
            "SELECT 1;",
            "FILE: no CREATE TABLE statement",
        ),
    ] {
        let error = imported(kind, sql).unwrap_err();
        assert!(error.starts_with(said), "{said}\n{error}");
    }
}

fn rows(columns: &str, row: impl Fn(u32) -> String) -> String {
    let rows: Vec<_> = (0..400).map(row).collect();
    format!("{columns}\n{}\n", rows.join("\n"))
}

#[test]
fn a_sample_shows_types_ranges_categories_and_shares_without_a_value() {
    let csv = rows("id,serial,country,amount,born,at,note,vip,zip,n", |i| {
        let (day, country) = (i % 28 + 1, ["DE", "DE", "DE", "FR"][i as usize % 4]);
        let note = if i % 4 == 0 { "x,y" } else { "" };
        format!(
            "{},SN-{:04},{country},{}.{:02},2024-02-{day:02},2024-01-01T{:02}:{:02}:00Z,\"{note}\",{},{:05},{}",
            1000 + 5 * i,
            (i * 7919) % 10_000,
            i * 37 % 500,
            i % 100,
            i / 60,
            i % 60,
            i % 10 == 0,
            i * 131,
            i * i
        )
    });
    let (yaml, model) = imported(ImportKind::Csv, &csv).unwrap();
    assert_eq!(model.stream("m").unwrap().schema().fields().len(), 10);
    has_lines(
        &yaml,
        "# From 400 records of the sample.
        id: { sequence: { start: 1000, step: 5 } }  # guessed: the sequence, from what was seen
        serial: { text: \"[A-Z]{2}-[0-9]{4}\" }  # guessed: values were all different and may repeat here; the form of the text, from what was seen
        country: { choice: { DE: 300, FR: 100 } }  # guessed: the values and their shares, from what was seen
        born: { date: { from: 2024-02-01, to: 2024-02-28 } }  # guessed: the range, from what was seen
        at: { event_time: {} }  # guessed: that it is the time of the record
        note: { choice: { \"x,y\": 100 }, null: 0.75 }  # guessed: the values and their shares, from what was seen; the share without a value, from what was seen
        vip: { boolean: 0.1 }  # guessed: the share, from what was seen
        zip: { text: \"[0-9]{5}\" }  # guessed: values were all different and may repeat here; the form of the text, from what was seen",
    );
    assert!(
        yaml.contains("histogram: [[0, 123.79, 1], [123.79, "),
        "{yaml}"
    );
    assert!(yaml.contains("histogram: [[0, 9801, 1], [9801, "), "{yaml}");

    let ndjson = rows("", |i| {
        let optional = if i % 5 == 0 {
            ",\"city\":\"Berlin\""
        } else {
            ""
        };
        format!(
            "{{\"uid\":\"{:08x}-0000-4000-8000-000000000000\",\"code\":\"0{i}\",\"to\":{{\"lat\":{}.5,\"x\":null}},\"tags\":[\"a\",\"b\"],\"none\":{{}},\"ok\":true{optional}}}",
            i, i
        )
    });
    is_marked(&yaml);
    let (yaml, _) = imported(ImportKind::Ndjson, &ndjson).unwrap();
    is_marked(&yaml);
    has_lines(
        &yaml,
        "# none is left out: its type contains itself, has no fields or is unknown
        uid: { uuid: {} }  # guessed: that all are UUIDs, from what was seen
        ok: { boolean: 1 }  # guessed: the share, from what was seen",
    );
    assert!(yaml.contains("code: { text: \"[0-9]{2,4}\" }"), "{yaml}");
    assert!(
        yaml.contains("city: { choice: { Berlin: 80 }, null: 0.8 }"),
        "{yaml}"
    );
    for (kind, text, said) in [
        (ImportKind::Csv, "a,b\n", "FILE: the sample has no records"),
        (ImportKind::Csv, "a,b\n1\n", "FILE: this is no CSV: "),
        (
            ImportKind::Ndjson,
            "{\"a\":1}\n{\"a\":",
            "FILE: line 2: this is no JSON: ",
        ),
        (
            ImportKind::Ndjson,
            "[1]",
            "FILE: line 1: expected a JSON object",
        ),
    ] {
        let error = imported(kind, text).unwrap_err();
        assert!(error.starts_with(said), "{said}\n{error}");
    }
}

proptest! {
    #[test]
    fn whatever_a_sample_contains_its_model_passes_the_compiler(
        names in prop::collection::vec("\\PC{0,12}", 1..5),
        cells in prop::collection::vec("(|-?[0-9]{1,19}(\\.[0-9]{1,4})?|true|\\PC{1,12}|20[0-9]{2}-0[1-9]-1[0-9])", 1..60),
    ) {
        let names: Vec<_> = names.iter().enumerate().map(|(i, name)| format!("{name}{i}")).collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&names).unwrap();
        let mut json = String::new();
        for row in cells.chunks(names.len()).filter(|row| row.len() == names.len()) {
            writer.write_record(row).unwrap();
            let object: serde_json::Map<_, _> = names.iter().zip(row)
                .map(|(name, cell)| {
                    let value = serde_json::from_str(cell).unwrap_or_else(|_| cell.clone().into());
                    (name.clone(), value)
                }).collect();
            json += &format!("{}\n", serde_json::Value::Object(object));
        }
        let csv = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        for (kind, text) in [(ImportKind::Csv, csv), (ImportKind::Ndjson, json)] {
            if let Err(error) = imported(kind, &text) {
                prop_assert!(error.contains("no records"), "{error}");
            }
        }
    }

    #[test]
    fn whatever_names_and_values_a_schema_has_its_model_passes_the_compiler(
        name in "\\PC{1,70}", symbols in prop::collection::vec("\\PC{1,12}", 1..6),
        min in any::<i64>(), max in any::<i64>(), longest in 0u32..300,
    ) {
        let schema = serde_json::json!({"title": name, "properties": {
            name.clone(): {"enum": symbols}, "a": {"type": "integer", "minimum": min, "maximum": max},
            "b": {"type": "string", "maxLength": longest}}});
        let (yaml, _) = imported(ImportKind::JsonSchema, &schema.to_string()).unwrap();
        prop_assert!(node(&yaml, Syntax::Yaml, None).is_ok());
    }
}
