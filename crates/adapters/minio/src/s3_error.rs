//! Errors of S3, and whether they may be transient.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The failure of a request.
#[derive(Debug)]
pub(crate) enum S3Error {
    /// The store refused with a status and, perhaps, S3's XML; or it accepted, but the body says
    /// otherwise or is missing.
    Refused(u16, String),
    /// The request or the response was lost.
    Transport(reqwest::Error),
    /// The response did not arrive in time.
    Late(Duration),
    /// The store confirms an upload with the digest of something else.
    NotStored(String),
    /// Not a valid S3 response to this request; the text says why.
    Unexpected(String),
}

impl S3Error {
    pub(crate) fn unexpected(what: &str) -> Self {
        Self::Unexpected(what.to_owned())
    }
}

impl From<reqwest::Error> for S3Error {
    fn from(error: reqwest::Error) -> Self {
        // Its own text would repeat the URL with the signature.
        Self::Transport(error.without_url())
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(status, body) => {
                let code = element(body, "Code").unwrap_or_default();
                write!(f, "{status} {code}")
            }
            Self::Transport(error) => write!(f, "{}", innermost(error)),
            Self::Late(time) => write!(f, "no answer in {time:?}"),
            Self::NotStored(why) | Self::Unexpected(why) => f.write_str(why),
        }
    }
}

/// Whether the same request may succeed later.
pub(crate) fn may_pass(error: &S3Error) -> bool {
    match error {
        S3Error::Refused(status, body) => {
            matches!(status, 408 | 429 | 500 | 502..=504)
                || matches!(
                    element(body, "Code"),
                    Some(
                        "InternalError"
                            | "SlowDown"
                            | "ServiceUnavailable"
                            | "RequestTimeout"
                            | "IncompleteBody"
                            // The body was corrupted in transit.
                            | "BadDigest"
                    )
                )
        }
        S3Error::Transport(error) => !error.is_builder() && !is_refused_address(error),
        S3Error::Late(_) | S3Error::NotStored(_) => true,
        S3Error::Unexpected(_) => false,
    }
}

/// Whether the store answered with that status or that code in the body.
pub(crate) fn says(error: &S3Error, status: u16, code: &str) -> bool {
    matches!(error, S3Error::Refused(found, body)
        if *found == status && (body.is_empty() || element(body, "Code") == Some(code)))
}

/// The root cause.
pub(crate) fn innermost(error: &reqwest::Error) -> &dyn Error {
    let mut innermost: &dyn Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost
}

/// Whether the host is not on the list of allowed hosts.
pub(crate) fn is_refused_address(error: &reqwest::Error) -> bool {
    let cause = innermost(error).to_string();
    cause.ends_with("has no address that may be contacted")
}

/// The text of the first element with that name; S3's errors have neither nesting nor attributes.
pub(crate) fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}
