//! Failures of S3: which may pass, and what to tell people.

use std::error::Error;

use emulator_ports::{DestinationError, DestinationErrorKind};

use crate::exchange::S3Error;

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
                            // A bit was turned over on the way.
                            | "BadDigest"
                    )
                )
        }
        S3Error::Transport(error) => !error.is_builder(),
        S3Error::Late(_) | S3Error::NotStored(_) => true,
        S3Error::Unexpected(_) => false,
    }
}

/// Whether the store answered with that status, or with that code in its body.
pub(crate) fn says(error: &S3Error, status: u16, code: &str) -> bool {
    matches!(error, S3Error::Refused(found, body)
        if *found == status && (body.is_empty() || element(body, "Code") == Some(code)))
}

/// What became of `tried` ("make the bucket `a`") at the store `url`.
pub(crate) fn failure(url: &str, tried: &str, error: S3Error) -> DestinationError {
    use DestinationErrorKind::{
        Forbidden, Full, Interrupted, NotFound, Refused, Unauthenticated, Unreachable,
    };
    let (kind, answer, check) = match &error {
        S3Error::Refused(status, body) => {
            let code = element(body, "Code").unwrap_or_default();
            let (kind, check) = match (*status, code) {
                (507, _)
                | (_, "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded" | "QuotaExceeded") => {
                    (Full, "make room in the store, or raise the bucket's quota")
                }
                (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch") | (401, _) => {
                    (Unauthenticated, "check the access key and the secret key")
                }
                (_, "RequestTimeTooSkewed") => (Refused, "check the clocks of both machines"),
                (403, _) => (
                    Forbidden,
                    "check the keys, and what their user is permitted",
                ),
                (_, "NoSuchBucket") => (NotFound, "check whether somebody removed the bucket"),
                (_, "AuthorizationHeaderMalformed" | "InvalidLocationConstraint") => {
                    (Refused, "check the region")
                }
                _ if may_pass(&error) => (Interrupted, "check the load and the logs of the store"),
                (400..=499, _) if code != "NoSuchUpload" => {
                    (Refused, "check the name and the store's limits")
                }
                _ => (Interrupted, "check the logs of the store"),
            };
            let message = element(body, "Message").unwrap_or_default();
            (
                kind,
                [status.to_string().as_str(), code, message].join(" "),
                check,
            )
        }
        S3Error::Transport(error) if error.is_connect() => (
            Unreachable,
            String::new(),
            "check that it runs there, host, port and whether it speaks TLS",
        ),
        S3Error::Transport(_) | S3Error::Late(_) => (
            Interrupted,
            String::new(),
            "check the network and the load of the store",
        ),
        S3Error::NotStored(_) => (
            Interrupted,
            String::new(),
            "check the store, and what stands between it and here",
        ),
        S3Error::Unexpected(_) => (
            Interrupted,
            String::new(),
            "check that an S3 store answers there",
        ),
    };
    let answered = if answer.is_empty() {
        answer
    } else {
        format!(", which answered {}", answer.trim_end())
    };
    let message = format!("cannot {tried} at {url}{answered}: {check}");
    match error {
        // What it says is in the message already, shorter.
        S3Error::Refused(..) => DestinationError::new(kind, message),
        S3Error::Transport(error) => {
            // Its own text repeats the URL, with the signature of the request.
            let error = error.without_url();
            let text = match innermost(&error) {
                Some(cause) => cause.to_string(),
                None => error.to_string(),
            };
            DestinationError::new(kind, message).caused_by(text)
        }
        S3Error::Late(time) => {
            DestinationError::new(kind, message).caused_by(format!("no answer in {time:?}"))
        }
        S3Error::NotStored(why) | S3Error::Unexpected(why) => {
            DestinationError::new(kind, message).caused_by(why)
        }
    }
}

fn innermost(error: &dyn Error) -> Option<&(dyn Error + 'static)> {
    let mut innermost = error.source()?;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    Some(innermost)
}

/// The text of the first element of that name; S3's errors have no nesting and no attributes.
pub(crate) fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: &str) -> S3Error {
        let body = format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Because.</Message><Key>a</Key></Error>"
        );
        S3Error::Refused(status, body)
    }

    #[test]
    fn each_answer_has_its_kind_and_says_what_to_check() {
        use DestinationErrorKind::{
            Forbidden, Full, Interrupted, NotFound, Refused, Unauthenticated,
        };
        for (status, code, kind, passes, check) in [
            (403, "AccessDenied", Forbidden, false, "permitted"),
            (
                403,
                "InvalidAccessKeyId",
                Unauthenticated,
                false,
                "access key",
            ),
            (
                403,
                "SignatureDoesNotMatch",
                Unauthenticated,
                false,
                "secret key",
            ),
            (403, "RequestTimeTooSkewed", Refused, false, "clocks"),
            (404, "NoSuchBucket", NotFound, false, "removed the bucket"),
            (404, "NoSuchUpload", Interrupted, false, "logs"),
            (400, "InvalidBucketName", Refused, false, "name"),
            (400, "IncompleteBody", Interrupted, true, "load"),
            (507, "XMinioStorageFull", Full, false, "room"),
            (503, "SlowDown", Interrupted, true, "load"),
            (500, "InternalError", Interrupted, true, "load"),
            (200, "InternalError", Interrupted, true, "load"),
        ] {
            assert_eq!(may_pass(&answer(status, code)), passes, "{status} {code}");
            let error = failure(
                "http://minio:9000",
                "write object `a`",
                answer(status, code),
            );
            assert_eq!(error.kind, kind, "{status} {code}");
            let text = error.chain();
            let begin = format!(
                "cannot write object `a` at http://minio:9000, which answered {status} {code} Because.: "
            );
            assert!(text.starts_with(&begin) && text.contains(check), "{text}");
        }
    }
}
