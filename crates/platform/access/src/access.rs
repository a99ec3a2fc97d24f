//! Authenticates and authorises the callers of a server.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use jiff::Timestamp;
use platform_runtime::settings::SettingsError;
use secrecy::ExposeSecret;
use tokio_util::sync::CancellationToken;

use crate::attempts::Attempts;
use crate::oidc::Issuer;
use crate::tokens::Kept;
use crate::{
    AccessSettings, Audit, AuditEntry, Caller, Folder, FolderError, Permission, Quota, Role,
    Tokens, session,
};

/// The name and id of the token from the environment.
const ENVIRONMENT: &str = "environment";

/// The service cannot be started with these settings.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Tokens are required and there are none, or there is no place for the audit log.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The client for the issuer's keys cannot be set up.
    #[error("setting auth.oidc_issuer: the client for connections to it cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// Why a caller is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// There was no token.
    Anonymous,
    /// The token is unknown, revoked or expired, or the session has ended.
    Unknown,
    /// A token of the issuer is not accepted, for this reason.
    Refused(&'static str),
    /// The role may not do this.
    Forbidden(Caller),
    /// This caller may do this only with things of the caller or of the team; this thing belongs to
    /// somebody else, as described here.
    NotOwn(Caller, String),
    /// The issuer authenticates this caller, who has no role here.
    NoRole(String),
    /// The issuer's keys cannot be fetched now; retry after this many seconds.
    IssuerAway(u64),
    /// The client has presented too many wrong tokens; retry after this many seconds.
    TooMany(u64),
    /// Nobody can be authenticated now.
    Unavailable(String),
}

impl From<io::Error> for Denied {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// The access control of a server, with its audit log.
pub struct Access {
    folder: Folder,
    tokens: Tokens,
    audit: Audit,
    attempts: Attempts,
    of_environment: Option<Kept>,
    issuer: Option<Issuer>,
    open_metrics: bool,
}

/// Opens or creates the access folder in a service's data folder.
///
/// # Errors
/// If it cannot be used.
pub(crate) fn create_folder(data: &Path) -> Result<Folder, FolderError> {
    Folder::create(&data.join("access"), Audit::begin)
}

/// The access folder, if there is one, and whether anybody can be authenticated.
fn set_up(
    settings: &AccessSettings,
    data: Option<&Path>,
) -> Result<(Option<Folder>, bool), AccessError> {
    let found = data.map(|data| Folder::open(&data.join("access")));
    let found = found.transpose()?.flatten();
    let is_set_up = found.is_some() || settings.admin_token.is_some() || settings.oidc.is_some();
    if settings.required && !is_set_up {
        let why = "got true, but there is no token yet, so nobody could use the service. Create one \
                   with the command `token create NAME --role admin` and the same data.dir, or set \
                   AUTH_ADMIN_TOKEN or AUTH_OIDC_ISSUER; if a proxy asks instead, set \
                   AUTH_BY_PROXY=true";
        return Err(SettingsError::combination("auth.required", why).into());
    }
    if settings.required && data.is_none() {
        return Err(no_folder().into());
    }
    Ok((found, is_set_up))
}

fn no_folder() -> SettingsError {
    let why =
        "tokens and the audit log are kept in the data folder; set a folder instead of memory";
    SettingsError::combination("data.dir", why)
}

impl Access {
    /// Checks that access control can be set up where the settings require it. Changes nothing.
    ///
    /// # Errors
    /// The setting to change.
    pub fn check(settings: &AccessSettings, data: Option<&Path>) -> Result<(), SettingsError> {
        if settings.by_proxy {
            return Ok(());
        }
        set_up(settings, data)
            .map(drop)
            .map_err(|error| match error {
                AccessError::Settings(error) => error,
                error => SettingsError::combination("data.dir", error.to_string()),
            })
    }

    /// The access control of a server that keeps its data in `data`; `None` if it requires no
    /// tokens.
    ///
    /// # Errors
    /// If it is required and cannot be set up.
    pub fn of(
        settings: &AccessSettings,
        data: Option<&Path>,
        is_loopback: bool,
    ) -> Result<Option<Self>, AccessError> {
        if settings.by_proxy {
            return Ok(None);
        }
        let (found, is_set_up) = set_up(settings, data)?;
        if !is_set_up && !is_loopback {
            tracing::warn!(
                "EVERYBODY WHO REACHES THIS SERVICE MAY DO EVERYTHING: it listens beyond this machine \
                 and asks for no token. Create one with the command `token create NAME --role admin` \
                 and start again, or set AUTH_BY_PROXY=true if a proxy asks; AUTH_REQUIRED=true \
                 refuses such a start"
            );
        }
        if !settings.required && (is_loopback || !is_set_up) {
            return Ok(None);
        }
        let folder = match (found, data) {
            (Some(folder), _) => folder,
            (None, Some(data)) => create_folder(data)?,
            (None, None) => return Err(no_folder().into()),
        };
        let of_environment = settings.admin_token.as_ref().map(|token| Kept {
            id: ENVIRONMENT.to_owned(),
            name: ENVIRONMENT.to_owned(),
            role: Role::Admin,
            team: None,
            quota: Quota::default(),
            subject: None,
            created: Timestamp::now(),
            expires: None,
            hash: folder.hash("token", &[ENVIRONMENT, token.expose_secret()]),
        });
        Ok(Some(Self {
            tokens: Tokens::new(folder.clone()),
            audit: Audit::new(folder.clone()),
            attempts: Attempts::default(),
            of_environment,
            issuer: settings.oidc.clone().map(Issuer::new).transpose()?,
            open_metrics: settings.open_metrics,
            folder,
        }))
    }

    /// The role that a permission requires; `None` if it requires none here.
    pub fn role(&self, permission: Permission) -> Option<Role> {
        match permission {
            Permission::Open => None,
            Permission::Metrics => (!self.open_metrics).then_some(Role::Viewer),
            Permission::Role(role) => Some(role),
            Permission::Own => Some(Role::Operator),
        }
    }

    /// The issuer whose tokens are accepted in addition to those of the service, if there is one.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_ref().map(Issuer::url)
    }

    /// Keeps the issuer's keys up to date, if there is an issuer, until `stop` is cancelled.
    pub async fn follow_issuer(&self, stop: CancellationToken) {
        if let Some(issuer) = &self.issuer {
            issuer.follow(stop).await;
        }
    }

    /// Authenticates a caller by a token.
    ///
    /// # Errors
    /// If the token is not accepted.
    pub async fn by_token(&self, text: &str, client: IpAddr) -> Result<Caller, Denied> {
        let found = self.find(text).await;
        found.map(|token| token.caller()).map_err(|denied| {
            let is_attempt = matches!(denied, Denied::Unknown | Denied::Refused(_));
            let counted = is_attempt.then(|| self.attempts.count(client));
            match counted {
                Some(Err(seconds)) => Denied::TooMany(seconds),
                _ => denied,
            }
        })
    }

    /// Authenticates a caller by a session. An expired session does not count as a failed attempt,
    /// because an open page keeps sending requests.
    ///
    /// # Errors
    /// If the session is not valid.
    pub fn by_session(&self, text: &str) -> Result<Caller, Denied> {
        let now = Timestamp::now();
        let id = session::token_of(text);
        let issuer = self.issuer.as_ref();
        let token = match &self.of_environment {
            Some(token) if token.id == id => Some(token.clone()),
            _ => match issuer.and_then(|issuer| issuer.of_session(id)) {
                Some(token) => Some(token),
                None => self.tokens.by_id(id)?,
            },
        };
        let is_valid = |token: &Kept| {
            token.is_valid_at(now) && session::is_valid(&self.folder, token, text, now)
        };
        let token = token.filter(is_valid).ok_or(Denied::Unknown)?;
        Ok(token.caller())
    }

    /// Exchanges a token for a session; returns its text and how many seconds it lasts. Every call
    /// counts as an attempt.
    ///
    /// # Errors
    /// If the token is not accepted, or the client has made too many attempts.
    pub async fn log_in(
        &self,
        token: &str,
        client: IpAddr,
    ) -> Result<(Caller, String, u64), Denied> {
        self.attempts.count(client).map_err(Denied::TooMany)?;
        let token = self.find(token).await?;
        let (text, seconds) = session::begin(&self.folder, &token, Timestamp::now());
        Ok((token.caller(), text, seconds))
    }

    /// Distinguishes the sessions of this service from those of others on the same host.
    pub fn session_name(&self) -> String {
        format!("session-{}", &self.folder.hash("name", &[])[..8])
    }

    /// Records an action in the audit log. It is on disk when this returns. Blocks.
    ///
    /// # Errors
    /// If it cannot be recorded.
    pub fn record(&self, entry: &AuditEntry<'_>) -> io::Result<()> {
        self.audit.append(entry)
    }

    async fn find(&self, text: &str) -> Result<Kept, Denied> {
        if let Some(issuer) = self.issuer.as_ref().filter(|_| Issuer::is_jwt(text)) {
            return issuer.verify(text).await;
        }
        let own = |token: &&Kept| {
            self.folder
                .is_hash(&token.hash, "token", &[ENVIRONMENT, text])
        };
        if let Some(token) = self.of_environment.as_ref().filter(own) {
            return Ok(token.clone());
        }
        let token = self.tokens.find(text)?;
        let token = token.filter(|token| token.is_valid_at(Timestamp::now()));
        token.ok_or(Denied::Unknown)
    }
}
