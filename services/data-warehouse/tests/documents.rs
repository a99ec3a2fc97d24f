//! The pages that are made from the program.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../../data-emulator/tests/page/mod.rs"]
mod page;

use data_warehouse::settings::table;

#[test]
fn the_reference_of_settings_is_current() {
    let help = "data-warehouse COMMAND --help";
    let settings = page::settings("data warehouse", help, &table());
    page::is_current("docs/reference/warehouse-settings.md", &settings);
}

#[test]
fn the_openapi_document_is_current() {
    page::is_current(
        "docs/openapi/data-warehouse.json",
        &warehouse_rest::openapi(),
    );
}

#[test]
fn the_reference_of_roles_is_current() {
    let roles = warehouse_rest::table(true).reference("data warehouse");
    page::is_current("docs/reference/roles-data-warehouse.md", &roles);
}
