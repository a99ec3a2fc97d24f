//! Converts file system errors to errors of the port.

use std::io::{Error, ErrorKind};
use std::path::Path;

use emulator_ports::{DestinationError, DestinationErrorKind};

/// The error of `tried` ("write", "create the folder") at `path`.
pub(crate) fn failure(tried: &str, path: &Path, error: Error) -> DestinationError {
    let (kind, check) = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => (
            DestinationErrorKind::Full,
            "make room there, or choose a folder on another disk",
        ),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => (
            DestinationErrorKind::Forbidden,
            "check the permissions of the folder and of the user that runs this",
        ),
        ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::AlreadyExists => (
            DestinationErrorKind::Refused,
            "check what stands there under that name",
        ),
        ErrorKind::InvalidFilename | ErrorKind::FileTooLarge => (
            DestinationErrorKind::Refused,
            "check what the file system allows",
        ),
        ErrorKind::NotFound => (
            DestinationErrorKind::NotFound,
            "check the path; a part of it is not there",
        ),
        _ => (DestinationErrorKind::Interrupted, "check the disk"),
    };
    let message = format!("cannot {tried} {}: {check}", path.display());
    DestinationError::new(kind, message).caused_by(error)
}
