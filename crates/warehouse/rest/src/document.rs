//! The OpenAPI document.

use platform_http::{docs, login, operations};
use utoipa::OpenApi;

use crate::routes::table;
use crate::routes::{backups, legacy, reports, rows, tables};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Data Warehouse",
        description = "Rows that keep their data dictionary, backups that survive a crash, and two reports.\n\n\
            Every answer that is not a success is `{\"detail\": \"...\"}`, but for rows that were rejected, which are told one by one. \
            State changes by POST; with `LEGACY_GET=true` the old spellings change it by GET, too.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "rows", description = "Tables and their rows."),
        (name = "backups", description = "Tables to files, and back."),
        (name = "reports", description = "Who was hired when and where."),
        (name = "old spellings", description = "Paths of the system that this one replaces. POST /new_records/{table} takes what POST /tables/{table}/rows takes."),
        (name = "service", description = "The service itself."),
    ),
    paths(
        tables::list,
        rows::insert,
        rows::page,
        rows::row,
        backups::create,
        backups::list,
        backups::restore,
        reports::quarters,
        reports::departments,
        legacy::view,
        legacy::req1,
        legacy::req2,
        login::whoami,
        operations::live,
        operations::ready,
        operations::metrics,
        docs::openapi,
    )
)]
struct Document;

/// The OpenAPI document, with a final newline.
pub fn openapi() -> String {
    let mut document = Document::openapi();
    docs::secure(&mut document, &table(false));
    let document = document.to_pretty_json();
    document.expect("a document of texts and numbers becomes JSON") + "\n"
}
