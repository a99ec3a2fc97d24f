//! Checks the imperfections of a plan.

use std::collections::BTreeSet;

use super::{PlanError, PlanField, PlanSpec};
use crate::imperfection::skew::Skewed;
use crate::imperfection::{CorruptKind, Corrupted, Corruption, Drift, Nearby, Skew, renamed};
use crate::record::Field;
use crate::{InvalidValue, listed, nearest};

impl PlanSpec {
    /// An error in the imperfections, under the name of where they are declared.
    pub(super) fn imperfection_error(&self, value: InvalidValue) -> PlanError {
        let stream = self.dataset.stream();
        match stream.filter(|stream| stream.imperfections() == Some(&self.imperfections)) {
            Some(stream) => PlanError::OfModel {
                place: format!("streams.{}.imperfections", stream.name()),
                value,
            },
            None => PlanError::new(PlanField::Imperfections, value),
        }
    }

    /// Reports imperfections that are invalid or incompatible with the rest of the plan.
    pub(super) fn imperfection_conflicts(&self, errors: &mut Vec<PlanError>) {
        let mut wrong = |value| errors.push(self.imperfection_error(value));
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
        if let Some(skew) = &all.clock_skew {
            self.skew_conflicts(skew, &mut wrong);
        }
        if let Some(drift) = &all.drift {
            self.drift_conflicts(drift, &mut wrong);
        }
    }

    fn corrupt_conflicts(&self, corrupt: &Corruption, wrong: &mut impl FnMut(InvalidValue)) {
        let (dataset, format) = (&self.dataset, self.format);
        let all: Vec<_> = Corrupted::names(dataset).collect();
        let able = |path: &[usize]| !Corrupted::kinds(dataset, format, path).is_empty();
        let able = all.iter().filter(|(path, _)| able(path));
        let able: Vec<&str> = able.map(|(_, name)| name.as_str()).collect();
        let mut named = BTreeSet::new();
        let mut is_wrong = false;
        for name in &corrupt.fields {
            named.insert(name);
            if able.contains(&name.as_str()) {
                continue;
            }
            is_wrong = true;
            let why = match Corrupted::is_kept(dataset, name) {
                true => " (verify knows a record by its id, and consumers by its key)",
                false => "",
            };
            let expected = format!("some of the fields {}{why}", listed(&able));
            wrong(unknown("corrupt.fields", name, &able, expected));
        }
        let found = Corrupted::new(corrupt, dataset, format, self.seed).len();
        if !is_wrong && found < named.len().max(1) {
            let names = CorruptKind::ALL.map(CorruptKind::name);
            let got = match corrupt.kinds.as_slice() {
                [] => "corrupt.fields that nothing can befall".to_owned(),
                kinds => {
                    let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
                    format!("corrupt.kinds {}", kinds.join(", "))
                }
            };
            let expected = format!(
                "a kind that suits each field in {format}, of {}: null needs a field that may be null or \
                 a format of text; empty, truncated and garbled a text; negative and extreme a number; \
                 type needs json or ndjson; unknown a UUID, the id or the key, which take no other",
                listed(&names)
            );
            wrong(InvalidValue::shown(got, expected));
        }
    }

    fn skew_conflicts(&self, skew: &Skew, wrong: &mut impl FnMut(InvalidValue)) {
        if skew.bound.micros() < 1000 {
            let got = format!("clock_skew.bound {}", skew.bound.get());
            wrong(InvalidValue::shown(
                got,
                "clock_skew.bound of 0.001 seconds or more",
            ));
        }
        let fields = self.dataset.schema().fields().iter();
        let able = fields.filter(|field| Skewed::tells_devices(&field.logical_type));
        let able: Vec<&str> = able.map(|field| &*field.name).collect();
        if !able.contains(&skew.device.as_str()) {
            let expected = format!(
                "clock_skew.device with the field that says whose clock it is: {}",
                listed(&able)
            );
            wrong(unknown("clock_skew.device", &skew.device, &able, expected));
        }
        let skewed = Skewed::new(skew, &self.dataset, self.seed);
        let has_times = skewed.is_none_or(|skewed| !skewed.times.is_empty());
        if !has_times && self.dataset.envelope() == crate::record::Envelope::None {
            let expected = format!("records with a time: {} has none", self.dataset);
            wrong(InvalidValue::shown("clock_skew", expected));
        }
    }

    fn drift_conflicts(&self, drift: &Drift, wrong: &mut impl FnMut(InvalidValue)) {
        if !self.format.is_json() {
            let expected = "format json or ndjson for drift: files and messages of the others have one \
                            schema, of CSV one header";
            wrong(InvalidValue::shown(
                format!("drift in {}", self.format),
                expected,
            ));
        }
        let fields = self.dataset.schema().fields();
        let is_able = |field: &&Field| !Corrupted::is_kept(&self.dataset, &field.name);
        let able: Vec<&str> = (fields.iter().filter(is_able))
            .map(|field| &*field.name)
            .collect();
        let Drift {
            remove,
            rename,
            retype,
            add,
            ..
        } = drift;
        if [remove.len(), rename.len(), retype.len(), add.len()] == [0; 4] {
            let expected = "some of remove, rename, retype and add";
            wrong(InvalidValue::shown("drift without a change", expected));
        }
        let renamed = rename.iter().map(|(name, _)| ("drift.rename", name));
        let named = (remove.iter().map(|name| ("drift.remove", name)))
            .chain(renamed)
            .chain(retype.iter().map(|name| ("drift.retype", name)));
        let mut seen = BTreeSet::new();
        for (what, name) in named {
            if !able.contains(&name.as_str()) {
                let expected = format!(
                    "some of the fields {} (id and key stay: verify knows a record by them)",
                    listed(&able)
                );
                wrong(unknown(what, name, &able, expected));
            } else if !seen.insert(name) {
                let got = format!("{what} '{}'", name.escape_debug());
                wrong(InvalidValue::json(got, "one change of each field"));
            }
        }
        let kept = fields.iter().map(|field| &*field.name);
        let mut names: BTreeSet<&str> = kept
            .filter(|name| {
                let is_gone = remove.iter().any(|gone| gone == name);
                !is_gone && rename.iter().all(|(old, _)| old != name)
            })
            .collect();
        let new = (rename.iter().map(|(_, name)| ("drift.rename to", name)))
            .chain(add.iter().map(|(name, _)| ("drift.add", name)));
        for (what, name) in new {
            let is_name = (1..=LONGEST_NAME).contains(&name.len());
            if !is_name || !names.insert(name) {
                let got = format!("{what} '{}'", name.escape_debug());
                let expected =
                    format!("a name that no other field has, of 1 to {LONGEST_NAME} bytes");
                wrong(InvalidValue::json(got, expected));
            }
        }
    }
}

/// The maximum length of the name of a field added by drift.
const LONGEST_NAME: usize = 63;

/// A name that is none of the possible ones.
fn unknown(what: &str, name: &str, able: &[&str], expected: String) -> InvalidValue {
    let got = format!("{what} '{}'", name.escape_debug());
    let meant = nearest(name, able, 2).map(str::to_owned);
    InvalidValue::json(got, expected).meaning(meant)
}
