//! Generates texts from a subset of regular expressions.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::random::Random;

/// The maximum length of a text, in characters.
const LONGEST: u64 = 10_000;
/// The maximum length of a pattern.
const LONGEST_PATTERN: usize = 1_000;
/// The maximum nesting depth of groups.
const DEEPEST: u32 = 32;

/// A pattern that was read.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Piece);

#[derive(Clone, Debug)]
enum Piece {
    Literal(Box<str>),
    /// The characters of a class.
    Class(Box<[char]>),
    /// From `min` to `max` times.
    Repeat {
        piece: Box<Piece>,
        min: u32,
        max: u32,
    },
    Sequence(Box<[Piece]>),
    Either(Box<[Piece]>),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A message, if it is no regular expression or uses an unsupported feature.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST_PATTERN {
            return Err(format!(
                "the pattern is {} bytes long; expected at most {LONGEST_PATTERN}",
                text.len()
            ));
        }
        let mut parser = ParserBuilder::new()
            .nest_limit(DEEPEST)
            .unicode(false)
            .utf8(false)
            .build();
        // Without Unicode tables, a class consists of bytes unless the pattern itself contains
        // other characters.
        let hir = match parser.parse(text) {
            Ok(hir) => hir,
            Err(_) => ParserBuilder::new()
                .nest_limit(DEEPEST)
                .build()
                .parse(text)
                .map_err(|error| format!("the pattern cannot be read: {}", one_line(&error)))?,
        };
        let piece = Piece::of(&hir)?;
        match piece.longest() {
            Some(longest) if longest <= LONGEST => Ok(Self(piece)),
            _ => Err(format!(
                "the pattern makes texts of more than {LONGEST} letters; expected smaller counts"
            )),
        }
    }

    /// Writes a random text of the pattern.
    #[inline]
    pub(crate) fn write(&self, random: &mut Random, text: &mut String) {
        self.0.write(random, text);
    }

    /// The number of texts, if there is only one way to derive each.
    pub(crate) fn distinct(&self) -> Option<u128> {
        self.0.is_plain().then(|| self.0.count())?
    }

    /// Writes text `number` of [`distinct`](Self::distinct).
    pub(crate) fn write_number(&self, number: u128, text: &mut String) {
        self.0.write_number(number, text);
    }

    /// The number of a text; `None` if it does not match the pattern.
    pub(crate) fn number_of(&self, text: &str) -> Option<u128> {
        let mut rest = text;
        let number = self.0.number_of(&mut rest)?;
        rest.is_empty().then_some(number)
    }
}

/// The last line of the parser's message, which has the reason.
fn one_line(error: &regex_syntax::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

impl Piece {
    fn of(hir: &Hir) -> Result<Self, String> {
        Ok(match hir.kind() {
            HirKind::Empty => Self::Literal("".into()),
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => Self::Literal(text.into()),
                Err(_) => return Err("the pattern makes bytes that are no text".to_owned()),
            },
            HirKind::Class(class) => {
                let letters = letters(class)?;
                if letters.is_empty() {
                    return Err(
                        "a class of the pattern has no letter; expected at least one".to_owned(),
                    );
                }
                Self::Class(letters.into())
            }
            HirKind::Repetition(repetition) => {
                let Some(max) = repetition.max else {
                    return Err(
                        "'*', '+' and '{n,}' have no upper limit; expected one, such as {0,20}"
                            .to_owned(),
                    );
                };
                Self::Repeat {
                    piece: Box::new(Self::of(&repetition.sub)?),
                    min: repetition.min,
                    max,
                }
            }
            HirKind::Capture(group) => Self::of(&group.sub)?,
            HirKind::Concat(parts) => {
                Self::Sequence(parts.iter().map(Self::of).collect::<Result<_, _>>()?)
            }
            HirKind::Alternation(parts) => {
                Self::Either(parts.iter().map(Self::of).collect::<Result<_, _>>()?)
            }
            HirKind::Look(_) => {
                return Err(
                    "anchors and word boundaries ('^', '$', '\\b') match places, and make no text; \
                     expected a pattern without them (it describes the whole text)"
                        .to_owned(),
                );
            }
        })
    }

    /// The maximum length of a text in characters; `None` if it overflows.
    fn longest(&self) -> Option<u64> {
        match self {
            Self::Literal(text) => Some(text.chars().count() as u64),
            Self::Class(_) => Some(1),
            Self::Repeat { piece, max, .. } => piece.longest()?.checked_mul((*max).into()),
            Self::Sequence(parts) => parts
                .iter()
                .try_fold(0_u64, |sum, part| sum.checked_add(part.longest()?)),
            Self::Either(parts) => parts
                .iter()
                .try_fold(0, |longest, part| Some(longest.max(part.longest()?))),
        }
    }

    fn write(&self, random: &mut Random, text: &mut String) {
        match self {
            Self::Literal(literal) => text.push_str(literal),
            Self::Class(letters) => text.push(letters[random.below(letters.len() as u64) as usize]),
            Self::Repeat { piece, min, max } => {
                let more = random.below(u64::from(max - min) + 1) as u32;
                for _ in 0..min + more {
                    piece.write(random, text);
                }
            }
            Self::Sequence(parts) => parts.iter().for_each(|part| part.write(random, text)),
            Self::Either(parts) => {
                parts[random.below(parts.len() as u64) as usize].write(random, text)
            }
        }
    }

    /// Whether it is evident that each text can be derived in only one way: literals, classes,
    /// fixed counts and sequences of these.
    fn is_plain(&self) -> bool {
        match self {
            Self::Literal(_) | Self::Class(_) => true,
            Self::Repeat { piece, min, max } => min == max && piece.is_plain(),
            Self::Sequence(parts) => parts.iter().all(Self::is_plain),
            Self::Either(_) => false,
        }
    }

    /// How many texts there are; `None` from 2^127 on.
    fn count(&self) -> Option<u128> {
        const LIMIT: u128 = 1 << 127;
        let count = match self {
            Self::Literal(_) => Some(1),
            Self::Class(letters) => Some(letters.len() as u128),
            Self::Repeat { piece, max, .. } => piece.count()?.checked_pow(*max),
            Self::Sequence(parts) => parts
                .iter()
                .try_fold(1_u128, |product, part| product.checked_mul(part.count()?)),
            Self::Either(_) => None,
        };
        count.filter(|count| *count < LIMIT)
    }

    fn write_number(&self, mut number: u128, text: &mut String) {
        match self {
            Self::Literal(literal) => text.push_str(literal),
            Self::Class(letters) => text.push(letters[number as usize]),
            Self::Repeat { piece, max, .. } => {
                let of_each = piece.count().unwrap_or(u128::MAX);
                for _ in 0..*max {
                    piece.write_number(number % of_each, text);
                    number /= of_each;
                }
            }
            Self::Sequence(parts) => {
                for part in parts {
                    let of_this = part.count().unwrap_or(u128::MAX);
                    part.write_number(number % of_this, text);
                    number /= of_this;
                }
            }
            Self::Either(_) => unreachable!("a pattern with alternatives has no numbers"),
        }
    }

    /// The number of the text at the start of `rest`, which is consumed.
    fn number_of(&self, rest: &mut &str) -> Option<u128> {
        match self {
            Self::Literal(literal) => {
                *rest = rest.strip_prefix(&**literal)?;
                Some(0)
            }
            Self::Class(letters) => {
                let mut chars = rest.chars();
                let letter = chars.next()?;
                *rest = chars.as_str();
                Some(letters.iter().position(|one| *one == letter)? as u128)
            }
            Self::Repeat { piece, max, .. } => {
                let of_each = piece.count()?;
                let (mut number, mut place) = (0, 1);
                for _ in 0..*max {
                    number += piece.number_of(rest)? * place;
                    place = place.checked_mul(of_each)?;
                }
                Some(number)
            }
            Self::Sequence(parts) => {
                let (mut number, mut place) = (0, 1);
                for part in parts {
                    number += part.number_of(rest)? * place;
                    place = place.checked_mul(part.count()?)?;
                }
                Some(number)
            }
            Self::Either(_) => None,
        }
    }
}

/// The characters of a class, at most 10,000.
fn letters(class: &Class) -> Result<Vec<char>, String> {
    const MOST: usize = 10_000;
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => class
            .iter()
            .map(|range| (range.start() as u32, range.end() as u32))
            .collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|range| (range.start().into(), range.end().into()))
            .collect(),
    };
    let count: u64 = ranges
        .iter()
        .map(|(from, to)| u64::from(to - from) + 1)
        .sum();
    let printable = |letter: &u32| *letter >= 0x20 && *letter != 0x7f;
    if count > MOST as u64 {
        return Err(format!(
            "a class of the pattern has {count} letters ('.' and negations have nearly all); expected at most {MOST}, such as [a-z]"
        ));
    }
    let letters = ranges.iter().flat_map(|(from, to)| *from..=*to);
    // Without Unicode, '.' includes bytes that are not characters.
    let ascii = matches!(class, Class::Bytes(_));
    Ok(letters
        .filter(|letter| !ascii || (*letter < 0x80 && printable(letter)))
        .filter_map(char::from_u32)
        .collect())
}

#[cfg(test)]
mod tests {
    use emulator_domain::Seed;
    use proptest::prelude::*;

    use super::*;
    use crate::random::{Key, Name};

    fn texts(pattern: &str, count: u64) -> Vec<String> {
        let pattern = Pattern::parse(pattern).unwrap();
        let key = Key::new(Seed::new(1), Name::new("text"));
        (0..count)
            .map(|point| {
                let mut text = String::new();
                pattern.write(&mut key.at(point), &mut text);
                text
            })
            .collect()
    }

    #[test]
    fn every_text_matches_its_pattern_and_every_letter_comes() {
        let seen: std::collections::BTreeSet<_> =
            texts("(a|bc)?[x-z]{1,2}", 1000).into_iter().collect();
        // Nothing, a or bc; then one or two of three letters.
        assert_eq!(seen.len(), 3 * (3 + 9));
        assert!(
            texts(r"\d{3}-[^\W\d_]", 50)
                .iter()
                .all(|text| text.len() == 5)
        );
        assert_eq!(texts("", 1), [""]);
        assert!(
            texts("[äöü]", 20)
                .iter()
                .all(|text| "äöü".contains(text.as_str()))
        );
    }

    #[test]
    fn what_makes_no_text_is_refused_with_the_reason() {
        for (pattern, told) in [
            ("a*", "no upper limit"),
            ("[a-z]+", "no upper limit"),
            ("x{3,}", "no upper limit"),
            ("^a$", "anchors"),
            (r"\bword\b", "anchors"),
            ("[a-", "cannot be read"),
            ("(", "cannot be read"),
            (r"(a)\1", "cannot be read"),
            ("a{9999}{9999}", "more than 10000 letters"),
            ("[[:alpha:]&&[0-9]]", "no letter"),
            (r"\p{L}", "letters"),
            (&"a".repeat(1001), "at most 1000"),
        ] {
            let error = Pattern::parse(pattern).map(drop).unwrap_err();
            assert!(error.contains(told), "{pattern}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_text_of_a_plain_pattern_leads_back_to_its_number(number in 0..26_u128.pow(3) * 100_000) {
            let pattern = Pattern::parse("[A-Z]{3}-[0-9]{5}").unwrap();
            prop_assert_eq!(pattern.distinct(), Some(26_u128.pow(3) * 100_000));
            let mut text = String::new();
            pattern.write_number(number, &mut text);
            prop_assert_eq!(pattern.number_of(&text), Some(number));
            prop_assert_eq!(pattern.number_of(&(text + "x")), None);
        }

        #[test]
        fn no_pattern_panics(pattern in ".{0,40}") {
            let _ = Pattern::parse(&pattern);
        }
    }
}
