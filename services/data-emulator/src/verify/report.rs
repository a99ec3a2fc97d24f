//! The findings, as text and as JSON.

use emulator_application::verify_delivery::{Conclusion, Delivered};
use emulator_domain::verification::{Indices, RecordLocation, VerificationReport};
use indicatif::HumanCount;
use serde_json::{Value, json};

/// Maximum number of ranges, and of places, shown per finding.
const RANGES: usize = 10;
const PLACES: usize = 50;

/// A verified run.
pub(super) struct Verified<'a> {
    pub(super) run: &'a Delivered,
    /// The place that was read.
    pub(super) place: String,
    pub(super) report: &'a VerificationReport,
    pub(super) seconds: f64,
}

impl Verified<'_> {
    /// As text, for people.
    pub(super) fn text(&self) -> String {
        let Self {
            run,
            place,
            report,
            seconds,
        } = self;
        let totals = &report.totals;
        let count = HumanCount;
        let conclusion = run.conclusion(report);
        let expected = if run.plan.deliveries().is_some() {
            "as it was to be, with its imperfections"
        } else if self.is_table() {
            "there, once and unchanged"
        } else {
            "there, once, unchanged and in order"
        };
        let verdict = match conclusion {
            Conclusion::Complete => format!("verified: all is {expected}"),
            Conclusion::Incomplete => {
                format!(
                    "INCOMPLETE: the run is {}; what it delivered is {expected}",
                    run.status
                )
            }
            Conclusion::Faulty => {
                "FAULTY: what is there differs from what the run should have left there".to_owned()
            }
        };
        let mut text = format!("{verdict}\nemulation {} in {place}\n", run.id);
        text += &format!(
            "records: {} expected, {} acknowledged, {} intact, {} of other emulations; {} read in {seconds:.3} s ({} a second)\n",
            count(report.planned),
            count(run.acknowledged),
            count(totals.intact),
            count(totals.other_emulations),
            count(totals.read),
            count(self.records_per_second() as u64),
        );
        text += &finding("missing", &report.missing, "index");
        for (column, indices) in &report.columns {
            text += &finding(&format!("changed in {column}"), indices, "index");
        }
        let faulty = || report.places.iter().filter(|place| !place.is_clean());
        for place in faulty().take(PLACES) {
            text += &self.place(place);
        }
        let more = faulty().count().saturating_sub(PLACES);
        if more > 0 {
            text += &format!("more places with findings: {more}; --json names them\n");
        }
        for name in report.foreign_objects.iter().take(PLACES) {
            text += &format!("object {name} is foreign\n");
        }
        if totals.foreign_objects > PLACES as u64 {
            let more = totals.foreign_objects - PLACES as u64;
            text += &format!("more foreign objects: {}\n", count(more));
        }
        text
    }

    fn place(&self, place: &RecordLocation) -> String {
        let is_object = place.expected.is_some();
        let kind = match (place.is_table(), is_object) {
            (true, _) => "table",
            (_, true) => "object",
            (_, false) => "partition",
        };
        let absent = place.absent.then(|| "is not there".to_owned());
        let damage = place.damage.map(|damage| damage.to_string());
        let state: Vec<_> = absent.into_iter().chain(damage).collect();
        let mut text = format!("{kind} {}", place.name);
        if !state.is_empty() {
            text += &format!(" {}", state.join(" and "));
        }
        let position = match (place.is_table(), is_object) {
            (true, _) => "row",
            (_, true) => "record",
            (_, false) => "offset",
        };
        let mut findings = String::new();
        for (name, indices, unit) in [
            ("missing here", &place.missing, "index"),
            ("duplicate", &place.duplicate, "index"),
            ("corrupt", &place.corrupt, "index"),
            ("out of order", &place.out_of_order, "index"),
            ("foreign", &place.foreign, position),
        ] {
            let line = finding(name, indices, unit);
            if !line.is_empty() {
                findings += &format!("  {line}");
            }
        }
        if !findings.is_empty() {
            text.push(':');
        }
        text + "\n" + &findings
    }

    fn is_table(&self) -> bool {
        self.report.places.iter().any(RecordLocation::is_table)
    }

    fn records_per_second(&self) -> f64 {
        self.report.totals.read as f64 / self.seconds.max(1e-6)
    }

    /// As one JSON object.
    pub(super) fn json(&self) -> Value {
        let Self {
            run,
            place,
            report,
            seconds,
        } = self;
        let totals = &report.totals;
        json!({
            "emulation_id": run.id.to_string(),
            "from": place,
            "conclusion": run.conclusion(report).name(),
            "sound": run.conclusion(report) == Conclusion::Complete,
            "status": run.status.name(),
            "planned": report.planned,
            "generated": run.generated,
            "acknowledged": run.acknowledged,
            "seconds": seconds,
            "records_per_second": self.records_per_second(),
            "totals": {
                "places": totals.places,
                "damaged": totals.damaged,
                "read": totals.read,
                "other_emulations": totals.other_emulations,
                "intact": totals.intact,
                "missing": totals.missing,
                "duplicate": totals.duplicate,
                "corrupt": totals.corrupt,
                "out_of_order": totals.out_of_order,
                "foreign": totals.foreign,
                "foreign_objects": totals.foreign_objects,
            },
            "missing": indices_json(&report.missing),
            "columns": report.columns.iter().map(|(name, indices)| json!({
                "name": name,
                "changed": indices_json(indices),
            })).collect::<Vec<_>>(),
            "places": report.places.iter().map(place_json).collect::<Vec<_>>(),
            "foreign_objects": report.foreign_objects,
        })
    }
}

fn place_json(place: &RecordLocation) -> Value {
    json!({
        "name": place.name,
        "expected": place.expected.as_ref().map(|range| [range.start, range.end - 1]),
        "absent": place.absent,
        "damage": place.damage.map(|damage| damage.to_string()),
        "read": place.read,
        "other_emulations": place.other_emulations,
        "intact": place.intact,
        "missing": indices_json(&place.missing),
        "duplicate": indices_json(&place.duplicate),
        "corrupt": indices_json(&place.corrupt),
        "out_of_order": indices_json(&place.out_of_order),
        "foreign": indices_json(&place.foreign),
    })
}

/// Each range as its first and last number.
fn indices_json(indices: &Indices) -> Value {
    let ranges = indices.ranges().iter();
    json!({
        "count": indices.count(),
        "ranges": ranges.map(|range| [range.start, range.end - 1]).collect::<Vec<_>>(),
        "not_named": indices.left_out(),
    })
}

/// How many and which; empty if there are none.
fn finding(name: &str, indices: &Indices, unit: &str) -> String {
    if indices.count() == 0 {
        return String::new();
    }
    let mut ranges: Vec<_> = indices
        .ranges()
        .iter()
        .take(RANGES)
        .map(|range| match range.end - range.start {
            1 => range.start.to_string(),
            _ => format!("{}-{}", range.start, range.end - 1),
        })
        .collect();
    if indices.ranges().len() > RANGES || indices.left_out() > 0 {
        ranges.push("and more".to_owned());
    }
    let count = HumanCount(indices.count());
    format!("{count} {name}: {unit} {}\n", ranges.join(", "))
}

#[cfg(test)]
mod tests {
    use emulator_domain::Domain;
    use emulator_domain::emulation::{EmulationId, GlobalStatus};
    use emulator_domain::plan::{EmulationPlan, Format, PlanSpec, Sink};
    use emulator_domain::verification::{Damage, Verdict, Verification};

    use super::*;

    #[test]
    fn findings_are_sentences_and_lists() {
        let spec = PlanSpec::new(Domain::Transaction, Sink::File, Format::Csv);
        let run = Delivered {
            id: "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21"
                .parse::<EmulationId>()
                .unwrap(),
            plan: EmulationPlan::new(spec).unwrap(),
            status: GlobalStatus::Completed,
            generated: 40,
            acknowledged: 40,
        };
        let mut verification = Verification::new(40, 0);
        let mut read = |name: &str, records: std::ops::Range<u64>, verdicts: &[Verdict]| {
            let mut place = RecordLocation::new(name, Some(records));
            for (verdict, position) in verdicts.iter().zip(0..) {
                verification.note(&mut place, *verdict, position);
            }
            place
        };
        let intact: Vec<_> = (0..10).map(Verdict::Intact).collect();
        let clean = read("a", 0..10, &intact);
        let duplicate = read("b", 10..12, &[10, 10, 11].map(Verdict::Intact));
        let mut cut = read("c", 12..20, &[Verdict::Corrupt(12), Verdict::Foreign]);
        cut.damaged(Damage::Cut);
        let mut absent = read("d", 20..30, &[]);
        absent.absent = true;
        let rest: Vec<_> = (30..40).map(Verdict::Intact).collect();
        let mut trailing = read("e", 30..40, &rest);
        trailing.damaged(Damage::Trailing);
        for place in [clean, duplicate, cut, absent, trailing] {
            verification.close(place);
        }
        verification.foreign_object("f");
        let text = Verified {
            run: &run,
            place: "out/transactions".to_owned(),
            report: &verification.finish(),
            seconds: 0.5,
        };
        assert_eq!(
            text.text(),
            "FAULTY: what is there differs from what the run should have left there
emulation 0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21 in out/transactions
records: 40 expected, 40 acknowledged, 22 intact, 0 of other emulations; 25 read in 0.500 s (50 a second)
17 missing: index 13-29
object b:
  1 duplicate: index 10
object c ends too early:
  7 missing here: index 13-19
  1 corrupt: index 12
  1 foreign: record 1
object d is not there:
  10 missing here: index 20-29
object e has bytes after its end
object f is foreign
"
        );
    }
}
