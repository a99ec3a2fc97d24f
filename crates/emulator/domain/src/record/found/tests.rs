use super::*;

fn shown(logical_type: LogicalType, push: impl FnOnce(&mut FoundColumn)) -> String {
    let mut found = FoundColumn::new(&Field::new("a", logical_type, "")).unwrap();
    push(&mut found);
    assert_eq!(found.column().len(), 1);
    format!("{:?}", found.column().get(0))
}

#[test]
fn values_are_found_in_whatever_they_are_stored_as() {
    use LogicalType::{Boolean, Date, Flag, Float, Long, Time, Timestamp, Uuid};
    let money = || LogicalType::Decimal {
        precision: 7,
        scale: 2,
    };
    type Push = fn(&mut FoundColumn);
    let one = "Timestamp(Timestamp(86400000001))";
    let cases: &[(LogicalType, Push, &str)] = &[
        (
            Timestamp,
            |c| c.push_text("1970-01-02T00:00:00.000001Z"),
            one,
        ),
        (
            Timestamp,
            |c| c.push_text("1970-01-02 00:00:00.000001"),
            one,
        ),
        (
            Timestamp,
            |c| c.push_text("1970-01-02 02:00:00.000001+02"),
            one,
        ),
        (
            Timestamp,
            |c| c.push_text("1970-01-01 22:30:00.000001-01:30"),
            one,
        ),
        (Timestamp, |c| c.push_text("86400.000001"), one),
        (Timestamp, |c| c.push_float(86400.000001), one),
        (Timestamp, |c| c.push_text("86400.0000011"), "Missing"),
        (Timestamp, |c| c.push_text("soon"), "Missing"),
        (
            money(),
            |c| c.push_text("-12.3"),
            "Decimal { unscaled: -1230, scale: 2 }",
        ),
        (
            money(),
            |c| c.push_text("12.340"),
            "Decimal { unscaled: 1234, scale: 2 }",
        ),
        (money(), |c| c.push_text("12.345"), "Missing"),
        (money(), |c| c.push_text("."), "Missing"),
        (
            money(),
            |c| c.push_float(0.1),
            "Decimal { unscaled: 10, scale: 2 }",
        ),
        (money(), |c| c.push_float(0.123), "Missing"),
        (
            money(),
            |c| c.push_long(7),
            "Decimal { unscaled: 700, scale: 2 }",
        ),
        (
            Long,
            |c| c.push_text("9223372036854775807"),
            "Long(9223372036854775807)",
        ),
        (Long, |c| c.push_text("1.5"), "Missing"),
        (Long, |c| c.push_float(2.0), "Long(2)"),
        (Long, |c| c.push_boolean(true), "Missing"),
        (Flag, |c| c.push_text("t"), "Long(1)"),
        (Boolean, |c| c.push_long(0), "Boolean(false)"),
        (Boolean, |c| c.push_long(2), "Missing"),
        (Float, |c| c.push_text("1e300"), "Float(1e300)"),
        (
            Date,
            |c| c.push_text("1969-12-31"),
            "Date(Date { year: 1969, month: 12, day: 31 })",
        ),
        (
            Date,
            |c| c.push_text("1969-12-31 00:00:00"),
            "Date(Date { year: 1969, month: 12, day: 31 })",
        ),
        (Date, |c| c.push_text("1969-12-31 01:00:00"), "Missing"),
        (Time, |c| c.push_text("01:02:03.000004"), "Time(3723000004)"),
        (Time, |c| c.push_text("01:02:03.5"), "Time(3723500000)"),
        (
            Uuid,
            |c| c.push_bytes(&[0; 16]),
            "Uuid(00000000-0000-0000-0000-000000000000)",
        ),
        (Uuid, |c| c.push_text("x"), "Missing"),
        (Uuid, FoundColumn::push_null, "Null"),
    ];
    for (logical_type, push, expected) in cases {
        assert_eq!(shown(logical_type.clone(), push), *expected);
    }
}
