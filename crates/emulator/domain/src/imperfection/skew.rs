//! Clocks that are wrong, each by as much as it always is.

use super::{Corrupted, Share, Skew};
use crate::record::{LogicalType, Value};
use crate::seed::{Purpose, mix};
use crate::{Dataset, Seed};

/// What clocks do to the times of a run's records.
#[derive(Clone, Debug)]
pub(crate) struct Skewed {
    key: u64,
    /// How many clocks are wrong, in millionths.
    share: u64,
    /// Milliseconds that a clock is wrong by at most.
    bound: u64,
    /// The position of the field that says whose clock it is.
    pub(crate) device: usize,
    /// The positions of the fields that its clock decides.
    pub(crate) times: Vec<usize>,
}

impl Skewed {
    /// Of the records of a run. Times that say which record it is stay.
    pub(crate) fn new(settings: &Skew, dataset: &Dataset, seed: Seed) -> Option<Self> {
        let fields = dataset.schema().fields();
        let times = fields.iter().enumerate().filter(|(_, field)| {
            field.logical_type == LogicalType::Timestamp
                && !Corrupted::is_kept(dataset, &field.name)
        });
        Some(Self {
            key: mix(seed.key(Purpose::Imperfections) ^ mix(PURPOSE)),
            share: settings.share.millionths(),
            bound: settings.bound.micros() / 1000,
            device: (fields.iter()).position(|field| *field.name == *settings.device)?,
            times: times.map(|(position, _)| position).collect(),
        })
    }

    /// Whether a device can be told by values of a type.
    pub(crate) const fn tells_devices(of: &LogicalType) -> bool {
        use LogicalType::{Enum, Integer, Ipv4, Long, Text, Uuid};
        matches!(of, Enum(_) | Integer | Ipv4 | Long | Text | Uuid)
    }

    /// Microseconds by which the clock of a device is ahead: none if it is right, else whole
    /// milliseconds. What has no device has a right one.
    pub(crate) fn micros(&self, device: Value<'_>) -> i64 {
        let word = match device {
            Value::Long(number) => mix(self.key ^ mix(number as u64)),
            Value::Uuid(id) => {
                let (high, low) = id.as_u64_pair();
                mix(mix(self.key ^ high) ^ low)
            }
            Value::Text(text) => {
                let bytes = text.bytes().map(u64::from);
                bytes.fold(self.key, |hash, byte| mix(hash ^ byte))
            }
            _ => return 0,
        };
        if Share::part(mix(word)) >= self.share {
            return 0;
        }
        let millis = (word % self.bound + 1) as i64;
        1000 * if word >> 63 == 0 { millis } else { -millis }
    }
}

/// Tells these keys from those of other imperfections.
const PURPOSE: u64 = 1 << 32;
