//! What is wrong with a model is told with its path, what is allowed and the nearest name.

use super::harness::{SHOP, errors, fields, read};

#[test]
fn fields_that_cannot_be_made_are_refused() {
    for (field, told) in [
        (
            r#"{}"#,
            "no generator (got ''); expected constant, sequence",
        ),
        (
            r#"{"chioce":["a"]}"#,
            "no generator (got 'chioce'); expected",
        ),
        (r#"{"chioce":["a"]}"#, "did you mean 'choice'?"),
        (r#"{"uuid":{},"sequence":{}}"#, "two generators, "),
        (
            r#"{"uuid":{},"nul":0.5}"#,
            "unknown key 'nul'; expected uuid, null, missing or description; did you mean 'null'?",
        ),
        (
            r#"{"uuid":{"version":7}}"#,
            "streams.s.fields.x.uuid: unknown key 'version'",
        ),
        (r#""USD""#, "got 'USD'; expected a generator"),
        (
            r#"{"uuid":{},"null":1.5}"#,
            "streams.s.fields.x.null: got 1.5; expected a probability from 0 to 1",
        ),
        (
            r#"{"constant":null}"#,
            "got nothing; expected a text, a number or a boolean",
        ),
        (r#"{"boolean":-0.1}"#, "expected a probability from 0 to 1"),
        (r#"{"choice":[]}"#, "0 values; expected 1 to 100000"),
        (r#"{"choice":["a",1]}"#, "values of one kind"),
        (
            r#"{"choice":{"a":-1}}"#,
            "streams.s.fields.x.choice.a: got -1; expected a weight",
        ),
        (r#"{"choice":{"a":0,"b":0}}"#, "no weight is above 0"),
        (
            r#"{"integer":{"unifrom":[1,2]}}"#,
            "did you mean 'uniform'?",
        ),
        (
            r#"{"integer":{"uniform":[2,1]}}"#,
            "got 1; expected a number above the first",
        ),
        (
            r#"{"integer":{"uniform":[1,2,3]}}"#,
            "expected two numbers, the lower first",
        ),
        (
            r#"{"integer":{"uniform":[0.5,2]}}"#,
            "got 0.5; expected a whole number",
        ),
        (
            r#"{"integer":{"min":1}}"#,
            "no distribution; expected one of uniform, normal",
        ),
        (
            r#"{"integer":{"poisson":2,"normal":{"mean":1,"sd":1}}}"#,
            "both 'poisson' and 'normal'; expected one distribution",
        ),
        (r#"{"integer":{"normal":{"mean":1}}}"#, "'sd' is required"),
        (
            r#"{"integer":{"normal":{"mean":1,"sd":0}}}"#,
            "got 0; expected a number above 0",
        ),
        (
            r#"{"integer":{"poisson":2,"min":5,"max":4}}"#,
            "nothing is left between min and max",
        ),
        (
            r#"{"integer":{"normal":{"mean":0,"sd":1},"min":50}}"#,
            "less than about 0.3 % of the distribution",
        ),
        (
            r#"{"float":{"exponential":{"mean":1},"max":-1}}"#,
            "less than about 0.3 % of the distribution",
        ),
        (
            r#"{"decimal":{"uniform":[0,1],"scale":12}}"#,
            "got 12; expected a whole number from 0 to 9",
        ),
        (
            r#"{"decimal":{"uniform":[0,0.005],"scale":2}}"#,
            "at most 2 digits after the point",
        ),
        (r#"{"float":{"histogram":[[0,1]]}}"#, "expected bins"),
        (
            r#"{"float":{"mixture":[{"normal":{"mean":1,"sd":1}}]}}"#,
            "'weight' is required",
        ),
        (
            r#"{"integer":{"zipf":{"n":0,"s":1}}}"#,
            "expected a whole number from 1",
        ),
        (
            r#"{"integer":{"uniform":[1,10]},"unique":true}"#,
            "only 10 different values for 1000000 records",
        ),
        (
            r#"{"integer":{"poisson":10},"unique":true}"#,
            "unique goes with uniform alone",
        ),
        (
            r#"{"text":"[A-Z]{2}","unique":true}"#,
            "only 676 different values for 1000000 records",
        ),
        (
            r#"{"text":"ab|c","unique":true}"#,
            "unique needs a pattern in which each text arises in one way",
        ),
        (
            r#"{"text":"[a-z]*"}"#,
            "no upper limit; expected one, such as {0,20}",
        ),
        (r#"{"text":"("}"#, "the pattern cannot be read"),
        (
            r#"{"date":{"from":"2026-02-30","to":"2026-03-01"}}"#,
            "fields.x.date.from: got '2026-02-30'; expected a date",
        ),
        (
            r#"{"date":{"from":"2026-03-02","to":"2026-03-01"}}"#,
            "'from' is after 'to'",
        ),
        (
            r#"{"time":{"from":"25:00","to":"26:00"}}"#,
            "got '25:00'; expected a time",
        ),
        (r#"{"fake":"name.fll"}"#, "did you mean 'name.full'?"),
        (
            r#"{"fake":"name.full","locale":"klingon"}"#,
            "unknown locale 'klingon'; expected en, de",
        ),
        (r#"{"template":"{y}"}"#, "no field 'y' before this one"),
        (r#"{"template":"a}"}"#, "a '}' without its '{'"),
        (r#"{"template":"{id"}"#, "a '{' without its '}'"),
        (r#"{"struct":{}}"#, "0 fields; expected 1 to 500"),
        (
            r#"{"struct":{"a":{"nothing":1}}}"#,
            "streams.s.fields.x.struct.a: no generator",
        ),
        (
            r#"{"array":{"of":{"sequence":{}},"length":{"uniform":[0,2]}}}"#,
            "a sequence follows the records",
        ),
        (
            r#"{"array":{"of":{"uuid":{}},"length":{"uniform":[0,2000]}}}"#,
            "expected lengths from 0 to 1000",
        ),
        (
            r#"{"map":{"keys":["a","a"],"of":{"uuid":{}},"length":{"uniform":[0,1]}}}"#,
            "this key comes twice",
        ),
        (
            r#"{"map":{"keys":["a"],"of":{"uuid":{}},"length":{"uniform":[0,3]}}}"#,
            "up to 3 entries of 1 keys",
        ),
        (r#"{"parent":"a"}"#, "this stream has no parent"),
        (r#"{"ordinal":{}}"#, "this stream has no parent"),
        (r#"{"ref":"t.id"}"#, "unknown stream 't'; expected s"),
        (r#"{"ref":"s.id"}"#, "s has no field 'id'"),
        (r#"{"of":"y","field":"z"}"#, "no field 'y' before this one"),
        (r#"{"by":"y","cases":{}}"#, "no field 'y' before this one"),
        (r#"{"expr":"1 +"}"#, "this is no expression"),
        (r#"{"expr":"y * 2"}"#, "no field 'y' before this one"),
        (r#"{"expr":"1 + 'a'"}"#, "no '+' for (int, string)"),
        (r#"{"expr":"foo(1)"}"#, "no 'foo' for (int)"),
        (r#"{"expr":"'a'","scale":2}"#, "only doubles have a scale"),
        (r#"{"expr":"[1, 2]"}"#, "a list stands only after 'in'"),
        (
            r#"{"expr":"1 in [1, 'a']"}"#,
            "'in' looks for a int among values",
        ),
        (r#"{"expr":"x.y"}"#, "parts of values cannot be used here"),
    ] {
        let json = fields(&format!(r#""x":{field}"#));
        let errors = errors(&json);
        assert!(
            errors.contains(told),
            "{field}\n  got: {errors}\n  expected: {told}"
        );
        assert!(errors.starts_with("streams.s"), "{errors}");
    }
}

#[test]
fn streams_that_cannot_be_are_refused() {
    let with = |from: &str, to: &str| {
        assert!(SHOP.contains(from), "{from}");
        SHOP.replacen(from, to, 1)
    };
    for (json, told) in [
        (r#"[]"#.to_owned(), "got a list; expected a model"),
        (r#"{}"#.to_owned(), "'model' is required"),
        (
            r#"{"model":"m","streams":{}}"#.to_owned(),
            "0 streams; expected 1 to 5000",
        ),
        (
            with(r#""model": "shop""#, r#""model": "my shop""#),
            "invalid name 'my shop' of a model",
        ),
        (
            with(r#""customer_id": {"seq"#, r#""customer-id": {"seq"#),
            "invalid name 'customer-id' of a field",
        ),
        (
            with(r#""count": 1000"#, r#""count": 0"#),
            "streams.customer.count: got 0; expected a whole number from 1",
        ),
        (
            with(r#""count": 1000,"#, r#""cuont": 1000,"#),
            "unknown key 'cuont'; expected fields, key, id, envelope, description, imperfections, count, each, times or changes_of; did you mean 'count'?",
        ),
        (
            with(r#""key": "customer_id""#, r#""key": "customer""#),
            "streams.customer.key: unknown field 'customer'",
        ),
        (
            with(r#""key": "customer_id""#, r#""id": "vip""#),
            "the values of this field do not lead back",
        ),
        (
            with("customer.customer_id", "customer.vip"),
            "'customer.vip' is no key: several records may have the same value; expected customer_id",
        ),
        (
            with("customer.customer_id", "costumer.customer_id"),
            "unknown stream 'costumer'; expected customer, order, order_line or customer_change; did you mean 'customer'?",
        ),
        (
            with(
                r#""of": "customer_id", "field": "country""#,
                r#""of": "customer_id", "field": "contry""#,
            ),
            "customer has no field 'contry'",
        ),
        (
            with(r#""of": "customer_id""#, r#""of": "order_id""#),
            "'order_id' refers to no record",
        ),
        (
            with(r#""each": "order""#, r#""each": "orders""#),
            "unknown stream 'orders'",
        ),
        (
            with(r#""each": "order""#, r#""each": "customer_change""#),
            "changes have no children",
        ),
        (
            with(r#", "times": {"1": 60, "2": 25, "3": 10, "4": 5}"#, ""),
            "'times' is required",
        ),
        (
            with(r#"{"1": 60, "2": 25, "3": 10, "4": 5}"#, r#"{"0": 5}"#),
            "no parent has a child",
        ),
        (
            with(r#"{"1": 60, "2": 25, "3": 10, "4": 5}"#, r#"{"many": 5}"#),
            "got 'many'; expected a number of children",
        ),
        (
            with(r#""changes_of": "customer""#, r#""changes_of": "order""#),
            "changes are of a table; expected a stream with a 'count'",
        ),
        (
            with(r#""city": 0.5, "vip": 0.1"#, r#""customer_id": 0.5"#),
            "the key of a table does not change",
        ),
        (
            with(r#""city": 0.5, "vip": 0.1"#, r#""city": 0"#),
            "no update changes anything",
        ),
        (
            with(r#""delete": 0.01"#, r#""delete": 0.9"#),
            "expected a probability from 0 to 0.5",
        ),
        (
            with(r#""envelope": "debezium""#, r#""envelope": "none""#),
            "expected debezium",
        ),
        (
            with(
                r#""count": 1000,"#,
                r#""count": 1000, "envelope": "debezium","#,
            ),
            "'debezium' is for streams with 'changes_of'",
        ),
        (
            with(r#"{"DE": 5, "FR": 3, "US": 2}"#, r#"{"DE": 5, "FR": 3}"#)
                .replace(r#", "else": {"fake": "address.city"}"#, "")
                .replace(
                    r#""FR": {"choice": ["Paris", "Lyon"]}"#,
                    r#""GB": {"constant": "x"}"#,
                ),
            "the field never has the value 'GB'; expected DE or FR",
        ),
        (
            with(r#", "else": {"fake": "address.city"}"#, ""),
            "'else' is required",
        ),
        (
            with(r#"{"choice": ["Paris", "Lyon"]}"#, r#"{"boolean": 0.5}"#),
            "the cases make values of different types",
        ),
    ] {
        let errors = errors(&json);
        assert!(errors.contains(told), "got: {errors}\nexpected: {told}");
    }
}

#[test]
fn circles_of_references_are_refused_and_streams_without_end_are_not_picked_from() {
    let circle = errors(
        r#"{"model":"m","streams":{
            "a":{"count":5,"fields":{"id":{"sequence":{}},"b":{"ref":"b.id"}}},
            "b":{"count":5,"fields":{"id":{"sequence":{}},"a":{"ref":"a.id"}}}}}"#,
    );
    assert!(
        circle.contains("streams refer to each other in a circle: a -> b -> a"),
        "{circle}"
    );
    let endless = errors(
        r#"{"model":"m","streams":{
            "order":{"fields":{"id":{"sequence":{}}}},
            "payment":{"fields":{"order":{"ref":"order.id"}}}}}"#,
    );
    assert!(
        endless.contains("that stream has no end") && endless.contains("{recent: n}"),
        "{endless}"
    );
    let unique = errors(
        r#"{"model":"m","streams":{"e":{"fields":{"n":{"integer":{"uniform":[1,9]},"unique":true}}}}}"#,
    );
    assert!(
        unique.contains("unique needs a stream with a 'count'"),
        "{unique}"
    );
}

#[test]
fn imperfections_that_cannot_be_are_refused_with_their_place() {
    let with = |wrong: &str| {
        let json = SHOP.replacen(
            r#""order": {"#,
            &format!(r#""order": {{ "imperfections": {wrong},"#),
            1,
        );
        read(&json)
    };
    for (wrong, told) in [
        (
            r#"{"lates": 0.1}"#,
            "streams.order.imperfections: got 'lates'; expected missing, late, out_of_order, duplicate, corrupt, clock_skew or drift; did you mean 'late'?",
        ),
        (
            r#"{"late": {"share": 2}}"#,
            "streams.order.imperfections: got late.share 2; expected 0, or a share of the records from 0.000001 to 1",
        ),
        (
            r#"{"missing": 0.6, "late": 0.6}"#,
            "streams.order.imperfections: got shares of 1.2 together; expected shares that add up to 1 at most: a record has one fault",
        ),
        (
            r#"{"corrupt": {"share": 0.1, "fields": ["ship_to.zap"]}}"#,
            "streams.order.imperfections: got corrupt.fields 'ship_to.zap'; expected some of the fields order_id, customer_id, country, ordered_at, status, note, total, gross, ship_to, ship_to.street, ship_to.zip, tags or tags[]; did you mean 'ship_to.zip'?",
        ),
        (
            r#"{"clock_skew": 0.1}"#,
            "streams.order.imperfections: got clock_skew.device 'device_id'; expected clock_skew.device with the field that says whose clock it is: order_id, customer_id, country, status or note",
        ),
        (
            r#"{"drift": {"from": 5, "retype": ["customer_id"]}}"#,
            "streams.order.imperfections: got drift.retype 'customer_id'; expected some of the fields country, ordered_at, status, note, total, gross, ship_to or tags (id and key stay: verify knows a record by them)",
        ),
    ] {
        assert_eq!(with(wrong).unwrap_err().to_string(), told);
    }
    let model = with(r#"{"late": 0.25, "drift": {"from": 5, "remove": ["note"]}}"#).unwrap();
    let wrong = model.stream("order").unwrap().imperfections().unwrap();
    assert_eq!(wrong.late.unwrap().share.get(), 0.25);
    assert_eq!(wrong.drift.as_ref().unwrap().remove, ["note"]);
    assert!(model.stream("customer").unwrap().imperfections().is_none());
}
