//! Which requests pass.

/// The requests that the broker understands, each with the newest version that passes. Of
/// JoinGroup and SyncGroup it knows newer ones, which are written otherwise; ConsumerGroupHeartbeat
/// and the two of telemetry, which it knows too, end the process if a field is missing.
const REQUESTS: [(i16, i16); 18] = [
    (PRODUCE, 10),
    (1, 16),
    (2, 7),
    (METADATA, 12),
    (8, 9),
    (9, 6),
    (FIND_COORDINATOR, 3),
    (JOIN_GROUP, 5),
    (12, 5),
    (13, 4),
    (SYNC_GROUP, 3),
    (API_VERSIONS, i16::MAX),
    (22, 4),
    (23, 2),
    (24, 1),
    (25, 1),
    (26, 1),
    (28, 3),
];
const PRODUCE: i16 = 0;
pub(super) const METADATA: i16 = 3;
pub(super) const FIND_COORDINATOR: i16 = 10;
pub(super) const JOIN_GROUP: i16 = 11;
pub(super) const SYNC_GROUP: i16 = 14;
pub(super) const API_VERSIONS: i16 = 18;

/// Bytes of a request at most, as the broker has it.
const LONGEST: i32 = 100_000_000;
/// Key, version, correlation id, and the length of the client's name.
const SHORTEST: i32 = 10;
/// Protocols of a member, and assignments of a leader, at most.
const MOST: i32 = 1_000;

/// Size, key, version and correlation id.
pub(super) const HEAD: usize = 12;

/// How a request begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) key: i16,
    pub(super) version: i16,
    pub(super) correlation: i32,
    /// Bytes that follow.
    pub(super) rest: usize,
}

impl Head {
    /// `None` if the request must not pass.
    pub(super) fn parse(bytes: [u8; HEAD]) -> Option<Self> {
        let mut fields = Fields(&bytes);
        let size = fields.i32()?;
        let (key, version) = (fields.i16()?, fields.i16()?);
        let newest = newest(key)?;
        let passes = (SHORTEST..=LONGEST).contains(&size) && (0..=newest).contains(&version);
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

fn newest(key: i16) -> Option<i16> {
    let found = REQUESTS.iter().find(|(known, _)| *known == key);
    found.map(|(_, newest)| *newest)
}

/// A member of a group: the group's name and its own.
pub(super) type Member = (Vec<u8>, Vec<u8>);

/// Who sends this JoinGroup or SyncGroup; `None` if it is broken.
pub(super) fn member(head: Head, body: &[u8]) -> Option<Member> {
    let mut fields = Fields(body);
    let is_join = head.key == JOIN_GROUP;
    fields.text()?;
    let group = fields.text()??;
    // The time of a session or the generation.
    fields.i32()?;
    if is_join && head.version >= 1 {
        fields.i32()?;
    }
    let member = fields.text()??;
    if head.version >= if is_join { 5 } else { 3 } {
        fields.text()?;
    }
    if is_join {
        fields.text()??;
    }
    let count = fields.i32()?;
    if !(0..=MOST).contains(&count) {
        return None;
    }
    for _ in 0..count {
        fields.text()??;
        fields.bytes()?;
    }
    Some((group.to_vec(), member.to_vec()))
}

/// The body of an answer to ApiVersions, without what does not pass.
pub(super) fn versions(body: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Fields(body);
    let mut kept = Vec::new();
    let error = fields.i16()?;
    for _ in 0..fields.i32()? {
        let (key, oldest, known) = (fields.i16()?, fields.i16()?, fields.i16()?);
        if let Some(newest) = newest(key) {
            kept.push([key, oldest, known.min(newest)]);
        }
    }
    let count = i32::try_from(kept.len()).ok()?;
    let mut written = error.to_be_bytes().to_vec();
    written.extend(count.to_be_bytes());
    written.extend(kept.into_iter().flatten().flat_map(i16::to_be_bytes));
    written.extend(fields.0);
    Some(written)
}

/// Kafka's types before its flexible versions.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn i16(&mut self) -> Option<i16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(i16::from_be_bytes(bytes))
    }

    fn i32(&mut self) -> Option<i32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(i32::from_be_bytes(bytes))
    }

    /// A text or null.
    fn text(&mut self) -> Option<Option<&'a [u8]>> {
        match self.i16()? {
            -1 => Some(None),
            length => self.take(usize::try_from(length).ok()?).map(Some),
        }
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.i32()?;
        self.take(usize::try_from(length).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(size: i32, key: i16, version: i16) -> Option<Head> {
        let mut bytes = [0; HEAD];
        bytes[..4].copy_from_slice(&size.to_be_bytes());
        bytes[4..6].copy_from_slice(&key.to_be_bytes());
        bytes[6..8].copy_from_slice(&version.to_be_bytes());
        Head::parse(bytes)
    }

    #[test]
    fn requests_that_the_broker_does_not_bear_do_not_pass() {
        for (size, key, version, passes) in [
            (10, API_VERSIONS, 0, true),
            (10, API_VERSIONS, 4, true),
            (100_000_000, PRODUCE, 10, true),
            (100_000_001, PRODUCE, 10, false),
            (9, API_VERSIONS, 0, false),
            (4, API_VERSIONS, 0, false),
            (0, API_VERSIONS, 0, false),
            (-1, API_VERSIONS, 0, false),
            (12, 68, 1, false),
            (12, 71, 0, false),
            (50, 72, 0, false),
            (12, JOIN_GROUP, 6, false),
            (12, SYNC_GROUP, 4, false),
            (12, -1, 0, false),
            (12, METADATA, -1, false),
        ] {
            assert_eq!(head(size, key, version).is_some(), passes, "{size} {key}");
        }
    }

    #[test]
    fn a_member_that_joins_is_known_and_a_broken_join_is_not() {
        let head = head(100, JOIN_GROUP, 0).unwrap();
        let join = |count: i32, metadata: i32| {
            let mut body = b"\xff\xff\0\x01g\0\0\0\x01\0\x01m\0\x01c".to_vec();
            body.extend(count.to_be_bytes());
            body.extend(b"\0\x01n");
            body.extend(metadata.to_be_bytes());
            body.extend(b"xy");
            body
        };
        assert_eq!(
            member(head, &join(1, 2)),
            Some((b"g".to_vec(), b"m".to_vec()))
        );
        for (count, metadata) in [(-1, 2), (2, 2), (1_001, 2), (1, -1), (1, 3), (1, i32::MAX)] {
            assert_eq!(member(head, &join(count, metadata)), None);
        }
    }

    #[test]
    fn versions_that_do_not_pass_are_not_offered() {
        let offered = b"\0\0\0\0\0\x03\0\x12\0\0\0\x02\0\x0b\0\0\0\x06\0\x44\0\x01\0\x01\0\0\0\0";
        let kept = b"\0\0\0\0\0\x02\0\x12\0\0\0\x02\0\x0b\0\0\0\x05\0\0\0\0";
        assert_eq!(versions(offered).as_deref(), Some(&kept[..]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            join in any::<bool>(),
            version in 0_i16..6,
        ) {
            let key = if join { JOIN_GROUP } else { SYNC_GROUP };
            let head = Head { key, version, correlation: 0, rest: bytes.len() };
            let _ = member(head, &bytes);
            let _ = versions(&bytes);
        }
    }
}
