//! The OpenAPI document.

use platform_http::{docs, login, operations};
use utoipa::OpenApi;
use utoipa::openapi::{HttpMethod, PathItem};

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
        (name = "old spellings", description = "Paths of the system that this one replaces."),
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
    add_old_spelling(&mut document);
    docs::secure(&mut document, &table(false));
    let document = document.to_pretty_json();
    document.expect("a document of texts and numbers becomes JSON") + "\n"
}

/// `POST /new_records/{table}` is the same route as `POST /tables/{table}/rows`.
fn add_old_spelling(document: &mut utoipa::openapi::OpenApi) {
    let paths = &mut document.paths.paths;
    let inserting = paths["/tables/{table}/rows"].post.clone();
    let mut operation = inserting.expect("rows are inserted by POST");
    operation.operation_id = Some("new_records".to_owned());
    operation.tags = Some(vec!["old spellings".to_owned()]);
    operation.summary = operation.summary.map(|it| it + ", in the old spelling");
    let item = PathItem::new(HttpMethod::Post, operation);
    paths.insert("/new_records/{table}".to_owned(), item);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_route_that_is_no_page_is_documented() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let pages = [
            "/",
            "/docs",
            "/docs/{file}",
            "/page/{file}",
            "/login",
            "/logout",
        ];
        for endpoint in table(false).endpoints() {
            let (path, method) = (endpoint.path, endpoint.method.as_str().to_lowercase());
            let documented = document["paths"][path][&method].is_object();
            assert_ne!(documented, pages.contains(&path), "{method} {path}");
        }
    }

    #[test]
    fn inserting_tells_every_way_in_which_a_body_is_refused_in_both_spellings() {
        let document: Value = serde_json::from_str(&openapi()).unwrap();
        let of = |path: &str| document["paths"][path]["post"].clone();
        let (new, old) = (of("/tables/{table}/rows"), of("/new_records/{table}"));
        for status in ["400", "408", "413", "415", "422"] {
            assert!(new["responses"][status].is_object(), "{status}");
        }
        for part in ["parameters", "requestBody", "responses"] {
            assert_eq!(new[part], old[part], "{part}");
        }
    }
}
