//! What is asked for.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use pipeline_ports::MessageQuery;
use platform_http::{ApiError, excerpt};
use serde::Deserialize;

use crate::error;

/// Messages that are looked at, at most, while a key is searched for.
const SEARCH: u64 = 200_000;

/// Bytes of messages in an answer: a page of large messages stays small enough to be fetched every
/// second.
const PAGE: usize = 4 << 20;

/// Bytes of a message that are shown at most.
const MESSAGE: usize = 64 << 10;

/// Messages of an answer that says nothing of `limit`.
const LIMIT: usize = 50;

/// Refuses parameters where there are none.
pub(crate) fn refuse_parameters(request: &HttpRequest) -> Result<(), ApiError> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    let got = excerpt(request.query_string());
    let detail = format!("query: got {got:?}, allowed is none");
    Err(ApiError::new(StatusCode::BAD_REQUEST, detail))
}

/// Which messages of a topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagesQuery {
    // Numbers come as texts: serde would not say which of them is wrong.
    limit: Option<String>,
    partition: Option<String>,
    key: Option<String>,
}

impl MessagesQuery {
    /// The same question, of `topic`.
    ///
    /// # Errors
    /// The parameter that is wrong; or that no topic can have this name.
    pub(crate) fn of_topic(self, topic: String) -> Result<MessageQuery, ApiError> {
        if !can_name_a_topic(&topic) {
            return Err(error::unknown_topic(&topic));
        }
        let limit = self.limit.map(|text| number("limit", &text, 1, 500));
        let partition = self
            .partition
            .map(|text| number("partition", &text, 0, i32::MAX));
        let limit = limit.transpose()?.map_or(LIMIT, |limit| limit as usize);
        Ok(MessageQuery {
            topic,
            partition: partition.transpose()?,
            key: self.key,
            limit,
            search: SEARCH,
            shown: (PAGE / limit).min(MESSAGE),
        })
    }
}

/// What other names do to a client's library is nothing to find out.
fn can_name_a_topic(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=249).contains(&name.len()) && name.chars().all(fits)
}

fn number(name: &str, text: &str, least: i32, most: i32) -> Result<i32, ApiError> {
    let number = text.parse().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        let got = excerpt(text);
        let detail = format!("{name}: got {got:?}, allowed is {least}..={most}");
        ApiError::new(StatusCode::BAD_REQUEST, detail)
    })
}
