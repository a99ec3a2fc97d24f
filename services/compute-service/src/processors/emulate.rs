//! Generates records of the emulator as a file.

use std::fmt::Display;
use std::io::Write;

use adapter_formats::Formats;
use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};
use compute_ports::{ProcessError, Processor, Work};
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::{EmulationPlan, Format, PlanField, PlanSpec, Sink};
use emulator_domain::{Domain, listed};
use emulator_manifest::PlanFields;
use emulator_ports::{Batch, Encoders, SchemaIds};

/// Generates the records of a plan, byte for byte those of `data-emulator emulate --to stdout`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Emulate;

/// Maximum size of a plan in bytes.
const PLAN_LIMIT: usize = 64 * 1024;
/// Records per batch: few enough to fit a core's private cache.
const BATCH_RECORDS: u64 = 2048;

/// The formats whose files have a type that engines know.
const FORMATS: [(Format, MediaType); 2] = [
    (Format::Csv, MediaType::Csv),
    (Format::Json, MediaType::Json),
];

/// Fields that a plan may have. Destination, pace and guarantee make no sense for a file.
const ALLOWED: [PlanField; 9] = [
    PlanField::Domain,
    PlanField::Format,
    PlanField::Count,
    PlanField::Seed,
    PlanField::StartTime,
    PlanField::Rate,
    PlanField::FirstUserId,
    PlanField::LastUserId,
    PlanField::Labels,
];

/// Fields that it must have, so that a repetition gives the same bytes.
const REQUIRED: [PlanField; 5] = [
    PlanField::Domain,
    PlanField::Format,
    PlanField::Count,
    PlanField::Seed,
    PlanField::StartTime,
];

impl Processor for Emulate {
    fn description(&self) -> ServiceDescription {
        let usual = PlanSpec::new(Domain::Transaction, Sink::Stdout, Format::Csv);
        let usual = PlanFields::from(&usual);
        let required = REQUIRED.map(|field| format!("`{field}`"));
        let optional = ALLOWED[REQUIRED.len()..].iter();
        let optional: Vec<_> = optional
            .map(|field| match usual.get(*field) {
                Some(value) => format!("`{field}` ({value})"),
                None => format!("`{field}`"),
            })
            .collect();
        ServiceDescription::parse(ServiceDraft {
            name: "Emulate".to_owned(),
            slug: "emulate".to_owned(),
            summary:
                "Makes transactions, user profiles or device logs, the same for the same plan."
                    .to_owned(),
            description: format!(
                "The plan is a JSON object of at most {} KiB with {} and, if wanted, {}, whose \
                 defaults are in brackets. `{}` is {}; the others are those of the data emulator's \
                 API. The records are those of `data-emulator emulate --to stdout` with the same \
                 values.",
                PLAN_LIMIT >> 10,
                required.join(", "),
                optional.join(", "),
                PlanField::Format,
                listed(&FORMATS.map(|(format, _)| format!("`{format}`")))
            ),
            data_in: vec![Field::new("plan", &[MediaType::Json])],
            data_out: vec![Field::new("records", &[MediaType::Csv, MediaType::Json])],
            tags: vec![Tag::DataPreprocessing, Tag::TimeSeries],
            has_ai: false,
        })
        .expect("the description is one that engines take")
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let (plan, media_type) = plan(&work.inputs[0].text(PLAN_LIMIT)?)?;
        let mut output = work.output(media_type)?;
        let id = EmulationId::of_plan(&plan);
        let encoder = Formats.encoder(id, &plan, SchemaIds::default());
        let mut framer = Formats.framing(id, &plan).framer();
        let mut batch = Batch::default();
        for start in (0..plan.end()).step_by(BATCH_RECORDS as usize) {
            if work.is_cancelled() {
                return Err(ProcessError::data("the task was stopped"));
            }
            let end = plan.end().min(start + BATCH_RECORDS);
            let made = encoder.encode(start..end, &mut batch);
            made.map_err(|error| ProcessError::data(error.to_string()))?;
            for piece in framer.append(&batch, 0..batch.len()) {
                output.write_all(piece)?;
            }
            work.report_progress(end as f64 / plan.end() as f64);
        }
        output.write_all(framer.finish())?;
        Ok(())
    }
}

fn plan(text: &str) -> Result<(EmulationPlan, MediaType), ProcessError> {
    let refused = |why: &dyn Display| {
        let why = format!("the plan cannot be used: {why}");
        ProcessError::data(why)
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let (mut fields, _, problems) =
        PlanFields::read(&mut json, &ALLOWED, &[]).map_err(|error| refused(&error))?;
    json.end().map_err(|error| refused(&error))?;
    if let Some(problem) = problems.first() {
        return Err(refused(&problem.detail));
    }
    fields.set(PlanField::Sink, Sink::Stdout.name());
    let formats = FORMATS.map(|(format, _)| format);
    let spec = fields.spec(&REQUIRED, &[Sink::Stdout], &formats, &[], PlanSpec::new);
    let plan = spec
        .and_then(EmulationPlan::new)
        .map_err(|errors| refused(&errors))?;
    let media_type = FORMATS.iter().find(|(format, _)| *format == plan.format());
    Ok((plan, media_type.expect("no other format was allowed").1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formats_that_are_named_are_those_that_are_made() {
        let plan = |format: &str| {
            let text = format!(
                r#"{{"emulation_domain": "x", {format} "count": 1, "seed": 1,
                    "start_time": "2026-01-01T00:00:00Z"}}"#
            );
            plan(&text).unwrap_err().to_string()
        };
        for (format, says) in [
            ("", "format_type is required; expected csv or json"),
            (
                r#""format_type": "ndjson","#,
                "invalid format_type 'ndjson'; expected csv or json",
            ),
            (
                r#""format_type": "xml","#,
                "invalid format_type 'xml'; expected csv or json",
            ),
            (
                r#""format_type": 7,"#,
                "invalid format_type 7; expected csv or json",
            ),
        ] {
            let why = plan(format);
            assert!(why.contains(says), "{why}");
            assert!(why.contains("invalid emulation_domain 'x'"), "{why}");
            assert_eq!(why.matches("format_type").count(), 1, "{why}");
        }
        let why = plan(r#""format_type": "CSV","#);
        assert!(
            !why.contains("format_type") && why.contains("emulation_domain"),
            "{why}"
        );
    }
}
