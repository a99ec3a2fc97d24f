//! `GET /api/topics/{topic}/messages`.

use pipeline_ports::{MessagePage, MessageView};
use serde::Serialize;

use super::content::Content;

/// Messages, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct MessagesAnswer {
    messages: Vec<Message>,
    /// How many were examined.
    searched: u64,
    /// Whether there are older ones that were not examined.
    more: bool,
}

#[derive(Debug, Serialize)]
struct Message {
    partition: i32,
    offset: i64,
    /// Milliseconds since 1970; null if unknown.
    created: Option<i64>,
    key: Option<Content>,
    payload: Content,
    headers: Vec<Header>,
    /// Number of headers that are left out.
    headers_left_out: usize,
}

#[derive(Debug, Serialize)]
struct Header {
    name: String,
    value: Content,
}

impl From<MessagePage> for MessagesAnswer {
    fn from(page: MessagePage) -> Self {
        Self {
            messages: page.messages.into_iter().map(Message::from).collect(),
            searched: page.searched,
            more: page.more,
        }
    }
}

impl From<MessageView> for Message {
    fn from(message: MessageView) -> Self {
        let header = |(name, value)| Header {
            name,
            value: Content::from(value),
        };
        Self {
            partition: message.partition,
            offset: message.offset,
            created: (message.created >= 0).then_some(message.created),
            key: message.key.map(Content::from),
            payload: Content::from(message.payload),
            headers: message.headers.into_iter().map(header).collect(),
            headers_left_out: message.headers_left_out,
        }
    }
}
