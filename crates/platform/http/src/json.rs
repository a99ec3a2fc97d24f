//! Request bodies: not compressed; JSON is read completely, with limits on size and time.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::ApiError;
use crate::messages::{excerpt, explain};

/// The maximum size of a body in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// How long a body may take to arrive, so that a client which sends it slowly holds nothing up.
pub const BODY_TIME: Duration = Duration::from_secs(10);

/// The body of a request. It must be a JSON object; a type that derives `Deserialize` would also
/// accept an array as its fields in order.
///
/// Rejects bodies that are empty, malformed or do not fit the type with 400, late ones with 408,
/// too large ones with 413, and those without a JSON content type with 415: a page of another
/// origin can send a body without a content type.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let acceptable = size(request).and_then(|()| media_type(request));
        let payload = web::Payload::from_request(request, payload).into_inner();
        Box::pin(async move {
            acceptable?;
            let payload = payload.map_err(|error| unreadable(&error))?;
            let body = read(payload, BODY_LIMIT).await?;
            parse(&body).map(Json)
        })
    }
}

/// Refuses a compressed body: the limits on size are those of what is sent, and nothing here would
/// decompress it.
pub(crate) fn uncompressed(headers: &HeaderMap) -> Result<(), ApiError> {
    let is_other = |value: &&HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    let Some(said) = headers.get_all(CONTENT_ENCODING).find(is_other) else {
        return Ok(());
    };
    let said = excerpt(&String::from_utf8_lossy(said.as_bytes()));
    let detail =
        format!("Content-Encoding: got {said:?}; expected identity: send the body uncompressed");
    let error = ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail);
    Err(error.header(ACCEPT_ENCODING, HeaderValue::from_static("identity")))
}

/// A complete body of at most this many bytes.
pub(crate) async fn read(payload: web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    tokio::time::timeout(BODY_TIME, payload.to_bytes_limited(limit))
        .await
        .map_err(|_| late())?
        .map_err(|_| too_large(limit))?
        .map_err(|error| unreadable(&error))
}

fn size(request: &HttpRequest) -> Result<(), ApiError> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > BODY_LIMIT as u64 => Err(too_large(BODY_LIMIT)),
        _ => Ok(()),
    }
}

fn media_type(request: &HttpRequest) -> Result<(), ApiError> {
    let Some(said) = request.headers().get(CONTENT_TYPE) else {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type: got nothing; expected application/json",
        ));
    };
    let is_json = request.mime_type().is_ok_and(|mime| {
        mime.is_some_and(|mime| {
            mime.subtype() == "json" || mime.suffix().is_some_and(|s| s == "json")
        })
    });
    if is_json {
        return Ok(());
    }
    let said = excerpt(&String::from_utf8_lossy(said.as_bytes()));
    Err(ApiError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("Content-Type: got {said:?}; expected application/json"),
    ))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let refused = |detail| ApiError::new(StatusCode::BAD_REQUEST, detail);
    match body.trim_ascii().first() {
        None => {
            return Err(refused(
                "body: got nothing; expected a JSON object".to_owned(),
            ));
        }
        Some(b'{') => {}
        Some(_) => {
            let came = excerpt(&String::from_utf8_lossy(body));
            return Err(refused(format!(
                "body: got {came:?}; expected a JSON object"
            )));
        }
    }
    read_json(body, "body").map_err(refused)
}

/// Reads JSON, which errors call `whole`.
///
/// # Errors
/// Which field is wrong, what it is and what is allowed.
pub fn read_json<T: DeserializeOwned>(text: &[u8], whole: &str) -> Result<T, String> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let broken = |place: &str, said: &str| {
        format!("{place}: got broken JSON ({said}); expected a JSON object")
    };
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        // The path of the root, or of a field whose name could not be read.
        let place = match &*path {
            "." | "?" => whole.to_owned(),
            path => excerpt(path),
        };
        let inner = error.into_inner();
        let said = inner.to_string();
        match inner.classify() {
            Category::Data => {
                let said = said
                    .rsplit_once(" at line ")
                    .map_or(&*said, |(said, _)| said);
                explain(&place, said)
            }
            Category::Syntax | Category::Eof | Category::Io => broken(&place, &said),
        }
    })?;
    json.end()
        .map_err(|error| broken(whole, &error.to_string()))?;
    Ok(value)
}

fn too_large(limit: usize) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("body: got more than {limit} bytes; expected at most {limit}"),
    )
}

fn late() -> ApiError {
    ApiError::new(
        StatusCode::REQUEST_TIMEOUT,
        format!(
            "body: did not arrive within {} seconds",
            BODY_TIME.as_secs()
        ),
    )
}

fn unreadable(error: &actix_web::Error) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        format!("body: cannot be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[serde(rename = "a")]
        _a: Vec<u8>,
    }

    proptest! {
        #[test]
        fn any_body_is_understood_or_refused_in_a_few_words(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            text in r#"[{}\[\],:"a0-9.eE+\\u-]{0,300}"#,
            depth in 0_usize..20_000,
        ) {
            let deep = "{\"a\":".repeat(depth);
            for body in [&bytes[..], text.as_bytes(), format!("{{\"a\":[{text}").as_bytes(), deep.as_bytes()] {
                let _ = parse::<serde_json::Value>(body);
                if let Err(error) = parse::<Body>(body) {
                    prop_assert_eq!(error.status_code(), StatusCode::BAD_REQUEST);
                    prop_assert!(error.to_string().len() < 1_000, "{}", error);
                }
            }
        }
    }
}
