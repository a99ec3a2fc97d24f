//! Profiles tables.

use std::io::Write;

use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};
use compute_ports::{ProcessError, Processor, Work};

use crate::column::{Column, TableProfile};
use crate::kind::Kind;
use crate::page;
use crate::quotes::LONGEST;
use crate::read::read_rows;
use crate::rows::MAX_COLUMNS;

/// Profiles a table of any length: it is read once, and memory does not grow with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfileTable;

/// After how many rows cancellation is checked.
const ASK_EVERY: u64 = 4096;

impl Processor for ProfileTable {
    fn description(&self) -> ServiceDescription {
        ServiceDescription::parse(ServiceDraft {
            name: "Table profile".to_owned(),
            slug: "profile-table".to_owned(),
            summary: "Says what is in a table: types, nulls, distinct values, quantiles, outliers."
                .to_owned(),
            description: format!(
                "CSV with a header line and commas, or JSON: an array of objects, or objects one \
                 after the other, whose nested members become columns such as `data.amount`; up \
                 to {MAX_COLUMNS} columns and any number of rows. A quoted field of CSV has at \
                 most {} MiB.\n\n\
                 The profile has the number of `rows` and, of each of the `columns`, its `name`, \
                 `type` ({} or empty), `types` (how many values look like each), `nulls`, \
                 `distinct` values and `top`, the most frequent ones; of texts `lengths`, of \
                 numbers `min`, `max`, `mean`, `standard_deviation`, `quantiles` and `outliers`. \
                 The page shows them to people.\n\n\
                 Minimum, maximum, mean, nulls and types are exact; a large integer is written \
                 with all its digits, up to 38 in CSV and 64 bits in JSON. Distinct values are \
                 estimated (standard error 0.8 %), quantiles by t-digest, and a frequent value is \
                 counted too low by `top_error` at most. Outliers lie further from the middle half \
                 of the values than one and a half of its width.",
                LONGEST >> 20,
                Kind::ALL.map(Kind::name).join(", ")
            ),
            data_in: vec![Field::new("table", &[MediaType::Csv, MediaType::Json])],
            data_out: vec![
                Field::new("profile", &[MediaType::Json]),
                Field::new("page", &[MediaType::Pdf]),
            ],
            tags: vec![Tag::DataPreprocessing, Tag::AnomalyDetection],
            has_ai: false,
        })
        .expect("the description is one that engines take")
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let profile = profile(work)?;
        let mut json = work.output(MediaType::Json)?;
        serde_json::to_writer_pretty(&mut json, &profile).map_err(std::io::Error::from)?;
        json.write_all(b"\n")?;
        drop(json);
        work.output(MediaType::Pdf)?
            .write_all(&page::pdf(&profile))?;
        Ok(())
    }
}

fn profile(work: &mut Work) -> Result<TableProfile, ProcessError> {
    let mut columns = Vec::new();
    let mut input = work.inputs.remove(0);
    let rows = read_rows(&mut input, |rows| {
        columns.resize_with(rows.names().len(), Column::new);
        for (position, column) in columns.iter_mut().enumerate() {
            column.add(rows.number(), rows.cell(position));
        }
        if rows.number().is_multiple_of(ASK_EVERY) && work.is_cancelled() {
            return Err(ProcessError::data("the task was stopped"));
        }
        Ok(())
    })?;
    columns.resize_with(rows.names().len(), Column::new);
    let columns = rows.names().iter().zip(columns);
    Ok(TableProfile {
        rows: rows.number(),
        columns: columns
            .map(|(name, column)| column.profile(name, rows.number()))
            .collect(),
    })
}
