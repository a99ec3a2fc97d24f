//! What a store refuses, in sentences.

use std::error::Error;
use std::fmt;

use compute_ports::{StoreError, StoreErrorKind};
use reqwest::StatusCode;

use crate::failure::element;

/// One request did not succeed.
pub(super) enum Failure {
    /// The store said no.
    Answer { status: StatusCode, text: String },
    /// Nothing came back, or not all of it.
    Silence(reqwest::Error),
    /// More came back than was asked for.
    TooLong,
    /// An answer that S3 does not give.
    Unexpected(&'static str),
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        // Its own text repeats the URL, with the signature.
        Self::Silence(error.without_url())
    }
}

impl Failure {
    pub(super) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            Self::Silence(_) | Self::TooLong | Self::Unexpected(_) => None,
        }
    }

    /// Whether the same request may succeed later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Answer { status, text, .. } => {
                matches!(status.as_u16(), 408 | 429 | 500 | 502..=504)
                    || matches!(element(text, "Code"), Some("SlowDown" | "RequestTimeout"))
            }
            Self::Silence(error) => !error.is_builder() && !is_refused_address(error),
            Self::TooLong | Self::Unexpected(_) => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, text, .. } => {
                let code = element(text, "Code").unwrap_or_default();
                write!(f, "{} {code}", status.as_u16())
            }
            Self::Silence(error) if error.is_timeout() => f.write_str("no answer in time"),
            Self::Silence(error) => write!(f, "{}", innermost(error)),
            Self::TooLong => f.write_str("a longer answer than was asked for"),
            Self::Unexpected(what) => f.write_str(what),
        }
    }
}

/// Whether our own list of hosts is the cause.
fn is_refused_address(error: &reqwest::Error) -> bool {
    innermost(error)
        .to_string()
        .ends_with("has no address that may be contacted")
}

fn innermost(error: &reqwest::Error) -> &dyn Error {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost
}

/// What became of `tried` at the store `endpoint`.
pub(super) fn explained(endpoint: &str, tried: &str, failure: &Failure) -> StoreError {
    use StoreErrorKind::{Forbidden, NotFound, Refused, Unreachable};
    let (kind, check) = match failure {
        Failure::Answer { status, text, .. } => {
            match (status.as_u16(), element(text, "Code").unwrap_or_default()) {
                (_, "NoSuchBucket") => (NotFound, "check the bucket's name"),
                (404, _) => (NotFound, "check that the file was uploaded under this key"),
                (_, "SignatureDoesNotMatch" | "InvalidAccessKeyId") => {
                    (Forbidden, "check the access key and the secret key")
                }
                (_, "RequestTimeTooSkewed") => (Forbidden, "check the clocks of both machines"),
                (401 | 403, _) => (Forbidden, "check the keys and what they permit"),
                (_, "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError") => {
                    (Refused, "check the region")
                }
                (412, _) => (Refused, "the object was replaced while it was read"),
                _ if failure.may_pass() => (Unreachable, "check the load and the log of the store"),
                _ => (Refused, "check the store's log"),
            }
        }
        Failure::Silence(error) if is_refused_address(error) => (
            Refused,
            "the operator of the service can allow the host by its name",
        ),
        Failure::Silence(_) => (
            Unreachable,
            "check that an S3 store runs there, and the network",
        ),
        Failure::TooLong | Failure::Unexpected(_) => {
            (Refused, "check that an S3 store answers there")
        }
    };
    let message = format!("cannot {tried} at {endpoint} ({failure}): {check}");
    StoreError { kind, message }
}

/// The access cannot be used; `why` is for people.
pub(super) fn refused(why: String) -> StoreError {
    StoreError {
        kind: StoreErrorKind::Refused,
        message: format!("the object store cannot be used: {why}"),
    }
}
