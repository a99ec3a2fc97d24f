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
    let day = "Date(Date { year: 1969, month: 12, day: 31 })";
    let texts = [
        (Timestamp, "1970-01-02T00:00:00.000001Z", one),
        (Timestamp, "1970-01-02 00:00:00.000001", one),
        (Timestamp, "1970-01-02 02:00:00.000001+02", one),
        (Timestamp, "1970-01-01 22:30:00.000001-01:30", one),
        (Timestamp, "86400.000001", one),
        (Timestamp, "86400.0000011", "Missing"),
        (Timestamp, "soon", "Missing"),
        (Timestamp, "1970-01-02T02:00:00.000001+0200", one),
        (Timestamp, "1970-01-02T00:00:00.000001Z05", "Missing"),
        (Timestamp, "1970-01-02T00:00:00.000001++5", "Missing"),
        (Timestamp, "1970-01-02x00:00:00.000001", "Missing"),
        (Timestamp, "1970-01-02", "Timestamp(Timestamp(86400000000))"),
        (Timestamp, "1970-01-02 03:00:00.000001+02:60", "Missing"),
        (Timestamp, "1970-01-03 00:00:00.000001+24:00", "Missing"),
        (money(), "-12.3", "Decimal { unscaled: -1230, scale: 2 }"),
        (money(), "12.340", "Decimal { unscaled: 1234, scale: 2 }"),
        (money(), "12.345", "Missing"),
        (money(), ".", "Missing"),
        (Long, "9223372036854775807", "Long(9223372036854775807)"),
        (Long, "1.5", "Missing"),
        (Long, "7.0", "Long(7)"),
        (Long, "true", "Missing"),
        (Flag, "t", "Long(1)"),
        (Flag, "FALSE", "Long(0)"),
        (Flag, "1", "Long(1)"),
        (Float, "1e300", "Float(1e300)"),
        (Float, "a", "Missing"),
        (Date, "1969-12-31", day),
        (Date, "1969-12-31 00:00:00", day),
        (Date, "1969-12-31 01:00:00", "Missing"),
        (Date, "1969-12-31x00:00:00", "Missing"),
        (Time, "01:02:03.000004", "Time(3723000004)"),
        (Time, "01:02:03.5", "Time(3723500000)"),
        (Time, "01:02", "Time(3720000000)"),
        (Time, "23:59:59", "Time(86399000000)"),
        (Time, "01:02.5", "Missing"),
        (Time, "01:02:03.-5", "Missing"),
        (Time, "01:02:03.", "Missing"),
        (Time, "01:02:03x", "Missing"),
        (Time, "01:02:03:04", "Missing"),
        (Time, "24:00:00", "Missing"),
        (Time, "00:60:00", "Missing"),
        (Time, "00:00:60", "Missing"),
        (Time, "+1:02:03", "Missing"),
        (Time, "1:02:03", "Missing"),
        (Boolean, "f", "Boolean(false)"),
        (Boolean, "True", "Boolean(true)"),
        (Boolean, "0", "Boolean(false)"),
        (Boolean, "yes", "Missing"),
        (Uuid, "x", "Missing"),
    ];
    for (logical_type, text, expected) in texts {
        let found = shown(logical_type, |column| column.push_text(text));
        assert_eq!(found, expected, "{text}");
    }
    let cases: &[(LogicalType, Push, &str)] = &[
        (Timestamp, |c| c.push_float(86400.000001), one),
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
        (Long, |c| c.push_float(2.0), "Long(2)"),
        (Long, |c| c.push_boolean(true), "Missing"),
        (Boolean, |c| c.push_long(0), "Boolean(false)"),
        (Boolean, |c| c.push_long(2), "Missing"),
        (
            Uuid,
            |c| c.push_bytes(&[0; 16]),
            "Uuid(00000000-0000-0000-0000-000000000000)",
        ),
        (Timestamp, |c| c.push_long(86_400_000_001), one),
        (Timestamp, |c| c.push_long(-1), "Missing"),
        (Timestamp, |c| c.push_float(1e13), "Missing"),
        (Timestamp, |c| c.push_float(-1.0), "Missing"),
        (money(), |c| c.push_float(9.3e18), "Missing"),
        (
            money(),
            |c| c.push_float(-0.3),
            "Decimal { unscaled: -30, scale: 2 }",
        ),
        (money(), |c| c.push_decimal(1_234, 3), "Missing"),
        (Long, |c| c.push_float(0.5), "Missing"),
        (Long, |c| c.push_float(9.1e15), "Missing"),
        (Long, |c| c.push_float(-8.9e15), "Long(-8900000000000000)"),
        (Long, |c| c.push_decimal(70, 1), "Long(7)"),
        (Boolean, |c| c.push_boolean(true), "Boolean(true)"),
        (Boolean, |c| c.push_float(1.0), "Missing"),
        (Float, |c| c.push_float(0.1), "Float(0.1)"),
        (Float, |c| c.push_long(-3), "Float(-3.0)"),
        (Float, |c| c.push_decimal(25, 1), "Float(2.5)"),
        (Float, |c| c.push_decimal(20, 1), "Float(2.0)"),
        (Float, |c| c.push_boolean(true), "Missing"),
        (Float, FoundColumn::push_null, "Null"),
        (Float, FoundColumn::push_misfit, "Missing"),
        (LogicalType::Text, |c| c.push_long(-7), r#"Text("-7")"#),
        (LogicalType::Text, |c| c.push_bytes(b"a"), r#"Text("a")"#),
        (LogicalType::Text, |c| c.push_bytes(b"\xff"), "Missing"),
        (LogicalType::Text, FoundColumn::push_null, "Null"),
        (LogicalType::Ipv4, |c| c.push_long(1), "Missing"),
        (Date, |c| c.push_long(-1), day),
        (Date, |c| c.push_date(-1), day),
        (
            Date,
            |c| c.push_timestamp(86_400_000_000),
            "Date(Date { year: 1970, month: 1, day: 2 })",
        ),
        (Date, |c| c.push_timestamp(86_400_000_001), "Missing"),
        (Date, |c| c.push_long(1 << 40), "Missing"),
        (Date, |c| c.push_float(1.0), "Missing"),
        (Time, |c| c.push_long(5), "Time(5)"),
        (Time, |c| c.push_date(1), "Missing"),
        (Time, FoundColumn::push_null, "Null"),
        (Uuid, |c| c.push_long(1), "Missing"),
        (Uuid, FoundColumn::push_null, "Null"),
    ];
    for (logical_type, push, expected) in cases {
        assert_eq!(shown(logical_type.clone(), push), *expected);
    }
}

#[test]
fn a_column_is_cleared_and_found_anew() {
    let mut found = FoundColumn::new(&Field::new("a", LogicalType::Long, "")).unwrap();
    found.push_long(1);
    found.push_null();
    found.clear();
    assert!(found.column().is_empty());
    found.push_long(2);
    let column = found.into_column();
    assert!(!column.is_empty() && column.is_full());
    assert_eq!(format!("{:?}", column.get(0)), "Long(2)");
}
