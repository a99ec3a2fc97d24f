//! The common pattern of texts: `SN-00AF` and `SN-7B21` are both `SN-` and four capitals or digits.

/// Runs of characters of one class, with their minimum and maximum lengths.
pub(super) struct Shape {
    /// `None` if the texts have no common pattern, or one that is too long.
    runs: Option<Vec<(Class, usize, usize)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Digit,
    Upper,
    Lower,
    Only(char),
}

const MOST_RUNS: usize = 24;
const LONGEST_RUN: usize = 64;

impl Shape {
    pub(super) fn of(text: &str) -> Self {
        let mut runs: Vec<(Class, usize, usize)> = Vec::new();
        for letter in text.chars() {
            let class = match letter {
                '0'..='9' => Class::Digit,
                'A'..='Z' => Class::Upper,
                'a'..='z' => Class::Lower,
                other => Class::Only(other),
            };
            match runs.last_mut() {
                Some((last, low, high)) if *last == class => {
                    *low += 1;
                    *high += 1;
                }
                _ => runs.push((class, 1, 1)),
            }
        }
        let fits = runs.len() <= MOST_RUNS && runs.iter().all(|(_, _, high)| *high <= LONGEST_RUN);
        Self {
            runs: (fits && !runs.is_empty()).then_some(runs),
        }
    }

    pub(super) fn merge(&mut self, text: &str) {
        let Some(runs) = &mut self.runs else { return };
        let other = Self::of(text).runs.unwrap_or_default();
        let alike = runs.len() == other.len() && runs.iter().zip(&other).all(|(a, b)| a.0 == b.0);
        if !alike {
            self.runs = None;
            return;
        }
        for (run, (_, low, high)) in runs.iter_mut().zip(other) {
            run.1 = run.1.min(low);
            run.2 = run.2.max(high);
        }
    }

    /// A regular expression for the pattern.
    pub(super) fn pattern(&self) -> Option<String> {
        let runs = self.runs.as_ref()?;
        let pieces = runs.iter().map(|(class, low, high)| {
            let piece = match class {
                Class::Digit => "[0-9]".to_owned(),
                Class::Upper => "[A-Z]".to_owned(),
                Class::Lower => "[a-z]".to_owned(),
                Class::Only(letter) if r"\.+*?()|[]{}^$".contains(*letter) => format!("\\{letter}"),
                Class::Only(letter) => letter.to_string(),
            };
            match (low, high) {
                (1, 1) => piece,
                (low, high) if low == high => format!("{piece}{{{low}}}"),
                (low, high) => format!("{piece}{{{low},{high}}}"),
            }
        });
        Some(pieces.collect())
    }
}
