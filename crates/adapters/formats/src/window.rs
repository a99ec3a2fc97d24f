//! Runs that begin somewhere on the timeline: their records are counted from there.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::record::IndexError;
use emulator_domain::verification::Verdict;
use emulator_ports::{Batch, BatchEncoder, Payloads, RecordVerifier};

use crate::Codec;

/// Counts from record `first` of the timeline.
struct Window<T: ?Sized> {
    first: u64,
    timeline: Arc<T>,
}

/// The same records, counted from `first`.
pub(crate) fn of(codec: Codec, first: u64) -> Codec {
    Codec {
        encoder: Arc::new(Window {
            first,
            timeline: codec.encoder,
        }),
        verifier: codec
            .verifier
            .map(|timeline| Arc::new(Window { first, timeline }) as Arc<dyn RecordVerifier>),
        framing: codec.framing,
    }
}

impl BatchEncoder for Window<dyn BatchEncoder> {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        let on_timeline = |index: u64| self.first.saturating_add(index);
        self.timeline
            .encode(on_timeline(range.start)..on_timeline(range.end), batch)?;
        batch.renumber(range.start);
        Ok(())
    }
}

impl RecordVerifier for Window<dyn RecordVerifier> {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        let before = verdicts.len();
        self.timeline.inspect(payloads, verdicts);
        for verdict in &mut verdicts[before..] {
            let counted = |index: u64, verdict: fn(u64) -> Verdict| {
                let index = index.checked_sub(self.first);
                index.map_or(Verdict::Foreign, verdict)
            };
            *verdict = match *verdict {
                Verdict::Intact(index) => counted(index, Verdict::Intact),
                Verdict::Corrupt(index) => counted(index, Verdict::Corrupt),
                other => other,
            };
        }
    }
}
