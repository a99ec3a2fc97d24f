//! From a row's bytes back to its index, and from there to the bytes it should have.

use std::borrow::Cow;
use std::fmt;

use csv_core::{ReadRecordResult, Reader};
use emulator_domain::record::Blocks;
use emulator_domain::verification::Verdict;
use emulator_ports::{Payloads, RecordVerifier};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::encoder::{BLOCK, RowEncoder};
use super::{Ids, RowSerializer, value};
use crate::compare::{ClaimedRecord, Lookahead, ReencodedRecords};

/// A block with one record takes as long as one with many.
const LOOKAHEAD: Lookahead = Lookahead {
    window: BLOCK,
    near: 64,
};

impl<S: RowSerializer> RecordVerifier for RowEncoder<S> {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        let claimed = |payload: &[u8]| {
            let ids = self.serializer.ids(payload);
            if ids.emulation.as_ref().is_some_and(|id| self.is_another(id)) {
                return ClaimedRecord::OtherEmulation;
            }
            let fields: Option<Vec<_>> = ids.fields.iter().map(Option::as_deref).collect();
            let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
                return ClaimedRecord::None;
            };
            match self.blocks.index_of(&fields) {
                Some(index) => ClaimedRecord::Record(index, ids.fields),
                None if self.blocks.is_of_other_part(&fields) => ClaimedRecord::OtherEmulation,
                None => ClaimedRecord::None,
            }
        };
        let is_of = |payload: &[u8], fields: &Vec<Option<String>>| {
            self.serializer.ids(payload).fields == *fields
        };
        let mut reencoded = ReencodedRecords::new(self, self.blocks.capacity(), LOOKAHEAD);
        reencoded.inspect(self.id, payloads, verdicts, claimed, is_of);
    }
}

impl<S> RowEncoder<S> {
    fn is_another(&self, emulation: &str) -> bool {
        let id = emulation.parse();
        id.is_ok_and(|id| self.id != id)
    }
}

/// Paths to the ids in a JSON object.
pub(super) struct JsonPaths {
    /// Names, from the outermost object inwards.
    paths: Vec<Vec<String>>,
    is_wrapped: bool,
}

impl JsonPaths {
    pub(super) fn new(blocks: &dyn Blocks, is_wrapped: bool) -> Self {
        let (fields, ids) = (blocks.schema().fields(), blocks.id_fields());
        let data = is_wrapped.then(|| "data".to_owned());
        let path = |id: &String| {
            let names = value::names(fields, &value::positions(fields, id));
            data.iter().cloned().chain(names).collect()
        };
        let emulation = is_wrapped.then(|| vec!["emulation_id".to_owned()]);
        Self {
            paths: ids.iter().map(path).chain(emulation).collect(),
            is_wrapped,
        }
    }

    /// Values found before the first byte that is not JSON are used all the same.
    pub(super) fn ids(&self, payload: &[u8]) -> Ids {
        let mut found = vec![None; self.paths.len()];
        let wanted = self.paths.iter().map(Vec::as_slice).enumerate();
        let pick = Pick {
            wanted: wanted.collect(),
            found: &mut found,
        };
        let _ = pick.deserialize(&mut serde_json::Deserializer::from_slice(payload));
        let emulation = if self.is_wrapped { found.pop() } else { None };
        Ids {
            emulation: emulation.flatten(),
            fields: found,
        }
    }
}

/// Extracts some values of an object and skips the others.
struct Pick<'p> {
    wanted: Vec<(usize, &'p [String])>,
    found: &'p mut [Option<String>],
}

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or null")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            let wanted = self.wanted.iter();
            let here = wanted.filter_map(|(slot, path)| match path.split_first() {
                Some((first, rest)) if **first == *name => Some((*slot, rest)),
                _ => None,
            });
            let here: Vec<_> = here.collect();
            match here.first() {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some((slot, [])) => {
                    self.found[*slot] = plain(map.next_value::<&RawValue>()?.get());
                }
                Some(_) => map.next_value_seed(Pick {
                    wanted: here,
                    found: self.found,
                })?,
            }
        }
        Ok(())
    }
}

/// The value as text; `None` if it is null.
fn plain(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'n' | b'{' | b'[' => None,
        _ => Some(json.to_owned()),
    }
}

/// Columns of the ids in a CSV line.
pub(super) struct CsvColumns {
    fields: Vec<usize>,
    is_wrapped: bool,
}

impl CsvColumns {
    /// `columns` are all columns of the line.
    pub(super) fn new(id_fields: &[String], columns: &[String], is_wrapped: bool) -> Self {
        let position = |field: &String| columns.iter().rposition(|column| column == field);
        let fields = id_fields.iter().map(position);
        Self {
            fields: fields
                .map(|position| position.expect("id fields are fields of the schema"))
                .collect(),
            is_wrapped,
        }
    }

    pub(super) fn ids(&self, payload: &[u8]) -> Ids {
        let mut text = vec![0; payload.len() + 1];
        let mut ends = vec![0; payload.len() + 2];
        let mut reader = Reader::new();
        let (result, _, written, columns) = reader.read_record(payload, &mut text, &mut ends);
        let mut columns = columns;
        if result == ReadRecordResult::InputEmpty {
            let rest = reader.read_record(&[], &mut text[written..], &mut ends[columns..]);
            columns += rest.3;
        }
        let field = |position: usize| {
            let end = *ends[..columns].get(position)?;
            let start = position.checked_sub(1).map_or(0, |before| ends[before]);
            let field = std::str::from_utf8(text.get(start..end)?).ok()?;
            Some(field.to_owned())
        };
        Ids {
            emulation: field(0).filter(|_| self.is_wrapped),
            fields: self
                .fields
                .iter()
                .map(|position| field(*position))
                .collect(),
        }
    }
}
