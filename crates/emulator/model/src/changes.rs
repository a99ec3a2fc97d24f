//! The history of a table, each change a pure function of its number.
//!
//! Changes come in rounds. Round 0 creates every entity in the order of its index; in each later
//! round every entity has one event, in an order drawn for the round. An entity therefore is at
//! version *r* after round *r*, and what its state is follows by looking back over its own versions
//! alone: for each field to the last one that drew it anew.

use emulator_domain::record::{Block, Cells, Column, Field, LogicalType, Presence, Schema};

use crate::permutation::Permutation;
use crate::program::{Program, Run};
use crate::random::{Key, Name};
use crate::records::Records;

/// The changes of a stream of entities.
#[derive(Debug)]
pub(crate) struct Changes {
    /// The position of that stream.
    pub(crate) of: usize,
    /// Fields that an update may change, with their probabilities.
    pub(crate) updates: Vec<(usize, f64)>,
    /// The probability that a version deletes.
    pub(crate) delete: f64,
    /// Its key field.
    pub(crate) key: Option<usize>,
    name: Name,
    entities: Permutation,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Create,
    Update,
    Delete,
}

const OPERATIONS: [&str; 3] = ["c", "u", "d"];

/// An entity after one of its changes.
#[derive(Clone, Copy, Debug)]
struct Version {
    entity: u64,
    /// How many changes of the entity came before.
    number: u64,
}

/// Parts of the stream's key.
const ROUND: u64 = 1;
const DELETE: u64 = 2;
const UPDATE: u64 = 3;
const FORCED: u64 = 4;

impl Changes {
    /// Changes of `count` entities, which change nothing yet.
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

    /// Which entity a change is of, and which of its versions it makes.
    fn version(&self, key: Key, index: u64) -> Version {
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

    /// What a version does.
    fn operation(&self, key: Key, version: Version) -> Operation {
        if version.number == 0 {
            return Operation::Create;
        }
        // Of deletions drawn one after the other, every second finds nothing to delete: it creates.
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

    /// The position in `updates` of a field that an update draws anew whatever the others do, so
    /// that no update changes nothing.
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

    /// For each of `updates`, the last version up to this one that drew the field.
    fn drawn(&self, key: Key, version: Version) -> Vec<u64> {
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

    /// The states of entities after these versions, as the columns of their stream.
    fn states(&self, run: Run<'_>, key: Key, versions: &[Version]) -> Vec<Column> {
        let fields = &run.program.streams[self.of].fields;
        let entities: Vec<u64> = versions.iter().map(|version| version.entity).collect();
        let drawn: Vec<Vec<u64>> = versions
            .iter()
            .map(|version| self.drawn(key, *version))
            .collect();
        // The version at which each field of each entity was last decided, and the point at which
        // it was drawn. A field that reads others is decided when they are.
        let mut decided: Vec<Vec<u64>> = Vec::with_capacity(fields.len());
        let mut points: Vec<Vec<u64>> = Vec::with_capacity(fields.len());
        for (position, field) in fields.iter().enumerate() {
            let update = self.updates.iter().position(|update| update.0 == position);
            let numbers: Vec<u64> = (0..versions.len())
                .map(|row| {
                    let own = update.map_or(0, |update| drawn[row][update]);
                    let read = field.reads.iter().map(|read| decided[*read][row]);
                    read.fold(own, u64::max)
                })
                .collect();
            points.push(match update {
                None => entities.clone(),
                Some(_) => (entities.iter().zip(&numbers))
                    .map(|(entity, number)| match number {
                        0 => *entity,
                        number => key.part(*number).at(*entity).word(),
                    })
                    .collect(),
            });
            decided.push(numbers);
        }
        let (_, columns) = Records::new(run, self.of, &entities)
            .drawn_at(&points)
            .all();
        columns
    }

    /// The changes of these numbers.
    pub(crate) fn fill(&self, run: Run<'_>, stream: usize, indices: &[u64], block: &mut Block) {
        let key = Key::new(run.seed, self.name);
        let versions: Vec<Version> = indices
            .iter()
            .map(|index| self.version(key, *index))
            .collect();
        let operations: Vec<Operation> = versions
            .iter()
            .map(|version| self.operation(key, *version))
            .collect();
        let earlier: Vec<Version> = versions
            .iter()
            .map(|version| Version {
                number: version.number.saturating_sub(1),
                ..*version
            })
            .collect();
        let mut before = Column::new(Cells::Struct(self.states(run, key, &earlier)));
        let mut after = Column::new(Cells::Struct(self.states(run, key, &versions)));
        for (row, operation) in operations.iter().enumerate() {
            match operation {
                Operation::Create => before.remove(row, Presence::Null),
                Operation::Delete => after.remove(row, Presence::Null),
                Operation::Update => {}
            }
        }
        let times = Records::new(run, stream, indices).times().to_vec();
        let millis: Vec<i64> = times.iter().map(|time| time.millis()).collect();
        let constant = |text: &str| Cells::Word {
            positions: vec![0; indices.len()],
            words: [text.into()].into(),
        };
        let source = [
            constant("1"),
            constant("data-emulator"),
            constant(&run.program.name),
            Cells::Long(millis.clone()),
            constant(&run.program.name),
            constant(&run.program.streams[self.of].name),
            Cells::Long(indices.iter().map(|index| *index as i64).collect()),
        ];
        block.key = self.key.map(|key_field| {
            let entities: Vec<u64> = versions.iter().map(|version| version.entity).collect();
            Records::new(run, self.of, &entities).only(key_field)
        });
        let deletes = operations
            .iter()
            .map(|operation| *operation == Operation::Delete);
        block.deletes = Some(deletes.collect());
        block.columns = vec![
            before,
            after,
            Column::new(Cells::Struct(source.map(Column::new).into())),
            Column::new(Cells::Word {
                positions: operations
                    .iter()
                    .map(|operation| *operation as u32)
                    .collect(),
                words: OPERATIONS.map(Into::into).into(),
            }),
            Column::new(Cells::Long(millis)),
        ];
        block.times = times;
    }

    /// Those of `entities` that the table has after the first `changes` changes, with their states.
    pub(crate) fn table(
        &self,
        run: Run<'_>,
        changes: u64,
        entities: std::ops::Range<u64>,
    ) -> Vec<Column> {
        let key = Key::new(run.seed, self.name);
        let (rounds, place) = (
            changes / self.entities.size(),
            changes % self.entities.size(),
        );
        let versions: Vec<Version> = entities
            .filter_map(|entity| {
                let at = match rounds {
                    0 => entity,
                    _ => (self.entities)
                        .backward(key.part(ROUND).part(rounds), entity)
                        .expect("an entity has a place in each round"),
                };
                let number = (rounds + u64::from(at < place)).checked_sub(1)?;
                let version = Version { entity, number };
                (self.operation(key, version) != Operation::Delete).then_some(version)
            })
            .collect();
        self.states(run, key, &versions)
    }
}

fn draws_update(key: Key, entity: u64, number: u64, position: usize, share: f64) -> bool {
    let key = key.part(UPDATE).part(number).part(position as u64);
    key.at(entity).happens(share)
}

/// Debezium's envelope around the records of a stream.
pub(crate) fn schema(of: &Schema) -> Schema {
    let nested = |name: &'static str, fields: &[Field], meaning: &'static str| Field {
        logical_type: LogicalType::Struct(fields.into()),
        ..Field::new(name, LogicalType::Long, meaning)
    };
    let nullable = |field: Field| Field {
        nullable: true,
        ..field
    };
    let source = [
        Field::new("version", LogicalType::Text, "version of this layout"),
        Field::new("connector", LogicalType::Text, "always data-emulator"),
        Field::new("name", LogicalType::Text, "the model"),
        Field::new(
            "ts_ms",
            LogicalType::Long,
            "event time in milliseconds since 1970",
        ),
        Field::new("db", LogicalType::Text, "the model"),
        Field::new("table", LogicalType::Text, "the stream that changes"),
        Field::new("lsn", LogicalType::Long, "number of the change, from 0"),
    ];
    let operations = LogicalType::Enum(OPERATIONS.map(Into::into).into());
    let fields = vec![
        nullable(nested(
            "before",
            of.fields(),
            "the row before; null if it is created",
        )),
        nullable(nested(
            "after",
            of.fields(),
            "the row after; null if it is deleted",
        )),
        nested("source", &source, "where the change comes from"),
        Field::new("op", operations, "c create, u update, d delete"),
        Field::new(
            "ts_ms",
            LogicalType::Long,
            "event time in milliseconds since 1970",
        ),
    ];
    Schema::new(fields, None, None).expect("the names differ")
}

impl Program {
    /// The changes of a stream, if it is one of changes.
    pub(crate) fn changes(&self, stream: usize) -> Option<&Changes> {
        match &self.streams[stream].kind {
            crate::program::StreamKind::Changes(changes) => Some(changes),
            _ => None,
        }
    }
}
