//! Words of the `fake` crate: names, addresses, companies.
//!
//! Its lists are used and not its generators, which allocate; the version of the crate decides the
//! words, so a golden test holds them.

use emulator_domain::record::{Cells, Column, LogicalType, TextCells};
use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN,
    ZH_TW,
};

use super::{GeneratorKind, Made};
use crate::alias::AliasTable;
use crate::compile::{Context, FieldNode};
use crate::distribution::{weight_of, weights};
use crate::error::expected_one_of;
use crate::node::NodeValue;
use crate::program::{Generator, Points};
use crate::random::Random;

pub(super) const FAKE: GeneratorKind = GeneratorKind {
    name: "fake",
    summary: "Words of everyday life in the language `locale` (en unless given), or in one of several by their weights.",
    parameter: r##"{"$ref":"#/$defs/provider"}"##,
    beside: &[(
        "locale",
        r##"{"oneOf":[{"$ref":"#/$defs/locale"},{"type":"object","propertyNames":{"$ref":"#/$defs/locale"},"minProperties":1,"additionalProperties":{"type":"number","minimum":0}}]}"##,
    )],
    example: "name: { fake: name.full, locale: { de: 3, en: 7 } }",
    read,
};

type Words = &'static [&'static str];

/// A part of what a provider makes.
#[derive(Clone, Copy)]
enum Piece {
    /// A word of a list.
    Word(fn(Locale) -> Words),
    /// The same in lower-case letters without spaces.
    Handle(fn(Locale) -> Words),
    /// A format of a list: `#` is a digit, `^` one that is not 0.
    Digits(fn(Locale) -> Words),
    /// As it is.
    Text(&'static str),
    /// A whole number.
    Number(u64, u64),
    /// So many words of a list with spaces between, the first with a capital.
    Sentence(fn(Locale) -> Words, u64, u64),
}

/// Something that can be made.
pub(crate) struct Provider {
    /// As `fake` names it.
    pub(crate) name: &'static str,
    pieces: &'static [Piece],
}

macro_rules! locales {
    ($($variant:ident = $name:literal $data:ident;)*) => {
        /// A language and country.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Locale {
            $($variant,)*
        }

        const LOCALES: &[(&str, Locale)] = &[$(($name, Locale::$variant)),*];

        macro_rules! list {
            ($list:ident) => {
                |locale: Locale| match locale {
                    $(Locale::$variant => $data::$list,)*
                }
            };
        }
    };
}

locales! {
    En = "en" EN;
    De = "de" DE_DE;
    Fr = "fr" FR_FR;
    It = "it" IT_IT;
    Nl = "nl" NL_NL;
    PtBr = "pt_br" PT_BR;
    PtPt = "pt_pt" PT_PT;
    Tr = "tr" TR_TR;
    Cy = "cy" CY_GB;
    Ar = "ar" AR_SA;
    Fa = "fa" FA_IR;
    Ja = "ja" JA_JP;
    ZhCn = "zh_cn" ZH_CN;
    ZhTw = "zh_tw" ZH_TW;
}

const SPACE: Piece = Piece::Text(" ");
/// Names of hosts that RFC 2606 keeps from being anybody's.
const HOSTS: Piece = Piece::Word(|_| &["example.com", "example.net", "example.org"]);
/// Addresses have letters that are ASCII.
const FIRST: Piece = Piece::Handle(|_| EN::NAME_FIRST_NAME);
const LAST: Piece = Piece::Handle(|_| EN::NAME_LAST_NAME);

/// All providers, in the order in which they are documented.
pub(crate) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "name.first",
        pieces: &[Piece::Word(list!(NAME_FIRST_NAME))],
    },
    Provider {
        name: "name.last",
        pieces: &[Piece::Word(list!(NAME_LAST_NAME))],
    },
    Provider {
        name: "name.full",
        pieces: &[
            Piece::Word(list!(NAME_FIRST_NAME)),
            SPACE,
            Piece::Word(list!(NAME_LAST_NAME)),
        ],
    },
    Provider {
        name: "name.title",
        pieces: &[Piece::Word(list!(NAME_TITLE))],
    },
    Provider {
        name: "job.title",
        pieces: &[
            Piece::Word(list!(JOB_SENIORITY)),
            SPACE,
            Piece::Word(list!(JOB_FIELD)),
            SPACE,
            Piece::Word(list!(JOB_POSITION)),
        ],
    },
    Provider {
        name: "job.field",
        pieces: &[Piece::Word(list!(JOB_FIELD))],
    },
    Provider {
        name: "address.city",
        pieces: &[
            Piece::Word(list!(NAME_FIRST_NAME)),
            Piece::Word(list!(ADDRESS_CITY_SUFFIX)),
        ],
    },
    Provider {
        name: "address.street",
        pieces: &[
            Piece::Word(list!(NAME_LAST_NAME)),
            SPACE,
            Piece::Word(list!(ADDRESS_STREET_SUFFIX)),
            SPACE,
            Piece::Number(1, 199),
        ],
    },
    Provider {
        name: "address.state",
        pieces: &[Piece::Word(list!(ADDRESS_STATE))],
    },
    Provider {
        name: "address.zip",
        pieces: &[Piece::Digits(list!(ADDRESS_ZIP_FORMATS))],
    },
    Provider {
        name: "address.country",
        pieces: &[Piece::Word(list!(ADDRESS_COUNTRY))],
    },
    Provider {
        name: "address.country_code",
        pieces: &[Piece::Word(list!(ADDRESS_COUNTRY_CODE))],
    },
    Provider {
        name: "address.time_zone",
        pieces: &[Piece::Word(list!(ADDRESS_TIME_ZONE))],
    },
    Provider {
        name: "company.name",
        pieces: &[
            Piece::Word(list!(NAME_LAST_NAME)),
            SPACE,
            Piece::Word(list!(COMPANY_SUFFIX)),
        ],
    },
    Provider {
        name: "company.industry",
        pieces: &[Piece::Word(list!(COMPANY_INDUSTRY))],
    },
    Provider {
        name: "company.profession",
        pieces: &[Piece::Word(list!(COMPANY_PROFESSION))],
    },
    Provider {
        name: "company.catch_phrase",
        pieces: &[
            Piece::Word(list!(COMPANY_BUZZWORD_HEAD)),
            SPACE,
            Piece::Word(list!(COMPANY_BUZZWORD_MIDDLE)),
            SPACE,
            Piece::Word(list!(COMPANY_BUZZWORD_TAIL)),
        ],
    },
    Provider {
        name: "phone.number",
        pieces: &[Piece::Digits(list!(PHONE_NUMBER_FORMATS))],
    },
    Provider {
        name: "phone.mobile",
        pieces: &[Piece::Digits(list!(PHONE_CELL_NUMBER_FORMATS))],
    },
    Provider {
        name: "internet.email",
        pieces: &[
            FIRST,
            Piece::Text("."),
            LAST,
            Piece::Number(1, 999),
            Piece::Text("@"),
            HOSTS,
        ],
    },
    Provider {
        name: "internet.username",
        pieces: &[FIRST, Piece::Text("_"), LAST, Piece::Number(1, 99)],
    },
    Provider {
        name: "internet.host",
        pieces: &[LAST, Piece::Text("."), HOSTS],
    },
    Provider {
        name: "internet.url",
        pieces: &[
            Piece::Text("https://"),
            LAST,
            Piece::Text("."),
            HOSTS,
            Piece::Text("/"),
            Piece::Handle(|_| EN::LOREM_WORD),
        ],
    },
    Provider {
        name: "internet.user_agent",
        pieces: &[Piece::Word(list!(INTERNET_USER_AGENT))],
    },
    // Blocks that RFC 5737 keeps for documentation are too small; private addresses are nobody's, too.
    Provider {
        name: "internet.ipv4",
        pieces: &[
            Piece::Text("10."),
            Piece::Number(0, 255),
            Piece::Text("."),
            Piece::Number(0, 255),
            Piece::Text("."),
            Piece::Number(1, 254),
        ],
    },
    Provider {
        name: "currency.code",
        pieces: &[Piece::Word(list!(CURRENCY_CODE))],
    },
    Provider {
        name: "currency.name",
        pieces: &[Piece::Word(list!(CURRENCY_NAME))],
    },
    Provider {
        name: "file.name",
        pieces: &[
            Piece::Word(list!(PATH_SEGMENTS)),
            Piece::Text("."),
            Piece::Word(list!(PATH_EXTENSIONS)),
        ],
    },
    Provider {
        name: "lorem.word",
        pieces: &[Piece::Word(list!(LOREM_WORD))],
    },
    Provider {
        name: "lorem.sentence",
        pieces: &[Piece::Sentence(list!(LOREM_WORD), 4, 12), Piece::Text(".")],
    },
];

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

/// A provider in one locale.
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
    /// For each locale.
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
