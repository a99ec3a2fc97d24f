//! The shapes of values.

use std::fmt;

use crate::units::plain;

/// The shape of a setting's value. `Display` says what is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Any text, with a description.
    Text(&'static str),
    /// One of these words (case-insensitive).
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Whole {
        /// Smallest.
        from: i64,
        /// Largest.
        to: i64,
        /// What is counted, or "".
        unit: &'static str,
    },
    /// A number.
    Decimal {
        /// Smallest.
        from: f64,
        /// Largest.
        to: f64,
        /// What is measured.
        unit: &'static str,
    },
}

impl Shape {
    /// A whole number of this range.
    pub const fn whole(from: i64, to: i64, unit: &'static str) -> Self {
        Self::Whole { from, to, unit }
    }

    /// The value in stored form, if `text` has the shape.
    pub(super) fn accept(&self, text: &str) -> Option<String> {
        let kept = |fits: bool| fits.then(|| text.to_owned());
        match *self {
            Self::Text(_) => kept(true),
            Self::OneOf(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text))?;
                Some((*word).to_owned())
            }
            Self::Switch => Self::OneOf(&["true", "false"]).accept(text),
            Self::Whole { from, to, unit } => {
                let text = plain(text, unit);
                (from..=to).contains(&text.parse().ok()?).then_some(text)
            }
            Self::Decimal { from, to, unit } => {
                let text = plain(text, unit);
                (from..=to).contains(&text.parse().ok()?).then_some(text)
            }
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |unit: &str| {
            if unit.is_empty() {
                String::new()
            } else {
                format!(" {unit}")
            }
        };
        match self {
            Self::Text(what) => f.write_str(what),
            Self::OneOf([others @ .., last]) if !others.is_empty() => {
                write!(f, "{} or {last}", others.join(", "))
            }
            Self::OneOf(words) => f.write_str(&words.concat()),
            Self::Switch => f.write_str("true or false"),
            Self::Whole { from, to, unit } => {
                write!(f, "a whole number, {from} to {to}{}", of(unit))
            }
            Self::Decimal { from, to, unit } => write!(f, "a number, {from} to {to}{}", of(unit)),
        }
    }
}
