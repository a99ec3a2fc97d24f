//! Texts that match a pattern.

use emulator_domain::record::{Cells, Column, LogicalType, TextCells};

use super::number::{is_unique, unique_order};
use super::{GeneratorKind, Made};
use crate::pattern::Pattern;
use crate::permutation::Permutation;
use crate::program::{Generator, Points};
use crate::random::Key;

pub(super) const TEXT: GeneratorKind = GeneratorKind {
    name: "text",
    summary: "A text that matches a regular expression: literals, classes such as `[A-Z0-9]` and `\\d`, groups, alternatives, and counts with an upper limit such as `{5}`, `{2,8}` and `?`. All characters of a class, all alternatives and all counts are equally likely. With `unique: true`, no text occurs twice.",
    parameter: r#"{"type":"string"}"#,
    beside: &[("unique", r#"{"type":"boolean"}"#)],
    example: "note: { text: \"[A-Z]{3}-[0-9]{5}\", null: 0.7 }",
    read: |context, field| {
        let text = context
            .faults
            .text(field.parameter, "a regular expression")?;
        let pattern = match Pattern::parse(text) {
            Ok(pattern) => pattern,
            Err(message) => {
                context.faults.at(field.parameter.place, message);
                return None;
            }
        };
        if !is_unique(context, field)? {
            return Some(Made::new(Text(pattern), LogicalType::Text));
        }
        let Some(texts) = pattern.distinct() else {
            let place = field.parameter.place;
            context.faults.at(
                place,
                "unique needs a pattern in which each text arises in one way, with fewer than 2^127 \
                 of them: classes with fixed counts, and alternatives of them of another length or \
                 beginning",
            );
            return None;
        };
        let order = unique_order(context, field.parameter, texts)?;
        let spread = texts / u128::from(order.size());
        let unique = UniqueTexts {
            pattern,
            order,
            spread,
        };
        Some(Made::new(unique, LogicalType::Text).leading_back())
    },
};

#[derive(Debug)]
struct Text(Pattern);

impl Generator for Text {
    fn fill(&self, points: &Points<'_>) -> Column {
        let mut cells = TextCells::default();
        for index in points.indices {
            self.0.write(&mut points.key.at(*index), cells.writer());
            cells.end();
        }
        Column::new(Cells::Text(cells))
    }
}

#[derive(Debug)]
struct UniqueTexts {
    pattern: Pattern,
    order: Permutation,
    /// How many texts each number of the permutation covers, because there may be more than 2^63;
    /// one of them is drawn.
    spread: u128,
}

impl Generator for UniqueTexts {
    fn fill(&self, points: &Points<'_>) -> Column {
        let mut cells = TextCells::default();
        for index in points.indices {
            let place = u128::from(self.order.forward(points.key, *index));
            let drawn = u128::from(points.key.at(*index).word()) % self.spread;
            self.pattern
                .write_number(place * self.spread + drawn, cells.writer());
            cells.end();
        }
        Column::new(Cells::Text(cells))
    }

    fn index_of(&self, key: Key, text: &str) -> Option<u64> {
        let number = self.pattern.number_of(text)? / self.spread;
        self.order.backward(key, u64::try_from(number).ok()?)
    }
}
