//! Resources, and the responses for unknown paths and methods.

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Resource, Route, guard};

use crate::ApiError;
use crate::messages::{excerpt, explain};

/// The routes at `path`, with and without a trailing slash, by method. GET answers HEAD too; other
/// methods are refused with 405 and `Allow`.
pub(crate) fn resource(path: &str, routes: impl IntoIterator<Item = (Method, Route)>) -> Resource {
    let bare = path.trim_end_matches('/');
    let paths = vec![bare.to_owned(), format!("{bare}/")];
    let mut allowed: Vec<String> = Vec::new();
    let mut resource = web::resource(paths);
    for (method, route) in routes {
        allowed.push(method.to_string());
        let route = if method == Method::GET {
            allowed.push(Method::HEAD.to_string());
            route.guard(guard::Any(guard::Get()).or(guard::Head()))
        } else {
            route.guard(guard::Method(method))
        };
        resource = resource.route(route);
    }
    let allowed = allowed.join(", ");
    resource.default_service(web::to(move |request: HttpRequest| {
        let refusal = wrong_method(&request, &allowed);
        async move { Err::<&str, _>(refusal) }
    }))
}

fn wrong_method(request: &HttpRequest, allowed: &str) -> ApiError {
    let detail = format!(
        "{}: got method {}; expected {allowed}",
        excerpt(request.path()),
        excerpt(request.method().as_str())
    );
    let allow = HeaderValue::from_str(allowed).expect("methods are ASCII");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, detail).header(ALLOW, allow)
}

/// Errors in paths and queries, in the common form.
pub(crate) fn errors(config: &mut ServiceConfig) {
    config
        .app_data(
            web::PathConfig::default().error_handler(|_, request| unknown_path(request).into()),
        )
        .app_data(web::QueryConfig::default().error_handler(|error, _| {
            let said = error.to_string();
            let said = said
                .strip_prefix("Query deserialize error: ")
                .unwrap_or(&said);
            ApiError::new(StatusCode::BAD_REQUEST, explain("query", said)).into()
        }));
}

fn unknown_path(request: &HttpRequest) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        format!("{}: no such endpoint", excerpt(request.path())),
    )
}
