//! Estimates how likely transactions are fraudulent.

use std::io;

use adapter_tables::{Rows, read_rows};
use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};
use compute_ports::{ProcessError, Processor, Work};
use emulator_domain::Cents;
use emulator_domain::rules::suspicion::{ObservedPayment, Suspicion};

/// Scores transactions by the traces that the emulator's rules of fraud leave.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScoreFraud;

/// The required columns, in the order of the output.
const COLUMNS: [&str; 5] = [
    "transaction_id",
    "user_id",
    "amount",
    "merchant",
    "location",
];
/// Prefix of these columns in the emulator's JSON.
const ENVELOPE: &str = "data.";
/// Parts of a score below this are not reported.
const SMALLEST_REASON: f64 = 0.000_05;
/// After how many rows cancellation is checked.
const ASK_EVERY: u64 = 4096;

impl Processor for ScoreFraud {
    fn description(&self) -> ServiceDescription {
        ServiceDescription::parse(ServiceDraft {
            name: "Fraud score".to_owned(),
            slug: "score-fraud".to_owned(),
            summary: "Says of each card transaction how likely it is fraudulent, and why."
                .to_owned(),
            description: format!(
                "Transactions as CSV or JSON with the columns `{}`, such as the emulator makes; \
                 other columns are ignored. Each row needs all five: `user_id` a whole number, \
                 `amount` dollars such as 12.34, `location` a country such as US (ISO 3166-1 \
                 alpha-2). The score is the share of payments with the same \
                 amount, kind of merchant, place and kind of user that are fraudulent by the \
                 emulator's rules, 0 to 1; `reasons` has the rules that may have made the payment, \
                 the likeliest first, each with its part of the score. Labels are not looked at.",
                COLUMNS.join("`, `")
            ),
            data_in: vec![Field::new(
                "transactions",
                &[MediaType::Csv, MediaType::Json],
            )],
            data_out: vec![Field::new("scores", &[MediaType::Csv])],
            tags: vec![Tag::AnomalyDetection, Tag::ExplainableAi],
            has_ai: false,
        })
        .expect("the description is one that engines take")
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let mut output = csv::Writer::from_writer(work.output(MediaType::Csv)?);
        let written = |result: csv::Result<()>| result.map_err(io::Error::from);
        written(output.write_record(COLUMNS.iter().chain(&["score", "reasons"])))?;
        let mut input = work.inputs.remove(0);
        let mut columns = None;
        let rows = read_rows(&mut input, |rows| {
            let positions = match columns {
                Some(positions) => positions,
                None => *columns.insert(positions(rows)?),
            };
            let cells = cells(rows, positions)?;
            let payment = payment(rows.number(), cells)?;
            let suspicion = payment.suspicion();
            let score = format!("{:.4}", suspicion.score());
            let reasons = in_words(&suspicion);
            let line = cells.iter().copied().chain([&*score, &*reasons]);
            written(output.write_record(line))?;
            if rows.number().is_multiple_of(ASK_EVERY) && work.is_cancelled() {
                return Err(ProcessError::data("the task was stopped"));
            }
            Ok(())
        })?;
        // A file without rows needs the columns as well, if it names any.
        if columns.is_none() && !rows.names().is_empty() {
            positions(&rows)?;
        }
        output.flush()?;
        Ok(())
    }
}

fn positions(rows: &Rows) -> Result<[usize; COLUMNS.len()], ProcessError> {
    let mut positions = [0; COLUMNS.len()];
    for (position, name) in positions.iter_mut().zip(COLUMNS) {
        let found = rows.position(name);
        let found = found.or_else(|| rows.position(&format!("{ENVELOPE}{name}")));
        *position = found.ok_or_else(|| {
            let columns = COLUMNS.join(", ");
            ProcessError::data(format!("there is no column {name}; expected {columns}"))
        })?;
    }
    Ok(positions)
}

fn cells(
    rows: &Rows,
    positions: [usize; COLUMNS.len()],
) -> Result<[&str; COLUMNS.len()], ProcessError> {
    let mut cells = [""; COLUMNS.len()];
    for ((cell, position), name) in cells.iter_mut().zip(positions).zip(COLUMNS) {
        *cell = rows.cell(position).text().ok_or_else(|| {
            let row = rows.number();
            ProcessError::data(format!("row {row} has no {name}; each needs one"))
        })?;
    }
    Ok(cells)
}

fn payment(row: u64, cells: [&str; COLUMNS.len()]) -> Result<ObservedPayment<'_>, ProcessError> {
    let [_, user_id, amount, merchant, location] = cells;
    let refused = |name: &str, got: &str, expected: &str| {
        let got: String = got.chars().take(40).collect();
        ProcessError::data(format!(
            "row {row}: {name}: got {got:?}, expected {expected}"
        ))
    };
    let user_id = user_id
        .parse()
        .map_err(|_| refused("user_id", user_id, "a whole number up to 4294967295"))?;
    let cents = amount
        .parse::<f64>()
        .ok()
        .map(|dollars| (dollars * 100.0).round());
    let cents = cents.filter(|cents| (0.0..=f64::from(u32::MAX)).contains(cents));
    let cents =
        cents.ok_or_else(|| refused("amount", amount, "an amount of dollars such as 12.34"))?;
    if location.len() != 2 || !location.bytes().all(|byte| byte.is_ascii_uppercase()) {
        let expected = "a country of two capital letters such as US (ISO 3166-1 alpha-2)";
        return Err(refused("location", location, expected));
    }
    Ok(ObservedPayment {
        user_id,
        amount: Cents::new(cents as u32),
        merchant,
        location,
    })
}

/// `account_takeover 0.3712; baseline 0.0020`.
fn in_words(suspicion: &Suspicion) -> String {
    let reasons = suspicion.reasons();
    let reasons = reasons.take_while(|(_, part)| *part >= SMALLEST_REASON);
    let reasons: Vec<_> = reasons
        .map(|(rule, part)| format!("{} {part:.4}", rule.name()))
        .collect();
    reasons.join("; ")
}
