//! One colour scheme for page and pictures: Okabe and Ito's, which is also distinguishable with
//! colour vision deficiency.

/// `topic1`, `topic2`, `topic3` and `ack`.
pub(crate) const SERIES: [u32; 4] = [0x0072b2, 0xd55e00, 0x009e73, 0x000000];

/// Bars of the histogram.
pub(crate) const BARS: u32 = 0x56b4e9;

/// The last bar, which counts all longer delays.
pub(crate) const LAST_BAR: u32 = 0xbbddf4;

/// The lines at median, 95th and 99th percentile.
pub(crate) const LINES: [u32; 3] = [0x000000, 0xe69f00, 0xd55e00];

/// Background.
pub(crate) const PAPER: u32 = 0xffffff;

/// Text.
pub(crate) const TEXT: u32 = 0x222222;

/// Secondary text.
pub(crate) const QUIET: u32 = 0x5f6368;

/// Axes.
pub(crate) const AXIS: u32 = 0x8a8f94;

/// Grid lines.
pub(crate) const GRID: u32 = 0xe6e8ea;

/// Points of the other series, shown as context.
pub(crate) const CONTEXT: u32 = 0xc4c8cc;

/// Replacements for a dark background.
pub(crate) const DARK: [(u32, u32); 6] = [
    (PAPER, 0x16181b),
    (TEXT, 0xe6e8ea),
    (QUIET, 0xa8aeb4),
    (GRID, 0x33373c),
    (CONTEXT, 0x4b5157),
    (SERIES[3], 0xffffff),
];

/// In CSS notation.
pub(crate) fn css(colour: u32) -> String {
    format!("#{colour:06x}")
}
