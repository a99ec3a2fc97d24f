//! The contract of [`TopicSource`] and its [`MessageReader`].

use super::object_store::content;
use crate::{DestinationErrorKind, MessageReader, Payloads, TopicSource};

/// "A few thousand at most".
const AT_ONCE: usize = 10_000;

/// What the topic of the suite holds: the payloads of each partition in order, from partition 0 on.
/// One partition is empty, and one has more than one read returns.
pub fn layout() -> Vec<Vec<Vec<u8>>> {
    [12_000, 0, 1, 150]
        .into_iter()
        .enumerate()
        .map(|(partition, messages)| {
            let payload = |message| content(1 + message % 70, message + 31 * partition);
            (0..messages).map(payload).collect()
        })
        .collect()
}

/// Runs the suite on a source that can be reached. `topic` holds the [`layout`]; there must be no
/// topic named `missing`.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub async fn keeps_its_contract(source: &dyn TopicSource, topic: &str, missing: &str) {
    assert_eq!(
        source.open(missing).await.err().map(|error| error.kind),
        Some(DestinationErrorKind::NotFound),
        "a topic that is not there is not found"
    );
    let layout = layout();
    let open = async || source.open(topic).await.expect("a topic is opened");
    let (mut one, mut other) = (open().await, open().await);
    let numbers: Vec<_> = (0..layout.len() as i32).collect();
    assert_eq!(
        one.partitions(),
        numbers,
        "the partitions are told in order"
    );
    let messages: usize = layout.iter().map(Vec::len).sum();
    assert!(
        one.size() >= messages as u64,
        "there are no more messages than it is said there may be"
    );
    let nothing = vec![Vec::new(); layout.len()];
    let mut found = [nothing.clone(), nothing];
    // One reader is started, the other reads, then the first goes on.
    let begun = next(one.as_mut(), &mut found[0]).await;
    assert!(begun, "a topic with messages begins with some");
    while next(other.as_mut(), &mut found[1]).await {}
    while next(one.as_mut(), &mut found[0]).await {}
    for found in found {
        let sizes = |all: &[Vec<Vec<u8>>]| all.iter().map(Vec::len).collect::<Vec<_>>();
        let (read, laid_out) = (sizes(&found), sizes(&layout));
        assert_eq!(read, laid_out, "each partition is read whole");
        assert!(found == layout, "each partition is read in order");
    }
}

/// Reads once; returns whether it was not the end.
async fn next(reader: &mut dyn MessageReader, found: &mut [Vec<Vec<u8>>]) -> bool {
    let mut payloads = Payloads::default();
    payloads.push(7, b"of an earlier reading");
    let partition = reader.next(&mut payloads).await;
    let Some(partition) = partition.expect("messages are read") else {
        return false;
    };
    let found = &mut found[partition as usize];
    assert!(payloads.len() <= AT_ONCE, "no more than some thousands");
    let first = found.len() as u64;
    assert!(
        payloads
            .positions()
            .eq(first..first + payloads.len() as u64),
        "positions are offsets, and what was read before is replaced"
    );
    found.extend(payloads.iter().map(<[u8]>::to_vec));
    true
}
