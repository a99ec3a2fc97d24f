//! The four time series, prepared for drawing.

use std::ops::Range;

use pipeline_domain::analysis::{Analysis, Point};

use crate::{palette, words};

/// The points of a topic.
pub(crate) struct Series {
    /// The topic and how much of it is drawn.
    pub(crate) title: String,
    pub(crate) topic: String,
    pub(crate) colour: u32,
    pub(crate) points: Vec<Point>,
}

/// The series of the topics and of the acknowledgements, with at most `most` points each.
pub(crate) fn all(analysis: &Analysis, most: usize) -> [Series; 4] {
    let [first, second, third] = &analysis.arrivals;
    let [count1, count2, count3] = analysis.counts.events;
    let all = [
        (first, count1),
        (second, count2),
        (third, count3),
        (&analysis.acknowledgements, analysis.counts.acknowledgements),
    ];
    let names = words::names();
    std::array::from_fn(|at| {
        let (points, count) = all[at];
        let points = downsampled(points, most);
        let drawn = points.len() as u64;
        let counted = words::grouped(count);
        Series {
            title: if drawn < count {
                format!(
                    "{}: {} of {counted} drawn",
                    names[at],
                    words::grouped(drawn)
                )
            } else {
                format!("{}: {counted}", names[at])
            },
            topic: names[at].clone(),
            colour: palette::SERIES[at],
            points,
        }
    })
}

/// At most `most` of the points, evenly spaced, including the first and the last.
pub(crate) fn downsampled(points: &[Point], most: usize) -> Vec<Point> {
    match points {
        [first, .., last] if points.len() > most => {
            let step = (points.len() - 1) as f64 / (most - 1) as f64;
            let between = (1..most - 1).map(|at| points[(at as f64 * step) as usize]);
            std::iter::once(*first)
                .chain(between)
                .chain([*last])
                .collect()
        }
        all => all.to_vec(),
    }
}

/// From 0 to the last event in seconds, with a margin.
pub(crate) fn seconds(series: &[Series]) -> Range<f64> {
    let last = points(series).fold(0.01_f64, |last, point| last.max(point.seconds));
    -0.015 * last..1.015 * last
}

/// From the smallest id to the largest, with a margin that survives rounding.
pub(crate) fn ids(series: &[Series]) -> Range<f64> {
    let smallest = points(series).map(|point| point.id).min().unwrap_or(0) as f64;
    let largest = points(series).map(|point| point.id).max().unwrap_or(0) as f64;
    let size = smallest.abs().max(largest.abs());
    let margin = (0.08 * (largest - smallest)).max(1.0).max(1e-12 * size);
    smallest - margin..largest + margin
}

/// How many ticks an axis of integers can have, limited to `most`.
pub(crate) fn ticks(range: &Range<f64>, most: usize) -> usize {
    (range.end - range.start + 1.0).clamp(2.0, most as f64) as usize
}

fn points(series: &[Series]) -> impl Iterator<Item = &Point> {
    series.iter().flat_map(|series| &series.points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_both_ends_and_the_order() {
        let points: Vec<Point> = (0..100_000)
            .map(|id| Point {
                seconds: id as f64,
                id,
            })
            .collect();
        for most in [2, 3, 1000, 99_999, 100_000] {
            let downsampled = downsampled(&points, most);
            assert_eq!(downsampled.len(), most);
            assert_eq!((downsampled[0].id, downsampled[most - 1].id), (0, 99_999));
            assert!(downsampled.is_sorted_by(|a, b| a.id < b.id));
        }
        assert_eq!(downsampled(&points[..1], 2).len(), 1);
    }
}
