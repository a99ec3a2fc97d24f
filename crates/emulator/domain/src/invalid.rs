//! Invalid values, reported so that the user can correct them.

use std::borrow::Cow;
use std::fmt::{self, Display};

/// A value that is not allowed, for whichever field it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct InvalidValue {
    got: String,
    expected: String,
    nearest: Option<Cow<'static, str>>,
}

impl InvalidValue {
    /// A text where `expected` is allowed. A long text is cut.
    pub fn text(got: &str, expected: impl Into<String>) -> Self {
        let shown = cut(got);
        Self::shown(format!("'{}'", shown.escape_debug()), expected)
    }

    /// A value that needs no quotes, such as a number.
    pub fn shown(got: impl Display, expected: impl Into<String>) -> Self {
        Self {
            got: got.to_string(),
            expected: expected.into(),
            nearest: None,
        }
    }

    /// The same for a value that may be long, such as a piece of JSON.
    pub fn json(got: impl Display, expected: impl Into<String>) -> Self {
        let got = got.to_string();
        Self::shown(cut(&got), expected)
    }

    /// The value in `all` whose name is `text` (case-insensitive).
    ///
    /// # Errors
    /// If there is none, with all names and the one that was probably meant.
    pub fn one_of<T: Copy>(
        text: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, Self> {
        let mut found = all.iter().copied();
        found
            .find(|value| name(*value).eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
                Self::text(text, listed(&names)).meaning(nearest(text, &names, 2))
            })
    }

    /// Adds the word that was probably meant.
    #[must_use]
    pub fn meaning(mut self, nearest: Option<impl Into<Cow<'static, str>>>) -> Self {
        self.nearest = nearest.map(Into::into);
        self
    }

    /// Adds the path of the value that was given.
    #[must_use]
    pub fn of(mut self, path: &str) -> Self {
        self.got.insert_str(0, path);
        self
    }

    /// The value that was given, as shown to the user.
    pub fn got(&self) -> &str {
        &self.got
    }

    /// What is allowed.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What to do about it: `expected json or csv`.
    pub fn advice(&self) -> String {
        let expected = format!("expected {}", self.expected);
        match &self.nearest {
            Some(nearest) => format!("{expected}; did you mean '{nearest}'?"),
            None => expected,
        }
    }
}

/// Completes the name of what is invalid: `invalid format` + ` 'parquet'; expected json or csv`.
impl Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.got, self.advice())
    }
}

/// Enough of the value to recognise it.
fn cut(got: &str) -> String {
    const SHOWN: usize = 80;
    match got.char_indices().nth(SHOWN) {
        None => got.to_owned(),
        Some((end, _)) => format!("{}...", &got[..end]),
    }
}

/// `a, b or c`.
pub fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// The name that `text` was probably meant to be: at most `slips` wrong, missing, extra or swapped
/// letters away from it.
pub fn nearest<'n>(text: &str, names: &[&'n str], slips: usize) -> Option<&'n str> {
    // Nobody mistypes a whole page, and comparing one takes long.
    if text.len() > 64 {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&text, name);
    names
        .iter()
        .map(|name| (distance(name), *name))
        .filter(|(distance, _)| *distance <= slips)
        .min()
        .map(|(_, name)| name)
}

/// Implements conversion to and from text for enums with `ALL` and `name`; parsing ignores case.
macro_rules! text_by_name {
    ($($type:ty),*) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        /// Case-insensitive.
        impl std::str::FromStr for $type {
            type Err = $crate::InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::InvalidValue::one_of(text, &Self::ALL, Self::name)
            }
        }
    )*};
}

pub(crate) use text_by_name;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_any_case_and_a_slip_is_told_the_nearest() {
        let all = ["json", "ndjson", "csv"];
        let found = |text| InvalidValue::one_of(text, &all, |name| name);
        assert_eq!(found("NDJson"), Ok("ndjson"));
        for (text, told) in [
            ("parquet", "'parquet'; expected json, ndjson or csv"),
            (
                "jsno",
                "'jsno'; expected json, ndjson or csv; did you mean 'json'?",
            ),
            ("", "''; expected json, ndjson or csv"),
            ("a\n'", r"'a\n\''; expected json, ndjson or csv"),
        ] {
            assert_eq!(found(text).unwrap_err().to_string(), told);
        }
        let longest = "a".repeat(64);
        assert_eq!(nearest(&"A".repeat(63), &[&longest], 1), Some(&*longest));
        assert_eq!(nearest(&"A".repeat(64), &[&longest], 0), Some(&*longest));
        assert_eq!(nearest(&"A".repeat(65), &[&longest], 1), None);
        let long = found(&"ä".repeat(500)).unwrap_err().to_string();
        assert_eq!(long.chars().filter(|letter| *letter == 'ä').count(), 80);
    }
}
