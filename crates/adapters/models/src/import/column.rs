//! What the values of one field in a sample have in common.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use emulator_model::{Node, NodeValue};

use super::draft::{Field, Fields, Kind};
use super::numbers::{CanBe, Numbers};
use super::shape::Shape;
use super::yaml::{list, map, number, text, whole};

/// With more distinct values than this, a field is not categorical.
const CATEGORIES: usize = 50;

/// The fields of records or nested objects, in order of appearance.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) columns: Vec<(String, Column)>,
    /// Number of values seen, over all columns.
    pub(super) values: u64,
}

impl Columns {
    pub(super) fn column(&mut self, name: &str) -> &mut Column {
        let found = self.columns.iter().position(|(known, _)| known == name);
        let position = found.unwrap_or_else(|| {
            self.columns.push((name.to_owned(), Column::default()));
            self.columns.len() - 1
        });
        &mut self.columns[position].1
    }

    /// The fields; each was looked for in `records` records.
    pub(super) fn fields(&self, records: u64) -> Fields {
        let mut fields = Fields::default();
        for (name, column) in &self.columns {
            let field = column.kind(name).map(|(kind, notes)| {
                let mut field = Field::new(name.clone(), kind);
                field.notes = notes;
                let without = records.saturating_sub(column.present());
                if without > 0 {
                    field.null = (without as f64 / records as f64 * 1e4).round().max(1.0) / 1e4;
                    field.note(seen("the share without a value"));
                }
                field
            });
            fields.add(name, field);
        }
        fields
    }
}

/// Everything that is kept about the values.
#[derive(Default)]
pub(super) struct Column {
    booleans: [u64; 2],
    texts: u64,
    parts: Option<(u64, Box<Columns>)>,
    elements: Option<(u64, Box<Self>)>,
    /// The types that all texts can be parsed as.
    can_be: Option<CanBe>,
    /// Hashes of the distinct texts.
    distinct: HashSet<u64>,
    /// The frequency of each text, as long as there are few.
    categories: HashMap<String, u64>,
    numbers: Numbers,
    /// The first and the last in lexicographic order.
    range: Option<(String, String)>,
    /// The previous text, and whether all so far were in ascending lexicographic order.
    rises: Option<(String, bool)>,
    shape: Option<Shape>,
}

impl Column {
    pub(super) const fn add_boolean(&mut self, value: bool) {
        self.booleans[value as usize] += 1;
    }

    pub(super) fn parts(&mut self) -> &mut Columns {
        let (count, parts) = self.parts.get_or_insert_default();
        *count += 1;
        parts
    }

    pub(super) fn elements(&mut self) -> &mut Self {
        let (count, elements) = self.elements.get_or_insert_default();
        *count += 1;
        elements
    }

    /// `may_be_number` is false for quoted texts in formats where numbers are not quoted.
    pub(super) fn add_text(&mut self, value: &str, may_be_number: bool) {
        self.texts += 1;
        let can = CanBe::of(value, may_be_number);
        let all = self.can_be.map_or(can, |all| all.and(can));
        self.can_be = Some(all);
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        self.distinct.insert(hasher.hash_one(value));
        if self.categories.len() <= CATEGORIES {
            *self.categories.entry(value.to_owned()).or_default() += 1;
        }
        if all.float || all.whole {
            self.numbers.add(value, self.texts);
        }
        match &mut self.range {
            None => self.range = Some((value.to_owned(), value.to_owned())),
            Some((low, high)) => {
                if value < low.as_str() {
                    value.clone_into(low);
                }
                if value > high.as_str() {
                    value.clone_into(high);
                }
            }
        }
        let rises = self
            .rises
            .take()
            .is_none_or(|(last, rises)| rises && value >= last.as_str());
        self.rises = Some((value.to_owned(), rises));
        match &mut self.shape {
            None => self.shape = Some(Shape::of(value)),
            Some(shape) => shape.merge(value),
        }
    }

    /// The number of values.
    pub(super) fn present(&self) -> u64 {
        let parts = self.parts.as_ref().map_or(0, |(count, _)| *count);
        let elements = self.elements.as_ref().map_or(0, |(count, _)| *count);
        self.booleans.iter().sum::<u64>() + self.texts + parts + elements
    }

    /// Their type, if there were any values.
    pub(super) fn kind(&self, name: &str) -> Option<(Kind, Vec<String>)> {
        let mut notes = Vec::new();
        let booleans: u64 = self.booleans.iter().sum();
        let of_parts = self.parts.as_ref().map_or(0, |(count, _)| *count);
        let of_elements = self.elements.as_ref().map_or(0, |(count, _)| *count);
        let most = booleans.max(self.texts).max(of_parts).max(of_elements);
        if most < self.present() {
            notes.push("the most frequent of several types".to_owned());
        }
        let kind = if most == 0 {
            notes.push("a text: the sample has no value".to_owned());
            Kind::Text(None)
        } else if most == self.texts {
            self.kind_of_texts(name, &mut notes)
        } else if most == booleans {
            notes.push(seen("the share"));
            let share = self.booleans[1] as f64 / booleans as f64;
            Kind::Seen(map([("boolean", number((share * 1e4).round() / 1e4))]))
        } else if let Some((count, parts)) = self.parts.as_ref().filter(|_| most == of_parts) {
            Kind::Struct(parts.fields(*count).if_any()?)
        } else {
            array(&self.elements.as_ref()?.1)?
        };
        Some((kind, notes))
    }

    fn kind_of_texts(&self, name: &str, notes: &mut Vec<String>) -> Kind {
        let Some(can) = self.can_be else {
            return Kind::Text(None);
        };
        let (low, high) = self.range.clone().unwrap_or_default();
        let rises = self.rises.as_ref().is_some_and(|(_, rises)| *rises);
        let are_distinct = self.distinct.len() as u64 == self.texts && self.texts > 1;
        if can.whole
            && self.texts > 2
            && let Some(Some((start, step, _))) = self.numbers.sequence
        {
            let mut parameters = vec![("start", whole(start))];
            if step != 1 {
                parameters.push(("step", whole(step)));
            }
            notes.push(seen("the sequence"));
            return Kind::Seen(map([("sequence", map(parameters))]));
        }
        let few = self.categories.len() <= CATEGORIES;
        let often = self.texts >= 5 * self.categories.len() as u64;
        let are_numbers = can.whole || can.decimal || can.float;
        let is_text = !(can.uuid || can.date || can.time || can.timestamp);
        if few && often && is_text && (self.categories.len() <= 12 || !are_numbers) {
            notes.push(seen("the values and their shares"));
            return self.choice(can);
        }
        if are_numbers {
            notes.push(seen("the distribution"));
            return self.numbers.kind(can);
        }
        if can.uuid {
            notes.push(seen("that all are UUIDs"));
            return Kind::Uuid;
        }
        let range = |from: &str, to: &str| map([("from", text(from)), ("to", text(to))]);
        if can.timestamp && rises {
            return Kind::Timestamp;
        }
        if can.date || can.timestamp || can.time {
            notes.push(seen("the range"));
        }
        if can.date {
            return Kind::Seen(map([("date", range(&low, &high))]));
        }
        if can.timestamp {
            let utc = |value: &str| format!("{}Z", &value[..19]).replacen(' ', "T", 1);
            return Kind::Seen(map([("timestamp", range(&utc(&low), &utc(&high)))]));
        }
        if can.time {
            return Kind::Seen(map([(
                "time",
                range(&low[..8.min(low.len())], &high[..8.min(high.len())]),
            )]));
        }
        if let Some(provider) = super::meant_by(name) {
            notes.push("from its name".to_owned());
            return super::fake(provider);
        }
        match self.shape.as_ref().and_then(Shape::pattern) {
            Some(pattern) => {
                if are_distinct {
                    notes.push("values were all different and may repeat here".to_owned());
                }
                notes.push(seen("the form of the text"));
                Kind::Seen(map([("text", text(pattern))]))
            }
            None => Kind::Text(None),
        }
    }

    /// Values with their weights, the most frequent first.
    fn choice(&self, can: CanBe) -> Kind {
        let mut values: Vec<_> = self.categories.iter().collect();
        values.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let weight = |count: u64| whole(count.try_into().unwrap_or(i64::MAX));
        if can.whole || can.decimal || can.float {
            let values = values.into_iter().filter_map(|(value, count)| {
                let value = match can.whole {
                    true => whole(value.parse().ok()?),
                    false => Node::new(NodeValue::Float(value.parse().ok()?)),
                };
                Some(map([("value", value), ("weight", weight(*count))]))
            });
            return Kind::Seen(map([("choice", list(values))]));
        }
        let values = values
            .into_iter()
            .map(|(value, count)| (value.as_str(), weight(*count)));
        Kind::Seen(map([("choice", map(values))]))
    }
}

/// An array with elements of the type found.
fn array(element: &Column) -> Option<Kind> {
    let (kind, notes) = element.kind("item")?;
    let mut item = Field::new("item", kind);
    item.notes = notes;
    Some(Kind::Array(item.into()))
}

/// The note on a guess from the values.
fn seen(what: &str) -> String {
    format!("{what}, from what was seen")
}
