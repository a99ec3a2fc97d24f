//! Names of objects in a store.

use std::fmt;

use uuid::Uuid;

use crate::{MediaType, TaskId};

/// An object name that is safe to pass to an object store: 1 to 1,024 bytes, no control characters,
/// and no path segment that is empty, `.` or `..`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// S3's maximum length, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Validates a name.
    ///
    /// # Errors
    /// If it is unsafe; the error says what is allowed.
    pub fn parse(text: &str) -> Result<Self, ObjectKeyError> {
        if text.is_empty() || text.len() > Self::MAX_LEN {
            return Err(ObjectKeyError::Length(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(ObjectKeyError::Control);
        }
        // Clients and proxies resolve such segments, which may lead to another bucket.
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) || text.contains('\\') {
            return Err(ObjectKeyError::Path);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a name is unsafe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObjectKeyError {
    /// It is empty or too long; its length in bytes.
    #[error("an object key has 1 to {max} bytes, got {0}", max = ObjectKey::MAX_LEN)]
    Length(usize),
    /// It contains control characters.
    #[error("an object key must not contain control characters")]
    Control,
    /// It has segments that would lead elsewhere.
    #[error(
        "an object key must not contain backslashes, nor parts between slashes that are empty, \
         '.' or '..'"
    )]
    Path,
}

/// The name of the output at `position` (from 0) of a task: a UUID derived from both, with the
/// type's extension. A repeated task overwrites what it stored before.
pub fn output_key(task: TaskId, position: usize, media_type: MediaType) -> ObjectKey {
    let name = Uuid::new_v5(&task.uuid(), format!("output {position}").as_bytes());
    ObjectKey(format!("{name}.{}", media_type.extension()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_lead_elsewhere_or_break_lines_are_refused() {
        for allowed in [
            "a",
            "a/b.csv",
            "7b0e.TXT",
            "ä ö.png",
            "a..b",
            &"x".repeat(1024),
        ] {
            assert_eq!(ObjectKey::parse(allowed).unwrap().as_str(), allowed);
        }
        for (refused, says) in [
            ("", "1 to 1024 bytes, got 0"),
            (&"x".repeat(2000), "got 2000"),
            ("a\nb", "control"),
            ("a\u{7f}b", "control"),
            ("../secret", "'..'"),
            ("a/../b", "'..'"),
            ("a/./b", "'.'"),
            ("/a", "empty"),
            ("a//b", "empty"),
            ("a/", "empty"),
            ("..\\b", "backslashes"),
        ] {
            let error = ObjectKey::parse(refused).unwrap_err().to_string();
            assert!(error.contains(says), "{refused:?}: {error}");
        }
    }

    #[test]
    fn outputs_of_a_task_have_names_of_their_own_that_a_repetition_has_again() {
        let task = |text| TaskId::parse(text).unwrap();
        let (one, other) = (
            task("6f9619ff-8b86-d011-b42d-00c04fc964ff"),
            task("6f9619ff-8b86-d011-b42d-00c04fc964fe"),
        );
        let keys = [
            output_key(one, 0, MediaType::Png),
            output_key(one, 1, MediaType::Png),
            output_key(other, 0, MediaType::Png),
        ];
        assert_eq!(keys[0], output_key(one, 0, MediaType::Png));
        assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
        let (name, extension) = keys[0].as_str().split_once('.').unwrap();
        assert!(Uuid::try_parse(name).is_ok() && extension == "png");
    }
}
