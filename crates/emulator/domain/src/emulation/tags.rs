//! The name and labels of a run, and the idempotency key of its request.

use std::collections::BTreeMap;

use crate::InvalidValue;

/// The most labels of a run.
const MOST_LABELS: usize = 16;

/// The most characters of a name.
const LONGEST_NAME: usize = 100;

/// The most characters of a label's key or value.
const LONGEST_WORD: usize = 63;

/// The key of the label that names the team that a run belongs to.
const TEAM: &str = "team";

/// The name and the labels of a run. They do not affect its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    name: Option<String>,
    labels: BTreeMap<String, String>,
}

/// A change of tags; what is not mentioned stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagChange {
    /// The new name, or none.
    pub name: Option<Option<String>>,
    /// New values by their keys; `None` removes the label.
    pub labels: BTreeMap<String, Option<String>>,
}

/// An invalid tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid {field} {value}")]
pub struct InvalidTag {
    /// `name` or `labels`.
    pub field: &'static str,
    /// What came and what is allowed.
    pub value: InvalidValue,
}

impl Tags {
    /// The tags after the change.
    ///
    /// # Errors
    /// The first invalid tag.
    pub fn changed(&self, change: &TagChange) -> Result<Self, InvalidTag> {
        let mut tags = self.clone();
        if let Some(name) = &change.name {
            tags.name = name.as_deref().map(checked_name).transpose()?;
        }
        for (key, value) in &change.labels {
            match value {
                None => _ = tags.labels.remove(key),
                Some(value) => {
                    let label = (checked_word(key)?, checked_word(value)?);
                    tags.labels.extend([label]);
                }
            }
        }
        if tags.labels.len() > MOST_LABELS {
            let got = format!("{} labels", tags.labels.len());
            let value = InvalidValue::shown(got, format!("{MOST_LABELS} at most"));
            return Err(invalid_label(value));
        }
        Ok(tags)
    }

    /// The tags of a run started by a member of this team: the run belongs to the team, unless its
    /// tags name another one.
    ///
    /// # Errors
    /// If there are too many labels, or the team is no valid label.
    pub fn begun_in(self, team: &str) -> Result<Self, InvalidTag> {
        if self.team().is_some() {
            return Ok(self);
        }
        let label = (TEAM.to_owned(), Some(team.to_owned()));
        self.changed(&TagChange {
            name: None,
            labels: [label].into(),
        })
    }

    /// The team that the run belongs to, if any.
    pub fn team(&self) -> Option<&str> {
        self.labels.get(TEAM).map(String::as_str)
    }

    /// The name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The labels by their keys.
    pub const fn labels(&self) -> &BTreeMap<String, String> {
        &self.labels
    }
}

fn checked_name(name: &str) -> Result<String, InvalidTag> {
    let length = name.chars().count();
    if (1..=LONGEST_NAME).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let expected = format!("1 to {LONGEST_NAME} characters, none of them a control character");
    let value = InvalidValue::text(name, expected);
    Err(InvalidTag {
        field: "name",
        value,
    })
}

fn checked_word(word: &str) -> Result<String, InvalidTag> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./@+".contains(&byte);
    if (1..=LONGEST_WORD).contains(&word.len()) && word.bytes().all(is_allowed) {
        return Ok(word.to_owned());
    }
    let expected =
        format!("keys and values of 1 to {LONGEST_WORD} letters, digits and characters of -_./@+");
    Err(invalid_label(InvalidValue::text(word, expected)))
}

const fn invalid_label(value: InvalidValue) -> InvalidTag {
    InvalidTag {
        field: "labels",
        value,
    }
}

/// The idempotency key of a request to start a run: the request can be sent again without starting
/// another run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    key: String,
    digest: String,
}

impl RequestKey {
    /// The key that the sender chose, and a digest of the request.
    ///
    /// # Errors
    /// If the key is invalid.
    pub fn new(key: &str, digest: String) -> Result<Self, InvalidValue> {
        if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let key = key.to_owned();
            return Ok(Self { key, digest });
        }
        let expected = "1 to 255 visible characters of ASCII";
        Err(InvalidValue::text(key, expected))
    }

    /// The key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The digest.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}
