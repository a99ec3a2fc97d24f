//! The routes of a service and their permissions.

use std::fmt::Write;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, Route};
use platform_access::Permission;

use crate::access::{AccessControl, Gate, Observe, check};
use crate::owners::Owners;
use crate::permission::VIEWER;
use crate::resource::resource;
use crate::{ApiError, excerpt};

type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// A method of a path, with its permission.
#[derive(Clone)]
pub struct Endpoint {
    /// The method; GET answers HEAD too.
    pub method: Method,
    /// The path, with parameters as `{name}` or `{name:pattern}`.
    pub path: &'static str,
    /// The permission that it requires.
    pub permission: Permission,
    handler: Arc<dyn Fn() -> Route + Send + Sync>,
}

/// The routes of a service: the single place that defines the permission of each. The first route
/// that matches a path answers.
#[derive(Clone, Default)]
pub struct Routes {
    endpoints: Vec<Endpoint>,
    parts: Vec<Configure>,
    observe: Option<Observe>,
    owners: Option<Arc<dyn Owners>>,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route: `handler` answers this method and path.
    #[must_use]
    pub fn route(
        mut self,
        method: Method,
        permission: Permission,
        path: &'static str,
        handler: impl Fn() -> Route + Send + Sync + 'static,
    ) -> Self {
        self.endpoints.push(Endpoint {
            method,
            path,
            permission,
            handler: Arc::new(handler),
        });
        self
    }

    /// [`route`](Self::route) for GET.
    #[must_use]
    pub fn get(
        self,
        permission: Permission,
        path: &'static str,
        handler: impl Fn() -> Route + Send + Sync + 'static,
    ) -> Self {
        self.route(Method::GET, permission, path, handler)
    }

    /// [`route`](Self::route) for POST.
    #[must_use]
    pub fn post(
        self,
        permission: Permission,
        path: &'static str,
        handler: impl Fn() -> Route + Send + Sync + 'static,
    ) -> Self {
        self.route(Method::POST, permission, path, handler)
    }

    /// Adds data for the handlers.
    #[must_use]
    pub fn with(mut self, part: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.parts.push(Arc::new(part));
        self
    }

    /// Calls `observe` for each response of a route that is not open.
    #[must_use]
    pub fn observed(mut self, observe: Observe) -> Self {
        self.observe = Some(observe);
        self
    }

    /// Sets the lookup of owners, for routes with [`OWN`](crate::permission::OWN). Without it,
    /// things have no owner.
    #[must_use]
    pub fn owners(mut self, owners: Arc<dyn Owners>) -> Self {
        self.owners = Some(owners);
        self
    }

    /// All routes, in order.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// The reference page of the routes, as Markdown.
    pub fn reference(&self, service: &str) -> String {
        let mut page = format!(
            "# Roles by endpoint: {service}\n\nWhat each endpoint asks for where the service asks for \
             tokens. An operator may do what a viewer may, an admin everything; `open` needs no \
             token; `own` is what the caller has started, or what is labelled with the caller's team.\n\n| method | path | role |\n|---|---|---|\n"
        );
        for endpoint in &self.endpoints {
            let (method, permission) = (&endpoint.method, endpoint.permission);
            let path = endpoint.documented_path();
            writeln!(page, "| {method} | `{path}` | {permission} |").expect("a string takes all");
        }
        page
    }

    /// Adds the routes to a worker of the server.
    pub(crate) fn configure(&self, config: &mut ServiceConfig, access_control: &AccessControl) {
        for part in &self.parts {
            part(config);
        }
        let gate = Gate {
            access_control: access_control.clone(),
            owners: self.owners.clone(),
            observe: self.observe,
        };
        let mut paths: Vec<&'static str> = Vec::new();
        for endpoint in &self.endpoints {
            if !paths.contains(&endpoint.path) {
                paths.push(endpoint.path);
            }
        }
        for path in paths {
            let of_path = || {
                self.endpoints
                    .iter()
                    .filter(move |other| other.path == path)
            };
            let handlers = of_path().map(|one| (one.method.clone(), (one.handler)()));
            let asked = of_path().map(|one| (one.method.clone(), one.permission));
            let (gate, asked) = (gate.clone(), asked.collect::<Vec<_>>());
            let resource = resource(path, handlers).wrap(from_fn(move |request, next| {
                let permission = permission(&asked, &request);
                check(gate.clone(), permission, request, next)
            }));
            config.service(resource);
        }
        // Matches every path: unauthenticated callers do not even learn that there is nothing here.
        let hint = self.hint();
        let rest = web::scope("").wrap(from_fn(move |request, next| {
            check(gate.clone(), VIEWER, request, next)
        }));
        config.service(rest.default_service(web::to(move |request: HttpRequest| {
            let path = excerpt(request.path());
            let detail = format!("{path}: no such endpoint; {hint}");
            async move { Err::<&str, _>(ApiError::new(StatusCode::NOT_FOUND, detail)) }
        })));
    }

    /// Where to find the existing routes.
    fn hint(&self) -> String {
        let mut paths: Vec<_> = self
            .endpoints
            .iter()
            .map(Endpoint::documented_path)
            .collect();
        if paths.iter().any(|path| path == "/docs") {
            return "see /docs".to_owned();
        }
        paths.dedup();
        format!("there are {}", paths.join(", "))
    }
}

/// The permission of a method of a path; for a method that the path does not have, the weakest one
/// of the path.
fn permission(asked: &[(Method, Permission)], request: &ServiceRequest) -> Permission {
    let method = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let own = asked.iter().find(|(other, _)| other == method);
    let least = || asked.iter().min_by_key(|(_, permission)| *permission);
    own.or_else(least).expect("a path has a method").1
}

impl Endpoint {
    /// The path in the form of OpenAPI, without patterns.
    pub(crate) fn documented_path(&self) -> String {
        let mut path = String::new();
        for piece in self.path.split_inclusive('}') {
            match piece.split_once(':') {
                Some((name, _)) => path += &format!("{name}}}"),
                None => path += piece,
            }
        }
        path
    }
}
