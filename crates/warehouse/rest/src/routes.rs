//! Which handler serves which path.

pub(crate) mod backups;
pub(crate) mod legacy;
pub(crate) mod reports;
pub(crate) mod rows;
pub(crate) mod tables;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{Error, Route};
use platform_http::{Routes, excerpt, resource};
use tracing::info;

use crate::{RestState, document, page};

/// The page, its files and what watches the service are open; everything that shows or changes rows
/// is protected.
pub fn routes(state: RestState) -> Routes {
    let operations = Arc::new(state.clone());
    let document: Arc<str> = document::openapi().into();
    Routes::new(
        move |open| {
            platform_http::operations::configure(open, operations.clone());
            platform_http::docs::configure(open, Arc::clone(&document));
            platform_http::page::configure(open, page::FILES);
            open.service(resource("/", get(web::to(page::index))));
        },
        move |protected| protect(protected, &state),
    )
}

fn protect(config: &mut ServiceConfig, state: &RestState) {
    let logged = web::scope("").wrap(from_fn(log));
    config.service(logged.configure(|config| serve(config, state)));
}

/// What was asked and what came of it. A path has names and keys, and nothing else of the rows;
/// without the span of the request, which has its client's address.
async fn log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (method, path) = (request.method().clone(), excerpt(request.path()));
    let answered = next.call(request).await;
    let status = match &answered {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    info!(parent: None, %method, path, status = status.as_u16(), "answered");
    answered
}

fn serve(config: &mut ServiceConfig, state: &RestState) {
    // The first that fits answers: /view/req1 is no row.
    config
        .app_data(Data::new(state.clone()))
        .service(resource("/tables", get(web::to(tables::list))))
        .service(resource(
            "/tables/{table}/rows",
            [
                (Method::GET, web::to(rows::page)),
                (Method::POST, web::to(rows::insert)),
            ],
        ))
        .service(resource(
            "/tables/{table}/rows/{id}",
            get(web::to(rows::row)),
        ))
        .service(resource("/backups/{table}", get(web::to(backups::list))))
        .service(resource("/reports/req1", get(web::to(reports::quarters))))
        .service(resource(
            "/reports/req2",
            get(web::to(reports::departments)),
        ))
        .service(resource("/view/req1", get(web::to(legacy::req1))))
        .service(resource("/view/req2", get(web::to(legacy::req2))))
        .service(resource("/view/{table}/{id}", get(web::to(legacy::view))))
        .service(resource(
            "/new_records/{table}",
            old(state, web::to(rows::insert), web::to(legacy::new_records)),
        ))
        .service(resource(
            "/backup/{table}",
            old(state, web::to(backups::create), web::to(backups::create)),
        ))
        .service(resource(
            "/restore/{table}",
            old(state, web::to(backups::restore), web::to(backups::restore)),
        ));
}

fn get(route: Route) -> Vec<(Method, Route)> {
    vec![(Method::GET, route)]
}

/// Changes state by POST; by GET only if that is wanted, as the old system did.
fn old(state: &RestState, post: Route, get: Route) -> Vec<(Method, Route)> {
    let mut routes = vec![(Method::POST, post)];
    if state.legacy_get {
        routes.push((Method::GET, get));
    }
    routes
}
