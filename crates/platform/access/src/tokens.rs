//! Tokens: secrets that machines send, of which only a keyed hash is stored.
//!
//! A token is 256 random bits and cannot be guessed, so its hash need not be slow like that of a
//! password: HMAC-SHA256 takes about a microsecond, cheap enough for every request.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use platform_runtime::bounded_file::read_text;
use serde::{Deserialize, Serialize};

use crate::folder::hexadecimal;
use crate::{Caller, Folder, Quota, Role};

const FILE: &str = "tokens.json";
/// The maximum size of the file in bytes; enough for some thousand tokens.
const LIMIT: u64 = 4 << 20;
/// The prefix of tokens, by which people and secret scanners recognise them.
pub(crate) const PREFIX: &str = "dtk_";
/// How long a server may take to notice that a token was created or revoked.
const FRESH: Duration = Duration::from_secs(1);

/// A token cannot be created, revoked or read.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The name is invalid.
    #[error("invalid name {0:?}; expected 1 to 64 letters, digits, '.', '_', '-' or '@'")]
    Name(String),
    /// The team is invalid.
    #[error("invalid team {0:?}; expected 1 to 63 letters, digits and characters of -_./@+")]
    Team(String),
    /// A token with that name already exists.
    #[error("there is a token {0} already; revoke it first, or choose another name")]
    Exists(String),
    /// There is no token of that name.
    #[error("there is no token {0}; `token list` shows all")]
    Unknown(String),
    /// The file cannot be used.
    #[error("the tokens cannot be read or written: {0}")]
    File(#[from] io::Error),
}

/// The permissions of a token and its expiry.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The team of its user.
    pub team: Option<String>,
    /// The quota.
    pub quota: Quota,
    /// When it expires.
    pub expires: Option<Timestamp>,
}

impl From<Role> for Grant {
    fn from(role: Role) -> Self {
        Self {
            role,
            team: None,
            quota: Quota::default(),
            expires: None,
        }
    }
}

/// The stored form of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    pub(crate) id: String,
    /// Its name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The team of its user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The quota.
    #[serde(default)]
    pub quota: Quota,
    /// When it was created.
    pub created: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
    pub(crate) hash: String,
    /// The subject authenticated by an issuer; if absent, the name is the subject.
    #[serde(skip)]
    pub(crate) subject: Option<String>,
}

impl Kept {
    /// Whether it has not expired at this time.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller {
            name: self.name.clone(),
            subject: self.subject.as_ref().unwrap_or(&self.name).clone(),
            team: self.team.clone(),
            role: self.role,
            quota: self.quota,
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    tokens: Vec<Kept>,
}

/// The tokens of a folder. A server notices changes made by a command within a second.
pub struct Tokens {
    folder: Folder,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    looked: Option<Instant>,
    /// Identifies the version of the file: a change replaces the file, so it has another inode.
    file: Option<(u64, i64, i64)>,
    by_id: HashMap<String, Kept>,
}

impl Tokens {
    /// The tokens of this folder.
    pub fn new(folder: Folder) -> Self {
        Self {
            folder,
            known: RwLock::default(),
        }
    }

    /// All tokens, by name.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn list(&self) -> Result<Vec<Kept>, TokenError> {
        let mut tokens = self.read()?;
        tokens.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(tokens)
    }

    /// Creates a token and returns its text, which cannot be retrieved later.
    ///
    /// # Errors
    /// If the name is invalid or taken, the team is invalid, or the file cannot be written.
    pub fn create(
        &self,
        name: &str,
        grant: impl Into<Grant>,
        now: Timestamp,
    ) -> Result<String, TokenError> {
        let Grant {
            role,
            team,
            quota,
            expires,
        } = grant.into();
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            return Err(TokenError::Name(name.chars().take(80).collect()));
        }
        if let Some(team) = team.as_ref().filter(|team| !is_team(team)) {
            return Err(TokenError::Team(team.chars().take(80).collect()));
        }
        let _lock = self.folder.lock()?;
        let mut tokens = self.read()?;
        if tokens.iter().any(|token| token.name == name) {
            return Err(TokenError::Exists(name.to_owned()));
        }
        let mut random = [0; 40];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let random = hexadecimal(&random);
        let (id, secret) = random.split_at(16);
        tokens.push(Kept {
            id: id.to_owned(),
            name: name.to_owned(),
            role,
            team,
            quota,
            created: now,
            expires,
            subject: None,
            hash: self.folder.hash("token", &[id, secret]),
        });
        self.write(tokens)?;
        Ok(format!("{PREFIX}{id}_{secret}"))
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// If there is none of that name, or the file cannot be written.
    pub fn revoke(&self, name: &str) -> Result<(), TokenError> {
        let _lock = self.folder.lock()?;
        let mut tokens = self.read()?;
        let before = tokens.len();
        tokens.retain(|token| token.name != name);
        if tokens.len() == before {
            return Err(TokenError::Unknown(name.to_owned()));
        }
        self.write(tokens)
    }

    /// The token with this text, expired or not; `None` if it is unknown.
    pub(crate) fn find(&self, text: &str) -> io::Result<Option<Kept>> {
        let parts = text
            .strip_prefix(PREFIX)
            .and_then(|text| text.split_once('_'));
        let Some((id, secret)) = parts else {
            return Ok(None);
        };
        let found = self.by_id(id)?;
        let is_it = |kept: &Kept| self.folder.is_hash(&kept.hash, "token", &[id, secret]);
        Ok(found.filter(is_it))
    }

    pub(crate) fn by_id(&self, id: &str) -> io::Result<Option<Kept>> {
        let is_fresh = |known: &Known| known.looked.is_some_and(|at| at.elapsed() < FRESH);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if is_fresh(&known) {
            return Ok(known.by_id.get(id).cloned());
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !is_fresh(&known) {
            let file = match fs::metadata(self.folder.file(FILE)) {
                Ok(file) => Some((file.ino(), file.mtime(), file.mtime_nsec())),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            if file.is_none() || file != known.file {
                let tokens = self.read()?.into_iter();
                known.by_id = tokens.map(|token| (token.id.clone(), token)).collect();
                known.file = file;
            }
            known.looked = Some(Instant::now());
        }
        Ok(known.by_id.get(id).cloned())
    }

    fn read(&self) -> io::Result<Vec<Kept>> {
        let text = match read_text(&self.folder.file(FILE), LIMIT) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        let content: Content = serde_json::from_str(&text)?;
        Ok(content.tokens)
    }

    fn write(&self, tokens: Vec<Kept>) -> Result<(), TokenError> {
        let text = serde_json::to_vec_pretty(&Content { tokens });
        let text = text.map_err(io::Error::from)?;
        Ok(self.folder.replace(FILE, &text)?)
    }
}

/// Whether the team is valid as a label.
pub(crate) fn is_team(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./@+".contains(c);
    (1..=63).contains(&text.len()) && text.chars().all(fits)
}
