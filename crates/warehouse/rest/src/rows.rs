//! JSON rows, added to a batch while they are parsed.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use platform_http::ApiError;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use warehouse_application::ingest::{Incoming, MOST_ROWS};
use warehouse_domain::batch::RowBatch;
use warehouse_domain::check::Given;
use warehouse_domain::dictionary::Table;
use warehouse_domain::reason::{Fault, Reason, Rejection};

/// Parses an array of rows, each an object with the fields of the table or an array of its values
/// in order. Parsing stops after one row too many.
pub(crate) fn parse(table: &Table, body: &[u8]) -> Result<Incoming, ApiError> {
    let mut rows = Rows {
        table,
        incoming: Incoming {
            rows: RowBatch::new(table.fields().len()),
            places: Vec::new(),
            rejections: Vec::new(),
        },
        faults: Vec::new(),
        count: 0,
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = json.deserialize_seq(&mut rows);
    let complete = match read {
        Ok(true) => json.end(),
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    complete.map_err(|error| {
        let detail = format!("invalid JSON ({error}); expected an array of rows");
        ApiError::new(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok(rows.incoming)
}

struct Rows<'t> {
    table: &'t Table,
    incoming: Incoming,
    faults: Vec<Fault>,
    count: u32,
}

impl Rows<'_> {
    fn add(&mut self, cells: Result<Vec<Cell<'_>>, Vec<Fault>>) {
        let place = self.count;
        self.count += 1;
        let added = match cells {
            Ok(cells) => self.table.read_row(
                cells.iter().map(Cell::given),
                &mut self.incoming.rows,
                &mut self.faults,
            ),
            Err(faults) => {
                self.faults = faults;
                false
            }
        };
        if added {
            self.incoming.places.push(place);
        } else {
            self.incoming.rejections.push(Rejection {
                row: u64::from(place),
                faults: std::mem::take(&mut self.faults),
                original: String::new(),
            });
        }
    }
}

/// Returns whether the array was read to its end.
impl<'de> Visitor<'de> for &mut Rows<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<bool, A::Error> {
        while let Some(row) = rows.next_element_seed(Row(self.table))? {
            self.add(row);
            if self.count as usize > MOST_ROWS {
                // Skips to the end of the array; the caller checks the number of rows first.
                while rows.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(true);
            }
        }
        Ok(true)
    }
}

/// A value of a row.
#[derive(Clone, Debug)]
enum Cell<'de> {
    Nothing,
    Integer(i64),
    Text(Cow<'de, str>),
    Other(Cow<'de, str>),
}

impl Cell<'_> {
    fn given(&self) -> Given<'_> {
        match self {
            Self::Nothing => Given::Nothing,
            Self::Integer(number) => Given::Integer(*number),
            Self::Text(text) => Given::Text(text),
            Self::Other(text) => Given::Other(text),
        }
    }
}

/// One row: its cells in the order of the fields, or a fault of the row as a whole.
struct Row<'t>(&'t Table);

type Cells<'de> = Result<Vec<Cell<'de>>, Vec<Fault>>;

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = Cells<'de>;

    fn deserialize<D: Deserializer<'de>>(self, row: D) -> Result<Cells<'de>, D::Error> {
        row.deserialize_any(self)
    }
}

fn not_a_row<'de, E>() -> Result<Cells<'de>, E> {
    Ok(Err(vec![Fault::of_row(Reason::NotARow)]))
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Cells<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<Cells<'de>, A::Error> {
        let fields = self.0.fields();
        let mut cells = vec![Cell::Nothing; fields.len()];
        let mut faults = Vec::new();
        while let Some(name) = row.next_key_seed(Text)? {
            let column = fields.iter().position(|field| field.name.as_str() == name);
            match column {
                Some(column) => cells[column] = row.next_value_seed(Value)?,
                None => {
                    row.next_value::<IgnoredAny>()?;
                    faults.push(Fault::of_cell(shown(&name), "", Reason::UnknownField));
                }
            }
        }
        Ok(if faults.is_empty() {
            Ok(cells)
        } else {
            Err(faults)
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Cells<'de>, A::Error> {
        let expected = self.0.fields().len();
        let mut cells = Vec::with_capacity(expected);
        let mut found = 0;
        while let Some(cell) = row.next_element_seed(Value)? {
            found += 1;
            if found <= expected {
                cells.push(cell);
            }
        }
        Ok(if found == expected {
            Ok(cells)
        } else {
            Err(vec![Fault::of_row(Reason::ColumnCount { expected, found })])
        })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Cells<'de>, E> {
        not_a_row()
    }

    fn visit_i64<E>(self, _: i64) -> Result<Cells<'de>, E> {
        not_a_row()
    }

    fn visit_u64<E>(self, _: u64) -> Result<Cells<'de>, E> {
        not_a_row()
    }

    fn visit_f64<E>(self, _: f64) -> Result<Cells<'de>, E> {
        not_a_row()
    }

    fn visit_str<E>(self, _: &str) -> Result<Cells<'de>, E> {
        not_a_row()
    }

    fn visit_unit<E>(self) -> Result<Cells<'de>, E> {
        not_a_row()
    }
}

fn shown(name: &str) -> String {
    name.chars().take(80).collect()
}

/// A string, borrowed from the body if it contains no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Self::Value, D::Error> {
        text.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Any value, distinguished by its first character.
struct Value;

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Cell<'de>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Cell<'de>, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Nothing)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell<'de>, E> {
        // Clamped, and as far out of range as the number itself.
        Ok(Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell<'de>, E> {
        Ok(Cell::Other(number.to_string().into()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Cell<'de>, E> {
        Ok(Cell::Other(value.to_string().into()))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Cell<'de>, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("[...]".into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Cell<'de>, A::Error> {
        while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("{...}".into()))
    }
}

#[cfg(test)]
mod tests {
    use warehouse_domain::hr;

    use super::*;

    /// The row, the column and the reason.
    type Refusal = (u64, Option<String>, &'static str);

    fn jobs(body: &str) -> (Vec<u32>, Vec<Refusal>) {
        let dictionary = hr::dictionary();
        let incoming = parse(dictionary.table("jobs").unwrap(), body.as_bytes()).unwrap();
        let faults = incoming.rejections.iter().flat_map(|rejection| {
            rejection
                .faults
                .iter()
                .map(|fault| (rejection.row, fault.column.clone(), fault.reason.code()))
        });
        (incoming.places, faults.collect())
    }

    #[test]
    fn rows_are_objects_or_arrays_and_the_others_are_told_one_by_one() {
        let (places, faults) = jobs(
            r#"[{"job_id": 1, "job_name": "Cook"}, [2, "Wait\u0065r"], {"job_name": "x"}, 7, null,
                [3], {"job_id": "4", "job_name": 5}, {"job_id": 6, "job_name": "x", "pay": [1]},
                [1.5, true], [{"a": []}, []], [99999999999999999999, "x"], "row"]"#,
        );
        assert_eq!(places, [0, 1]);
        let field = |row, column: &str, code| (row, Some(column.to_owned()), code);
        let expected = [
            field(2, "job_id", "empty"),
            (3, None, "not-a-row"),
            (4, None, "not-a-row"),
            (5, None, "column-count"),
            field(6, "job_id", "not-an-integer"),
            field(6, "job_name", "not-a-string"),
            field(7, "pay", "unknown-field"),
            field(8, "job_id", "not-an-integer"),
            field(8, "job_name", "not-a-string"),
            field(9, "job_id", "not-an-integer"),
            field(9, "job_name", "not-a-string"),
            field(10, "job_id", "not-an-integer"),
            (11, None, "not-a-row"),
        ];
        assert_eq!(faults, expected);
    }

    #[test]
    fn what_is_no_array_of_rows_is_refused() {
        let dictionary = hr::dictionary();
        for body in [
            "",
            "{}",
            "7",
            "[",
            "[[1,\"a\"]",
            "[[1,\"a\"]] x",
            "[[1,\"a\"],]",
        ] {
            let error = parse(dictionary.table("jobs").unwrap(), body.as_bytes()).unwrap_err();
            assert!(
                error.to_string().contains("expected an array of rows"),
                "{error}"
            );
        }
    }
}
