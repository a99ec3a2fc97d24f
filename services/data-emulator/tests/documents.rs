//! The pages that are made from the program.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod page;

use data_emulator::settings::table;
use emulator_domain::plan::Sink;

#[test]
fn the_reference_of_settings_is_current() {
    let settings = page::settings("Data Emulator", "data-emulator serve --help", &table());
    page::is_current("docs/reference/settings.md", &settings);
}

#[test]
fn the_openapi_document_is_current() {
    let sinks: Vec<_> = Sink::requestable().collect();
    let document = emulator_rest::openapi_json(&sinks, &[]);
    page::is_current("docs/openapi/data-emulator.json", &document);
}

#[test]
fn the_reference_of_roles_is_current() {
    let roles = emulator_rest::table().reference("Data Emulator");
    page::is_current("docs/reference/roles-data-emulator.md", &roles);
}
