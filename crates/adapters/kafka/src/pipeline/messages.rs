//! The newest messages of a topic. All of it blocks.

use std::collections::BTreeMap;
use std::time::Duration;

use pipeline_ports::{Excerpt, MessagePage, MessageQuery, MessageView};
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};

use super::sink::created;
use crate::KafkaConfig;
use crate::cluster_error::ClusterError;
use crate::scan::{Extent, Poll, TopicClient};

/// Maximum length of the range read per partition while searching for a key.
const SCAN_LENGTH: i64 = 20_000;
/// How much longer each range is than the previous one, so that neither few large messages nor many
/// small ones take long.
const GROWTH: i64 = 8;
/// Once this many bytes are read, no further range is.
const SCAN_BYTES: usize = 128 << 20;

/// The messages that the query asks for, reading ranges backwards from the end.
pub(super) fn find(
    config: &KafkaConfig,
    query: &MessageQuery,
) -> Result<MessagePage, ClusterError> {
    let client = |topic| TopicClient::new(config, topic, "pipeline-monitor");
    let mut left: Extent = client(&query.topic)?.extent()?;
    if let Some(partition) = query.partition {
        left.retain(|number, _| *number == partition);
    }
    // Without a key, this many per partition are enough, except for transaction markers.
    let mut length = query.limit as i64;
    let mut bytes = 0;
    let mut page = MessagePage {
        messages: Vec::new(),
        searched: 0,
        more: false,
    };
    while page.messages.len() < query.limit
        && page.searched < query.search
        && bytes < SCAN_BYTES
        && left.values().any(|offsets| !offsets.is_empty())
    {
        let extent = last(&mut left, length);
        length = (length * GROWTH).min(SCAN_LENGTH);
        let mut scan = client(&query.topic)?.scan(&extent)?;
        loop {
            let polled = scan.look(Duration::from_millis(500), |message| {
                page.searched += 1;
                bytes += message.payload_len() + message.key_len();
                let key = query.key.as_ref().map(String::as_bytes);
                if key.is_none_or(|key| message.key() == Some(key)) {
                    page.messages.push(view(message, query.shown));
                    // Many partitions together return far more than the limit.
                    if page.messages.len() > 2 * query.limit {
                        newest(&mut page.messages, query.limit + 1);
                    }
                }
            })?;
            match polled {
                Poll::Message => scan.is_heard(),
                Poll::Nothing => {}
                Poll::End => break,
            }
        }
    }
    newest(&mut page.messages, query.limit + 1);
    page.more =
        page.messages.len() > query.limit || left.values().any(|offsets| !offsets.is_empty());
    page.messages.truncate(query.limit);
    Ok(page)
}

/// Keeps the `count` newest, newest first.
fn newest(messages: &mut Vec<MessageView>, count: usize) {
    messages.sort_unstable_by(|one, other| {
        let place = |message: &MessageView| (message.created, message.offset, message.partition);
        place(other).cmp(&place(one))
    });
    messages.truncate(count);
}

/// Takes the last `length` offsets of each partition from the remaining ones.
fn last(left: &mut Extent, length: i64) -> Extent {
    let mut extent = BTreeMap::new();
    for (partition, offsets) in left {
        let from = offsets.end.saturating_sub(length).max(offsets.start);
        extent.insert(*partition, from..offsets.end);
        offsets.end = from;
    }
    extent
}

fn view(message: &BorrowedMessage<'_>, mut room: usize) -> MessageView {
    let key = message.key().map(|key| Excerpt::of(key, &mut room));
    let payload = Excerpt::of(message.payload().unwrap_or_default(), &mut room);
    let mut headers = Vec::new();
    let all = message.headers();
    for header in all.iter().flat_map(|all| all.iter()) {
        if header.key.len() >= room {
            break;
        }
        room -= header.key.len();
        let value = Excerpt::of(header.value.unwrap_or_default(), &mut room);
        headers.push((header.key.to_owned(), value));
    }
    MessageView {
        partition: message.partition(),
        offset: message.offset(),
        created: created(message.timestamp()),
        key,
        payload,
        headers_left_out: all.map_or(0, Headers::count) - headers.len(),
        headers,
    }
}
