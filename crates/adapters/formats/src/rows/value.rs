//! Scalar values as text.

use emulator_domain::record::{self, Blocks, Cells, Column, Field, LogicalType, Value, Word};
use emulator_domain::text::{ByteWriter, eight_digits, four_digits, two_digits};
use emulator_domain::{Date, Timestamp};

use crate::digits::{self, Times};

/// Upper bound of a scalar that is not a text, in bytes, including what any format puts around it;
/// also of what surrounds other values.
pub(super) const LONGEST_PLAIN: usize = 64;

/// A text of a column.
pub(super) trait CellText: AsRef<str> {
    /// Appends it verbatim.
    fn write(&self, line: &mut ByteWriter<'_>);
}

impl CellText for str {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.slice(self.as_bytes());
    }
}

impl CellText for Word {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        self.write(line);
    }
}

/// The path to the id field `path`, as positions from the outermost inwards.
pub(crate) fn positions(fields: &[Field], path: &str) -> Vec<usize> {
    record::positions(fields, path).expect("id fields are fields of the schema")
}

/// The paths to the id fields of records, and the fields.
pub(super) fn id_paths(blocks: &dyn Blocks) -> Vec<(Vec<usize>, &Field)> {
    let fields = blocks.schema().fields();
    let ids = blocks.id_fields();
    let paths = ids.iter().map(|path| {
        let path = positions(fields, path);
        let (field, _) = record::field_at(fields, &path);
        (path, field)
    });
    paths.collect()
}

/// The elements of record `row`, given where the elements of each record end.
pub(super) fn range(ends: &[usize], row: usize) -> std::ops::Range<usize> {
    let start = if row == 0 { 0 } else { ends[row - 1] };
    start..ends[row]
}

/// A scalar that is not a text, as text.
pub(super) fn text_of(value: Value<'_>) -> String {
    let mut bytes = [0; LONGEST_PLAIN + u8::MAX as usize + ByteWriter::SLACK];
    let mut line = ByteWriter::new(&mut bytes, 0);
    plain(&mut line, value, &mut Times::new());
    String::from_utf8_lossy(line.written(0)).into_owned()
}

/// The names of the fields at these positions.
pub(super) fn names(fields: &[Field], positions: &[usize]) -> Vec<String> {
    let Some((position, rest)) = positions.split_first() else {
        return Vec::new();
    };
    let field = &fields[*position];
    let mut all = vec![field.name.to_string()];
    if let LogicalType::Struct(inner) = &field.logical_type {
        all.extend(names(inner, rest));
    }
    all
}

/// The value at `path`; null where a struct around it is.
pub(crate) fn at<'b>(columns: &'b [Column], path: &[usize], row: usize) -> Value<'b> {
    let Some((position, rest)) = path.split_first() else {
        return Value::Null;
    };
    match (columns[*position].get(row), &columns[*position].cells) {
        (Value::Struct(_), Cells::Struct(inner)) if !rest.is_empty() => at(inner, rest, row),
        (value, _) => value,
    }
}

/// The values of the fields at these paths, joined by points and encoded so that every object store
/// accepts them; the index if there are no paths.
pub(crate) fn id(
    line: &mut ByteWriter<'_>,
    paths: &[Vec<usize>],
    columns: &[Column],
    row: usize,
    index: u64,
    times: &mut Times,
) {
    if paths.is_empty() {
        unsigned(line, index);
    }
    for (number, path) in paths.iter().enumerate() {
        if number > 0 {
            line.byte(b'.');
        }
        match at(columns, path, row) {
            Value::Text(text) => percent_encoded(line, text),
            other => plain(line, other, times),
        }
    }
}

/// A value without quotation marks or escapes; nothing if it is null or nested.
pub(crate) fn plain(line: &mut ByteWriter<'_>, value: Value<'_>, times: &mut Times) {
    match value {
        Value::Boolean(value) => boolean(line, value),
        Value::Long(value) => long(line, value),
        Value::Float(value) => float(line, value),
        Value::Decimal { unscaled, scale } => decimal(line, unscaled, scale),
        Value::Text(text) => line.slice(text.as_bytes()),
        Value::Uuid(id) => digits::uuid(line, id),
        Value::Date(value) => digits::date(line, value),
        Value::Time(micros) => time(line, micros),
        Value::Timestamp(value) => timestamp(line, value, times),
        Value::Null | Value::Missing | Value::Struct(_) | Value::Array(_) | Value::Map(_) => {}
    }
}

/// The same for a cell with a value, in a column of scalars other than texts.
#[inline(always)]
pub(super) fn scalar(
    line: &mut ByteWriter<'_>,
    cells: &Cells,
    row: usize,
    times: &mut Times,
    close: impl Fn(&mut ByteWriter<'_>),
) {
    match cells {
        Cells::Boolean(values) => boolean(line, values[row]),
        Cells::Long(values) => long(line, values[row]),
        Cells::Float(values) => float(line, values[row]),
        Cells::Decimal { unscaled, scale } => decimal(line, unscaled[row], *scale),
        Cells::Uuid(values) => {
            digits::uuid(line, values[row]);
            close(line);
        }
        Cells::Date(days) => {
            digits::date(line, Date::from_days(days[row]));
            close(line);
        }
        Cells::Time(micros) => {
            line.apart(|line| time(line, micros[row]));
            close(line);
        }
        Cells::Timestamp(values) => {
            timestamp(line, values[row], times);
            close(line);
        }
        Cells::Text(_)
        | Cells::Word { .. }
        | Cells::Struct(_)
        | Cells::Array { .. }
        | Cells::Map { .. } => unreachable!("formats write texts and nested values themselves"),
    }
}

#[inline(always)]
fn boolean(line: &mut ByteWriter<'_>, value: bool) {
    if value {
        line.chunk(b"true");
    } else {
        line.chunk(b"false");
    }
}

#[inline(always)]
pub(super) fn long(line: &mut ByteWriter<'_>, value: i64) {
    if value < 0 {
        line.byte(b'-');
    }
    unsigned(line, value.unsigned_abs());
}

#[inline(always)]
pub(super) fn unsigned(line: &mut ByteWriter<'_>, value: u64) {
    if value < EIGHT_DIGITS {
        line.any_integer(value as u32);
    } else {
        line.apart(|line| large(line, value));
    }
}

const EIGHT_DIGITS: u64 = 100_000_000;

fn large(line: &mut ByteWriter<'_>, value: u64) {
    unsigned(line, value / EIGHT_DIGITS);
    line.chunk(&eight_digits((value % EIGHT_DIGITS) as u32));
}

/// `unscaled` with a point before its last `scale` digits, all of which are written.
#[inline(always)]
fn decimal(line: &mut ByteWriter<'_>, unscaled: i64, scale: u8) {
    if unscaled < 0 {
        line.byte(b'-');
    }
    let digits = unscaled.unsigned_abs();
    match scale {
        0 => unsigned(line, digits),
        2 => {
            unsigned(line, digits / 100);
            let [a, b] = two_digits((digits % 100) as u32);
            line.chunk(&[b'.', a, b]);
        }
        _ => line.apart(|line| decimals(line, digits, scale)),
    }
}

fn decimals(line: &mut ByteWriter<'_>, digits: u64, scale: u8) {
    // From 10^19 on, all digits are behind the point.
    let unit = 10_u64.checked_pow(scale.into());
    let (whole, mut fraction) = unit.map_or((0, digits), |unit| (digits / unit, digits % unit));
    unsigned(line, whole);
    line.byte(b'.');
    let mut text = [b'0'; u8::MAX as usize];
    let text = &mut text[..scale.into()];
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
    line.slice(text);
}

/// The shortest text that parses to the same number.
#[inline(always)]
fn float(line: &mut ByteWriter<'_>, value: f64) {
    line.slice(zmij::Buffer::new().format_finite(value).as_bytes());
}

/// `23:59:59.000`, with microseconds if there are any.
fn time(line: &mut ByteWriter<'_>, micros: i64) {
    let (seconds, fraction) = (micros / 1_000_000, (micros % 1_000_000) as u32);
    let seconds = seconds as u32;
    let [h, o] = two_digits(seconds / 3600);
    let [m, i] = two_digits(seconds / 60 % 60);
    let [s, e] = two_digits(seconds % 60);
    line.chunk(&[h, o, b':', m, i, b':', s, e, b'.']);
    let [_, a, b, c] = four_digits(fraction / 1000);
    line.chunk(&[a, b, c]);
    thousandths(line, fraction % 1000);
}

/// RFC 3339 in UTC: with milliseconds, and with microseconds if there are any.
#[inline(always)]
fn timestamp(line: &mut ByteWriter<'_>, value: Timestamp, times: &mut Times) {
    times.rfc3339(line, value);
    let thousandth = (value.micros() % 1000) as u32;
    if thousandth > 0 {
        line.pop();
        thousandths(line, thousandth);
        line.byte(b'Z');
    }
}

fn thousandths(line: &mut ByteWriter<'_>, thousandth: u32) {
    if thousandth > 0 {
        let [_, a, b, c] = four_digits(thousandth);
        line.chunk(&[a, b, c]);
    }
}

/// Letters, digits, hyphens and underscores as they are, every other byte percent-encoded.
pub(super) fn percent_encoded(line: &mut ByteWriter<'_>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            line.byte(byte);
        } else {
            let [high, low] = [byte >> 4, byte & 15].map(|nibble| HEX[usize::from(nibble)]);
            line.chunk(&[b'%', high, low]);
        }
    }
}
