//! The pages that are made from the program.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../../data-emulator/tests/page/mod.rs"]
mod page;
#[path = "../src/samples.rs"]
mod samples;

use std::fmt::Write;

use compute_service::settings::table;
use compute_service::{MediaType, Processor, process_in_memory, processors};

#[test]
fn the_reference_of_settings_is_current() {
    let help = "compute-service COMMAND --help";
    let settings = page::settings("compute service", help, &table());
    page::is_current("docs/reference/compute-settings.md", &settings);
}

#[test]
fn the_reference_of_roles_is_current() {
    let roles = compute_rest::table().reference("compute service");
    page::is_current("docs/reference/roles-compute-service.md", &roles);
}

#[test]
fn the_reference_of_processors_is_current() {
    let mut reference = "# Processors of the compute service

What each service takes and returns, with the files of a sample task. The ending of a file's name tells \
its type. A task fails if its files cannot be used, with a message that says what was found and what is \
allowed, or if it takes longer than `TASKS_DEADLINE` or more memory than `TASKS_MEMORY` \
([settings](compute-settings.md)). The fields of a plan for `emulate` are described in the \
[API of the data emulator](../openapi/data-emulator.json).
"
    .to_owned();
    for processor in processors() {
        reference += &section(&*processor);
    }
    page::is_current("docs/reference/processors.md", &reference);
}

/// What a processor says of itself, and what it does with its sample.
fn section(processor: &dyn Processor) -> String {
    let description = processor.description();
    let draft = description.draft();
    let mut section = format!(
        "\n## {}\n\n{} {}\n\n| | file | type |\n|---|---|---|\n",
        draft.slug, draft.summary, draft.description
    );
    for (way, fields) in [("in", &draft.data_in), ("out", &draft.data_out)] {
        for field in fields {
            let types = field.types.iter();
            let types: Vec<_> = types
                .map(|one| format!("{one} (`.{}`)", one.extension()))
                .collect();
            let types = types.join(" or ");
            writeln!(section, "| {way} | `{}` | {types} |", field.name).unwrap();
        }
    }
    for sample in samples::of(&draft.slug) {
        writeln!(section, "\nSample: {}.", sample.name).unwrap();
        let inputs = sample.files.into_iter();
        let inputs: Vec<_> = inputs
            .map(|(name, bytes)| (MediaType::of_name(name).unwrap(), bytes))
            .collect();
        let outputs = process_in_memory(processor, inputs.clone()).unwrap();
        let files = draft.data_in.iter().zip(&inputs);
        for (field, (media_type, bytes)) in files.chain(draft.data_out.iter().zip(&outputs)) {
            section += &excerpt(&field.name, *media_type, bytes);
        }
    }
    section
}

/// The beginning of a file, if it is for people to read.
fn excerpt(name: &str, media_type: MediaType, bytes: &[u8]) -> String {
    let (language, most) = match media_type {
        MediaType::Json => ("json", 24),
        MediaType::Csv | MediaType::Text => ("text", 8),
        _ => return String::new(),
    };
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines: Vec<_> = text.lines().take(most + 1).collect();
    if let Some(more) = lines.get_mut(most) {
        *more = "...";
    }
    format!("\n`{name}`:\n\n```{language}\n{}\n```\n", lines.join("\n"))
}
