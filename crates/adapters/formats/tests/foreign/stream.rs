//! Streams of any schema, with values at the borders of their types.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::record::{
    Block, Cells, Column, Envelope, Field, IndexError, LogicalType, ModelText, Presence, Schema,
    Stream, TextCells, Word,
};
use emulator_domain::{Seed, Timeline, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

const TEXTS: [&str; 6] = [
    "",
    "plain",
    "\u{0}\u{7f}\"\\",
    "ä€𝄞\u{10ffff}",
    "a,b\r\n",
    " ",
];
const LONGS: [i64; 12] = [
    0,
    -1,
    1,
    63,
    -65,
    127,
    128,
    1 << 55,
    -(1 << 56),
    i64::MIN,
    i64::MAX,
    8191,
];
const FLOATS: [f64; 6] = [0.0, -0.0, f64::MIN_POSITIVE, 5e-324, f64::MAX, -f64::MAX];
/// The first and last days of the years 1 to 9999, and those around 1970 and a leap day.
const DAYS: [i32; 6] = [-719_162, 2_932_896, 0, -1, 1, 11_016];
const LATEST: i64 = 253_402_300_799_999_999;

/// All records of a run, made before.
#[derive(Debug)]
pub(crate) struct Fixed {
    model: ModelText,
    schema: Schema,
    envelope: Envelope,
    pub(crate) block: Block,
}

impl Fixed {
    /// `rows` records of these fields.
    pub(crate) fn new(fields: Vec<Field>, envelope: Envelope, rows: usize, random: u64) -> Self {
        let mut random = Random(random);
        let columns = fields.iter().map(|field| random.column(field, rows));
        let times = (0..rows as i64).map(|row| Timestamp::EARLIEST.moved(row * 999_999));
        let block = Block {
            columns: columns.collect(),
            times: times.collect(),
            ..Block::default()
        };
        Self {
            model: ModelText {
                name: "any".to_owned(),
                json: "{}".into(),
                digest: "0".to_owned(),
            },
            schema: Schema::new(fields, None, None).unwrap(),
            envelope,
            block,
        }
    }
}

impl Stream for Fixed {
    fn name(&self) -> &str {
        "thing"
    }

    fn model(&self) -> &ModelText {
        &self.model
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn key(&self) -> Option<&Field> {
        None
    }

    fn envelope(&self) -> Envelope {
        self.envelope
    }

    fn population(&self, _: Seed) -> u64 {
        self.block.len() as u64
    }

    fn fill(
        &self,
        _: Seed,
        _: &Timeline,
        range: Range<u64>,
        block: &mut Block,
    ) -> Result<(), IndexError> {
        assert_eq!(range, 0..self.block.len() as u64, "all at once");
        *block = self.block.clone();
        Ok(())
    }

    fn id_fields(&self) -> &[String] {
        &[]
    }

    fn index_of(&self, _: Seed, _: &[&str]) -> Option<u64> {
        None
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Most often one of `borders`.
    fn near<T: Copy>(&mut self, borders: &[T], any: impl FnOnce(u64) -> T) -> T {
        match self.below(4) {
            0 => any(self.next()),
            _ => borders[self.below(borders.len())],
        }
    }

    fn text(&mut self) -> String {
        match self.below(5) {
            0 => "é".repeat(self.below(200)),
            1 => "x".repeat(120 + self.below(20)),
            _ => TEXTS[self.below(TEXTS.len())].to_owned(),
        }
    }

    fn column(&mut self, field: &Field, rows: usize) -> Column {
        let mut column = Column::new(self.cells(&field.logical_type, rows));
        for row in 0..rows {
            match self.below(3) {
                0 if field.nullable => column.remove(row, Presence::Null),
                1 if field.nullable => column.remove(row, Presence::Missing),
                _ => {}
            }
        }
        column
    }

    fn cells(&mut self, logical_type: &LogicalType, rows: usize) -> Cells {
        let all = 0..rows;
        let micros = |word: u64| (word % LATEST as u64) as i64;
        match logical_type {
            LogicalType::Uuid => Cells::Uuid(
                all.map(|_| {
                    self.near(&[Uuid::nil(), Uuid::max()], |word| {
                        Uuid::from_u128(u128::from(word) << 60 | 7)
                    })
                })
                .collect(),
            ),
            LogicalType::Long => {
                Cells::Long(all.map(|_| self.near(&LONGS, u64::cast_signed)).collect())
            }
            LogicalType::Float => Cells::Float(
                all.map(|_| self.near(&FLOATS, |word| word as f64 / 3.0))
                    .collect(),
            ),
            LogicalType::Boolean => Cells::Boolean(all.map(|_| self.below(2) == 0).collect()),
            LogicalType::Decimal { precision, scale } => {
                let most = 10_i64.pow(u32::from(*precision)) - 1;
                let borders = [0, -1, most, -most, 127, 128, -128, -129, most / 2];
                let borders = borders.map(|unscaled| unscaled.clamp(-most, most));
                Cells::Decimal {
                    unscaled: all
                        .map(|_| self.near(&borders, |word| word.cast_signed() % most))
                        .collect(),
                    scale: *scale,
                }
            }
            LogicalType::Date => Cells::Date(
                all.map(|_| self.near(&DAYS, |word| (word % 2_932_896) as i32))
                    .collect(),
            ),
            LogicalType::Time => Cells::Time(
                all.map(|_| {
                    self.near(&[0, 1, 86_399_999_999], |word| {
                        (word % 86_400_000_000) as i64
                    })
                })
                .collect(),
            ),
            LogicalType::Timestamp => Cells::Timestamp(
                all.map(|_| Timestamp::from_micros(self.near(&[0, 1, LATEST], micros)).unwrap())
                    .collect(),
            ),
            LogicalType::Enum(words) => Cells::Word {
                positions: all.map(|_| self.below(words.len()) as u32).collect(),
                // Another list of the same words, as that of a case may be.
                words: words.iter().rev().map(|word| Word::from(&**word)).collect(),
            },
            LogicalType::Struct(fields) => Cells::Struct(
                fields
                    .iter()
                    .map(|field| self.column(field, rows))
                    .collect(),
            ),
            LogicalType::Array(element) => {
                let ends = self.ends(rows);
                let elements = self.column(element, ends.last().copied().unwrap_or(0));
                Cells::Array {
                    ends,
                    elements: Box::new(elements),
                }
            }
            LogicalType::Map(value) => {
                let ends = self.ends(rows);
                let total = ends.last().copied().unwrap_or(0);
                let mut keys = TextCells::default();
                (0..total).for_each(|number| keys.push(&format!("{number}{}", self.text())));
                Cells::Map {
                    ends,
                    keys: Box::new(Column::new(Cells::Text(keys))),
                    values: Box::new(self.column(value, total)),
                }
            }
            LogicalType::Text | LogicalType::Integer | LogicalType::Ipv4 | LogicalType::Flag => {
                let mut texts = TextCells::default();
                all.for_each(|_| texts.push(&self.text()));
                Cells::Text(texts)
            }
        }
    }

    fn ends(&mut self, rows: usize) -> Vec<usize> {
        let mut end = 0;
        let lens = (0..rows).map(|_| match self.below(6) {
            0 => 70,
            short => short - 1,
        });
        let lens: Vec<usize> = lens.collect();
        lens.into_iter()
            .map(|len| {
                end += len;
                end
            })
            .collect()
    }
}

/// Fields of all types that streams of models have, nested up to three deep.
pub(crate) fn fields() -> impl Strategy<Value = Vec<Field>> {
    let words =
        |words: &[&str]| LogicalType::Enum(words.iter().map(|word| (*word).into()).collect());
    let decimal = (1..=18_u8).prop_flat_map(|precision| {
        (0..=precision).prop_map(move |scale| LogicalType::Decimal { precision, scale })
    });
    let leaf = prop_oneof![
        Just(LogicalType::Uuid),
        Just(LogicalType::Long),
        Just(LogicalType::Float),
        Just(LogicalType::Boolean),
        decimal,
        Just(LogicalType::Date),
        Just(LogicalType::Time),
        Just(LogicalType::Timestamp),
        Just(LogicalType::Text),
        Just(words(&["low", "high"])),
        Just(words(&["two words", "über", ""])),
    ];
    let kind = leaf.prop_recursive(3, 24, 4, |inner| {
        let element = (inner.clone(), any::<bool>())
            .prop_map(|(kind, nullable)| Arc::new(field("element", kind, nullable)));
        prop_oneof![
            named(inner.boxed(), 1..4).prop_map(|fields| LogicalType::Struct(fields.into())),
            element.clone().prop_map(LogicalType::Array),
            element.prop_map(LogicalType::Map),
        ]
    });
    named(kind.boxed(), 1..6)
}

fn field(name: &str, logical_type: LogicalType, nullable: bool) -> Field {
    Field {
        name: name.to_owned().into(),
        logical_type,
        nullable,
        meaning: "what\nit is".into(),
    }
}

/// Fields with names that schema languages take for the same, or for those of types.
fn named(
    kind: BoxedStrategy<LogicalType>,
    count: Range<usize>,
) -> impl Strategy<Value = Vec<Field>> {
    const NAMES: [&str; 6] = ["a b", "a_b", "AB", "ABValues", "value", "größe"];
    proptest::collection::vec((kind, any::<bool>()), count).prop_map(|kinds| {
        let fields = kinds.into_iter().zip(NAMES);
        fields
            .map(|((kind, nullable), name)| field(name, kind, nullable))
            .collect()
    })
}
