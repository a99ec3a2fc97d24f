//! The history of a table: its changes as records, with the rows before and after each.

use emulator_domain::record::{Block, Cells, Column, Field, LogicalType, Presence, Schema};

use crate::changes::{Changes, Operation, Version};
use crate::program::{Records, Run};
use crate::random::Key;

const OPERATIONS: [&str; 3] = ["c", "u", "d"];

impl Changes {
    /// The states of entities after these versions, as columns of their stream.
    fn states(&self, run: Run<'_>, key: Key, versions: &[Version]) -> Vec<Column> {
        let fields = &run.program.streams[self.of].fields;
        let entities: Vec<u64> = versions.iter().map(|version| version.entity).collect();
        let drawn: Vec<Vec<u64>> = versions
            .iter()
            .map(|version| self.drawn(key, *version))
            .collect();
        // For each field of each entity, the version that last determined it and the point at which
        // it was drawn. A field that reads others is redetermined with them.
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

    /// Generates the changes with these numbers.
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

    /// Those of `entities` that exist after the first `changes` changes, with their states.
    pub(crate) fn table(
        &self,
        run: Run<'_>,
        changes: u64,
        entities: std::ops::Range<u64>,
    ) -> Vec<Column> {
        let key = Key::new(run.seed, self.name);
        let versions: Vec<Version> = entities
            .filter_map(|entity| {
                let version = self.version_after(key, changes, entity)?;
                (self.operation(key, version) != Operation::Delete).then_some(version)
            })
            .collect();
        self.states(run, key, &versions)
    }
}

/// The Debezium envelope around the records of a stream.
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
