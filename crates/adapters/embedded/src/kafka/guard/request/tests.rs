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
        (1 << 20, METADATA, 12, true),
        (1 << 21, METADATA, 12, false),
        (9, API_VERSIONS, 0, false),
        (4, API_VERSIONS, 0, false),
        (0, API_VERSIONS, 0, false),
        (-1, API_VERSIONS, 0, false),
        (12, 68, 1, false),
        (12, 71, 0, false),
        (50, 72, 0, false),
        (12, FETCH, 3, false),
        (12, JOIN_GROUP, 6, false),
        (12, LEAVE_GROUP, 3, false),
        (12, SYNC_GROUP, 4, false),
        (12, -1, 0, false),
        (12, METADATA, -1, false),
    ] {
        assert_eq!(head(size, key, version).is_some(), passes, "{size} {key}");
    }
}

#[test]
fn versions_that_do_not_pass_are_not_offered() {
    let offered =
        b"\0\0\0\0\0\x04\0\x12\0\0\0\x02\0\x0b\0\0\0\x06\0\x01\0\0\0\x10\0\x44\0\x01\0\x01\0\0\0\0";
    let kept = b"\0\0\0\0\0\x03\0\x12\0\0\0\x02\0\x0b\0\0\0\x05\0\x01\0\x04\0\x10\0\0\0\0";
    assert_eq!(versions(offered).as_deref(), Some(&kept[..]));
}

#[test]
fn what_librdkafka_leaves_behind_its_question_for_all_topics_passes_and_no_more() {
    let asked = b"\0\x07rdkafka\0\0\0\0\0\x01\0\0";
    let passes = |key, body: &[u8]| {
        let head = Head {
            key,
            version: 12,
            correlation: 4,
            rest: body.len(),
        };
        Request::parse(head, body).is_some()
    };
    assert!(passes(METADATA, asked));
    assert!(!passes(METADATA, &[&asked[..], b"\0"].concat()));
}

/// Requests of `requests.hex`: a line each, key, version and what follows the head.
fn encoded() -> impl Iterator<Item = (Head, Vec<u8>)> {
    include_str!("../../../../tests/requests.hex")
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap();
            let (key, version) = (word().parse().unwrap(), word().parse().unwrap());
            let digits = word();
            let bytes = (0..digits.len()).step_by(2);
            let body: Vec<_> = bytes
                .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                .collect();
            let size = i32::try_from(body.len() + HEAD - 4).unwrap();
            let head = head(size, key, version).unwrap_or_else(|| panic!("{key} {version}"));
            (head, body)
        })
}

/// The requests were written by the crate kafka-protocol 0.18, all fields set.
#[test]
fn every_version_that_is_offered_passes_as_others_write_it_and_no_part_of_it_does() {
    let mut seen = Vec::new();
    for (head, body) in encoded() {
        let Head { key, version, .. } = head;
        assert!(Request::parse(head, &body).is_some(), "{key} {version}");
        if key != API_VERSIONS {
            for length in 0..body.len() {
                let cut = Request::parse(head, &body[..length]);
                assert_eq!(cut, None, "{key} {version}, {length} bytes");
            }
            let behind = if key == METADATA && version >= 9 {
                3
            } else {
                0
            };
            let longer = [&body[..], &vec![0; behind + 1]].concat();
            assert_eq!(Request::parse(head, &longer), None, "{key} {version}");
        }
        seen.push((key, version));
    }
    // Those that Kafka 4 has forgotten, and with it that crate.
    seen.extend([(0, 0), (0, 1), (0, 2), (2, 0), (8, 0), (8, 1), (9, 0)]);
    seen.sort_unstable();
    let offered = REQUESTS.iter().flat_map(|known| {
        let (oldest, newest) = known.versions;
        // The broker answers any version of ApiVersions; Kafka has five.
        let newest = if known.key == API_VERSIONS { 4 } else { newest };
        (oldest..=newest).map(|version| (known.key, version))
    });
    assert_eq!(seen, offered.collect::<Vec<_>>());
}

/// What the broker was seen, or read, to fall over, in requests that are whole.
#[test]
fn requests_that_end_the_broker_do_not_pass() {
    let session = |milliseconds: i32| {
        let mut join = b"\xff\xff\0\x01g".to_vec();
        join.extend(milliseconds.to_be_bytes());
        join.extend(b"\0\x01m\0\x01c\0\0\0\x01\0\x01n\0\0\0\0");
        join
    };
    let produce = |batch: &[u8]| {
        let mut produce = b"\xff\xff\0\x01\0\0\0\x01\0\0\0\x01\0\x01t\0\0\0\x01\0\0\0\0".to_vec();
        produce.extend(i32::try_from(batch.len()).unwrap().to_be_bytes());
        produce.extend(batch);
        produce
    };
    let batch = |magic: u8, length: usize| {
        let mut batch = vec![0; length];
        batch[16] = magic;
        batch
    };
    for (key, version, passes, body) in [
        (
            HEARTBEAT,
            0,
            true,
            b"\xff\xff\0\x01g\0\0\0\x01\0\x01m".to_vec(),
        ),
        // No group, no member, a text with an end within.
        (
            HEARTBEAT,
            0,
            false,
            b"\xff\xff\xff\xff\0\0\0\x01\0\x01m".to_vec(),
        ),
        (
            HEARTBEAT,
            0,
            false,
            b"\xff\xff\0\x01g\0\0\0\x01\xff\xff".to_vec(),
        ),
        (
            HEARTBEAT,
            0,
            false,
            b"\xff\xff\0\x01\0\0\0\0\x01\0\x01m".to_vec(),
        ),
        (JOIN_GROUP, 0, true, session(1)),
        (JOIN_GROUP, 0, true, session(1_800_000)),
        (JOIN_GROUP, 0, false, session(0)),
        (JOIN_GROUP, 0, false, session(-1)),
        (JOIN_GROUP, 0, false, session(1_800_001)),
        // No protocol.
        (
            JOIN_GROUP,
            0,
            false,
            b"\xff\xff\0\x01g\0\0\0\x01\0\x01m\0\x01c\0\0\0\0".to_vec(),
        ),
        (
            PRODUCE,
            0,
            true,
            b"\xff\xff\0\x01\0\0\0\x01\0\0\0\0".to_vec(),
        ),
        (PRODUCE, 0, true, produce(&batch(2, 61))),
        (PRODUCE, 0, false, produce(&batch(2, 60))),
        (PRODUCE, 0, true, produce(&batch(1, 30))),
        (PRODUCE, 0, false, produce(&[0; 16])),
        (PRODUCE, 0, false, produce(&[])),
        // More elements than there are, than are taken, and fewer than none.
        (
            PRODUCE,
            0,
            false,
            b"\xff\xff\0\x01\0\0\0\x01\x7f\xff\xff\xff".to_vec(),
        ),
        (
            PRODUCE,
            0,
            false,
            b"\xff\xff\0\x01\0\0\0\x01\xff\xff\xff\xfe".to_vec(),
        ),
        (
            PRODUCE,
            0,
            false,
            b"\xff\xff\0\x01\0\0\0\x01\xff\xff\xff\xff".to_vec(),
        ),
        // A producer without an id of its transactions that has a number.
        (
            INIT_PRODUCER_ID,
            3,
            true,
            [&b"\xff\xff\0\0\0\0\0\0"[..], &[0xff; 8], b"\xff\xff\0"].concat(),
        ),
        (
            INIT_PRODUCER_ID,
            3,
            false,
            [&b"\xff\xff\0\0\0\0\0\0"[..], &[0; 8], b"\0\0\0"].concat(),
        ),
        (
            INIT_PRODUCER_ID,
            3,
            true,
            [&b"\xff\xff\0\x02x\0\0\0\0"[..], &[0; 8], b"\0\0\0"].concat(),
        ),
        // A length in more than four bytes.
        (METADATA, 9, true, b"\xff\xff\0\x01\0\0\0\0".to_vec()),
        (
            METADATA,
            9,
            false,
            b"\xff\xff\0\x81\x80\x80\x80\0\0\0\0\0".to_vec(),
        ),
    ] {
        let size = i32::try_from(body.len() + HEAD - 4).unwrap();
        let head = head(size, key, version).unwrap();
        let parsed = Request::parse(head, &body);
        assert_eq!(parsed.is_some(), passes, "{key} {body:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        known in 0..REQUESTS.len(),
        version in 0_i16..20,
    ) {
        let head = Head { key: REQUESTS[known].key, version, correlation: 0, rest: bytes.len() };
        let _ = Request::parse(head, &bytes);
        let _ = versions(&bytes);
    }
}
