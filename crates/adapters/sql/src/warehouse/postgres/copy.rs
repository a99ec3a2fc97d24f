//! Rows as COPY's text format.

use warehouse_domain::batch::{RowBatch, Value};

pub(super) fn text(rows: &RowBatch) -> Vec<u8> {
    let mut text = Vec::new();
    let mut number = itoa::Buffer::new();
    for row in 0..rows.len() {
        for (at, value) in rows.row(row).enumerate() {
            if at > 0 {
                text.push(b'\t');
            }
            match value {
                Value::Null => text.extend_from_slice(b"\\N"),
                Value::Integer(value) => text.extend_from_slice(number.format(value).as_bytes()),
                Value::Text(value) => escape(value.as_bytes(), &mut text),
            }
        }
        text.push(b'\n');
    }
    text
}

fn escape(value: &[u8], text: &mut Vec<u8>) {
    // Text holds no control characters; those that COPY would misread are written all the same.
    if !value
        .iter()
        .any(|byte| matches!(byte, b'\\' | b'\n' | b'\r' | b'\t'))
    {
        text.extend_from_slice(value);
        return;
    }
    for byte in value {
        match byte {
            b'\\' => text.extend_from_slice(b"\\\\"),
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\r' => text.extend_from_slice(b"\\r"),
            b'\t' => text.extend_from_slice(b"\\t"),
            _ => text.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_would_misread_is_escaped() {
        let mut batch = RowBatch::new(3);
        for value in [Value::Integer(-5), Value::Text("a\\b\tc\n\\."), Value::Null] {
            batch.push(value);
        }
        assert_eq!(text(&batch), b"-5\ta\\\\b\\tc\\n\\\\.\t\\N\n");
    }
}
