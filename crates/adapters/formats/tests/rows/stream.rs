//! A stream of every kind of value, made by hand.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::record::{
    Block, Cells, Column, Envelope, Field, IndexError, LogicalType, ModelText, Presence, Schema,
    Stream, TextCells, Word,
};
use emulator_domain::{Seed, Timeline, Timestamp};
use uuid::Uuid;

/// Texts with everything that a format may stumble over.
pub(crate) const TEXTS: [&str; 8] = [
    "plain",
    "",
    "a \"quoted\" word",
    "comma, and\r\nlines",
    "back\\slash\ttab",
    "\u{0}\u{1f}\u{7f}",
    "ä€𝄞",
    "'single', {json: [1]}",
];
pub(crate) const FLOATS: [f64; 6] = [0.1, -0.0, 1e300, 5e-324, 12345.0, -2.5];
pub(crate) const LONGS: [i64; 6] = [0, -7, i64::MIN, i64::MAX, 100_000_000, 4_294_967_296];

#[derive(Debug)]
pub(crate) struct Mixed {
    model: ModelText,
    schema: Schema,
    envelope: Envelope,
    ids: Vec<String>,
    /// Whether a text may need an escape.
    wild: bool,
}

fn column(cells: Cells) -> Column {
    Column::new(cells)
}

fn texts<'t>(texts: impl Iterator<Item = &'t str>) -> Column {
    let mut cells = TextCells::default();
    texts.for_each(|text| cells.push(text));
    column(Cells::Text(cells))
}

fn pick<T: Copy>(all: &[T], index: u64) -> T {
    all[index as usize % all.len()]
}

impl Mixed {
    pub(crate) fn new(envelope: Envelope, ids: &[&str], key: &str, wild: bool) -> Self {
        let field = |name: &'static str, logical_type| Field::new(name, logical_type, "");
        let nullable = |field| Field {
            nullable: true,
            ..field
        };
        let symbols = words(wild).iter().map(|word| Box::from(&**word)).collect();
        let inner = vec![
            field("zip", LogicalType::Text),
            field("number", LogicalType::Long),
        ];
        let element = field("element", LogicalType::Struct(inner.clone().into()));
        let decimal = |scale| LogicalType::Decimal {
            precision: 18,
            scale,
        };
        let fields = vec![
            field("id", LogicalType::Uuid),
            field("number", LogicalType::Long),
            field("text", LogicalType::Text),
            field("word", LogicalType::Enum(symbols)),
            field("flag", LogicalType::Boolean),
            field("float", LogicalType::Float),
            field("price", decimal(2)),
            field("exact", decimal(7)),
            field("whole", decimal(0)),
            field("day", LogicalType::Date),
            field("time", LogicalType::Time),
            field("at", LogicalType::Timestamp),
            nullable(field("ship_to", LogicalType::Struct(inner.into()))),
            field("list", LogicalType::Array(Arc::new(element))),
            field(
                "map",
                LogicalType::Map(Arc::new(field("value", LogicalType::Float))),
            ),
            nullable(field(
                "a name of more than thirty-two bytes",
                LogicalType::Long,
            )),
        ];
        Self {
            model: ModelText {
                name: "test".to_owned(),
                json: "{}".into(),
                digest: "0".to_owned(),
            },
            schema: Schema::new(fields, Some(key), None).unwrap(),
            envelope,
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            wild,
        }
    }

    pub(crate) fn text(&self, index: u64) -> &'static str {
        if self.wild {
            pick(&TEXTS, index)
        } else {
            "harmless"
        }
    }

    /// The keys of maps, in the order in which they are sorted.
    pub(crate) fn map_key(&self, entry: u64) -> &'static str {
        [self.text(2), "second"][entry as usize]
    }

    pub(crate) fn id(index: u64) -> Uuid {
        Uuid::from_u128(u128::from(index) << 64 | 0xabcdef)
    }
}

fn words(wild: bool) -> Arc<[Word]> {
    let words = if wild { &TEXTS[..] } else { &["tame"] };
    words.iter().map(|word| Word::from(*word)).collect()
}

fn address(indices: &[u64], texts_of: impl Fn(u64) -> &'static str) -> Vec<Column> {
    vec![
        texts(indices.iter().map(|index| texts_of(*index))),
        column(Cells::Long(
            indices.iter().map(|index| pick(&LONGS, *index)).collect(),
        )),
    ]
}

impl Stream for Mixed {
    fn name(&self) -> &str {
        "mixed"
    }

    fn model(&self) -> &ModelText {
        &self.model
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn key(&self) -> Option<&Field> {
        self.schema.key().map(|key| &self.schema.fields()[key])
    }

    fn envelope(&self) -> Envelope {
        self.envelope
    }

    fn population(&self, _: Seed) -> u64 {
        10_000
    }

    fn fill(
        &self,
        _: Seed,
        timeline: &Timeline,
        range: Range<u64>,
        block: &mut Block,
    ) -> Result<(), IndexError> {
        if range.end > 10_000 {
            return Err(IndexError {
                index: range.end - 1,
                capacity: 10_000,
            });
        }
        let all: Vec<u64> = range.collect();
        let of = |make: fn(u64) -> i64| all.iter().map(|index| make(*index)).collect::<Vec<_>>();
        block.times = all.iter().map(|i| timeline.at(*i).unwrap()).collect();
        let elements: Vec<u64> = all.iter().flat_map(|i| 0..i % 3).collect();
        let ends = |most: u64| {
            let lens = all.iter().map(|i| (i % most) as usize);
            let ends = lens.scan(0, |end, len| {
                *end += len;
                Some(*end)
            });
            ends.collect::<Vec<_>>()
        };
        let mut optional = column(Cells::Long(of(|i| i as i64)));
        for (row, index) in all.iter().enumerate() {
            match index % 4 {
                1 => optional.remove(row, Presence::Null),
                2 => optional.remove(row, Presence::Missing),
                _ => {}
            }
        }
        let mut ship_to = column(Cells::Struct(address(&all, |i| self.text(i))));
        for row in (0..all.len()).filter(|row| all[*row] % 5 == 1) {
            ship_to.remove(row, Presence::Null);
        }
        block.columns = vec![
            column(Cells::Uuid(all.iter().map(|i| Self::id(*i)).collect())),
            column(Cells::Long(of(|i| pick(&LONGS, i)))),
            texts(all.iter().map(|i| self.text(*i))),
            column(Cells::Word {
                positions: all
                    .iter()
                    .map(|i| (*i % words(self.wild).len() as u64) as u32)
                    .collect(),
                words: words(self.wild),
            }),
            column(Cells::Boolean(
                all.iter().map(|i| i.is_multiple_of(2)).collect(),
            )),
            column(Cells::Float(
                all.iter().map(|i| pick(&FLOATS, *i)).collect(),
            )),
            column(Cells::Decimal {
                unscaled: of(|i| [-5, 100, 1_234_567][i as usize % 3]),
                scale: 2,
            }),
            column(Cells::Decimal {
                unscaled: of(|i| [-5, 0, i64::MAX][i as usize % 3]),
                scale: 7,
            }),
            column(Cells::Decimal {
                unscaled: of(|i| i as i64),
                scale: 0,
            }),
            column(Cells::Date(
                all.iter().map(|i| *i as i32 * 100 - 9000).collect(),
            )),
            column(Cells::Time(of(|i| {
                (i as i64 * 86_399_999) % 86_400_000_000
            }))),
            column(Cells::Timestamp(
                all.iter()
                    .map(|i| Timestamp::EARLIEST.moved(*i as i64 * 500))
                    .collect(),
            )),
            ship_to,
            column(Cells::Array {
                ends: ends(3),
                elements: Box::new(column(Cells::Struct(address(&elements, |i| {
                    self.text(i + 2)
                })))),
            }),
            column(Cells::Map {
                ends: ends(3),
                keys: Box::new(texts(elements.iter().map(|i| self.map_key(*i)))),
                values: Box::new(column(Cells::Float(
                    elements.iter().map(|i| *i as f64 + 1.5).collect(),
                ))),
            }),
            optional,
        ];
        Ok(())
    }

    fn id_fields(&self) -> &[String] {
        &self.ids
    }

    /// The UUID says it all; the other id fields are there to be found.
    fn index_of(&self, _: Seed, id: &[&str]) -> Option<u64> {
        let id: Uuid = id[0].parse().ok()?;
        Some((id.as_u128() >> 64) as u64)
    }
}
