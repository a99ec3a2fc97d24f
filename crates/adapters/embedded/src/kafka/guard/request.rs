//! Determines which requests may pass.

use std::time::Duration;

use super::shape::Part::{
    Array, ArrayOrNull, Batch, Bytes, Numbers, Raw, Since, Text, TextOrNull, Until,
};
use super::shape::{Fields, Part};

/// A request that the broker understands.
struct Known {
    key: i16,
    /// The oldest and newest version that may pass.
    versions: (i16, i16),
    /// The first version in the flexible encoding (KIP-482).
    flexible: i16,
    /// The body after header and client id; `None` if the broker does not read it.
    parts: Option<&'static [Part]>,
}

const fn known(key: i16, versions: (i16, i16), flexible: i16, parts: &'static [Part]) -> Known {
    Known {
        key,
        versions,
        flexible,
        parts: Some(parts),
    }
}

const NEVER: i16 = i16::MAX;

/// For JoinGroup, SyncGroup, LeaveGroup and Heartbeat the broker advertises newer versions than it
/// parses correctly; Fetch before version 4 has no limit on the response size.
/// ConsumerGroupHeartbeat and the two telemetry requests crash the process if a field is missing.
#[rustfmt::skip]
const REQUESTS: [Known; 18] = [
    known(PRODUCE, (0, 10), 9, &[
        Since(3, &TextOrNull), Raw(6), Array(&[Text, Array(&[Raw(4), Batch])]),
    ]),
    known(FETCH, (4, 16), 12, &[
        Until(14, &Raw(4)), Raw(13), Since(7, &Raw(8)),
        Array(&[
            Until(12, &Text), Since(13, &Raw(16)),
            Array(&[
                Raw(4), Since(9, &Raw(4)), Raw(8), Since(12, &Raw(4)), Since(5, &Raw(8)), Raw(4),
            ]),
        ]),
        Since(7, &Array(&[Until(12, &Text), Since(13, &Raw(16)), Numbers])),
        Since(11, &Text),
    ]),
    known(LIST_OFFSETS, (0, 7), 6, &[
        Raw(4), Since(2, &Raw(1)),
        Array(&[Text, Array(&[Raw(4), Since(4, &Raw(4)), Raw(8), Until(0, &Raw(4))])]),
    ]),
    known(METADATA, (0, 12), 9, &[
        ArrayOrNull(&[Since(10, &Raw(16)), Until(9, &Text), Since(10, &TextOrNull)]),
        Since(4, &Raw(1)), Since(8, &Until(10, &Raw(1))), Since(8, &Raw(1)),
    ]),
    known(OFFSET_COMMIT, (0, 9), 8, &[
        Text, Since(1, &Raw(4)), Since(1, &Text), Since(7, &TextOrNull),
        Since(2, &Until(4, &Raw(8))),
        Array(&[Text, Array(&[
            Raw(12), Since(6, &Raw(4)), Since(1, &Until(1, &Raw(8))), TextOrNull,
        ])]),
    ]),
    known(OFFSET_FETCH, (0, 6), 6, &[Text, ArrayOrNull(&[Text, Numbers])]),
    known(FIND_COORDINATOR, (0, 3), 3, &[Text, Since(1, &Raw(1))]),
    known(JOIN_GROUP, (0, 5), NEVER, &[
        Text, Raw(4), Since(1, &Raw(4)), Text, Since(5, &TextOrNull), Text, Array(&[Text, Bytes]),
    ]),
    known(HEARTBEAT, (0, 4), 4, &[Text, Raw(4), Text, Since(3, &TextOrNull)]),
    known(LEAVE_GROUP, (0, 2), NEVER, &[Text, Text]),
    known(SYNC_GROUP, (0, 3), NEVER, &[
        Text, Raw(4), Text, Since(3, &TextOrNull), Array(&[Text, Bytes]),
    ]),
    // The broker answers any version and ignores the rest.
    Known { key: API_VERSIONS, versions: (0, i16::MAX), flexible: 3, parts: None },
    known(INIT_PRODUCER_ID, (0, 4), 2, &[TextOrNull, Raw(4), Since(3, &Raw(10))]),
    known(OFFSET_FOR_LEADER_EPOCH, (2, 2), NEVER, &[Array(&[Text, Array(&[Raw(12)])])]),
    known(ADD_PARTITIONS, (0, 1), NEVER, &[Text, Raw(10), Array(&[Text, Numbers])]),
    known(ADD_OFFSETS, (0, 1), NEVER, &[Text, Raw(10), Text]),
    known(END_TXN, (0, 1), NEVER, &[Text, Raw(11)]),
    known(TXN_OFFSET_COMMIT, (0, 3), 3, &[
        Text, Text, Raw(10), Since(3, &Raw(4)), Since(3, &Text), Since(3, &TextOrNull),
        Array(&[Text, Array(&[Raw(12), Since(2, &Raw(4)), TextOrNull])]),
    ]),
];
const PRODUCE: i16 = 0;
const FETCH: i16 = 1;
const LIST_OFFSETS: i16 = 2;
pub(super) const METADATA: i16 = 3;
const OFFSET_COMMIT: i16 = 8;
const OFFSET_FETCH: i16 = 9;
pub(super) const FIND_COORDINATOR: i16 = 10;
pub(super) const JOIN_GROUP: i16 = 11;
pub(super) const HEARTBEAT: i16 = 12;
const LEAVE_GROUP: i16 = 13;
pub(super) const SYNC_GROUP: i16 = 14;
pub(super) const API_VERSIONS: i16 = 18;
const INIT_PRODUCER_ID: i16 = 22;
const OFFSET_FOR_LEADER_EPOCH: i16 = 23;
const ADD_PARTITIONS: i16 = 24;
const ADD_OFFSETS: i16 = 25;
const END_TXN: i16 = 26;
const TXN_OFFSET_COMMIT: i16 = 28;

/// The broker's limit on the size of a produce request.
const LONGEST: i32 = 100_000_000;
/// The limit for any other request, whose strings the broker copies to its stack.
const LONGEST_OTHER: i32 = 1 << 20;
/// Key, version, correlation id, and the length of the client id.
const SHORTEST: i32 = 10;
/// Kafka's limit on session time-outs. The broker computes with 32-bit microseconds.
const LONGEST_SESSION: u32 = 1_800_000;

/// What librdkafka leaves at the end of a metadata request for all topics, in versions that encode
/// a null array in one byte: it writes four. No broker reads that far.
const BEHIND: usize = 3;

/// Size, key, version and correlation id.
pub(super) const HEAD: usize = 12;

/// The header of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) key: i16,
    pub(super) version: i16,
    pub(super) correlation: i32,
    /// Number of bytes that follow.
    pub(super) rest: usize,
}

impl Head {
    /// `None` if the request must not pass.
    pub(super) fn parse(bytes: [u8; HEAD]) -> Option<Self> {
        let mut fields = Fields::new(&bytes, 0, false);
        let size = fields.i32()?;
        let (key, version) = (fields.i16()?, fields.i16()?);
        let (oldest, newest) = find(key)?.versions;
        let longest = if key == PRODUCE {
            LONGEST
        } else {
            LONGEST_OTHER
        };
        let passes = (SHORTEST..=longest).contains(&size) && (oldest..=newest).contains(&version);
        if !passes {
            return None;
        }
        Some(Self {
            key,
            version,
            correlation: fields.i32()?,
            rest: usize::try_from(size).ok()? + 4 - HEAD,
        })
    }
}

fn find(key: i16) -> Option<&'static Known> {
    REQUESTS.iter().find(|known| known.key == key)
}

/// A group member: the group id and the member id.
pub(super) type Member = (Vec<u8>, Vec<u8>);

/// A request that is safe for the broker, reduced to what the guard needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    Join {
        member: Member,
        session: Duration,
        /// The name of the first protocol that the member offers.
        protocol: Vec<u8>,
    },
    Sync(Member),
    Heartbeat(Member),
    Other,
}

impl Request {
    /// `None` if `body`, which follows the header, is malformed.
    pub(super) fn parse(head: Head, body: &[u8]) -> Option<Self> {
        let Head { key, version, .. } = head;
        let known = find(key)?;
        let fields = || {
            let mut fields = Fields::new(body, version, version >= known.flexible);
            fields.client().map(|()| fields)
        };
        let behind = if key == METADATA && version >= known.flexible {
            BEHIND
        } else {
            0
        };
        let has_its_parts = known
            .parts
            .is_none_or(|parts| fields().is_some_and(|fields| fields.are(parts, behind)));
        if !has_its_parts {
            return None;
        }
        let mut fields = fields()?;
        match key {
            JOIN_GROUP => join(fields, version),
            HEARTBEAT => member(&mut fields).map(Self::Heartbeat),
            SYNC_GROUP => member(&mut fields).map(Self::Sync),
            // With a producer id, the broker would compare a null transactional id with others.
            INIT_PRODUCER_ID => {
                let has_id = fields.text()?.is_some();
                fields.take(4)?;
                let passes = has_id || version < 3 || fields.take(8)? == [0xff; 8];
                passes.then_some(Self::Other)
            }
            _ => Some(Self::Other),
        }
    }
}

fn join(mut fields: Fields<'_>, version: i16) -> Option<Request> {
    let group = fields.text()??;
    let session = u32::try_from(fields.i32()?).ok()?;
    if version >= 1 {
        fields.i32()?;
    }
    let member = fields.text()??;
    if version >= 5 {
        fields.text()?;
    }
    let _kind = fields.text()?;
    let _count = fields.i32()?;
    // Without a protocol, the broker reads out of bounds.
    let protocol = fields.text()??;
    (1..=LONGEST_SESSION)
        .contains(&session)
        .then(|| Request::Join {
            member: (group.to_vec(), member.to_vec()),
            session: Duration::from_millis(session.into()),
            protocol: protocol.to_vec(),
        })
}

fn member(fields: &mut Fields<'_>) -> Option<Member> {
    let group = fields.text()??;
    let _generation = fields.i32()?;
    let member = fields.text()??;
    Some((group.to_vec(), member.to_vec()))
}

/// A broker's response to an unknown version of ApiVersions, in the format of version 0 (KIP-511):
/// error 35, UNSUPPORTED_VERSION, and that versions 0 to 2 are supported. librdkafka's mock broker
/// mixes the formats, so that newer clients, Java's among them, give up.
const UNSUPPORTED: [u8; 12] = *b"\0\x23\0\0\0\x01\0\x12\0\0\0\x02";

/// The body of an ApiVersions response, reduced to what may pass.
pub(super) fn versions(body: &[u8]) -> Option<Vec<u8>> {
    if body.starts_with(&UNSUPPORTED[..2]) {
        return Some(UNSUPPORTED.to_vec());
    }
    let mut fields = Fields::new(body, 0, false);
    let mut kept = Vec::new();
    let error = fields.i16()?;
    for _ in 0..fields.i32()? {
        let (key, oldest, newest) = (fields.i16()?, fields.i16()?, fields.i16()?);
        if let Some(known) = find(key) {
            let (first, last) = known.versions;
            kept.push([key, oldest.max(first), newest.min(last)]);
        }
    }
    let count = i32::try_from(kept.len()).ok()?;
    let mut written = error.to_be_bytes().to_vec();
    written.extend(count.to_be_bytes());
    written.extend(kept.into_iter().flatten().flat_map(i16::to_be_bytes));
    written.extend(fields.rest());
    Some(written)
}

#[cfg(test)]
mod tests;
