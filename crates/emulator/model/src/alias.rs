//! Weighted draws in constant time.

use std::hint::select_unpredictable;

use crate::random::{Random, below};

/// Walker's alias table (Vose's construction): one word per draw.
#[derive(Clone, Debug)]
pub struct AliasTable {
    /// For each slot: the share of its own outcome, as a 32-bit threshold, and the alternative
    /// outcome.
    slots: Box<[(u64, u32)]>,
}

impl AliasTable {
    /// Weights must be finite and not negative, and not all 0.
    pub fn new(weights: &[f64]) -> Self {
        let sum: f64 = weights.iter().sum();
        let mut shares: Vec<f64> = weights
            .iter()
            .map(|weight| weight / sum * weights.len() as f64)
            .collect();
        let mut slots: Vec<(u64, u32)> = (0..weights.len() as u32)
            .map(|own| (1 << 32, own))
            .collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..shares.len()).partition(|slot| shares[*slot] < 1.0);
        while let (Some(less), Some(&more)) = (small.pop(), large.last()) {
            slots[less] = ((shares[less] * (1u64 << 32) as f64) as u64, more as u32);
            shares[more] -= 1.0 - shares[less];
            if shares[more] < 1.0 {
                large.pop();
                small.push(more);
            }
        }
        Self {
            slots: slots.into(),
        }
    }

    /// An outcome: the position of its weight.
    #[inline(always)]
    pub fn draw(&self, random: &mut Random) -> u32 {
        let word = random.word();
        let slot = below(word & 0xffff_ffff_0000_0000, self.slots.len() as u64) as u32;
        let (own, other) = self.slots[slot as usize];
        // Both outcomes are about equally likely, so a branch would often be mispredicted.
        select_unpredictable(word & 0xffff_ffff < own, slot, other)
    }
}

#[cfg(test)]
mod tests {
    use emulator_domain::Seed;

    use super::*;
    use crate::random::{Key, Name};

    #[test]
    fn outcomes_come_as_often_as_their_weights_say() {
        let weights = [5.0, 0.0, 3.0, 0.5, 1.5];
        let table = AliasTable::new(&weights);
        let key = Key::new(Seed::new(1), Name::new("choice"));
        const N: f64 = 1e6;
        let mut counts = [0.0; 5];
        for point in 0..N as u64 {
            counts[table.draw(&mut key.at(point)) as usize] += 1.0;
        }
        assert_eq!(counts[1], 0.0);
        let expected = weights.map(|weight| weight / 10.0 * N);
        let chi_square: f64 = (counts.iter().zip(&expected))
            .filter(|(_, expected)| **expected > 0.0)
            .map(|(count, expected)| (count - expected).powi(2) / expected)
            .sum();
        // Three degrees of freedom, one in 10,000.
        assert!(chi_square < 21.1, "{chi_square}");
    }
}
