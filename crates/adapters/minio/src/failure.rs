//! Converts S3 errors to destination errors with messages for operators.

use emulator_ports::{DestinationError, DestinationErrorKind};

use crate::s3_error::{S3Error, element, may_pass};

/// The error of `tried` ("create the bucket `a`") at the store `url`.
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
        // Its text is already in the message, in shorter form.
        S3Error::Refused(..) => DestinationError::new(kind, message),
        error => DestinationError::new(kind, message).caused_by(error.to_string()),
    }
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
