//! Scalars of the three syntaxes.

use emulator_model::NodeValue;

/// A plain scalar under YAML's core schema. Digits may be grouped, as in `100_000`; dates stay
/// strings.
pub(crate) fn yaml(word: &str) -> Result<NodeValue, String> {
    Ok(match word {
        "" | "~" | "null" | "Null" | "NULL" => NodeValue::Null,
        "true" | "True" | "TRUE" => NodeValue::Boolean(true),
        "false" | "False" | "FALSE" => NodeValue::Boolean(false),
        _ => {
            let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
            let lower = unsigned.to_ascii_lowercase();
            match word.get(..2) {
                _ if matches!(&*lower, ".inf" | ".nan") => return Err(not_finite(word)),
                Some("0x") => whole(word, &word[2..], 16)?,
                Some("0o") => whole(word, &word[2..], 8)?,
                _ if is_number(unsigned) => number(word)?,
                _ => None,
            }
            .unwrap_or_else(|| NodeValue::Text(word.to_owned()))
        }
    })
}

/// Whether it consists of digits, possibly grouped, with an optional point and exponent.
fn is_number(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = |text: &str| text.split('_').all(digits);
    let fits = match fraction {
        None | Some("") => grouped(whole),
        Some(fraction) => digits(fraction) && (whole.is_empty() || grouped(whole)),
    };
    let exponent = exponent.map(|text| text.strip_prefix(['-', '+']).unwrap_or(text));
    fits && exponent.is_none_or(digits)
}

/// A decimal number, in the form that [`is_number`] allows.
pub(crate) fn number(word: &str) -> Result<Option<NodeValue>, String> {
    let digits = word.trim_start_matches(['-', '+']);
    if digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit() {
        return Err(format!(
            "got {word}, a number with zeros in front; write it in quotation marks if it is a \
             text, and without them if it is a number"
        ));
    }
    let plain: String = word.chars().filter(|letter| *letter != '_').collect();
    if plain.contains(['.', 'e', 'E']) {
        return match plain.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(NodeValue::Float(number))),
            _ => Err(not_finite(word)),
        };
    }
    whole(word, plain.trim_start_matches('+'), 10)
}

/// An integer; `None` if `digits` are not digits.
pub(crate) fn whole(word: &str, digits: &str, radix: u32) -> Result<Option<NodeValue>, String> {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.chars().all(|letter| letter.is_digit(radix)) {
        return Ok(None);
    }
    match i64::from_str_radix(digits, radix) {
        Ok(number) => Ok(Some(NodeValue::Integer(number))),
        Err(_) => Err(format!(
            "got {}; expected a whole number from {} to {}, or a text in quotation marks",
            shortened(word),
            i64::MIN,
            i64::MAX
        )),
    }
}

/// The error for infinite numbers and NaN.
pub(crate) fn not_finite(word: &str) -> String {
    format!("got {}; expected a finite number", shortened(word))
}

fn shortened(word: &str) -> String {
    match word.char_indices().nth(40) {
        None => word.to_owned(),
        Some((end, _)) => format!("{}...", &word[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_the_core_schema_says() {
        use NodeValue::{Boolean, Float, Integer, Null};
        for (word, value) in [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("True", Boolean(true)),
            ("false", Boolean(false)),
            ("0", Integer(0)),
            ("-12", Integer(-12)),
            ("+12", Integer(12)),
            ("100_000", Integer(100_000)),
            ("0x1F", Integer(31)),
            ("0o17", Integer(15)),
            ("-9223372036854775808", Integer(i64::MIN)),
            ("1.5", Float(1.5)),
            (".5", Float(0.5)),
            ("5.", Float(5.0)),
            ("1e3", Float(1000.0)),
            ("-1_000.25E-2", Float(-10.0025)),
        ] {
            assert_eq!(yaml(word), Ok(value), "{word}");
        }
        for text in [
            "NO",
            "yes",
            "off",
            "2020-01-01",
            "12:30",
            "1_",
            "_1",
            "1__0",
            "1.2.3",
            "0x",
            "0b1",
            "0o8",
            "-0x1",
            "1e",
            "e1",
            ".",
            "-",
            "+-1",
            "--1",
            "inf",
            "nan",
            "Infinity",
            "nULL",
        ] {
            assert_eq!(yaml(text), Ok(NodeValue::Text(text.to_owned())));
        }
    }

    #[test]
    fn what_is_no_finite_number_of_64_bits_is_refused() {
        for (word, said) in [
            (".inf", "got .inf; expected a finite number"),
            ("-.INF", "got -.INF; expected a finite number"),
            (".NaN", "got .NaN; expected a finite number"),
            ("1e999", "got 1e999; expected a finite number"),
            (
                "9223372036854775808",
                "got 9223372036854775808; expected a whole number from -9223372036854775808 to \
                 9223372036854775807, or a text in quotation marks",
            ),
            (
                "01234",
                "got 01234, a number with zeros in front; write it in quotation marks if it is a \
                 text, and without them if it is a number",
            ),
        ] {
            assert_eq!(yaml(word), Err(said.to_owned()));
        }
    }
}
