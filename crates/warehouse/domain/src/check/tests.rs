use super::*;
use crate::dictionary::Broken;
use crate::name::Name;

fn table(nullable: bool) -> Table {
    let name = |text: &str| Name::parse(text).unwrap();
    let field = |text, kind, nullable| Field {
        name: name(text),
        kind,
        nullable,
    };
    let fields = vec![
        field("id", Kind::Integer { min: 1, max: 9 }, false),
        field("text", Kind::Text { limit: 4 }, nullable),
        field("moment", Kind::DateTime, nullable),
        field(
            "number",
            Kind::Integer {
                min: i32::MIN,
                max: i32::MAX,
            },
            nullable,
        ),
    ];
    let references = vec![(name("number"), name("t"), Broken::Reject)];
    Table::new(name("t"), fields, &name("id"), references).unwrap()
}

const MOMENT: &str = "2021-07-27T16:02:08Z";
const ALL: (i32, i32) = (i32::MIN, i32::MAX);

#[test]
fn each_wrong_cell_gets_its_reason() {
    use Given::{Integer, Nothing, Other, Text, Written};
    let range = |(min, max)| Reason::OutOfRange { min, max };
    let cases = [
        (0, Written(""), Reason::Empty),
        (0, Written("  "), Reason::Empty),
        (0, Nothing, Reason::Empty),
        (0, Written("1.0"), Reason::NotAnInteger),
        (0, Written("0x1"), Reason::NotAnInteger),
        (0, Written("-"), Reason::NotAnInteger),
        (0, Written(" 1"), Reason::NotAnInteger),
        (0, Written("١"), Reason::NotAnInteger),
        (0, Text("1"), Reason::NotAnInteger),
        (0, Other("true"), Reason::NotAnInteger),
        (0, Written("0"), range((1, 9))),
        (0, Integer(10), range((1, 9))),
        (3, Written("2147483648"), range(ALL)),
        (3, Integer(-2_147_483_649), range(ALL)),
        (3, Written("99999999999999999999999"), range(ALL)),
        (1, Written(""), Reason::Empty),
        (1, Text("\u{a0}\u{2003}"), Reason::Empty),
        (1, Text("abcde"), Reason::TooLong { limit: 4 }),
        (1, Text("äöüßé"), Reason::TooLong { limit: 4 }),
        (1, Text("a\tb"), Reason::ControlCharacter),
        (1, Text("\n"), Reason::ControlCharacter),
        (1, Text("a\u{85}"), Reason::ControlCharacter),
        (1, Text("\0"), Reason::ControlCharacter),
        (1, Integer(1), Reason::NotAString),
        (1, Other("1.5"), Reason::NotAString),
        (2, Written(""), Reason::Empty),
        (2, Text("2021-07-27"), Reason::NotADateTime),
        (2, Integer(2021), Reason::NotAString),
    ];
    for (column, given, reason) in cases {
        let table = table(false);
        let mut cells = [Written("5"), Text("a"), Text(MOMENT), Integer(7)];
        cells[column] = given;
        let (mut batch, mut faults) = (RowBatch::new(4), Vec::new());
        assert!(!table.read_row(cells, &mut batch, &mut faults), "{given:?}");
        let name = table.fields()[column].name.as_str();
        assert_eq!(
            faults,
            [Fault::of_cell(name, &given.text(), reason)],
            "{given:?}"
        );
        assert!(batch.is_empty(), "nothing of a wrong row stays");
    }
}

#[test]
fn limits_are_part_of_what_is_allowed() {
    use Given::{Integer, Nothing, Text, Written};
    let rows = [
        [
            Written("1"),
            Text("äöüß"),
            Written(MOMENT),
            Integer(i64::from(i32::MAX)),
        ],
        [
            Integer(9),
            Written("=1+1"),
            Text("2021-07-27T18:02:08+02:00"),
            Written("-2147483648"),
        ],
        [Written("+5"), Nothing, Nothing, Nothing],
        [Written("007"), Written(""), Written(""), Written("")],
    ];
    let table = table(true);
    let (mut batch, mut faults) = (RowBatch::new(4), Vec::new());
    for row in rows {
        assert!(table.read_row(row, &mut batch, &mut faults), "{faults:?}");
    }
    let null = Value::Null;
    let expected = [
        [
            Value::Integer(1),
            Value::Text("äöüß"),
            Value::Text(MOMENT),
            Value::Integer(i32::MAX),
        ],
        [
            Value::Integer(9),
            Value::Text("=1+1"),
            Value::Text(MOMENT),
            Value::Integer(i32::MIN),
        ],
        [Value::Integer(5), null, null, null],
        [Value::Integer(7), null, null, null],
    ];
    for (row, expected) in expected.iter().enumerate() {
        assert_eq!(batch.row(row).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn every_wrong_cell_of_a_row_is_told() {
    let cells = ["x", "", "yesterday", "1e3"].map(Given::Written);
    let mut faults = Vec::new();
    table(false).read_row(cells, &mut RowBatch::new(4), &mut faults);
    let codes: Vec<_> = faults.iter().map(|fault| fault.reason.code()).collect();
    assert_eq!(
        codes,
        [
            "not-an-integer",
            "empty",
            "not-a-date-time",
            "not-an-integer"
        ]
    );
}
