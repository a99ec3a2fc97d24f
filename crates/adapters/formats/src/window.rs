//! Runs of a part of the timeline, whose record indices count from the start of that part.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::{Envelope, IndexError};
use emulator_domain::verification::Verdict;
use emulator_ports::{Batch, BatchEncoder, Payloads, RecordVerifier};

use crate::Codec;

/// Shifts indices by `first`, the part's first record on the timeline.
struct FromFirst {
    first: u64,
    timeline: Arc<dyn BatchEncoder>,
}

/// Distinguishes records of the part from other records of the timeline.
struct OfPart {
    part: Range<u64>,
    envelope: Envelope,
    timeline: Arc<dyn RecordVerifier>,
}

/// The same codec, with indices counted from the plan's first record.
pub(crate) fn of(codec: Codec, plan: &EmulationPlan) -> Codec {
    let (part, envelope) = (plan.part(), plan.dataset().envelope());
    let verifier = codec.verifier.map(|timeline| {
        let part = part.clone();
        Arc::new(OfPart {
            part,
            envelope,
            timeline,
        }) as Arc<dyn RecordVerifier>
    });
    let encoder = match part.start {
        0 => codec.encoder,
        first => Arc::new(FromFirst {
            first,
            timeline: codec.encoder,
        }),
    };
    Codec {
        encoder,
        verifier,
        framing: codec.framing,
    }
}

impl BatchEncoder for FromFirst {
    fn encode(&self, range: Range<u64>, batch: &mut Batch) -> Result<(), IndexError> {
        let on_timeline = |index: u64| self.first.saturating_add(index);
        self.timeline
            .encode(on_timeline(range.start)..on_timeline(range.end), batch)?;
        batch.renumber(range.start);
        Ok(())
    }
}

impl RecordVerifier for OfPart {
    fn inspect(&self, payloads: &Payloads, verdicts: &mut Vec<Verdict>) {
        let before = verdicts.len();
        self.timeline.inspect(payloads, verdicts);
        for verdict in &mut verdicts[before..] {
            *verdict = verdict.in_part(&self.part, self.envelope);
        }
    }
}
