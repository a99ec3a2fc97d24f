//! Protects against pages of other origins: they must not make a browser change anything, or reach
//! the server under a foreign name.

use std::net::IpAddr;

use actix_web::http::header::{
    ACCEPT_LANGUAGE, HOST, HeaderMap, HeaderName, ORIGIN, REFERER, USER_AGENT,
};
use actix_web::http::{Method, StatusCode};

use crate::ApiError;
use crate::messages::excerpt;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests that a browser sends on behalf of a foreign page.
///
/// - A request that changes something must come from a page of the same origin, or from none,
///   according to `Sec-Fetch-Site`, which a page cannot set, or `Origin`.
/// - The host that a browser requests must be an address, a loopback name or one of `names`:
///   anybody who owns another name can point it here (DNS rebinding), and a page under that name
///   would be of the same origin.
///
/// Other clients may use any name for the server.
pub(crate) fn check(
    method: &Method,
    headers: &HeaderMap,
    names: &[String],
) -> Result<(), ApiError> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let host = text(&HOST).unwrap_or("");
    let is_own = |host: &str| is_local(host) || names.iter().any(|own| own == name_of(host));
    if is_browser(headers) && !is_own(host) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            format!(
                "Host: got {:?} from a browser; expected an address, localhost or a name in \
                 the setting http.allowed_hosts",
                excerpt(host)
            ),
        ));
    }
    if method.is_safe() {
        return Ok(());
    }
    if let Some(site) = text(&SEC_FETCH_SITE)
        && !matches!(site, "same-origin" | "none")
    {
        return Err(foreign(&SEC_FETCH_SITE, site, "same-origin or none"));
    }
    let Some(origin) = text(&ORIGIN) else {
        return Ok(());
    };
    let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
    let is_listed = names.iter().any(|own| own == name_of(authority));
    if !authority.is_empty() && (authority.eq_ignore_ascii_case(host) || is_listed) {
        return Ok(());
    }
    Err(foreign(&ORIGIN, origin, "that of this server"))
}

fn foreign(name: &HeaderName, got: &str, allowed: &str) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        format!(
            "{name}: got {:?}; expected {allowed}; a page of another origin may change nothing \
             here",
            excerpt(got)
        ),
    )
}

/// Whether the request has the headers that browsers always send and that a page cannot remove.
fn is_browser(headers: &HeaderMap) -> bool {
    let mozilla = |value: &[u8]| value.starts_with(b"Mozilla/");
    [SEC_FETCH_SITE, ORIGIN, REFERER, ACCEPT_LANGUAGE]
        .iter()
        .any(|name| headers.contains_key(name))
        || headers
            .get(USER_AGENT)
            .is_some_and(|agent| mozilla(agent.as_bytes()))
}

/// Whether a host is an address, or a name that always refers to this machine.
fn is_local(host: &str) -> bool {
    let name = name_of(host);
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

/// The host without its port.
fn name_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn answer(method: Method, lines: &[(&'static str, &'static str)]) -> u16 {
        let headers = lines.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        let names = ["data.example.com".to_owned()];
        match check(&method, &headers.collect(), &names) {
            Ok(()) => 200,
            Err(error) => actix_web::ResponseError::status_code(&error).as_u16(),
        }
    }

    #[test]
    fn pages_of_other_origins_change_nothing_and_machines_may_use_any_name() {
        const FIREFOX: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11)");
        const EVIL: (&str, &str) = ("origin", "http://evil.example");
        const LOCAL: (&str, &str) = ("host", "localhost:8000");
        const REBOUND: (&str, &str) = ("host", "evil.example:8000");
        for (method, lines, status) in [
            // Machines.
            (Method::POST, &[("host", "data-emulator:8000")][..], 200),
            (
                Method::POST,
                &[("host", "data-emulator"), ("user-agent", "curl/8")],
                200,
            ),
            (Method::POST, &[], 200),
            // A page of this server.
            (
                Method::POST,
                &[LOCAL, FIREFOX, ("origin", "http://localhost:8000")],
                200,
            ),
            (
                Method::POST,
                &[LOCAL, ("sec-fetch-site", "same-origin")],
                200,
            ),
            (Method::GET, &[("host", "10.1.2.3:8000"), FIREFOX], 200),
            (Method::GET, &[("host", "[::1]:8000"), FIREFOX], 200),
            (Method::GET, &[("host", "app.localhost"), FIREFOX], 200),
            (
                Method::POST,
                &[
                    ("host", "data.example.com"),
                    FIREFOX,
                    ("origin", "https://data.example.com"),
                ],
                200,
            ),
            // Behind a proxy that gives the host another name.
            (
                Method::POST,
                &[LOCAL, ("origin", "https://data.example.com")],
                200,
            ),
            // A page of another origin.
            (Method::POST, &[LOCAL, EVIL], 403),
            (Method::DELETE, &[LOCAL, EVIL], 403),
            (Method::POST, &[LOCAL, ("origin", "null")], 403),
            (
                Method::POST,
                &[LOCAL, ("origin", "http://localhost:3000")],
                403,
            ),
            (
                Method::POST,
                &[LOCAL, ("sec-fetch-site", "cross-site")],
                403,
            ),
            (Method::POST, &[LOCAL, ("sec-fetch-site", "same-site")], 403),
            (Method::GET, &[LOCAL, EVIL], 200),
            // A name that was made to lead here.
            (Method::GET, &[REBOUND, FIREFOX], 403),
            (Method::GET, &[REBOUND, ("accept-language", "en")], 403),
            (
                Method::GET,
                &[REBOUND, ("referer", "http://evil.example:8000/")],
                403,
            ),
            (
                Method::POST,
                &[REBOUND, ("origin", "http://evil.example:8000")],
                403,
            ),
            (
                Method::GET,
                &[("host", "localhost.evil.example"), FIREFOX],
                403,
            ),
            (
                Method::GET,
                &[("host", "127.0.0.1.evil.example"), FIREFOX],
                403,
            ),
            (Method::GET, &[FIREFOX], 403),
        ] {
            assert_eq!(answer(method.clone(), lines), status, "{method} {lines:?}");
        }
    }
}
