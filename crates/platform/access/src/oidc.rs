//! Callers authenticated by an OpenID Connect issuer, through tokens that it has signed (JWT).
//!
//! - [`settings`]: the issuer, and the claims for the caller's name and role.
//! - `keys`: the issuer's public keys, fetched, cached and renewed.
//! - `signatures`: the verification of signatures by ring.

pub(crate) mod settings;

mod keys;
mod signatures;

use jiff::Timestamp;
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::folder::hexadecimal;
use crate::tokens::{Kept, is_team};
use crate::{Denied, Quota, Role};
use keys::Keys;
use settings::OidcSettings;

/// The prefix of these callers' names, which no token's name has.
const PREFIX: &str = "oidc:";
/// The prefix of these sessions' ids, which no token's id has.
const SESSION: &str = "oidc-";
/// The maximum length of a caller's name.
const NAME: usize = 100;
/// The maximum length of a subject, according to the standard.
const SUBJECT: usize = 255;

/// The caller that a token or a session authenticates.
struct Identity {
    name: String,
    subject: String,
    team: Option<String>,
    role: Role,
}

/// An issuer and its keys.
pub(crate) struct Issuer {
    settings: OidcSettings,
    keys: Keys,
}

impl Issuer {
    pub(crate) fn new(settings: OidcSettings) -> reqwest::Result<Self> {
        signatures::install();
        let keys = Keys::new(settings.issuer.clone())?;
        Ok(Self { settings, keys })
    }

    pub(crate) fn url(&self) -> &str {
        &self.settings.issuer
    }

    /// Keeps the issuer's keys up to date until `stop` is cancelled.
    pub(crate) async fn follow(&self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.keys.follow() => {}
        }
    }

    /// Whether the text has the form of a JWT, which our own tokens never have.
    pub(crate) fn is_jwt(text: &str) -> bool {
        text.starts_with("eyJ") && text.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Verifies a token; the result can be used to start a session.
    pub(crate) async fn verify(&self, text: &str) -> Result<Kept, Denied> {
        let unsupported = "it is no JWT, or is not signed with RSA, ECDSA or Ed25519";
        let header = decode_header(text).map_err(|_| Denied::Refused(unsupported))?;
        if header.crit.is_some() {
            return Err(Denied::Refused(
                "its header asks for more than is known here (crit)",
            ));
        }
        let key = self.keys.find(header.kid.as_deref()).await?;
        let mut validation = Validation::new(header.alg);
        validation.algorithms.clone_from(&key.algorithms);
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let token = decode::<Value>(text, &key.key, &validation).map_err(|error| reason(&error))?;
        let identity = self.identity(&token.claims)?;
        let ends = token.claims["exp"].as_f64().map(|seconds| seconds as i64);
        let ends = ends.and_then(|seconds| Timestamp::from_second(seconds).ok());
        Ok(self.to_token(identity, ends))
    }

    fn identity(&self, claims: &Value) -> Result<Identity, Denied> {
        let subject = claims["sub"].as_str().unwrap_or_default();
        if !(1..=SUBJECT).contains(&subject.len()) || subject.chars().any(char::is_control) {
            return Err(Denied::Refused("its sub is no text of 1 to 255 characters"));
        }
        let claim = self.settings.team_claim.as_ref();
        let team = claim.and_then(|claim| find(claims, claim)?.as_str());
        if team.is_some_and(|team| !is_team(team)) {
            return Err(Denied::Refused("its team is not what a label may be"));
        }
        let name = self.name(claims);
        let role = self.role(claims);
        Ok(Identity {
            role: role.ok_or_else(|| Denied::NoRole(name.clone()))?,
            name,
            subject: format!("{PREFIX}{subject}"),
            team: team.map(str::to_owned),
        })
    }

    /// The caller of a session with this id; whether the session is valid is checked elsewhere.
    pub(crate) fn of_session(&self, id: &str) -> Option<Kept> {
        let mut parts = id.strip_prefix(SESSION)?.split('-');
        let role = parts.next()?;
        let role = Role::ALL.into_iter().find(|one| one.name() == role)?;
        let mut text = || {
            let part = parts.next()?;
            let digits = |at: usize| u8::from_str_radix(part.get(at..at + 2)?, 16).ok();
            let bytes: Option<Vec<u8>> = (0..part.len()).step_by(2).map(digits).collect();
            String::from_utf8(bytes?).ok()
        };
        let identity = Identity {
            name: text()?,
            subject: text()?,
            team: text().filter(|team| !team.is_empty()),
            role,
        };
        Some(self.to_token(identity, None))
    }

    /// The hash depends on the settings, so changing them ends sessions.
    fn to_token(&self, identity: Identity, expires: Option<Timestamp>) -> Kept {
        let Identity {
            name,
            subject,
            team,
            role,
        } = identity;
        let parts = [&name, &subject, team.as_ref().unwrap_or(&String::new())]
            .map(|text| hexadecimal(text.as_bytes()));
        let OidcSettings {
            issuer, audience, ..
        } = &self.settings;
        Kept {
            id: format!("{SESSION}{role}-{}", parts.join("-")),
            name,
            subject: Some(subject),
            quota: Quota::default(),
            team,
            role,
            created: Timestamp::UNIX_EPOCH,
            expires,
            hash: format!("{issuer} {audience}"),
        }
    }

    fn name(&self, claims: &Value) -> String {
        let named = find(claims, &self.settings.name_claim).and_then(Value::as_str);
        let name = named.or_else(|| claims["sub"].as_str()).unwrap_or("?");
        let shown = name.chars().take(NAME);
        let shown = shown.map(|c| if c.is_control() { '?' } else { c });
        format!("{PREFIX}{}", shown.collect::<String>())
    }

    /// The most powerful of the roles that the claim names.
    fn role(&self, claims: &Value) -> Option<Role> {
        let named: Vec<&str> = match find(claims, &self.settings.roles_claim)? {
            Value::String(words) => words.split_whitespace().collect(),
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            _ => return None,
        };
        let roles = self.settings.roles.iter();
        let has = roles.filter(|(name, _)| named.contains(&name.as_str()));
        has.map(|(_, role)| *role).max()
    }
}

/// A claim by name or by JSON pointer.
fn find<'a>(claims: &'a Value, claim: &str) -> Option<&'a Value> {
    match claim.starts_with('/') {
        true => claims.pointer(claim),
        false => claims.get(claim),
    }
}

/// Why a token is rejected, without anything from the token itself.
fn reason(error: &Error) -> Denied {
    Denied::Refused(match error.kind() {
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::InvalidAudience => "it is for another audience",
        ErrorKind::MissingRequiredClaim(_) => "it lacks one of the claims exp, iss, aud and sub",
        ErrorKind::InvalidAlgorithm => "its algorithm is not one of its key's",
        ErrorKind::InvalidSignature => "its signature is wrong",
        _ => "it cannot be read",
    })
}
