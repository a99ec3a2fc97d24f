//! Errors, explained in sentences.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use redb::{CommitError, DatabaseError, StorageError, TableError, TransactionError};

/// Why the stored state is not available. Nothing was changed in the folder.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process uses the folder.
    #[error(
        "the data folder {0} is in use by another process: stop that one, or give this one a folder of its own"
    )]
    InUse(PathBuf),
    /// The operating system refuses.
    #[error("{path} cannot be {action}: {advice}")]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// `made`, `read`, `written`.
        action: &'static str,
        /// What to do.
        advice: &'static str,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The contents of the file are damaged.
    #[error(
        "the state in {file} is damaged ({why}) and was left as it is. Put a copy from a backup in \
         its place, or have the file set aside to begin without it"
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What was found.
        why: String,
    },
    /// Another release wrote the file.
    #[error(
        "{file} was written by another release: it has rows of version {got}, and this release \
         reads version {reads}. Start that release, or choose another data folder"
    )]
    Version {
        /// The file.
        file: PathBuf,
        /// The version that was found.
        got: u32,
        /// The version that this release reads.
        reads: u32,
    },
}

impl OpenError {
    pub(crate) fn refused(path: &Path, action: &'static str, source: io::Error) -> Self {
        Self::Refused {
            path: path.to_owned(),
            action,
            advice: advice(&source),
            source,
        }
    }
}

/// What to do about an error of the operating system.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "there is no room left for it; make some, or choose another data folder"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "it may not be written here; allow it to this user, or choose another data folder"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "there is a file where a folder should be; choose another data folder"
        }
        _ => "look after the disk, or choose another data folder",
    }
}

/// Errors of the open file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// The operating system refuses.
    #[error("{}", .0)]
    Io(#[from] io::Error),
    /// The contents of the file are damaged.
    #[error("{0}")]
    Damaged(String),
    /// Another release wrote it.
    #[error("it has a row of version {0}, which this release does not read")]
    Version(u32),
}

impl FileError {
    /// The error, with advice.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Io(error) => format!("{error}: {}", advice(error)),
            Self::Damaged(_) | Self::Version(_) => {
                format!("{self}: start the service again to have the file examined")
            }
        }
    }
}

impl From<StorageError> for FileError {
    fn from(error: StorageError) -> Self {
        match error {
            // A read past the end: the file was truncated. The library reports a foreign file the
            // same way.
            StorageError::Io(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput
                ) =>
            {
                Self::Damaged(error.to_string())
            }
            StorageError::Io(error) => Self::Io(error),
            StorageError::PreviousIo => Self::Io(io::Error::other("an earlier write to it failed")),
            other => Self::Damaged(other.to_string()),
        }
    }
}

macro_rules! storage_errors {
    ($($error:ident),*) => {$(
        impl From<$error> for FileError {
            fn from(error: $error) -> Self {
                match error {
                    $error::Storage(error) => error.into(),
                    other => Self::Damaged(other.to_string()),
                }
            }
        }
    )*};
}

storage_errors!(DatabaseError, TransactionError, TableError, CommitError);
