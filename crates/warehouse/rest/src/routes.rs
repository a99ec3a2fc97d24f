//! The routes.

pub(crate) mod backups;
pub(crate) mod legacy;
pub(crate) mod reports;
pub(crate) mod rows;
pub(crate) mod tables;

use actix_web::web;
use platform_http::Routes;
use platform_http::permission::{ADMIN, OPEN, OPERATOR, VIEWER};

use crate::page;

/// The routes and their access requirements. With `legacy_get`, the old URLs change state by GET as
/// well, as in the old system.
pub fn table(legacy_get: bool) -> Routes {
    // The first match wins: /view/req1 is not a row.
    let routes = Routes::new()
        .get(OPEN, "/", || web::to(page::index))
        .operations()
        .documents()
        .page(page::FILES)
        .login()
        .get(VIEWER, "/tables", || web::to(tables::list))
        .get(VIEWER, "/tables/{table}/rows", || web::to(rows::page))
        .post(OPERATOR, "/tables/{table}/rows", || web::to(rows::insert))
        .get(VIEWER, "/tables/{table}/rows/{id}", || web::to(rows::row))
        .get(VIEWER, "/backups/{table}", || web::to(backups::list))
        .get(VIEWER, "/reports/req1", || web::to(reports::quarters))
        .get(VIEWER, "/reports/req2", || web::to(reports::departments))
        .get(VIEWER, "/view/req1", || web::to(legacy::req1))
        .get(VIEWER, "/view/req2", || web::to(legacy::req2))
        .get(VIEWER, "/view/{table}/{id}", || web::to(legacy::view))
        .post(OPERATOR, "/new_records/{table}", || web::to(rows::insert))
        .post(OPERATOR, "/backup/{table}", || web::to(backups::create))
        .post(ADMIN, "/restore/{table}", || web::to(backups::restore));
    if !legacy_get {
        return routes;
    }
    routes
        .get(OPERATOR, "/new_records/{table}", || {
            web::to(legacy::new_records)
        })
        .get(OPERATOR, "/backup/{table}", || web::to(backups::create))
        .get(ADMIN, "/restore/{table}", || web::to(backups::restore))
}
