//! The OpenAPI document of a service, and Swagger UI to display it, served from the binary.

use std::sync::{Arc, LazyLock};

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path};
use platform_access::Role;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, ResponseBuilder};
use utoipa_swagger_ui::Config;

use crate::permission::OPEN;
use crate::security::SWAGGER_POLICY;
use crate::{ApiError, Endpoint, Permission, Routes, excerpt};

/// No validator: the page must not send the document to another host.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        Config::from("/openapi.json")
            .validator_url("none")
            .try_it_out_enabled(true),
    )
});

/// The text of the OpenAPI document, possibly generated per request.
pub struct Document(Arc<dyn Fn() -> Arc<str> + Send + Sync>);

impl Document {
    /// A fixed document.
    pub fn new(document: impl Into<Arc<str>>) -> Self {
        let document = document.into();
        Self::at_each_request(move || Arc::clone(&document))
    }

    /// A document generated at each request, because what it describes changes while the service
    /// runs.
    pub fn at_each_request(make: impl Fn() -> Arc<str> + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }
}

impl Routes {
    /// Adds `/openapi.json`, which returns the [`Document`] in the app data, and `/docs`, the page
    /// that displays it.
    #[must_use]
    pub fn documents(self) -> Self {
        self.get(OPEN, "/openapi.json", || web::to(openapi))
            .get(OPEN, "/docs", || web::to(page))
            .get(OPEN, "/docs/{file}", || web::to(file))
    }
}

/// Documents the permission that each route requires, and the responses to callers who are refused.
pub fn secure(document: &mut OpenApi, routes: &Routes) {
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.description = Some(
        "A token from the command `token create`, where the service asks for tokens; a browser may \
         log in at /login instead. `x-role` is the role that an operation needs."
            .to_owned(),
    );
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(scheme));
    for endpoint in routes.endpoints() {
        let path = document.paths.paths.get_mut(&endpoint.documented_path());
        let operation = path.and_then(|path| match endpoint.method {
            Method::GET => path.get.as_mut(),
            Method::POST => path.post.as_mut(),
            Method::PUT => path.put.as_mut(),
            Method::PATCH => path.patch.as_mut(),
            Method::DELETE => path.delete.as_mut(),
            _ => None,
        });
        if let (Some(operation), Some(role)) = (operation, role(endpoint)) {
            ask(operation, role);
        }
    }
}

fn role(endpoint: &Endpoint) -> Option<Role> {
    match endpoint.permission {
        Permission::Open => None,
        Permission::Metrics => Some(Role::Viewer),
        Permission::Role(role) => Some(role),
        Permission::Own => Some(Role::Operator),
    }
}

fn ask(operation: &mut Operation, role: Role) {
    operation.security = Some(vec![SecurityRequirement::new("token", [""; 0])]);
    let extension = Extensions::builder().add("x-role", role.name()).build();
    operation
        .extensions
        .get_or_insert_default()
        .merge(extension);
    let forbidden = format!("this needs the role {role}, and ann is viewer");
    for (status, description, detail) in [
        (
            "401",
            "The token is missing or not valid.",
            "the token or session is unknown, was revoked or has ended",
        ),
        (
            "403",
            "The token's role does not allow this, or not for what belongs to somebody else, or \
             the request comes from a page of another origin.",
            forbidden.as_str(),
        ),
        (
            "429",
            "Too many wrong tokens.",
            "too many wrong tokens; try again in 6 s",
        ),
        (
            "503",
            "The tokens cannot be read.",
            "the tokens cannot be read now, so nobody is let in",
        ),
    ] {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("ErrorBody")))
            .example(Some(serde_json::json!({"detail": detail})))
            .build();
        let response = ResponseBuilder::new().description(description);
        let response = response.content("application/json", content).build();
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert(response.into());
    }
}

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "service",
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value))
)]
pub async fn openapi(document: Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body((document.0)().to_string())
}

/// The page loads its files by relative paths, so it is a file within `/docs/`, not `/docs` itself.
async fn page() -> HttpResponse {
    HttpResponse::Found()
        .insert_header((LOCATION, "/docs/index.html"))
        .finish()
}

async fn file(path: Path<String>) -> Result<HttpResponse, ApiError> {
    let file = utoipa_swagger_ui::serve(&path, CONFIG.clone())
        .ok()
        .flatten()
        .ok_or_else(|| {
            let detail = format!("/docs/{}: no such file; see /docs", excerpt(&path));
            ApiError::new(StatusCode::NOT_FOUND, detail)
        })?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(file.content_type)
        .insert_header((CONTENT_SECURITY_POLICY, SWAGGER_POLICY));
    if file.gzpipped {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
