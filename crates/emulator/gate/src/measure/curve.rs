//! How well scores separate two classes.

/// A score with its true class and weight.
#[derive(Clone, Copy, Debug)]
pub struct Scored {
    /// Higher means more likely positive.
    pub score: f64,
    /// The true class.
    pub is_positive: bool,
    /// How many it represents; 1 unless only a sample was scored.
    pub weight: f64,
}

/// The weights of positives and negatives per distinct score, highest score first.
fn ties(scored: &[Scored]) -> Vec<(f64, f64, f64)> {
    let mut sorted = scored.to_vec();
    sorted.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
    let mut ties: Vec<(f64, f64, f64)> = Vec::new();
    for one in sorted {
        let (positive, negative) = if one.is_positive {
            (one.weight, 0.0)
        } else {
            (0.0, one.weight)
        };
        match ties.last_mut() {
            Some(last) if last.0 == one.score => {
                last.1 += positive;
                last.2 += negative;
            }
            _ => ties.push((one.score, positive, negative)),
        }
    }
    ties
}

/// For each distinct score, highest first, the cumulative weights of positives and negatives.
fn reached(scored: &[Scored]) -> Vec<(f64, f64)> {
    let (mut positives, mut negatives) = (0.0, 0.0);
    ties(scored)
        .into_iter()
        .map(|(_, positive, negative)| {
            positives += positive;
            negatives += negative;
            (positives, negatives)
        })
        .collect()
}

/// For each positive, in order, the share of negatives with a lower score; ties count half. The
/// mean is the area under the ROC curve.
pub fn placements(scored: &[Scored]) -> Vec<f64> {
    let ties = ties(scored);
    let total: f64 = ties.iter().map(|tie| tie.2).sum();
    let mut above = 0.0;
    let shares: Vec<f64> = ties
        .iter()
        .map(|(_, _, negative)| {
            let share = (total - above - negative / 2.0) / total;
            above += negative;
            share
        })
        .collect();
    let positives = scored.iter().filter(|one| one.is_positive);
    positives
        .map(|one| shares[ties.partition_point(|tie| tie.0 > one.score)])
        .collect()
}

/// The area under the receiver operating characteristic: the probability that a positive scores
/// higher than a negative.
pub fn roc_area(scored: &[Scored]) -> f64 {
    let (mut area, mut before) = (0.0, (0.0, 0.0));
    let reached = reached(scored);
    for point in &reached {
        area += (point.1 - before.1) * (point.0 + before.0) / 2.0;
        before = *point;
    }
    area / (before.0 * before.1)
}

/// The ROC curve with at most `points` points: shares of negatives and of positives.
pub fn roc(scored: &[Scored], points: usize) -> Vec<(f64, f64)> {
    let reached = reached(scored);
    let (positives, negatives) = reached.last().copied().unwrap_or((1.0, 1.0));
    let mut curve = vec![(0.0, 0.0)];
    for (positive, negative) in reached {
        let point = (negative / negatives, positive / positives);
        let last = curve[curve.len() - 1];
        if (point.0 - last.0).max(point.1 - last.1) >= 1.0 / points as f64 {
            curve.push(point);
        }
    }
    curve.push((1.0, 1.0));
    curve
}

/// Average precision: the area under the precision-recall curve, in steps.
pub fn precision_area(scored: &[Scored]) -> f64 {
    let (mut area, mut before) = (0.0, 0.0);
    let reached = reached(scored);
    for (positives, negatives) in &reached {
        area += (positives - before) * positives / (positives + negatives);
        before = *positives;
    }
    area / before
}

/// The best F1 over all thresholds.
pub fn best_f1(scored: &[Scored]) -> f64 {
    let reached = reached(scored);
    let all = reached.last().map_or(0.0, |last| last.0);
    let f1 = reached
        .iter()
        .map(|(positives, negatives)| 2.0 * positives / (positives + negatives + all));
    f1.fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of scikit-learn's documentation of `roc_auc_score` and `average_precision_score`,
    /// once as it is and once with each negative of weight 2 standing for two.
    #[test]
    fn areas_are_those_of_the_reference() {
        let scored = |weight| {
            let pairs = [(0.1, false), (0.4, false), (0.35, true), (0.8, true)];
            pairs.map(|(score, is_positive)| Scored {
                score,
                is_positive,
                weight: if is_positive { 1.0 } else { weight },
            })
        };
        assert!((roc_area(&scored(1.0)) - 0.75).abs() < 1e-12);
        assert!((roc_area(&scored(2.0)) - 0.75).abs() < 1e-12);
        assert!((precision_area(&scored(1.0)) - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-12);
        assert!((precision_area(&scored(2.0)) - (0.5 + 0.5 * 2.0 / 4.0)).abs() < 1e-12);
        assert!((best_f1(&scored(1.0)) - 0.8).abs() < 1e-12);
        assert_eq!(placements(&scored(1.0)), [0.5, 1.0]);
        let curve = [
            (0.0, 0.0),
            (0.0, 0.5),
            (0.5, 0.5),
            (0.5, 1.0),
            (1.0, 1.0),
            (1.0, 1.0),
        ];
        assert_eq!(roc(&scored(1.0), 100), curve);
    }

    #[test]
    fn equal_scores_tell_nothing() {
        let scored = [true, false, true, false, false].map(|is_positive| Scored {
            score: 1.0,
            is_positive,
            weight: 1.0,
        });
        assert_eq!(roc_area(&scored), 0.5);
        assert_eq!(placements(&scored), [0.5, 0.5]);
        assert_eq!(precision_area(&scored), 0.4);
    }
}
