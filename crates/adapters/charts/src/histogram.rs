//! The bars of the delay histogram.

use std::ops::Range;

use pipeline_domain::analysis::Delay;

use crate::{palette, words};

/// Maximum number of bars: enough to show a shape, few enough for each to count something.
fn number(delays: usize) -> usize {
    (2.0 * (delays as f64).sqrt()).clamp(10.0, 80.0) as usize
}

/// A bar, in milliseconds around the centre of the delays it counts.
pub(crate) struct Bar {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) count: u64,
    /// Text for the delays that it counts.
    pub(crate) text: String,
    /// Whether it also counts all longer delays and is drawn narrower than its range.
    open: bool,
    pub(crate) colour: u32,
}

/// Bars of equal width.
pub(crate) fn bars(delay: &Delay) -> Vec<Bar> {
    let bins = delay.histogram(number(delay.count()));
    // A single bin holds the delays of one millisecond, and the longer ones.
    let width = if bins.len() > 1 {
        bins[0].to - bins[0].from
    } else {
        1.0
    };
    bins.iter()
        .map(|bin| {
            let last = bin.to - 1.0;
            let text = if bin.from == last {
                words::milliseconds(bin.from)
            } else {
                format!(
                    "{} to {}",
                    words::whole(bin.from),
                    words::milliseconds(last)
                )
            };
            let open = bin.to - bin.from > width;
            Bar {
                // Delays are integers: extend by half a millisecond on either side.
                from: bin.from - 0.5,
                to: bin.from + width - 0.5,
                count: bin.count,
                text,
                open,
                colour: if open && bins.len() > 1 {
                    palette::LAST_BAR
                } else {
                    palette::BARS
                },
            }
        })
        .collect()
}

/// Explains the bar that counts more than its range on the axis, if there is one.
pub(crate) fn open(bars: &[Bar]) -> Option<String> {
    let open = bars.last().filter(|bar| bar.open)?;
    let which = if bars.len() > 1 {
        "last, lighter bar"
    } else {
        "bar"
    };
    Some(format!(
        "The {which} stands for all delays of {}.",
        open.text
    ))
}

/// The range of the delay axis: at least ten milliseconds, with room for labels at the right.
pub(crate) fn range(bars: &[Bar], marks: &[(f64, String)]) -> Range<f64> {
    // Assumes a chart about 1000 pixels wide and letters about 8 pixels wide.
    let longest = marks.iter().map(|(_, label)| label.len()).max();
    let label = (0.008 * longest.unwrap_or(0) as f64 + 0.02).min(0.5);
    let (from, to) = (bars[0].from, bars[bars.len() - 1].to);
    let missing = (10.0 - (to - from)).max(0.0) / 2.0;
    let (from, to) = (from - missing, to + missing);
    from - 0.02 * (to - from)..to + label / (1.0 - label) * (to - from)
}

/// The highest bar.
pub(crate) fn highest(bars: &[Bar]) -> f64 {
    bars.iter().map(|bar| bar.count).max().unwrap_or(1) as f64
}

/// Heights of the lines at median, 95th and 99th percentile, relative to the highest bar. Each
/// label is at the upper end of its line, to the right of all higher lines.
pub(crate) const LINES: [f64; 3] = [1.32, 1.21, 1.10];

/// Height of the chart, relative to the highest bar.
pub(crate) const TOP: f64 = 1.4;
