//! Compares payloads with the records they should be, which are encoded again.

use emulator_domain::emulation::EmulationId;
use emulator_domain::verification::Verdict;
use emulator_ports::{Batch, BatchEncoder, EncodedRecord, Payloads};

use crate::message_metadata;

/// The record that a payload claims to be.
pub(crate) enum ClaimedRecord<I> {
    /// A record of another emulation.
    OtherEmulation,
    /// Not a record of any emulation.
    None,
    /// The record of this index, with the ids that identified it.
    Record(u64, I),
}

/// How many records are encoded ahead.
#[derive(Clone, Copy)]
pub(crate) struct Lookahead {
    /// Batch size where records arrive in order.
    pub(crate) window: u64,
    /// Up to this gap between two records it is cheaper to encode those in between as well. Readers
    /// of one partition see gaps, because partitions divide the records.
    pub(crate) near: u64,
}

/// The records around the last one requested, encoded again.
pub(crate) struct ReencodedRecords<'e, E> {
    encoder: &'e E,
    capacity: u64,
    lookahead: Lookahead,
    batch: Batch,
    before: Option<u64>,
}

impl<'e, E: BatchEncoder> ReencodedRecords<'e, E> {
    /// Encodes the records of `encoder`, of which there are `capacity`.
    pub(crate) fn new(encoder: &'e E, capacity: u64, lookahead: Lookahead) -> Self {
        Self {
            encoder,
            capacity,
            lookahead,
            batch: Batch::default(),
            before: None,
        }
    }

    /// Appends a verdict on each payload of the emulation `own`. `claimed` finds the identifying
    /// values in a payload; `is_of` tells whether an encoded record has the same ones.
    pub(crate) fn inspect<'p, I>(
        &mut self,
        own: EmulationId,
        payloads: &'p Payloads,
        verdicts: &mut Vec<Verdict>,
        claimed: impl Fn(&'p [u8]) -> ClaimedRecord<I>,
        is_of: impl Fn(&[u8], &I) -> bool,
    ) {
        verdicts.reserve(payloads.len());
        let mut messages = payloads.envelopes();
        verdicts.extend(payloads.iter().map(|payload| {
            let message = messages.next();
            if let Some(message) = message.filter(|message| message.is_tombstone) {
                return message_metadata::tombstone(own, message, |index| self.record(index));
            }
            let (index, id) = match claimed(payload) {
                ClaimedRecord::OtherEmulation => return Verdict::OtherEmulation,
                ClaimedRecord::None => return Verdict::Foreign,
                ClaimedRecord::Record(index, id) => (index, id),
            };
            let Some(record) = self.record(index) else {
                return Verdict::Foreign;
            };
            if record.payload == payload && message.is_none_or(|message| message.is_of(&record)) {
                self.before = Some(index);
                return Verdict::Intact(index);
            }
            // Any UUID decodes to some index, so the ids are compared.
            match is_of(record.payload, &id) {
                true => Verdict::Corrupt(index),
                false => Verdict::Foreign,
            }
        }));
    }

    /// Record `index`, if there is one.
    fn record(&mut self, index: u64) -> Option<EncodedRecord<'_>> {
        if !self.batch.range().contains(&index) && !self.encode_from(index) {
            return None;
        }
        let position = (index - self.batch.range().start) as usize;
        Some(self.batch.record(position))
    }

    /// Encodes record `index` and those likely to be requested next; returns whether that record
    /// exists.
    fn encode_from(&mut self, index: u64) -> bool {
        let distance = self.before.and_then(|before| index.checked_sub(before));
        let ahead = match distance {
            Some(distance) if (1..=self.lookahead.near).contains(&distance) => {
                self.lookahead.window
            }
            _ => 1,
        };
        let end = index.saturating_add(ahead).min(self.capacity);
        // The range is clipped at the last record.
        index < end && self.encoder.encode(index..end, &mut self.batch).is_ok()
    }
}
