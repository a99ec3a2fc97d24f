//! Names of fields and streams where a schema language is particular about them.

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
