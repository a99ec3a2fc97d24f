//! Sequential numbers.

use emulator_domain::record::{Cells, Column, LogicalType};

use super::{GeneratorKind, Made};
use crate::program::{Generator, Points, StreamKind};
use crate::random::Key;

pub(super) const SEQUENCE: GeneratorKind = GeneratorKind {
    name: "sequence",
    summary: "Increasing whole numbers in record order, from `start` (default 1) in steps of `step` (default 1). Identifies the record.",
    parameter: r#"{"type":"object","properties":{"start":{"type":"integer"},"step":{"type":"integer","minimum":1}},"additionalProperties":false}"#,
    beside: &[],
    example: "customer_id: { sequence: { start: 1000, step: 1 } }",
    read: |context, field| {
        context.refuse_in_elements(field.parameter, "a sequence")?;
        let faults = &mut *context.faults;
        let entries = faults.map(field.parameter, "a map, such as {start: 1} or {}")?;
        faults.only(entries, &["start", "step"]);
        let mut number = |name: &str, bounds| match field.parameter.get(name) {
            None => Some(1),
            Some(node) => faults.within(name, |faults| faults.integer(node, bounds)),
        };
        let start = number(
            "start",
            -1_000_000_000_000_000_000..=1_000_000_000_000_000_000,
        )?;
        let step = number("step", 1..=1_000_000_000)?;
        if let StreamKind::Entities { count } = context.kind
            && i128::from(start) + i128::from(step) * i128::from(*count) > i128::from(i64::MAX)
        {
            faults.at(
                field.parameter.place,
                "the last number is beyond 2^63; expected a smaller start, step or count",
            );
            return None;
        }
        Some(Made::new(Sequence { start, step }, LogicalType::Long).leading_back())
    },
};

#[derive(Debug)]
struct Sequence {
    start: i64,
    step: i64,
}

impl Generator for Sequence {
    fn fill(&self, points: &Points<'_>) -> Column {
        let number = |index: &u64| {
            self.start
                .wrapping_add(self.step.wrapping_mul(*index as i64))
        };
        Column::new(Cells::Long(points.indices.iter().map(number).collect()))
    }

    fn index_of(&self, _key: Key, text: &str) -> Option<u64> {
        let steps = text.parse::<i64>().ok()?.checked_sub(self.start)?;
        (steps % self.step == 0).then(|| u64::try_from(steps / self.step).ok())?
    }
}
