//! From a record's bytes back to its index, and from there to the bytes it should have.

use std::borrow::Cow;

use emulator_domain::emulation::EmulationId;
use emulator_domain::record::LogicalType;
use emulator_domain::text::ByteWriter;
use emulator_domain::verification::Verdict;
use emulator_domain::{Factory, Record};
use emulator_ports::{BatchEncoder, Payloads, RecordVerifier};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::avro::fields::UUID_LENGTH;
use crate::compare::{ClaimedRecord, Lookahead, ReencodedRecords};
use crate::encoder::Encoder;
use crate::text_serializer::TextSerializer;

/// Encoding a few records costs little more than encoding one.
const LOOKAHEAD: Lookahead = Lookahead {
    window: 64,
    near: 4,
};
/// Unix seconds of the years 2001 to 2286, a point and six decimals.
const TIME_LEN: usize = 17;

/// Which record some bytes belong to.
pub(crate) enum Identity<'p> {
    /// A well-formed envelope of another emulation.
    OtherEmulation,
    /// Not recognisable as a record.
    Unknown,
    /// The record with this id, as text.
    Id(Cow<'p, [u8]>),
}

/// Appends a verdict on each payload; `identify` finds the id in the bytes of the encoder's format.
pub(crate) fn inspect(
    own: EmulationId,
    encoder: &impl BatchEncoder,
    factory: &impl Factory,
    identify: impl Fn(&[u8]) -> Identity<'_>,
    payloads: &Payloads,
    verdicts: &mut Vec<Verdict>,
) {
    let claimed = |payload| match identify(payload) {
        Identity::OtherEmulation => ClaimedRecord::OtherEmulation,
        Identity::Unknown => ClaimedRecord::None,
        Identity::Id(id) => match factory.index_of(&id) {
            Some(index) => ClaimedRecord::Record(index, id),
            None => ClaimedRecord::None,
        },
    };
    let is_of = |payload: &[u8], id: &Cow<'_, [u8]>| match identify(payload) {
        Identity::Id(own) => own.eq_ignore_ascii_case(id),
        Identity::OtherEmulation | Identity::Unknown => false,
    };
    let mut reencoded = ReencodedRecords::new(encoder, factory.capacity(), LOOKAHEAD);
    reencoded.inspect(own, payloads, verdicts, claimed, is_of);
}

impl<F: Factory + 'static, N: TextSerializer> RecordVerifier for Encoder<F, N> {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        let envelope = Envelope::of(self);
        inspect(
            self.id,
            self,
            &self.factory,
            |payload| envelope.identify(payload),
            payloads,
            verdicts,
        );
    }
}

/// The bytes that an encoder writes before a record's id.
struct Envelope {
    head: [u8; 128 + ByteWriter::SLACK],
    head_len: usize,
    own: Option<Uuid>,
    /// Length of the part between event time and id.
    before_len: usize,
    is_uuid: bool,
}

impl Envelope {
    fn of<F: Factory + 'static, N: TextSerializer>(encoder: &Encoder<F, N>) -> Self {
        const {
            assert!(
                matches!(<F::Record<'static> as Record>::SCHEMA.id(), Some(0)),
                "the id comes first"
            )
        };
        let mut head = [0; 128 + ByteWriter::SLACK];
        let mut line = ByteWriter::new(&mut head, 0);
        encoder.text_serializer.head().write(&mut line);
        let head_len = line.len();
        encoder.text_serializer.before(&mut line, 0);
        let before_len = line.len() - head_len;
        let own = emulation(&head[..head_len]);
        let id = &<F::Record<'static> as Record>::SCHEMA.fields()[0];
        let is_uuid = id.logical_type == LogicalType::Uuid;
        Self {
            head,
            head_len,
            own,
            before_len,
            is_uuid,
        }
    }

    fn identify<'p>(&self, payload: &'p [u8]) -> Identity<'p> {
        let is_own = payload.starts_with(&self.head[..self.head_len]);
        if !is_own && belongs_to_another(payload, self.own) {
            return Identity::OtherEmulation;
        }
        match self.id(payload) {
            Some(id) => Identity::Id(id.into()),
            None => Identity::Unknown,
        }
    }

    /// The id at its expected position, because the bytes before it may be damaged.
    fn id<'p>(&self, payload: &'p [u8]) -> Option<&'p [u8]> {
        let rest = payload.get(self.head_len..)?;
        let time = match rest.get(TIME_LEN) {
            Some(b',') => TIME_LEN,
            _ => rest.iter().take(32).position(|byte| *byte == b',')?,
        };
        let id = rest.get(time + self.before_len..)?;
        let len = if self.is_uuid {
            Hyphenated::LENGTH
        } else {
            id.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        id.get(..len)
    }
}

/// Whether the payload is an envelope, in any format, of an emulation other than `own`.
pub(crate) fn belongs_to_another(payload: &[u8], own: Option<Uuid>) -> bool {
    emulation(payload).is_some_and(|id| Some(id) != own)
}

/// The emulation that an envelope of any format names.
fn emulation(message: &[u8]) -> Option<Uuid> {
    // Skip the prefix of a schema registry or of Avro's single-object encoding.
    let envelope = match message {
        [0xc3, 0x01, _, _, _, _, _, _, _, _, rest @ ..] | [0, _, _, _, _, rest @ ..] => rest,
        all => all,
    };
    let id = match envelope {
        [b'{', ..] => envelope
            .strip_prefix(b"{\"emulation_id\":\"")
            .filter(|id| id.get(Hyphenated::LENGTH) == Some(&b'"')),
        [UUID_LENGTH, id @ ..] => Some(id),
        // With a registry, after the index of the message type within its file.
        [0x0a, 0x24, id @ ..] | [0, 0x0a, 0x24, id @ ..] => Some(id),
        _ => Some(envelope).filter(|id| id.get(Hyphenated::LENGTH) == Some(&b',')),
    };
    Uuid::try_parse_ascii(id?.get(..Hyphenated::LENGTH)?).ok()
}

#[cfg(test)]
mod tests {
    use emulator_domain::record::device_log::{DeviceLog, DeviceLogFactory};
    use emulator_domain::record::user_profile::{UserProfile, UserProfileFactory};
    use emulator_domain::{Rate, Seed, Timeline, Timestamp, UserIds};
    use emulator_ports::Batch;
    use proptest::prelude::*;

    use super::*;
    use crate::csv::Csv;
    use crate::json::Json;

    trait Both: BatchEncoder + RecordVerifier {}
    impl<F: Factory + 'static, N: TextSerializer> Both for Encoder<F, N> {}

    fn emulation_id(number: u128) -> EmulationId {
        EmulationId::new(Uuid::from_u128(number))
    }

    /// JSON and CSV, records with a UUID and with a number as their id.
    fn all() -> Vec<Box<dyn Both>> {
        let start = Timestamp::from_micros(1_767_225_600_000_000).unwrap();
        let timeline = Timeline::new(start, Rate::per_second(777.0).unwrap());
        let (seed, users, id) = (Seed::new(7), UserIds::CONTRACT, emulation_id(5));
        let logs = || DeviceLogFactory::new(seed, users, timeline.clone());
        let profiles = || UserProfileFactory::new(seed, users, timeline.clone());
        vec![
            Box::new(Encoder::new(
                id,
                logs(),
                Json::lines(id, DeviceLog::SCHEMA),
                None,
            )),
            Box::new(Encoder::new(
                id,
                logs(),
                Csv::new(id, DeviceLog::SCHEMA),
                None,
            )),
            Box::new(Encoder::new(
                id,
                profiles(),
                Json::lines(id, UserProfile::SCHEMA),
                None,
            )),
            Box::new(Encoder::new(
                id,
                profiles(),
                Csv::new(id, UserProfile::SCHEMA),
                None,
            )),
        ]
    }

    fn payloads(encoder: &dyn Both, range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        let mut batch = Batch::default();
        encoder.encode(range, &mut batch).unwrap();
        batch
            .records()
            .map(|record| record.payload.to_vec())
            .collect()
    }

    fn inspected(encoder: &dyn Both, payloads: &[Vec<u8>]) -> Vec<Verdict> {
        let mut read = Payloads::default();
        for (position, payload) in payloads.iter().enumerate() {
            read.push(position as u64, payload);
        }
        let mut verdicts = Vec::new();
        encoder.inspect(&read, &mut verdicts);
        verdicts
    }

    #[test]
    fn records_in_any_order_are_known_by_their_index() {
        for encoder in all() {
            let records = payloads(&*encoder, 0..1000);
            let orders = [
                (0..1000).collect(),
                (0..1000).rev().collect(),
                (0..1000).step_by(3).collect(),
                (0..1000).map(|i| i * 377 % 1000).collect::<Vec<usize>>(),
            ];
            for order in orders {
                let some: Vec<_> = order.iter().map(|i| records[*i].clone()).collect();
                let expected = order.iter().map(|i| Verdict::Intact(*i as u64));
                assert!(inspected(&*encoder, &some).into_iter().eq(expected));
            }
        }
    }

    #[test]
    fn a_message_with_another_key_or_with_headers_is_corrupt() {
        for encoder in all() {
            let mut batch = Batch::default();
            encoder.encode(0..5, &mut batch).unwrap();
            let mut read = Payloads::default();
            for record in batch.records() {
                let (key, header) = match record.index {
                    1 => (Some(&b"another"[..]), None),
                    2 => (None, None),
                    3 => (record.key, Some(("name", None))),
                    _ => (record.key, None),
                };
                let (index, value) = (record.index, Some(record.payload));
                read.push_message(index, key, value, header.into_iter());
            }
            let mut verdicts = Vec::new();
            encoder.inspect(&read, &mut verdicts);
            use Verdict::{Corrupt, Intact};
            let expected = [Intact(0), Corrupt(1), Corrupt(2), Corrupt(3), Intact(4)];
            assert_eq!(verdicts, expected);
        }
    }

    #[test]
    fn the_last_records_of_a_domain_are_known() {
        let encoder = &all()[2];
        let last = payloads(&**encoder, 8_990..9_000);
        let expected = (8_990..9_000).map(Verdict::Intact);
        assert!(inspected(&**encoder, &last).into_iter().eq(expected));
    }

    #[test]
    fn other_emulations_are_told_from_what_is_no_record() {
        let (json, csv) = (
            "{\"emulation_id\":\"00000000-0000-0000-0000-000000000009\",\"more\"",
            "00000000-0000-0000-0000-000000000009,more",
        );
        let own = json.replace('9', "5");
        for encoder in all() {
            for (payload, verdict) in [
                (json, Verdict::OtherEmulation),
                (csv, Verdict::OtherEmulation),
                (&own, Verdict::Foreign),
                ("", Verdict::Foreign),
                ("[\n", Verdict::Foreign),
                ("{\"emulation_id\":\"\"}", Verdict::Foreign),
            ] {
                let found = inspected(&*encoder, &[payload.as_bytes().to_vec()]);
                assert_eq!(found, [verdict], "{payload}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_changed_record_is_never_intact_and_never_another(
            index in 0..8_000u64,
            at: prop::sample::Index,
            byte: u8,
            cut in any::<bool>(),
        ) {
            for encoder in all() {
                let record = payloads(&*encoder, index..index + 1).remove(0);
                let at = at.index(record.len());
                let mut changed = record.clone();
                if cut {
                    changed.truncate(at);
                } else {
                    changed[at] = byte;
                }
                let found = inspected(&*encoder, &[changed.clone()])[0];
                match found {
                    Verdict::Intact(found) => {
                        prop_assert_eq!(&changed, &record);
                        prop_assert_eq!(found, index);
                    }
                    // Another digit in a user's id makes it the id of another user.
                    Verdict::Corrupt(_) => prop_assert_ne!(&changed, &record),
                    Verdict::Foreign | Verdict::OtherEmulation => prop_assert_ne!(&changed, &record),
                }
            }
        }

        #[test]
        fn anything_can_be_inspected(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            for encoder in all() {
                prop_assert_eq!(inspected(&*encoder, std::slice::from_ref(&payload)), [Verdict::Foreign]);
            }
        }
    }
}
