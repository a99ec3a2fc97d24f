//! The settings of the issuer.

use std::net::IpAddr;

use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};
use reqwest::Url;

use crate::Role;

const ISSUER: &str = "auth.oidc_issuer";
const AUDIENCE: &str = "auth.oidc_audience";
const ROLES: &str = "auth.oidc_roles";

/// The settings of OpenID Connect.
pub(crate) const OIDC: [Setting; 6] = [
    Setting::new(
        ISSUER,
        None,
        Shape::Text("an https URL"),
        "OpenID Connect issuer, exactly as in the `iss` claim of its tokens. Its tokens (JWT) are \
         accepted in addition to the service's own; its keys are discovered through \
         `/.well-known/openid-configuration`.",
    ),
    Setting::new(
        AUDIENCE,
        None,
        Shape::Text("a text"),
        "Audience that the issuer's tokens must have (`aud`): the identifier of this service at \
         the issuer.",
    ),
    Setting::with_default(
        "auth.oidc_roles_claim",
        "roles",
        Shape::Text("the name of a claim, or a JSON pointer"),
        "Claim with the caller's roles or groups: a list, or words separated by spaces. A JSON \
         pointer such as `/realm_access/roles` reaches into an object.",
    ),
    Setting::with_default(
        ROLES,
        "viewer=viewer,operator=operator,admin=admin",
        Shape::Text("ROLE=VALUE, several separated by commas"),
        "Roles and the values of that claim that grant them, such as \
         `viewer=staff,admin=data-platform`. A caller with none of these values is refused.",
    ),
    Setting::with_default(
        "auth.oidc_name_claim",
        "sub",
        Shape::Text("the name of a claim, or a JSON pointer"),
        "Claim that names the caller in the audit log, such as `email`. Whatever the name, what a \
         caller starts belongs to their `sub`.",
    ),
    Setting::new(
        "auth.oidc_team_claim",
        None,
        Shape::Text("the name of a claim, or a JSON pointer"),
        "Claim with the caller's team, a string. Unset: callers with such tokens have no team.",
    ),
];

/// An issuer and how to read its tokens.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// The issuer's identifier: an https URL, or one on this machine.
    pub issuer: String,
    /// The required audience of its tokens.
    pub audience: String,
    /// The claim that contains roles, by name or by JSON pointer.
    pub roles_claim: String,
    /// Values of that claim, with the roles that they grant.
    pub roles: Vec<(String, Role)>,
    /// The claim that contains the caller's name, by name or by JSON pointer.
    pub name_claim: String,
    /// The claim that contains the caller's team, if there is one.
    pub team_claim: Option<String>,
}

impl OidcSettings {
    /// Reads the section, which must be in the table of `settings`; `None` if there is no issuer.
    ///
    /// # Errors
    /// If the issuer is not a trustworthy URL, there is no audience, or a role is unknown.
    pub(crate) fn from(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let alone = |key, other| {
            let why = format!("{other} is set, and one is of no use without the other");
            Err(SettingsError::combination(key, why))
        };
        let (issuer, audience) = match (settings.text(ISSUER), settings.text(AUDIENCE)) {
            (Some(issuer), Some(audience)) => (issuer, audience),
            (None, Some(_)) => return alone(ISSUER, AUDIENCE),
            (Some(_), None) => return alone(AUDIENCE, ISSUER),
            (None, None) => return Ok(None),
        };
        if trusted(issuer).is_none() {
            let why = "expected an https URL without user and password (http on this machine only)";
            return Err(SettingsError::combination(ISSUER, why));
        }
        let roles = settings.required(ROLES).split(',').map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let role = Role::ALL
                .into_iter()
                .find(|role| role.name() == name.trim())?;
            let value = value.trim();
            (!value.is_empty()).then(|| (value.to_owned(), role))
        });
        let roles: Option<Vec<_>> = roles.collect();
        let roles = roles.ok_or_else(|| {
            let why =
                "expected ROLE=VALUE with commas between; roles are viewer, operator and admin";
            SettingsError::combination(ROLES, why)
        })?;
        Ok(Some(Self {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            roles_claim: settings.required("auth.oidc_roles_claim").to_owned(),
            roles,
            name_claim: settings.required("auth.oidc_name_claim").to_owned(),
            team_claim: settings.text("auth.oidc_team_claim").map(str::to_owned),
        }))
    }
}

/// The URL, if responses from it cannot be tampered with in transit.
pub(super) fn trusted(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_own = host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback());
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_own);
    let is_bare = url.username().is_empty() && url.password().is_none();
    (is_safe && is_bare && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_nobody_on_the_way_can_answer_for_is_trusted() {
        for (text, is_trusted) in [
            ("https://id.example/realms/a", true),
            ("https://10.0.0.1:8443", true),
            ("http://localhost:9000", true),
            ("http://127.0.0.1:9000/a", true),
            ("http://[::1]:9000", true),
            ("http://id.example", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://ann:secret@id.example", false),
            ("https://id.example/#a", false),
            ("ftp://id.example", false),
            ("file:///etc/passwd", false),
            ("id.example", false),
            ("", false),
        ] {
            assert_eq!(trusted(text).is_some(), is_trusted, "{text}");
        }
    }
}
