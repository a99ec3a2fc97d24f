//! Names of fields and streams that fit the rules of each schema language.

use std::collections::HashSet;

/// The namespace of all record names.
pub(crate) const NAMESPACE: &str = "data_emulator";

/// Names of the fields of one record; each can be taken only once.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// Takes the name; appends a number if it, or its form under `same`, is taken.
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

/// For languages that do not distinguish `ship_to` from `shipTo`.
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

/// Whether every schema language accepts the name as it is.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

/// The name with an underscore for each character that some schema language rejects.
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
