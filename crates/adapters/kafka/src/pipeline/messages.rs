//! The newest messages of a topic. All of it blocks.

use std::collections::BTreeMap;
use std::time::Duration;

use pipeline_ports::{MessagePage, MessageQuery, MessageView};
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers};

use super::sink::created;
use crate::KafkaConfig;
use crate::cluster_error::ClusterError;
use crate::scan::{Extent, Poll, TopicClient};

/// Messages of a partition that are looked at together while a key is searched for.
const SCAN_LENGTH: i64 = 20_000;

/// What the query asks for, read backwards in stretches from the end.
pub(super) fn find(
    config: &KafkaConfig,
    query: &MessageQuery,
) -> Result<MessagePage, ClusterError> {
    let client = |topic| TopicClient::new(config, topic, "pipeline-monitor");
    let mut left: Extent = client(&query.topic)?.extent()?;
    if let Some(partition) = query.partition {
        left.retain(|number, _| *number == partition);
    }
    // Without a key, so many of each partition are enough, but for marks of transactions.
    let length = match query.key {
        Some(_) => SCAN_LENGTH,
        None => query.limit as i64,
    };
    let mut page = MessagePage {
        messages: Vec::new(),
        searched: 0,
        more: false,
    };
    while page.messages.len() < query.limit
        && page.searched < query.search
        && left.values().any(|offsets| !offsets.is_empty())
    {
        let extent = last(&mut left, length);
        let mut scan = client(&query.topic)?.scan(&extent)?;
        loop {
            let polled = scan.look(Duration::from_millis(500), |message| {
                page.searched += 1;
                let key = query.key.as_ref().map(String::as_bytes);
                if key.is_none_or(|key| message.key() == Some(key)) {
                    page.messages.push(view(message));
                }
            })?;
            match polled {
                Poll::Message => scan.is_heard(),
                Poll::Nothing => {}
                Poll::End => break,
            }
        }
    }
    page.messages.sort_unstable_by(|one, other| {
        let place = |message: &MessageView| (message.created, message.offset, message.partition);
        place(other).cmp(&place(one))
    });
    page.more =
        page.messages.len() > query.limit || left.values().any(|offsets| !offsets.is_empty());
    page.messages.truncate(query.limit);
    Ok(page)
}

/// Takes the last `length` offsets of each partition from what is left.
fn last(left: &mut Extent, length: i64) -> Extent {
    let mut extent = BTreeMap::new();
    for (partition, offsets) in left {
        let from = offsets.end.saturating_sub(length).max(offsets.start);
        extent.insert(*partition, from..offsets.end);
        offsets.end = from;
    }
    extent
}

fn view(message: &BorrowedMessage<'_>) -> MessageView {
    let headers = message.headers().map(|headers| {
        let headers = headers.iter();
        headers
            .map(|header| {
                let value = header.value.unwrap_or_default();
                (header.key.to_owned(), value.to_vec())
            })
            .collect()
    });
    MessageView {
        partition: message.partition(),
        offset: message.offset(),
        created: created(message.timestamp()),
        key: message.key().map(<[u8]>::to_vec),
        payload: message.payload().unwrap_or_default().to_vec(),
        headers: headers.unwrap_or_default(),
    }
}
