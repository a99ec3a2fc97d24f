//! Values of one physical column, and what they mean.

use emulator_domain::record::FoundColumn;
use parquet::basic::{ConvertedType, LogicalType as Annotation, TimeUnit};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescPtr;

use super::depth::Depth;

/// Some rows of one leaf column.
pub(super) struct Leaf {
    values: Values,
    meaning: Meaning,
    /// Definition levels; empty if every value is defined.
    defined: Vec<i16>,
    /// Repetition levels; empty if nothing is repeated.
    repeated: Vec<i16>,
    most_defined: i16,
    len: usize,
}

enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

/// The logical type of integers and byte arrays.
#[derive(Clone, Copy)]
enum Meaning {
    Plain,
    Unsigned,
    Date,
    Decimal(u32),
    Timestamp(TimeUnit),
    Time(TimeUnit),
}

impl Leaf {
    /// Reads up to `rows` rows.
    pub(super) fn read(
        column: &ColumnDescPtr,
        reader: &mut ColumnReader,
        rows: usize,
    ) -> Result<Self> {
        let (mut defined, mut repeated) = (Vec::new(), Vec::new());
        macro_rules! read {
            ($reader:ident, $kind:ident) => {{
                let mut values = Vec::new();
                let read = $reader.read_records(
                    rows,
                    Some(&mut defined),
                    Some(&mut repeated),
                    &mut values,
                )?;
                (Values::$kind(values), read)
            }};
        }
        let (values, (records, _, levels)) = match reader {
            ColumnReader::BoolColumnReader(reader) => read!(reader, Boolean),
            ColumnReader::Int32ColumnReader(reader) => read!(reader, Int32),
            ColumnReader::Int64ColumnReader(reader) => read!(reader, Int64),
            ColumnReader::Int96ColumnReader(reader) => read!(reader, Int96),
            ColumnReader::FloatColumnReader(reader) => read!(reader, Float),
            ColumnReader::DoubleColumnReader(reader) => read!(reader, Double),
            ColumnReader::ByteArrayColumnReader(reader) => read!(reader, Bytes),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => read!(reader, Fixed),
        };
        if records != rows {
            let why = format!("column {} has too few rows", column.path());
            return Err(parquet::errors::ParquetError::EOF(why));
        }
        Ok(Self {
            values,
            meaning: meaning(column),
            defined,
            repeated,
            most_defined: column.max_def_level(),
            len: levels,
        })
    }

    pub(super) fn defined(&self, slot: usize) -> i16 {
        match self.defined.get(slot) {
            Some(defined) => *defined,
            None => self.most_defined,
        }
    }

    fn repeated(&self, slot: usize) -> i16 {
        self.repeated.get(slot).copied().unwrap_or(0)
    }

    /// Where each value begins, one per element of the lists around it.
    pub(super) fn slots(&self, around: Depth) -> impl Iterator<Item = usize> {
        (0..self.len).filter(move |slot| {
            self.repeated(*slot) <= around.lists && self.defined(*slot) >= around.defined
        })
    }

    /// The ends of the lists that begin at `slots`.
    pub(super) fn ends(&self, slots: &[usize], elements: Depth) -> Vec<usize> {
        let mut next = slots.iter().skip(1);
        let mut end = 0;
        let ends = slots.iter().map(|start| {
            let stop = next.next().copied().unwrap_or(self.len);
            let elements = (*start..stop).filter(|slot| {
                self.repeated(*slot) <= elements.lists && self.defined(*slot) >= elements.defined
            });
            end += elements.count();
            end
        });
        ends.collect()
    }

    /// Appends the values to `found`.
    pub(super) fn find(&self, depth: Depth, around: Depth, found: &mut FoundColumn) {
        macro_rules! each {
            ($values:expr, $push:expr) => {{
                let mut values = $values.iter();
                if self.defined.is_empty() && self.repeated.is_empty() {
                    values.for_each(|value| $push(found, value));
                } else {
                    for slot in self.slots(around) {
                        match self.defined(slot) == depth.defined {
                            true => $push(found, values.next().expect("as many as are defined")),
                            false => found.push_null(),
                        }
                    }
                }
            }};
        }
        let meaning = self.meaning;
        match &self.values {
            Values::Boolean(values) => each!(values, |found: &mut FoundColumn, value: &bool| {
                found.push_boolean(*value);
            }),
            Values::Int32(values) => each!(values, |found: &mut FoundColumn, value: &i32| {
                match meaning {
                    Meaning::Unsigned => found.push_long(value.cast_unsigned().into()),
                    _ => whole(found, meaning, (*value).into()),
                }
            }),
            Values::Int64(values) => each!(values, |found: &mut FoundColumn, value: &i64| {
                whole(found, meaning, *value);
            }),
            Values::Int96(values) => each!(values, |found: &mut FoundColumn, value: &Int96| {
                whole(found, Meaning::Timestamp(TimeUnit::NANOS), value.to_nanos());
            }),
            Values::Float(values) => each!(values, |found: &mut FoundColumn, value: &f32| {
                found.push_float((*value).into());
            }),
            Values::Double(values) => each!(values, |found: &mut FoundColumn, value: &f64| {
                found.push_float(*value);
            }),
            Values::Bytes(values) => each!(values, |found: &mut FoundColumn, value: &ByteArray| {
                bytes(found, meaning, value.data());
            }),
            Values::Fixed(values) => {
                each!(
                    values,
                    |found: &mut FoundColumn, value: &FixedLenByteArray| {
                        bytes(found, meaning, value.data());
                    }
                );
            }
        }
    }
}

fn whole(found: &mut FoundColumn, meaning: Meaning, value: i64) {
    let micros = |unit| match unit {
        TimeUnit::MILLIS => value.checked_mul(1000),
        TimeUnit::MICROS => Some(value),
        // A value that would lose precision is not one of ours.
        TimeUnit::NANOS => Some(value / 1000).filter(|_| value % 1000 == 0),
    };
    let pushed = match meaning {
        Meaning::Unsigned if value < 0 => None,
        Meaning::Plain | Meaning::Unsigned => {
            found.push_long(value);
            Some(())
        }
        Meaning::Date => i32::try_from(value).ok().map(|days| found.push_date(days)),
        Meaning::Decimal(scale) => {
            found.push_decimal(value.into(), scale);
            Some(())
        }
        Meaning::Timestamp(unit) => micros(unit).map(|micros| found.push_timestamp(micros)),
        Meaning::Time(unit) => micros(unit).map(|micros| found.push_long(micros)),
    };
    if pushed.is_none() {
        found.push_misfit();
    }
}

fn bytes(found: &mut FoundColumn, meaning: Meaning, value: &[u8]) {
    let Meaning::Decimal(scale) = meaning else {
        return found.push_bytes(value);
    };
    // Two's complement, most significant byte first.
    let sign = value.first().is_some_and(|first| *first >= 0x80);
    let mut wide = [if sign { 0xff } else { 0 }; 16];
    match wide.len().checked_sub(value.len()) {
        Some(start) => {
            wide[start..].copy_from_slice(value);
            found.push_decimal(i128::from_be_bytes(wide), scale);
        }
        None => found.push_misfit(),
    }
}

fn meaning(column: &ColumnDescPtr) -> Meaning {
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(Annotation::Timestamp { unit, .. }), _) => Meaning::Timestamp(*unit),
        (Some(Annotation::Time { unit, .. }), _) => Meaning::Time(*unit),
        (
            Some(Annotation::Integer {
                is_signed: false, ..
            }),
            _,
        ) => Meaning::Unsigned,
        (Some(Annotation::Date), _) | (_, ConvertedType::DATE) => Meaning::Date,
        (Some(Annotation::Decimal { scale, .. }), _) => Meaning::Decimal((*scale).cast_unsigned()),
        (_, ConvertedType::DECIMAL) => Meaning::Decimal(column.type_scale().cast_unsigned()),
        (_, ConvertedType::TIMESTAMP_MILLIS) => Meaning::Timestamp(TimeUnit::MILLIS),
        (_, ConvertedType::TIMESTAMP_MICROS) => Meaning::Timestamp(TimeUnit::MICROS),
        (_, ConvertedType::TIME_MILLIS) => Meaning::Time(TimeUnit::MILLIS),
        (_, ConvertedType::TIME_MICROS) => Meaning::Time(TimeUnit::MICROS),
        (
            _,
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64,
        ) => Meaning::Unsigned,
        _ => Meaning::Plain,
    }
}
