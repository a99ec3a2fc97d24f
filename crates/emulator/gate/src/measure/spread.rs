//! Measures of spread.

use emulator_domain::Seed;
use emulator_model::{Key, Name};

/// A value with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The quantile of `sorted` values at `share`, with linear interpolation.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len().max(1) - 1) as f64;
    let (below, part) = (place as usize, place.fract());
    let at = |number: usize| sorted.get(number).copied().unwrap_or(f64::NAN);
    if part == 0.0 {
        return at(below);
    }
    at(below) * (1.0 - part) + at(below + 1) * part
}

/// The ratio of variance to mean: 1 for independent events.
pub fn dispersion(counts: &[f64]) -> f64 {
    let (mean, variance) = moments(counts);
    variance / mean
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    (mean, squares.sum::<f64>() / n)
}

/// The burstiness of events with these gaps, corrected for their number (Kim and Jo, arXiv
/// 1604.01125): -1 for a regular sequence, 0 for a random one, 1 for a single burst.
pub fn burstiness(gaps: &[f64]) -> f64 {
    let n = gaps.len() as f64;
    let (mean, variance) = moments(gaps);
    let r = variance.sqrt() / mean;
    let (more, less) = ((n + 1.0).sqrt(), (n - 1.0).sqrt());
    (more * r - less) / ((more - 2.0) * r + less)
}

/// The mean of values in correlated groups, with a confidence interval from a thousand bootstrap
/// samples of the groups.
pub fn bootstrap_mean(groups: &[Vec<f64>]) -> Interval {
    const SAMPLES: u64 = 1_000;
    let sums: Vec<(f64, f64)> = groups
        .iter()
        .map(|group| (group.iter().sum(), group.len() as f64))
        .collect();
    let mean = |sums: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = sums.fold((0.0, 0.0), |all, group| (all.0 + group.0, all.1 + group.1));
        sum / count
    };
    let key = Key::new(Seed::new(0), Name::new("bootstrap"));
    let mut means: Vec<f64> = (0..SAMPLES)
        .map(|sample| {
            let mut random = key.at(sample);
            let mut drawn = (0..sums.len()).map(|_| sums[random.below(sums.len() as u64) as usize]);
            mean(&mut drawn)
        })
        .collect();
    means.sort_by(f64::total_cmp);
    Interval {
        value: mean(&mut sums.iter().copied()),
        low: quantile(&means, 0.025),
        high: quantile(&means, 0.975),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burstiness_of_a_clock_of_chance_and_of_one_burst() {
        assert!((burstiness(&[2.0; 40]) + 1.0).abs() < 1e-12);
        // Quantiles of the exponential distribution, as evenly as they can lie.
        let chance: Vec<f64> = (0..999)
            .map(|i| -(1.0 - (f64::from(i) + 0.5) / 999.0).ln())
            .collect();
        assert!(burstiness(&chance).abs() < 0.02, "{}", burstiness(&chance));
        // All events at once but the last: by the paper's definition exactly 1.
        let mut burst = vec![0.0; 99];
        burst.push(1.0);
        assert!(
            (burstiness(&burst) - 1.0).abs() < 1e-9,
            "{}",
            burstiness(&burst)
        );
    }

    #[test]
    fn quantiles_dispersion_and_intervals() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(
            [0.0, 0.25, 0.5, 1.0].map(|share| quantile(&sorted, share)),
            [1.0, 1.75, 3.0, 8.0]
        );
        assert!((dispersion(&[0.0, 2.0, 4.0]) - 4.0 / 3.0).abs() < 1e-12);
        // 400 coins alone: the mean is known to within 0.05; in groups of twenty that are all alike,
        // to within 0.22.
        let coins: Vec<Vec<f64>> = (0..400).map(|coin| vec![f64::from(coin % 2)]).collect();
        let groups: Vec<Vec<f64>> = (0..20)
            .map(|group| vec![f64::from(group % 2); 20])
            .collect();
        for (groups, width) in [(coins, 0.098), (groups, 0.44)] {
            let Interval { value, low, high } = bootstrap_mean(&groups);
            assert_eq!(value, 0.5);
            assert!(((high - low) / width - 1.0).abs() < 0.2, "{low} {high}");
        }
    }
}
