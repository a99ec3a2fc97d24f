//! Sets of keys.

use roaring::RoaringBitmap;

/// A compressed set of keys: about two bytes per key, less where keys are dense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeySet(RoaringBitmap);

impl KeySet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key; returns whether it was new.
    pub fn insert(&mut self, key: i32) -> bool {
        self.0.insert(place(key))
    }

    /// Whether the key was added.
    pub fn contains(&self, key: i32) -> bool {
        self.0.contains(place(key))
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Maps the key to an unsigned integer, one to one.
fn place(key: i32) -> u32 {
    key.cast_unsigned()
}

impl FromIterator<i32> for KeySet {
    fn from_iter<T: IntoIterator<Item = i32>>(keys: T) -> Self {
        Self(keys.into_iter().map(place).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_is_new_once(keys in proptest::collection::vec(any::<i32>(), 0..200)) {
            let mut seen = BTreeSet::new();
            let mut set = KeySet::new();
            for key in keys.iter().chain(&keys) {
                prop_assert_eq!(set.contains(*key), seen.contains(key));
                prop_assert_eq!(set.insert(*key), seen.insert(*key));
            }
            prop_assert_eq!(set.len(), seen.len() as u64);
        }
    }
}
