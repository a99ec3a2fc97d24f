//! Payloads held against the records that they should be, which are made again.

use emulator_domain::emulation::EmulationId;
use emulator_domain::verification::Verdict;
use emulator_ports::{Batch, BatchEncoder, EncodedRecord, Payloads};

use crate::beside;

/// Whose record a payload says to be.
pub(crate) enum Whose<I> {
    /// One of another emulation.
    OtherEmulation,
    /// Nobody's.
    Nobody,
    /// That of the index, with what leads there.
    Record(u64, I),
}

/// How many records are made ahead.
#[derive(Clone, Copy)]
pub(crate) struct Ahead {
    /// So many at once where they come in order.
    pub(crate) window: u64,
    /// Up to this distance from one record to the next it is cheaper to make those in between, too.
    /// Partitions divide the records, so a reader of one sees gaps.
    pub(crate) near: u64,
}

/// The records around the last one that was asked for, made again.
pub(crate) struct Remade<'e, E> {
    encoder: &'e E,
    capacity: u64,
    ahead: Ahead,
    batch: Batch,
    before: Option<u64>,
}

impl<'e, E: BatchEncoder> Remade<'e, E> {
    /// Of an encoder that has so many records.
    pub(crate) fn new(encoder: &'e E, capacity: u64, ahead: Ahead) -> Self {
        Self {
            encoder,
            capacity,
            ahead,
            batch: Batch::default(),
            before: None,
        }
    }

    /// Says what the payloads of the emulation `own` are: `whose` finds what leads to a record in the
    /// bytes of the format, and `is_of` whether bytes have the same.
    pub(crate) fn inspect<'p, I>(
        &mut self,
        own: EmulationId,
        payloads: &'p Payloads,
        verdicts: &mut Vec<Verdict>,
        whose: impl Fn(&'p [u8]) -> Whose<I>,
        is_of: impl Fn(&[u8], &I) -> bool,
    ) {
        verdicts.reserve(payloads.len());
        let mut messages = payloads.envelopes();
        verdicts.extend(payloads.iter().map(|payload| {
            let message = messages.next();
            if let Some(message) = message.filter(|message| message.is_tombstone) {
                return beside::tombstone(own, message, |index| self.record(index));
            }
            let (index, id) = match whose(payload) {
                Whose::OtherEmulation => return Verdict::OtherEmulation,
                Whose::Nobody => return Verdict::Foreign,
                Whose::Record(index, id) => (index, id),
            };
            let Some(record) = self.record(index) else {
                return Verdict::Foreign;
            };
            if record.payload == payload && message.is_none_or(|message| message.is_of(&record)) {
                self.before = Some(index);
                return Verdict::Intact(index);
            }
            // Every UUID leads to some index.
            match is_of(record.payload, &id) {
                true => Verdict::Corrupt(index),
                false => Verdict::Foreign,
            }
        }));
    }

    /// Record `index`, if there is one.
    fn record(&mut self, index: u64) -> Option<EncodedRecord<'_>> {
        if !self.batch.range().contains(&index) && !self.make(index) {
            return None;
        }
        let position = (index - self.batch.range().start) as usize;
        Some(self.batch.record(position))
    }

    /// Makes record `index`, and what is likely to be asked for next; gives whether there is such a
    /// record.
    fn make(&mut self, index: u64) -> bool {
        let distance = self.before.and_then(|before| index.checked_sub(before));
        let ahead = match distance {
            Some(distance) if (1..=self.ahead.near).contains(&distance) => self.ahead.window,
            _ => 1,
        };
        let end = index.saturating_add(ahead).min(self.capacity);
        // The range ends where the records do.
        index < end && self.encoder.encode(index..end, &mut self.batch).is_ok()
    }
}
