//! Responses, read up to a limit and summarised in a sentence.

use std::error::Error;

use reqwest::{RequestBuilder, Response, StatusCode};

/// The maximum number of characters of a response that are shown.
const SHOWN: usize = 200;
/// The maximum number of bytes of a response that are read.
const READ: usize = 64 * 1024;

/// A response, read completely or up to the limit.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    body: String,
}

/// Whether a retry may help: the server has a problem, or asks for time.
pub fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}

impl Answer {
    /// Sends a request and reads the response, or the beginning of a long one.
    ///
    /// # Errors
    /// Why there is no response, for people. The URL is not included, because it may contain a
    /// secret.
    pub async fn to(request: RequestBuilder) -> Result<Self, String> {
        let answered = async { Self::of(request.send().await?).await };
        answered.await.map_err(silence)
    }

    async fn of(mut response: Response) -> reqwest::Result<Self> {
        let status = response.status();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            body.extend_from_slice(&piece);
            if body.len() > READ {
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Self { status, body })
    }

    /// The body as JSON, if it is valid.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// The response as a short line: `409 Conflict: Service with slug ... already exists`.
    pub fn sentence(&self) -> String {
        let detail = self
            .json()
            .map(|json| json["detail"].clone())
            .filter(|detail| !detail.is_null());
        let said = match &detail {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => self.body.trim().to_owned(),
        };
        let mut text = self.status.to_string();
        if !said.is_empty() {
            text.push_str(": ");
            let printable = said.chars().map(|c| if c.is_control() { ' ' } else { c });
            text.extend(printable.take(SHOWN));
        }
        text
    }
}

/// Why there is no response.
fn silence(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let mut innermost: &dyn Error = &error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_answered_becomes_a_short_line(
            body in prop_oneof![".{0,400}", r#"\{"detail": ("[^"]{0,300}"|\[1, \{\}\]|null)\}"#],
        ) {
            let answer = Answer { status: StatusCode::CONFLICT, body };
            let said = answer.sentence();
            prop_assert!(said.chars().count() <= "409 Conflict: ".len() + SHOWN);
            prop_assert!(!said.chars().any(char::is_control), "{said:?}");
        }
    }
}
