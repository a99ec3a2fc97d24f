//! Words from the `fake` crate: names, addresses, companies.
//!
//! Only its lists are used, because its generators allocate. The version of the crate determines
//! the words, so a golden test pins them.

mod providers;

use emulator_domain::record::{Cells, Column, LogicalType, TextCells};

pub(crate) use self::providers::PROVIDERS;
use self::providers::{LOCALES, Locale, Piece, Provider, Words};
use super::{GeneratorKind, Made};
use crate::alias::AliasTable;
use crate::compile::{Context, FieldNode};
use crate::distribution::{weight_of, weights};
use crate::error::expected_one_of;
use crate::node::NodeValue;
use crate::program::{Generator, Points};
use crate::random::Random;

/// The source of the words.
pub const WORDS: &str = "fake 5.1.0";

pub(super) const FAKE: GeneratorKind = GeneratorKind {
    name: "fake",
    summary: "Everyday names, addresses and words in the language `locale` (default en), or in one of several languages with weights.",
    parameter: r##"{"$ref":"#/$defs/provider"}"##,
    beside: &[(
        "locale",
        r##"{"oneOf":[{"$ref":"#/$defs/locale"},{"type":"object","propertyNames":{"$ref":"#/$defs/locale"},"minProperties":1,"additionalProperties":{"type":"number","minimum":0}}]}"##,
    )],
    example: "name: { fake: name.full, locale: { de: 3, en: 7 } }",
    read,
};

/// The names of the locales.
pub(crate) fn locale_names() -> Vec<&'static str> {
    LOCALES.iter().map(|(name, _)| *name).collect()
}

fn read(context: &mut Context<'_>, field: &FieldNode<'_>) -> Option<Made> {
    let faults = &mut *context.faults;
    let name = faults.text(field.parameter, "the name of a provider, such as name.full")?;
    let Some(provider) = PROVIDERS.iter().find(|provider| provider.name == name) else {
        let names: Vec<&str> = PROVIDERS.iter().map(|provider| provider.name).collect();
        let shown = NodeValue::Text(name.to_owned());
        let expected = expected_one_of(name, &names);
        faults.at(
            field.parameter.place,
            format!("unknown provider {shown}; {expected}"),
        );
        return None;
    };
    let mut locales = vec![(Locale::En, 1.0)];
    if let Some(node) = field.beside("locale") {
        faults.enter("locale".to_owned());
        let read = match &node.value {
            NodeValue::Text(text) => locale(faults, text, node.place).map(|one| vec![(one, 1.0)]),
            NodeValue::Map(entries) => entries
                .iter()
                .map(|entry| {
                    let locale = locale(faults, &entry.name, entry.place)?;
                    Some((locale, weight_of(faults, &entry.node)?))
                })
                .collect(),
            _ => {
                faults.unexpected(
                    node,
                    "a locale, or locales with weights, such as {de: 3, en: 7}",
                );
                None
            }
        };
        let table = read
            .as_ref()
            .and_then(|read| weights(faults, node, read.iter().map(|(_, weight)| *weight)));
        faults.leave();
        table?;
        locales = read?;
    }
    let table = AliasTable::new(
        &locales
            .iter()
            .map(|(_, weight)| *weight)
            .collect::<Vec<_>>(),
    );
    let locales: Vec<Locale> = locales.into_iter().map(|(locale, _)| locale).collect();
    Some(Made::new(
        Fake {
            pieces: locales
                .iter()
                .map(|locale| parts(provider, *locale))
                .collect(),
            locales: table,
        },
        LogicalType::Text,
    ))
}

fn locale(faults: &mut crate::error::Faults, name: &str, place: crate::Place) -> Option<Locale> {
    let found = LOCALES.iter().find(|(known, _)| *known == name);
    if found.is_none() {
        let shown = NodeValue::Text(name.to_owned());
        let expected = expected_one_of(name, &locale_names());
        faults.at(place, format!("unknown locale {shown}; {expected}"));
    }
    found.map(|(_, locale)| *locale)
}

/// The parts of a provider in one locale.
fn parts(provider: &Provider, locale: Locale) -> Box<[Part]> {
    let part = |piece: &Piece| match piece {
        Piece::Word(list) => Part::Word(list(locale)),
        Piece::Handle(list) => Part::Handle(list(locale)),
        Piece::Digits(list) => Part::Digits(list(locale)),
        Piece::Text(text) => Part::Text(text),
        Piece::Number(from, to) => Part::Number(*from, to - from + 1),
        Piece::Sentence(list, least, most) => {
            Part::Sentence(list(locale), *least, most - least + 1)
        }
    };
    provider.pieces.iter().map(part).collect()
}

#[derive(Debug)]
enum Part {
    Word(Words),
    Handle(Words),
    Digits(Words),
    Text(&'static str),
    Number(u64, u64),
    Sentence(Words, u64, u64),
}

#[derive(Debug)]
struct Fake {
    locales: AliasTable,
    /// The pieces for each locale.
    pieces: Vec<Box<[Part]>>,
}

fn word(random: &mut Random, words: Words) -> &'static str {
    words[random.below(words.len() as u64) as usize]
}

impl Generator for Fake {
    fn fill(&self, points: &Points<'_>) -> Column {
        let mut cells = TextCells::default();
        for index in points.indices {
            let mut random = points.key.at(*index);
            let locale = match self.pieces.len() {
                1 => 0,
                _ => self.locales.draw(&mut random) as usize,
            };
            for part in &self.pieces[locale] {
                write(part, &mut random, cells.writer());
            }
            cells.end();
        }
        Column::new(Cells::Text(cells))
    }
}

#[inline]
fn write(part: &Part, random: &mut Random, text: &mut String) {
    match part {
        Part::Word(words) => text.push_str(word(random, words)),
        Part::Handle(words) => {
            let letters = word(random, words).chars();
            text.extend(
                letters
                    .filter(char::is_ascii_alphanumeric)
                    .map(|letter| letter.to_ascii_lowercase()),
            );
        }
        Part::Digits(formats) => {
            text.extend(word(random, formats).chars().map(|letter| match letter {
                '#' => digit(random.below(10)),
                '^' => digit(1 + random.below(9)),
                letter => letter,
            }))
        }
        Part::Text(literal) => text.push_str(literal),
        Part::Number(from, count) => {
            let mut digits = [0; 20];
            let (mut number, mut start) = (from + random.below(*count), digits.len());
            loop {
                start -= 1;
                digits[start] = b'0' + (number % 10) as u8;
                number /= 10;
                if number == 0 {
                    break;
                }
            }
            text.extend(digits[start..].iter().map(|digit| char::from(*digit)));
        }
        Part::Sentence(words, least, count) => {
            for number in 0..least + random.below(*count) {
                let word = word(random, words);
                if number == 0 {
                    let mut letters = word.chars();
                    text.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                    text.push_str(letters.as_str());
                } else {
                    text.push(' ');
                    text.push_str(word);
                }
            }
        }
    }
}

const fn digit(value: u64) -> char {
    (b'0' + value as u8) as char
}
