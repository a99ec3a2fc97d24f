//! Query parameters.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use pipeline_ports::MessageQuery;
use platform_http::{ApiError, excerpt, whole_number};
use serde::Deserialize;

use crate::error;

/// Maximum number of messages examined while searching for a key.
const SEARCH: u64 = 200_000;

/// Limit for the messages in a response, in bytes: even a page of large messages can be fetched
/// every second.
const PAGE: usize = 4 << 20;

/// Maximum number of bytes shown per message.
const MESSAGE: usize = 64 << 10;

/// The default of `limit`.
const LIMIT: usize = 50;

/// Rejects parameters on routes that have none.
pub(crate) fn refuse_parameters(request: &HttpRequest) -> Result<(), ApiError> {
    if request.query_string().is_empty() {
        return Ok(());
    }
    let got = excerpt(request.query_string());
    let detail = format!("query: got {got:?}; expected no parameters");
    Err(ApiError::new(StatusCode::BAD_REQUEST, detail))
}

/// Selects messages of a topic.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagesQuery {
    // A string, because serde would not tell which parameter is invalid.
    limit: Option<String>,
    partition: Option<String>,
    key: Option<String>,
}

impl MessagesQuery {
    /// The query for `topic`.
    ///
    /// # Errors
    /// If a parameter is invalid, or no topic can have this name.
    pub(crate) fn of_topic(self, topic: String) -> Result<MessageQuery, ApiError> {
        if !can_name_a_topic(&topic) {
            return Err(error::unknown_topic(&topic));
        }
        let limit = self
            .limit
            .map(|text| whole_number("limit", &text, &(1..=500)));
        let partition = self
            .partition
            .map(|text| whole_number("partition", &text, &(0..=i32::MAX)));
        let limit = limit.transpose()?.unwrap_or(LIMIT);
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

/// Whether Kafka allows the name. Others are rejected here, as they may confuse the client library.
fn can_name_a_topic(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=249).contains(&name.len()) && name.chars().all(fits)
}
