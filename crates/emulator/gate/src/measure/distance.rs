//! Distances between distributions.

/// The Kolmogorov–Smirnov distance between the `sorted` values and the distribution function
/// `share_below`.
pub fn kolmogorov_smirnov(sorted: &[f64], share_below: impl Fn(f64) -> f64) -> f64 {
    let n = sorted.len() as f64;
    let (mut worst, mut before) = (0.0_f64, 0);
    while before < sorted.len() {
        let value = sorted[before];
        let ties = sorted[before..].partition_point(|other| *other <= value);
        before += ties;
        // Prices are whole cents, so both functions include the value itself.
        worst = worst.max((share_below(value) - before as f64 / n).abs());
    }
    worst
}

/// The total variation distance: half the sum of the differences between shares.
pub fn total_variation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    pairs
        .map(|(found, declared)| (found - declared).abs())
        .sum::<f64>()
        / 2.0
}

/// The mutual information of two classifications, in nats, from a table of counts with one row per
/// class of the first.
pub fn information(counts: &[Vec<u64>]) -> f64 {
    let total: u64 = counts.iter().flatten().sum();
    let columns = counts.first().map_or(0, Vec::len);
    let of_column: Vec<u64> = (0..columns)
        .map(|column| counts.iter().map(|row| row[column]).sum())
        .collect();
    let mut sum = 0.0;
    for row in counts {
        let of_row: u64 = row.iter().sum();
        for (count, of_column) in row.iter().zip(&of_column) {
            if *count > 0 {
                let joint = *count as f64 / total as f64;
                let apart = of_row as f64 * *of_column as f64 / (total as f64).powi(2);
                sum += joint * (joint / apart).ln();
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_textbooks() {
        // Uniform on 0..1: after 0.25 a third is there, after 0.5 two thirds.
        let distance = kolmogorov_smirnov(&[0.25, 0.5, 0.5], |value| value);
        assert!((distance - 0.5).abs() < 1e-12, "{distance}");
        let varies = total_variation([(0.5, 0.25), (0.5, 0.75)].into_iter());
        assert!((varies - 0.25).abs() < 1e-12);
        // A fair coin that decides another: ln 2; two that know nothing of each other: 0.
        let told = information(&[vec![50, 0], vec![0, 50]]);
        assert!((told - 2f64.ln()).abs() < 1e-12);
        assert!(information(&[vec![25, 25], vec![25, 25]]).abs() < 1e-12);
        // By hand: 0.4 ln 1.6 + 2 * 0.1 ln 0.4 + 0.4 ln 1.6.
        let some = information(&[vec![4, 1], vec![1, 4]]);
        assert!((some - (0.8 * 1.6f64.ln() + 0.2 * 0.4f64.ln())).abs() < 1e-12);
    }
}
