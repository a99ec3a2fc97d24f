//! Translates serde's errors into those of the API: which field, what was found, what is allowed.

use std::borrow::Cow;

/// The text, cut after 80 characters: enough to recognise it, and the error stays short.
pub fn excerpt(text: &str) -> String {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

/// What serde calls by a name of Rust, in plain words.
fn plain(expected: &str) -> Cow<'_, str> {
    let whole = |least: i128, most: u64| Cow::from(format!("a whole number, {least} to {most}"));
    match expected {
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "usize" => whole(0, u64::MAX),
        "i32" => whole(i32::MIN.into(), i32::MAX as u64),
        "i64" => whole(i64::MIN.into(), i64::MAX as u64),
        "f32" | "f64" => "a number".into(),
        "a sequence" => "a list".into(),
        "a map" => "a JSON object".into(),
        expected if expected.starts_with("struct ") => "a JSON object".into(),
        expected => expected.into(),
    }
}

/// Translates serde's message about the value at `path`.
pub(crate) fn explain(path: &str, said: &str) -> String {
    // The last occurrence: the value may contain anything, the expectation is our own text.
    let (before, expected) = said.rsplit_once(", expected ").unwrap_or((said, ""));
    if let Some(name) = ticked(before, "unknown field `") {
        let expected = expected.replace('`', "");
        return format!("{}: unknown field; expected {expected}", excerpt(name));
    }
    if let Some(name) = ticked(said, "missing field `") {
        return format!("{name}: got nothing, but it is required");
    }
    if let Some(name) = ticked(said, "duplicate field `") {
        return format!("{name}: given more than once");
    }
    let came = before
        .strip_prefix("invalid type: ")
        .or_else(|| before.strip_prefix("invalid value: "));
    match came {
        Some(came) => {
            let (came, expected) = (excerpt(came), plain(expected));
            format!("{path}: got {came}; expected {expected}")
        }
        None => format!("{path}: {}", excerpt(said)),
    }
}

/// The name in the following backticks.
fn ticked<'a>(said: &'a str, prefix: &str) -> Option<&'a str> {
    said.strip_prefix(prefix)?.strip_suffix('`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_field_what_came_and_what_is_allowed() {
        let long = format!(
            "invalid type: string \"{}\", expected a word",
            "x".repeat(500)
        );
        for (path, said, says) in [
            (
                "a",
                "invalid type: string \"5, expected 6\", expected a number",
                "a: got string \"5, expected 6\"; expected a number",
            ),
            (
                "a.b[2]",
                "invalid value: integer `-1`, expected u8",
                "a.b[2]: got integer `-1`; expected a whole number, 0 to 255",
            ),
            (
                "a",
                "invalid type: integer `5`, expected struct Parts",
                "a: got integer `5`; expected a JSON object",
            ),
            (
                "?",
                "unknown field `x`, expected one of `a`, `b`, `c`",
                "x: unknown field; expected one of a, b, c",
            ),
            (
                "?",
                "unknown field `x`, expected `a` or `b`",
                "x: unknown field; expected a or b",
            ),
            (
                "?",
                "unknown field `, expected `, expected `a` or `b`",
                ", expected : unknown field; expected a or b",
            ),
            (
                ".",
                "missing field `a`",
                "a: got nothing, but it is required",
            ),
            (".", "duplicate field `a`", "a: given more than once"),
            ("a", "out of patience", "a: out of patience"),
        ] {
            assert_eq!(explain(path, said), says);
        }
        assert!(explain("a", &long).len() < 150);
    }

    #[test]
    fn an_excerpt_cuts_between_characters() {
        assert_eq!(excerpt("äöü"), "äöü");
        assert_eq!(excerpt(&"ä".repeat(81)), format!("{}...", "ä".repeat(80)));
    }
}
