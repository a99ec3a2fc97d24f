//! Checks and audits the access to routes.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError, web};
use platform_access::{Access, AuditEntry, Caller, Denied, Permission, Role};

use crate::client::client;
use crate::owners::{Owners, own};
use crate::permission::VIEWER;
use crate::{ApiError, excerpt};

/// The server's access control, if it has any. All clones share it.
#[derive(Clone, Default)]
pub(crate) struct AccessControl(pub(crate) Option<Arc<Access>>);

impl AccessControl {
    /// Whether the caller may see details that an open route hides from others.
    pub(crate) async fn may_read_details(&self, request: &HttpRequest) -> bool {
        let required = self.0.as_ref();
        let required = required.and_then(|access| Some((access, access.role(VIEWER)?)));
        let Some((access, role)) = required else {
            return true;
        };
        let caller = identify(access, request, client(request)).await;
        caller.is_ok_and(|caller| caller.role >= role)
    }
}

/// The check that every route of a service passes. All clones share it.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) access_control: AccessControl,
    pub(crate) owners: Option<Arc<dyn Owners>>,
    pub(crate) observe: Option<Observe>,
}

/// Called for each response, with the method, an excerpt of the path and the status.
pub(crate) type Observe = fn(&Method, &str, StatusCode);

/// Lets the request pass to the route, which requires `permission`, or answers it with an error.
pub(crate) async fn check(
    gate: Gate,
    permission: Permission,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let observe = gate.observe.filter(|_| permission != Permission::Open);
    let observed = observe.map(|observe| {
        let (method, path) = (request.method().clone(), excerpt(request.path()));
        (observe, method, path)
    });
    let access = gate.access_control.0.as_ref();
    let role = access.and_then(|access| {
        let role = access.role(permission)?;
        Some((Arc::clone(access), role))
    });
    let response = match role {
        None => next.call(request).await?,
        Some((access, role)) => match admit(&gate, &access, permission, &request).await {
            // A viewer's requests change nothing, whatever the method.
            Ok(caller) if role == Role::Viewer => {
                request.extensions_mut().insert(caller);
                next.call(request).await?
            }
            Ok(caller) => audited(access, caller, request, next).await?,
            Err(refusal) => request.into_response(refusal.error_response()),
        },
    };
    if let Some((observe, method, path)) = observed {
        observe(&method, &path, response.status());
    }
    Ok(response)
}

/// The caller, if authorised.
async fn admit(
    gate: &Gate,
    access: &Arc<Access>,
    permission: Permission,
    request: &ServiceRequest,
) -> Result<Caller, ApiError> {
    let role = access.role(permission).unwrap_or(Role::Viewer);
    let client = client(request.request());
    let caller = match identify(access, request.request(), client).await {
        Ok(caller) if caller.role < role => Err(Denied::Forbidden(caller)),
        Ok(caller) => own(gate.owners.as_deref(), permission, caller, request).await?,
        denied => denied,
    };
    let denied = match caller {
        Ok(caller) => return Ok(caller),
        Err(denied) => denied,
    };
    let (who, has_role, status) = match &denied {
        Denied::Unknown | Denied::Refused(_) => ("?".to_owned(), None, "401"),
        Denied::NoRole(name) => (name.clone(), None, "403"),
        Denied::Forbidden(caller) | Denied::NotOwn(caller, _) => {
            (caller.name.clone(), Some(caller.role), "403")
        }
        // The caller is unknown, so there is nobody to record, and a flood of requests must not
        // fill the disk.
        _ => return Err(refusal(&denied, role)),
    };
    let (action, target) = (action(request), excerpt(request.path()));
    let recorded = audit(Arc::clone(access), move |access| {
        access.record(&AuditEntry {
            who: &who,
            role: has_role,
            client: Some(client.to_string()),
            action: &action,
            target: &target,
            created: None,
            result: status,
        })
    });
    recorded.await?;
    Err(refusal(&denied, role))
}

/// Audits that the request is accepted, carries it out, and audits the response before the client
/// gets it.
async fn audited(
    access: Arc<Access>,
    caller: Caller,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let client = client(request.request());
    let (action, target) = (action(&request), excerpt(request.path()));
    request.extensions_mut().insert(caller.clone());
    let record = Arc::new(
        move |access: &Access, created: Option<&str>, result: &str| {
            access.record(&AuditEntry {
                who: &caller.name,
                role: Some(caller.role),
                client: Some(client.to_string()),
                action: &action,
                target: &target,
                created,
                result,
            })
        },
    );
    let accepted = Arc::clone(&record);
    let accepted = audit(Arc::clone(&access), move |access| {
        accepted(access, None, "accepted")
    });
    if let Err(refusal) = accepted.await {
        return Ok(request.into_response(refusal.error_response()));
    }
    let response = next.call(request).await?;
    let status = response.status().as_str().to_owned();
    let created = response.headers().get(LOCATION);
    let created = created.and_then(|created| Some(created.to_str().ok()?.to_owned()));
    let written = write(access, move |access| {
        record(access, created.as_deref(), &status)
    })
    .await;
    match written {
        true => Ok(response),
        false => {
            let detail = "the audit log has that this was accepted, and what came of it cannot be \
                          written there; see what is there now";
            let refusal = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail);
            Ok(response.into_response(refusal.error_response()))
        }
    }
}

fn action(request: &ServiceRequest) -> String {
    let pattern = request.match_pattern();
    format!("{} {}", request.method(), pattern.unwrap_or_default())
}

/// Audits an action before it is carried out.
pub(crate) async fn audit(
    access: Arc<Access>,
    record: impl FnOnce(&Access) -> io::Result<()> + Send + 'static,
) -> Result<(), ApiError> {
    let detail = "the audit log cannot be written, so this was not carried out";
    match write(access, record).await {
        true => Ok(()),
        false => Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail)),
    }
}

/// Writes to the audit log off the answering thread. Returns whether that succeeded.
async fn write(
    access: Arc<Access>,
    record: impl FnOnce(&Access) -> io::Result<()> + Send + 'static,
) -> bool {
    let written = web::block(move || record(&access)).await;
    let written = written
        .map_err(io::Error::other)
        .and_then(|written| written);
    if let Err(error) = &written {
        tracing::error!(%error, "the audit log cannot be written");
    }
    written.is_ok()
}

async fn identify(
    access: &Access,
    request: &HttpRequest,
    client: IpAddr,
) -> Result<Caller, Denied> {
    if let Some(header) = request.headers().get(AUTHORIZATION) {
        let header = header.to_str().unwrap_or_default();
        let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
        let token = if scheme.eq_ignore_ascii_case("bearer") {
            token.trim()
        } else {
            ""
        };
        return access.by_token(token, client).await;
    }
    match session(request, &access.session_name()) {
        Some(text) => access.by_session(text),
        None => Err(Denied::Anonymous),
    }
}

/// The value of the cookie with that name.
fn session<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let lines = request.headers().get_all(COOKIE);
    let cookies = lines.flat_map(|line| line.to_str().unwrap_or_default().split(';'));
    let mut pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, text)| text)
}

/// The response to a caller who is refused.
pub(crate) fn refusal(denied: &Denied, role: Role) -> ApiError {
    let unauthorized = |detail: &str, challenge| {
        let error = ApiError::new(StatusCode::UNAUTHORIZED, detail);
        error.header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    };
    match denied {
        Denied::Anonymous => unauthorized(
            "a token is needed: send it as Authorization: Bearer TOKEN, or log in at /login",
            "Bearer",
        ),
        Denied::Unknown => unauthorized(
            "the token or session is unknown, was revoked or has ended",
            "Bearer error=\"invalid_token\"",
        ),
        Denied::Refused(why) => unauthorized(
            &format!("the token of the issuer is not accepted: {why}"),
            "Bearer error=\"invalid_token\"",
        ),
        Denied::NoRole(name) => ApiError::new(
            StatusCode::FORBIDDEN,
            format!(
                "{name} has no role here: the setting auth.oidc_roles says which values give one"
            ),
        ),
        Denied::IssuerAway(seconds) => {
            let detail = "the issuer's keys cannot be fetched now, and those that are known have not \
                          signed this token; try again";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(*seconds)
        }
        Denied::Forbidden(caller) => ApiError::new(
            StatusCode::FORBIDDEN,
            format!(
                "this needs the role {role}, and {} is {}",
                caller.name, caller.role
            ),
        ),
        Denied::NotOwn(caller, whose) => {
            let team = caller.team.as_ref();
            let team = team.map_or(String::new(), |team| format!(" or is labelled team {team}"));
            let detail = format!(
                "{whose}; {} may change what {} has started{team}, and an admin everything",
                caller.name, caller.subject
            );
            ApiError::new(StatusCode::FORBIDDEN, detail)
        }
        Denied::TooMany(seconds) => {
            let detail = format!("too many wrong tokens; try again in {seconds} s");
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(*seconds)
        }
        Denied::Unavailable(why) => {
            tracing::error!(why, "the tokens cannot be read");
            let detail = "the tokens cannot be read now, so nobody is let in";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        }
    }
}
