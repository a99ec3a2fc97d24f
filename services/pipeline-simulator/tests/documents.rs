//! The page that is made from the program.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../../data-emulator/tests/page/mod.rs"]
mod page;

use pipeline_simulator::settings::table;

#[test]
fn the_reference_of_settings_is_current() {
    let help = "pipeline-simulator COMMAND --help";
    let settings = page::settings("pipeline simulator", help, &table());
    page::is_current("docs/reference/pipeline-settings.md", &settings);
}

#[test]
fn the_reference_of_roles_is_current() {
    let roles = pipeline_rest::table().reference("pipeline simulator");
    page::is_current("docs/reference/roles-pipeline-simulator.md", &roles);
}
