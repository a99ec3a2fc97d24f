//! Whether what is to be wrong can be.

use super::{PlanError, PlanField, PlanSpec};
use crate::imperfection::{CorruptKind, Corrupted, Corruption, Nearby, renamed};
use crate::{InvalidValue, listed, nearest};

impl PlanSpec {
    /// What of the imperfections cannot be, or does not go with the rest.
    pub(super) fn imperfection_conflicts(&self, errors: &mut Vec<PlanError>) {
        let mut wrong = |value| errors.push(PlanError::new(PlanField::Imperfections, value));
        let all = &self.imperfections;
        if let Some(sum) = all.surplus() {
            let expected = "shares that add up to 1 at most: a record has one fault";
            wrong(InvalidValue::shown(
                format!("shares of {sum} together"),
                expected,
            ));
        }
        if let Some(late) = all.late {
            let spans = [("late.bound", Some(late.bound)), ("late.mean", late.mean)];
            for (name, span) in spans {
                if span.is_some_and(|span| span.micros() == 0) {
                    let expected = format!("{name} of 0.000001 seconds or more");
                    wrong(InvalidValue::shown(format!("{name} 0"), expected));
                }
            }
        }
        let windows = [
            ("out_of_order.window", 1, all.out_of_order),
            ("duplicate.window", 0, all.duplicate),
        ];
        for (name, least, nearby) in windows {
            let window = nearby.map_or(least, |nearby| nearby.window);
            if !(least..=Nearby::MOST).contains(&window) {
                let expected = format!("{name} of {least} to {} records", Nearby::MOST);
                wrong(InvalidValue::shown(format!("{name} {window}"), expected));
            }
        }
        if all.new_ids && renamed::position(&self.dataset).is_none() {
            let expected = format!(
                "duplicate.id same: {} has no id that is a UUID, a long or a text by itself",
                self.dataset
            );
            wrong(InvalidValue::shown("duplicate.id new", expected));
        }
        if let Some(corrupt) = &all.corrupt {
            self.corrupt_conflicts(corrupt, &mut wrong);
        }
    }

    fn corrupt_conflicts(&self, corrupt: &Corruption, wrong: &mut impl FnMut(InvalidValue)) {
        let dataset = &self.dataset;
        let fields = dataset.schema().fields();
        let able = fields
            .iter()
            .filter(|field| !Corrupted::is_kept(dataset, field));
        let able: Vec<&str> = able.map(|field| &*field.name).collect();
        let mut is_wrong = false;
        for name in &corrupt.fields {
            if able.contains(&name.as_str()) {
                continue;
            }
            is_wrong = true;
            let why = match fields.iter().any(|field| field.name == **name) {
                true => " (verify knows a record by its id, and consumers by its key)",
                false => "",
            };
            let expected = format!("some of the fields {}{why}", listed(&able));
            let got = format!("corrupt.fields '{}'", name.escape_debug());
            let meant = nearest(name, &able, 2).map(str::to_owned);
            wrong(InvalidValue::json(got, expected).meaning(meant));
        }
        if !is_wrong && Corrupted::new(corrupt, dataset, self.format, self.seed).is_empty() {
            let names = CorruptKind::ALL.map(CorruptKind::name);
            let got = match corrupt.kinds.as_slice() {
                [] => "corrupt.fields that nothing can befall".to_owned(),
                kinds => {
                    let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
                    format!("corrupt.kinds {}", kinds.join(", "))
                }
            };
            let expected = format!(
                "a kind that suits a field in {}, of {}: null needs a field that may be null or a \
                 format of text; empty, truncated and garbled a text; negative and extreme a number",
                self.format,
                listed(&names)
            );
            wrong(InvalidValue::shown(got, expected));
        }
    }
}
