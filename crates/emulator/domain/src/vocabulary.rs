//! The vocabulary of the records.
//!
//! These are our own tables, not those of a library for fake data: one generator version must give
//! the same bytes in every dependency tree, so no release of another crate may change them.

pub(crate) mod devices;
pub(crate) mod merchants;
pub(crate) mod names;
pub(crate) mod places;

use crate::text::Text;

/// Splits at single spaces, at compile time; the number of words must be `COUNT`.
const fn words<const N: usize, const COUNT: usize>(all: &str) -> [Text<N>; COUNT] {
    let mut texts = [Text::EMPTY; COUNT];
    let mut rest = all;
    let mut word = 0;
    while !rest.is_empty() {
        let bytes = rest.as_bytes();
        let mut end = 0;
        while end < bytes.len() && bytes[end] != b' ' {
            end += 1;
        }
        let (first, tail) = rest.split_at(end);
        texts[word] = Text::new(first);
        word += 1;
        rest = if tail.is_empty() {
            tail
        } else {
            tail.split_at(1).1
        };
    }
    assert!(word == COUNT, "another number of words than the table says");
    texts
}
