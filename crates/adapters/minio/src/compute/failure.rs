//! Explains a store's errors in sentences.

use compute_ports::{StoreError, StoreErrorKind};

use crate::s3_error::{S3Error, element, is_refused_address, may_pass};

/// The error of `tried` at the store `endpoint`.
pub(super) fn explained(endpoint: &str, tried: &str, failure: &S3Error) -> StoreError {
    use StoreErrorKind::{Forbidden, NotFound, Refused, Unreachable};
    let (kind, check) = match failure {
        S3Error::Refused(status, body) => {
            match (*status, element(body, "Code").unwrap_or_default()) {
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
                _ if may_pass(failure) => (Unreachable, "check the load and the log of the store"),
                _ => (Refused, "check the store's log"),
            }
        }
        S3Error::Transport(error) if is_refused_address(error) => (
            Refused,
            "the operator of the service can allow the host by its name",
        ),
        S3Error::Transport(_) | S3Error::Late(_) => (
            Unreachable,
            "check that an S3 store runs there, and the network",
        ),
        S3Error::NotStored(_) | S3Error::Unexpected(_) => {
            (Refused, "check that an S3 store answers there")
        }
    };
    let message = format!("cannot {tried} at {endpoint} ({failure}): {check}");
    StoreError { kind, message }
}

/// The access is unusable; `why` explains it to people.
pub(super) fn refused(why: String) -> StoreError {
    StoreError {
        kind: StoreErrorKind::Refused,
        message: format!("the object store cannot be used: {why}"),
    }
}
