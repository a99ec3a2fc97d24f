//! The page that is made from the program.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../../data-emulator/tests/page/mod.rs"]
mod page;

use compute_service::settings::table;

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
