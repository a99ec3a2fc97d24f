use super::*;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn field(text: &str, kind: Kind) -> Field {
    Field {
        name: name(text),
        kind,
        nullable: false,
    }
}

const INTEGER: Kind = Kind::Integer { min: 0, max: 9 };
const TEXT: Kind = Kind::Text { limit: 10 };

#[test]
fn a_table_that_does_not_hold_together_is_refused_and_named() {
    let nullable = Field {
        nullable: true,
        ..field("a", INTEGER)
    };
    let cases = [
        (vec![], "a", "b", "got 0 fields"),
        (vec![field("a", INTEGER); 2], "a", "b", "more than once"),
        (
            vec![field("a", INTEGER)],
            "z",
            "a",
            "the key z is not one of its fields",
        ),
        (vec![field("a", TEXT)], "a", "a", "must be an integer"),
        (
            vec![nullable],
            "a",
            "a",
            "must be an integer that is not nullable",
        ),
        (
            vec![field("a", Kind::Integer { min: 2, max: 1 })],
            "a",
            "a",
            "min is larger",
        ),
        (
            vec![field("a", INTEGER), field("b", Kind::Text { limit: 0 })],
            "a",
            "a",
            "invalid limit 0",
        ),
        (
            vec![field("a", INTEGER), field("b", TEXT)],
            "a",
            "b",
            "the reference of b",
        ),
    ];
    for (fields, key, reference, says) in cases {
        let references = vec![(name(reference), name("t"), Broken::Accept)];
        let error = Table::new(name("t"), fields, &name(key), references).unwrap_err();
        assert_eq!(error.table(), Some(&name("t")));
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn tables_have_names_of_their_own_and_references_lead_somewhere() {
    let table = |references| {
        Table::new(name("t"), vec![field("a", INTEGER)], &name("a"), references).unwrap()
    };
    let lost = vec![(name("a"), name("u"), Broken::Reject)];
    assert_eq!(Dictionary::new(vec![]), Err(DictionaryError::Empty));
    assert_eq!(
        Dictionary::new(vec![table(vec![]), table(vec![])]),
        Err(DictionaryError::TableTwice(name("t")))
    );
    assert_eq!(
        Dictionary::new(vec![table(lost)]),
        Err(DictionaryError::UnknownTable(name("t"), name("u")))
    );
    let own = vec![(name("a"), name("t"), Broken::Reject)];
    let dictionary = Dictionary::new(vec![table(own)]).unwrap();
    assert_eq!(
        dictionary.table("t").unwrap().strict_references().count(),
        1
    );
    assert!(dictionary.table("u").is_none());
}

/// A table, those that it refers to, and whether strictly.
type Entry = (&'static str, &'static [&'static str], Broken);

/// The names of the tables in loading order.
fn order(tables: &[Entry]) -> String {
    let tables = tables.iter().map(|(table, others, broken)| {
        let references = others.iter().map(|other| (name("a"), name(other), *broken));
        let fields = vec![field("a", INTEGER)];
        Table::new(name(table), fields, &name("a"), references.collect()).unwrap()
    });
    let dictionary = Dictionary::new(tables.collect()).unwrap();
    let order = dictionary.loading_order().into_iter();
    let names: Vec<_> = order.map(|table| table.name().as_str()).collect();
    names.join(" ")
}

#[test]
fn a_table_is_loaded_after_those_that_it_strictly_refers_to() {
    use Broken::Reject;
    let cases: [(&[Entry], &str); 6] = [
        (&[("t", &["u"], Reject), ("u", &[], Reject)], "u t"),
        // Through several tables, and whatever the order of the references.
        (
            &[
                ("t", &["u", "v"], Reject),
                ("u", &["v"], Reject),
                ("v", &["w"], Reject),
                ("w", &[], Reject),
            ],
            "w v u t",
        ),
        // What another table needs moves forward, and nothing else moves.
        (
            &[
                ("z", &[], Reject),
                ("y", &["b"], Reject),
                ("x", &[], Reject),
                ("b", &[], Reject),
                ("a", &[], Reject),
            ],
            "z b y x a",
        ),
        // An order that is right is kept, and so is one with references that may be broken.
        (&[("u", &[], Reject), ("t", &["u"], Reject)], "u t"),
        (&[("t", &["u"], Broken::Accept), ("u", &[], Reject)], "t u"),
        (&[("t", &["t"], Reject), ("u", &[], Reject)], "t u"),
    ];
    for (tables, expected) in cases {
        assert_eq!(order(tables), expected, "{tables:?}");
    }
}

#[test]
fn tables_that_refer_to_each_other_in_a_cycle_keep_their_order() {
    use Broken::Reject;
    let cases: [(&[Entry], &str); 3] = [
        (&[("t", &["u"], Reject), ("u", &["t"], Reject)], "t u"),
        (
            &[
                ("t", &["u"], Reject),
                ("u", &["v"], Reject),
                ("v", &["t"], Reject),
            ],
            "t u v",
        ),
        // Who refers to a cycle comes after it, and whatever it refers to before it.
        (
            &[
                ("s", &["u"], Reject),
                ("t", &["u"], Reject),
                ("u", &["t", "v"], Reject),
                ("v", &[], Reject),
            ],
            "v t u s",
        ),
    ];
    for (tables, expected) in cases {
        assert_eq!(order(tables), expected, "{tables:?}");
    }
}
