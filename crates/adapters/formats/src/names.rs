//! Names of fields and streams where a schema language is particular about them.

use std::collections::HashSet;

/// Where the names of all records live.
pub(crate) const NAMESPACE: &str = "data_emulator";

/// Names of the fields of one record, each of which is taken once.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// The name, with a number after it if another field has it, or one that is the `same`.
    pub(crate) fn add(&mut self, name: String, same: fn(&str) -> String) -> String {
        let mut own = name.clone();
        let mut number = 2;
        while !self.0.insert(same(&own)) {
            own = format!("{name}_{number}");
            number += 1;
        }
        own
    }
}

/// As the languages are that see no difference between `ship_to` and `shipTo`.
pub(crate) fn folded(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// `user-profile` as the name of a type: `UserProfile`.
pub(crate) fn type_name(name: &str) -> String {
    let words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .filter_map(|word| {
            let mut letters = word.chars();
            let first = letters.next()?.to_ascii_uppercase();
            Some(std::iter::once(first).chain(letters).collect::<String>())
        })
        .collect()
}

/// Whether every schema language takes the name as it is.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

/// The name with an underscore for each letter that not every schema language takes.
pub(crate) fn identifier(name: &str) -> String {
    let letters = name.chars().map(|letter| match letter {
        letter if letter.is_ascii_alphanumeric() => letter,
        _ => '_',
    });
    let name: String = letters.collect();
    if is_identifier(&name) {
        name
    } else {
        format!("_{name}")
    }
}
