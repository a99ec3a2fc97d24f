//! Skewed clocks, each by a constant amount.

use super::{Corrupted, Share, Skew};
use crate::record::{LogicalType, Value};
use crate::seed::{Purpose, mix};
use crate::{Dataset, Seed};

/// How skewed clocks change the times of a run's records.
#[derive(Clone, Debug)]
pub(crate) struct Skewed {
    key: u64,
    /// The share of skewed clocks, in millionths.
    share: u64,
    /// The maximum skew in milliseconds.
    bound: u64,
    /// The position of the field that identifies the device.
    pub(crate) device: usize,
    /// The positions of the fields whose times come from the device's clock.
    pub(crate) times: Vec<usize>,
}

impl Skewed {
    /// For the records of a run. Times that identify the record stay unchanged.
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

    /// Whether values of a type can identify a device.
    pub(crate) const fn tells_devices(of: &LogicalType) -> bool {
        use LogicalType::{Enum, Integer, Ipv4, Long, Text, Uuid};
        matches!(of, Enum(_) | Integer | Ipv4 | Long | Text | Uuid)
    }

    /// How far the clock of a device is ahead, in microseconds: 0 if it is right, otherwise whole
    /// milliseconds. A record without a device has the right time.
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

/// Separates these keys from those of other imperfections.
const PURPOSE: u64 = 1 << 32;
