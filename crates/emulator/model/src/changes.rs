//! Which change does what to which row of a table, as a pure function of its number.
//!
//! Changes come in rounds. Round 0 creates every entity in the order of its index. In each later
//! round every entity has one event, in an order drawn for the round. An entity therefore is at
//! version *r* after round *r*. Its state follows from its own versions alone: for each field, from
//! the last version that redrew it.

use crate::permutation::Permutation;
use crate::random::{Key, Name};

/// The changes of a stream of entities.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The position of that stream.
    pub(crate) of: usize,
    /// The fields that an update may change, with their probabilities.
    pub(crate) updates: Vec<(usize, f64)>,
    /// The probability that a version is a deletion.
    pub(crate) delete: f64,
    /// The key field of the stream.
    pub(crate) key: Option<usize>,
    pub(crate) name: Name,
    entities: Permutation,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create,
    Update,
    Delete,
}

/// An entity after one of its changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    pub(crate) entity: u64,
    /// How many changes of the entity came before.
    pub(crate) number: u64,
}

/// Purposes that divide the stream's key.
const ROUND: u64 = 1;
const DELETE: u64 = 2;
const UPDATE: u64 = 3;
const FORCED: u64 = 4;

impl Changes {
    /// The changes of `count` entities, with no field to update yet.
    pub(crate) fn new(of: usize, count: u64, name: Name) -> Self {
        Self {
            of,
            updates: Vec::new(),
            delete: 0.0,
            key: None,
            name,
            entities: Permutation::new(count),
        }
    }

    /// How many entities there are.
    pub(crate) const fn entities(&self) -> u64 {
        self.entities.size()
    }

    /// The entity of a change, and the version of it that the change creates.
    pub(crate) fn version(&self, key: Key, index: u64) -> Version {
        let (round, place) = (index / self.entities.size(), index % self.entities.size());
        let entity = match round {
            0 => place,
            _ => self.entities.forward(key.part(ROUND).part(round), place),
        };
        Version {
            entity,
            number: round,
        }
    }

    /// The version of an entity after the first `changes` changes, if it exists by then.
    pub(crate) fn version_after(&self, key: Key, changes: u64, entity: u64) -> Option<Version> {
        let (rounds, place) = (
            changes / self.entities.size(),
            changes % self.entities.size(),
        );
        let at = match rounds {
            0 => entity,
            _ => (self.entities)
                .backward(key.part(ROUND).part(rounds), entity)
                .expect("an entity has a place in each round"),
        };
        let number = (rounds + u64::from(at < place)).checked_sub(1)?;
        Some(Version { entity, number })
    }

    /// The operation of a version.
    pub(crate) fn operation(&self, key: Key, version: Version) -> Operation {
        if version.number == 0 {
            return Operation::Create;
        }
        // In a run of consecutively drawn deletions, every second one finds nothing to delete and
        // creates instead.
        let drawn = |number: u64| number > 0 && self.draws_deletion(key, version.entity, number);
        let run = (0..=version.number)
            .rev()
            .take_while(|number| drawn(*number))
            .count();
        if run % 2 == 1 {
            return Operation::Delete;
        }
        if run > 0 {
            return Operation::Create;
        }
        let before = (0..version.number)
            .rev()
            .take_while(|number| drawn(*number))
            .count();
        if before % 2 == 1 {
            Operation::Create
        } else {
            Operation::Update
        }
    }

    fn draws_deletion(&self, key: Key, entity: u64, number: u64) -> bool {
        self.delete > 0.0
            && key
                .part(DELETE)
                .part(number)
                .at(entity)
                .happens(self.delete)
    }

    /// The position in `updates` of a field that an update always redraws, so that every update
    /// changes something.
    fn forced(&self, key: Key, version: Version) -> Option<usize> {
        let Version { entity, number } = version;
        let any = self
            .updates
            .iter()
            .enumerate()
            .any(|(position, update)| draws_update(key, entity, number, position, update.1));
        if any {
            return None;
        }
        let sum: f64 = self.updates.iter().map(|update| update.1).sum();
        let mut left = key.part(FORCED).part(number).at(entity).unit() * sum;
        let positive = self.updates.iter().rposition(|update| update.1 > 0.0);
        let found = self.updates.iter().position(|update| {
            left -= update.1;
            update.1 > 0.0 && left < 0.0
        });
        found.or(positive)
    }

    /// For each of `updates`, the last version up to this one that redrew the field.
    pub(crate) fn drawn(&self, key: Key, version: Version) -> Vec<u64> {
        let mut drawn: Vec<Option<u64>> = vec![None; self.updates.len()];
        let mut number = version.number;
        loop {
            let at = Version { number, ..version };
            match self.operation(key, at) {
                Operation::Create => {
                    return drawn
                        .into_iter()
                        .map(|found| found.unwrap_or(number))
                        .collect();
                }
                Operation::Delete => {}
                Operation::Update => {
                    let forced = self.forced(key, at);
                    for (position, found) in drawn.iter_mut().enumerate() {
                        let share = self.updates[position].1;
                        if found.is_none()
                            && (forced == Some(position)
                                || draws_update(key, at.entity, number, position, share))
                        {
                            *found = Some(number);
                        }
                    }
                    if let Some(drawn) = drawn.iter().copied().collect() {
                        return drawn;
                    }
                }
            }
            number -= 1;
        }
    }
}

fn draws_update(key: Key, entity: u64, number: u64, position: usize, share: f64) -> bool {
    let key = key.part(UPDATE).part(number).part(position as u64);
    key.at(entity).happens(share)
}
