//! Sample rows: a function of the source and the id.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::row::{Row, Value};
use crate::source::{Kind, Source};

/// One value in this many is missing.
const MISSING: u32 = 20;

/// The sample row with this id.
pub fn row(source: Source, id: i64) -> Row {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&id.to_le_bytes());
    seed[8] = source.number() as u8;
    let mut random = ChaCha8Rng::from_seed(seed);
    let values: Vec<Value> = source
        .features()
        .iter()
        .map(|kind| {
            let drawn = random.next_u32();
            match kind {
                _ if drawn.is_multiple_of(MISSING) => Value::Null,
                Kind::Integer => Value::Integer(i64::from(drawn / MISSING % 10_000)),
                // Two decimals, for readability.
                Kind::Real => Value::Real(f64::from(drawn / MISSING % 1_000_000) / 100.0),
            }
        })
        .collect();
    Row::new(source, id, &values).expect("a value was drawn for each feature")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sample_rows_are_repeatable_differ_and_have_gaps() {
        let rows: Vec<Row> = (1..=1000).map(|id| row(Source::Second, id)).collect();
        assert_eq!(rows[16], row(Source::Second, 17));
        assert_ne!(rows[16].values(), rows[17].values());
        let values: Vec<&Value> = rows.iter().flat_map(Row::values).collect();
        let missing = values
            .iter()
            .filter(|value| ***value == Value::Null)
            .count();
        // 9,000 values, one in twenty missing: the interval that chance leaves once in 1,000 times.
        assert!((383..=520).contains(&missing), "{missing}");
        // Whole numbers and hundredths, both below 10,000, from one end to the other.
        let (mut whole, mut hundredths) = ([10_000, 0], [1_000_000, 0]);
        let widen = |[least, most]: [i64; 2], value| [least.min(value), most.max(value)];
        for value in values {
            match *value {
                Value::Null => {}
                Value::Integer(value) => whole = widen(whole, value),
                Value::Real(value) => {
                    let rounded = (value * 100.0).round();
                    assert_eq!(value, rounded / 100.0);
                    hundredths = widen(hundredths, rounded as i64);
                }
            }
        }
        assert!(
            whole[0] < 10 && (9_990..10_000).contains(&whole[1]),
            "{whole:?}"
        );
        let [least, most] = hundredths;
        assert!(
            least < 10_000 && (990_000..1_000_000).contains(&most),
            "{hundredths:?}"
        );
    }
}
