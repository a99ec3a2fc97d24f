//! The results as text and as JSON.

use std::fmt::Write;

use emulator_domain::Seed;
use emulator_gate::measure::Interval;
use emulator_gate::{Outcome, Report, Verdict};
use indicatif::HumanCount;
use serde_json::{Value, json};

/// As text, for people.
pub(super) fn text(report: &Report, seeds: [Seed; 2]) -> String {
    let [one, other] = report.payments.map(|payments| HumanCount(payments as u64));
    let mut text = format!(
        "{}: {one} payments of seed {}, {} of them fraud; {other} of seed {}, other people and shops\n\n",
        report.world.name(),
        seeds[0].get(),
        HumanCount(report.frauds as u64),
        seeds[1].get(),
    );
    let mut line = |measure: &str, [value, bound, verdict, of]: &[String; 4]| {
        let line = format!("{measure:51} {value:24} {bound:18} {verdict:8} {of}");
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line(
        "measure",
        &["value", "bound", "verdict", ""].map(String::from),
    );
    for row in &report.rows {
        let cells = [
            row.outcome.to_string(),
            row.bound.to_string(),
            row.verdict().to_string(),
            row.note(),
        ];
        line(row.measure, &cells);
    }
    for setting in &report.dial {
        let measure = format!("boosted trees at difficulty {}: AUC", setting.difficulty);
        line(
            &measure,
            &[
                setting.area.to_string(),
                "falls".to_owned(),
                String::new(),
                String::new(),
            ],
        );
    }
    let fails = report
        .rows
        .iter()
        .filter(|row| row.verdict() == Verdict::Fails)
        .count();
    let open = report
        .rows
        .iter()
        .filter(|row| row.verdict() == Verdict::Open)
        .count();
    let _ = write!(
        text,
        "\n{} bounds: {fails} missed, {open} open",
        report.rows.len()
    );
    if !report.dial.is_empty() {
        let falls = if report.falls() {
            "falls"
        } else {
            "does not fall"
        };
        let _ = write!(text, "; the area {falls} with difficulty");
    }
    text + "\n"
}

/// As JSON, for machines.
pub(super) fn json(report: &Report, seeds: [Seed; 2]) -> Value {
    let finite = |value: f64| value.is_finite().then_some(value);
    let area = |Interval { value, low, high }| json!({ "value": value, "low": low, "high": high });
    let rows = report.rows.iter().map(|row| {
        let (value, interval, why) = match row.outcome {
            Outcome::Measured(value, interval) => (Some(value), interval.map(area), None),
            Outcome::Absent(why) => (None, None, Some(json!(why))),
            Outcome::TooFew(needed) => (None, None, Some(json!({ "needs_records": needed }))),
        };
        json!({
            "measure": row.measure,
            "value": value,
            "interval": interval,
            "low": finite(row.bound.low),
            "high": finite(row.bound.high),
            "verdict": row.verdict().to_string().to_lowercase(),
            "of": row.of,
            "open": why,
        })
    });
    let dial = report.dial.iter();
    let dial =
        dial.map(|setting| json!({ "difficulty": setting.difficulty, "area": area(setting.area) }));
    json!({
        "world": report.world.name(),
        "seeds": seeds.map(Seed::get),
        "payments": report.payments,
        "people": report.people,
        "frauds": report.frauds,
        "rows": rows.collect::<Vec<_>>(),
        "dial": dial.collect::<Vec<_>>(),
        "holds": report.holds(),
    })
}
