//! Login: exchanges a token for a cookie, through a form that needs no script.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, LOCATION, SET_COOKIE,
};
use actix_web::web::{self, Data, Payload, Query};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use platform_access::{Access, AuditEntry, Caller, Denied, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{AccessControl, audit, refusal};
use crate::client::{client, is_https};
use crate::json::read;
use crate::permission::{OPEN, VIEWER};
use crate::security::FORM_POLICY;
use crate::{ApiError, Routes};

/// The page, with placeholders for the error and for the issuer.
const PAGE: &str = include_str!("page/login.html");
const PLACE: &str = "<!-- what went wrong -->";
const ISSUER: &str = "<!-- the issuer -->";

/// The maximum size of a form in bytes.
const LIMIT: usize = 4096;

#[derive(Deserialize)]
struct Form {
    token: String,
}

/// The caller, and what the caller may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Whoami {
    /// The name of the token; nothing where the service asks for none.
    #[schema(example = "ann")]
    name: Option<String>,
    /// viewer, operator or admin.
    #[schema(example = "operator")]
    role: &'static str,
    /// The caller's team, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "payments")]
    team: Option<String>,
}

impl Routes {
    /// Adds `/login`, `/logout` and `/whoami`.
    #[must_use]
    pub fn login(self) -> Self {
        self.get(OPEN, "/login", || {
            web::to(async |access_control: Data<AccessControl>| {
                page(&access_control, StatusCode::OK, "")
            })
        })
        .post(OPEN, "/login", || web::to(log_in))
        .post(OPEN, "/logout", || web::to(log_out))
        .get(VIEWER, "/whoami", || web::to(whoami))
    }
}

/// Who am I?
///
/// The name of the token, its role and its team.
#[utoipa::path(
    get,
    path = "/whoami",
    operation_id = "whoami",
    tag = "service",
    responses((status = 200, description = "The caller; an admin without a name if the service asks for no token.", body = Whoami))
)]
pub async fn whoami(request: HttpRequest) -> HttpResponse {
    let caller = request.extensions().get::<Caller>().cloned();
    let answer = Whoami {
        role: caller
            .as_ref()
            .map_or(Role::Admin, |caller| caller.role)
            .name(),
        name: caller.as_ref().map(|caller| caller.name.clone()),
        team: caller.and_then(|caller| caller.team),
    };
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(answer)
}

async fn log_in(
    access_control: Data<AccessControl>,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, ApiError> {
    let Some(access) = access_control.0.clone() else {
        return Ok(to("/").finish());
    };
    let is_form = request.content_type() == "application/x-www-form-urlencoded";
    let wrong = || {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "expected a form with the field token",
        )
    };
    let text = read(body, LIMIT).await?;
    let text = std::str::from_utf8(&text).ok().filter(|_| is_form);
    let form = Query::<Form>::from_query(text.ok_or_else(wrong)?).map_err(|_| wrong())?;
    let client = client(&request);
    let (caller, session, seconds) = match access.log_in(form.token.trim(), client).await {
        Ok(session) => session,
        Err(denied) => {
            if matches!(denied, Denied::Unknown | Denied::Refused(_)) {
                let recorded = audit(access, move |access| {
                    access.record(&entry("?", None, client.to_string(), "401"))
                });
                recorded.await?;
            }
            let refusal = refusal(&denied, Role::Viewer);
            let status = refusal.status_code();
            let mut answer = page(&access_control, status, &refusal.to_string());
            for (name, value) in refusal.error_response().headers() {
                if !answer.headers().contains_key(name) {
                    answer.headers_mut().insert(name.clone(), value.clone());
                }
            }
            return Ok(answer);
        }
    };
    let cookie = cookie(&access, &session, seconds, is_https(&request));
    let recorded = audit(access, move |access| {
        let Caller { name, role, .. } = &caller;
        access.record(&entry(name, Some(*role), client.to_string(), "303"))
    });
    recorded.await?;
    Ok(to("/").insert_header((SET_COOKIE, cookie)).finish())
}

fn entry<'a>(who: &'a str, role: Option<Role>, client: String, result: &'a str) -> AuditEntry<'a> {
    AuditEntry {
        who,
        role,
        client: Some(client),
        action: "POST /login",
        target: "/login",
        created: None,
        result,
    }
}

async fn log_out(access_control: Data<AccessControl>, request: HttpRequest) -> HttpResponse {
    let mut answer = to("/login");
    if let Some(access) = &access_control.0 {
        answer.insert_header((SET_COOKIE, cookie(access, "", 0, is_https(&request))));
    }
    answer.finish()
}

/// The cookie is inaccessible to scripts, not sent by pages of other sites, and never sent in clear
/// text if the service is reached by TLS.
fn cookie(access: &Access, session: &str, seconds: u64, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!(
        "{}={session}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}",
        access.session_name()
    )
}

fn to(path: &'static str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((LOCATION, path));
    answer
}

/// The form, with an error message.
fn page(access_control: &AccessControl, status: StatusCode, wrong: &str) -> HttpResponse {
    // The message may contain a caller's name.
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let told = match wrong {
        "" => String::new(),
        wrong => format!("<p class=\"trouble\" role=\"alert\">{}</p>", escaped(wrong)),
    };
    let issuer = access_control.0.as_ref().and_then(|access| access.issuer());
    let issuer = issuer.map_or(String::new(), |issuer| {
        let issuer = escaped(issuer);
        format!(" Or take one (a JWT) that <code>{issuer}</code> has given you.")
    });
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((CONTENT_SECURITY_POLICY, FORM_POLICY))
        .body(PAGE.replace(PLACE, &told).replace(ISSUER, &issuer))
}
