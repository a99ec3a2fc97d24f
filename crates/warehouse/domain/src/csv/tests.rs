use proptest::prelude::*;

use super::*;
use crate::batch::Value;
use crate::hr;

/// The line and the reason.
type Refusal = (u64, &'static str);

fn jobs(bytes: &[u8], separator: u8) -> (Vec<(i32, String)>, Vec<Refusal>) {
    let dictionary = hr::dictionary();
    let format = Format {
        separator,
        header: false,
    };
    let parsed = parse(dictionary.table("jobs").unwrap(), format, bytes);
    let rows = (0..parsed.rows.len()).map(|row| match parsed.rows.value(row, 1) {
        Value::Text(text) => (parsed.rows.integer(row, 0), text.to_owned()),
        other => panic!("{other:?}"),
    });
    let rejections = parsed.rejections.iter();
    (
        rows.collect(),
        rejections
            .map(|it| (it.row, it.faults[0].reason.code()))
            .collect(),
    )
}

#[test]
fn cells_are_read_as_they_are_commonly_written() {
    for (line, text) in [
        ("1,Cook", "Cook"),
        ("1,Cook\r", "Cook"),
        ("\"1\",\"Cook\"", "Cook"),
        ("1,\"Cook, first\"", "Cook, first"),
        ("1,\"The \"\"Cook\"\"\"", "The \"Cook\""),
        ("1,\"\"\"\"", "\""),
        ("1,6\" pipes", "6\" pipes"),
        ("1,=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("1, Köchin ", " Köchin "),
    ] {
        let (rows, rejections) = jobs(line.as_bytes(), b',');
        assert_eq!(rows, [(1, text.to_owned())], "{line}: {rejections:?}");
    }
    assert_eq!(jobs(b"1;a,b", b';').0, [(1, "a,b".to_owned())]);
    assert_eq!(jobs(b"1\ta,b", b'\t').0, [(1, "a,b".to_owned())]);
}

#[test]
fn a_broken_line_costs_itself_only() {
    for (line, reason) in [
        (&b"2,\"Coo"[..], "unclosed-quote"),
        (b"2,\"Cook\"ie", "unclosed-quote"),
        (b"2,\"\"\"", "unclosed-quote"),
        (b"2", "column-count"),
        (b"2,a,b", "column-count"),
        (b"2,\"a\",\"b\"", "column-count"),
        (b",", "empty"),
        (b"2,\xff\xfe", "invalid-utf-8"),
        (b"2,a\0b", "control-character"),
    ] {
        let mut bytes = b"1,a\n\n".to_vec();
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n3,c");
        let (rows, rejections) = jobs(&bytes, b',');
        assert_eq!(rows, [(1, "a".to_owned()), (3, "c".to_owned())]);
        assert_eq!(rejections, [(2, reason)], "{}", line.escape_ascii());
    }
}

#[test]
fn what_is_shown_of_a_rejected_line_is_bounded() {
    let mut line = b"1,".to_vec();
    line.resize(100_000, b'x');
    let dictionary = hr::dictionary();
    let table = dictionary.table("jobs").unwrap();
    let parsed = parse(table, Format::default(), &line);
    assert_eq!(parsed.rejections[0].original.len(), KEPT);
    assert_eq!(
        parsed.rejections[0].faults[0].value.len(),
        crate::reason::SHOWN
    );
    assert_eq!(too_long(7, &line).original.len(), KEPT);
}

#[test]
fn a_header_names_the_fields_in_order() {
    let dictionary = hr::dictionary();
    let table = dictionary.table("jobs").unwrap();
    for (line, fits) in [
        ("job_id,job_name", true),
        ("\"job_id\",job_name\r", true),
        ("job_name,job_id", false),
        ("job_id", false),
        ("1,Cook", false),
    ] {
        assert_eq!(
            is_header(table, Format::default(), line.as_bytes()),
            fits,
            "{line}"
        );
    }
}

proptest! {
    #[test]
    fn what_was_quoted_is_read_back(texts in proptest::collection::vec("[ -~äß\"]{1,40}", 1..20)) {
        let mut bytes = String::new();
        let mut expected = Vec::new();
        for (key, text) in texts.iter().enumerate() {
            bytes += &format!("{key},\"{}\"\n", text.replace('"', "\"\""));
            if !text.trim().is_empty() {
                expected.push((i32::try_from(key).unwrap(), text.clone()));
            }
        }
        prop_assert_eq!(jobs(bytes.as_bytes(), b',').0, expected);
    }

    #[test]
    fn each_line_is_a_row_or_a_rejection(bytes in proptest::collection::vec(
        proptest::sample::select(b"1,\"a\n\r\xff ".to_vec()), 0..300,
    )) {
        let (rows, rejections) = jobs(&bytes, b',');
        let filled = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.strip_suffix(b"\r").unwrap_or(line).is_empty());
        prop_assert_eq!(rows.len() + rejections.len(), filled.count());
    }
}
