//! The time series: a panel per topic over a common time axis.

use std::collections::HashMap;

use pipeline_domain::analysis::Analysis;
use plotly::common::{Anchor, HoverInfo, Marker, Mode, Orientation};
use plotly::layout::{Annotation, Axis, ItemSizing, Legend};
use plotly::{Plot, Scatter};

use super::{axis, whole_axis};
use crate::series::{self, Series};
use crate::{palette, words};

/// Points per series: as many as a browser handles smoothly.
const POINTS: usize = 4_000;

/// Points of a series that is shown as context behind another.
const CONTEXT: usize = 500;

/// Number of panels, stacked from the top, and the gap between two.
const PANELS: f64 = 4.0;
const GAP: f64 = 0.055;

pub(super) fn plot(analysis: &Analysis) -> Plot {
    let series = series::all(analysis, POINTS);
    let times = times(analysis);
    let mut plot = Plot::new();
    for (at, panel) in series.iter().enumerate() {
        let y_axis = format!("y{}", at + 1);
        for (_, other) in series.iter().enumerate().filter(|(other, _)| *other != at) {
            let points = series::downsampled(&other.points, CONTEXT);
            plot.add_trace(
                scatter(&points, palette::CONTEXT, 3)
                    .y_axis(&y_axis)
                    .show_legend(false)
                    .hover_info(HoverInfo::Skip),
            );
        }
        let hover = panel.points.iter().map(|point| times[&point.id].clone());
        let size = if panel.points.len() <= 300 { 7 } else { 4 };
        plot.add_trace(
            scatter(&panel.points, panel.colour, size)
                .name(&panel.topic)
                .y_axis(&y_axis)
                .text_array(hover.collect::<Vec<_>>())
                .hover_template(format!("%{{text}}<extra>{}</extra>", panel.topic)),
        );
    }
    let axis_of = |at: usize| y_axis(&series, at);
    let x = axis(words::TIME, series::seconds(&series)).anchor("y4");
    let titles = series.iter().enumerate().map(|(at, panel)| {
        Annotation::new()
            .text(format!("<b>{}</b>", panel.title))
            .font(super::font(14, panel.colour))
            .x_ref("paper")
            .y_ref("paper")
            .x(0.0)
            .y(top(at))
            .x_anchor(Anchor::Left)
            .y_anchor(Anchor::Bottom)
            .show_arrow(false)
    });
    plot.set_layout(
        super::layout()
            .annotations(titles.collect())
            .x_axis(x)
            .y_axis(axis_of(0))
            .y_axis2(axis_of(1))
            .y_axis3(axis_of(2))
            .y_axis4(axis_of(3))
            .legend(
                Legend::new()
                    .orientation(Orientation::Horizontal)
                    .item_sizing(ItemSizing::Constant)
                    .x(0.0)
                    .y(-0.08)
                    .y_anchor(Anchor::Top),
            ),
    );
    plot.set_configuration(super::configuration());
    plot
}

fn scatter(
    points: &[pipeline_domain::analysis::Point],
    colour: u32,
    size: usize,
) -> Box<Scatter<f64, i64>> {
    let seconds = points.iter().map(|point| point.seconds).collect();
    let ids = points.iter().map(|point| point.id).collect();
    Scatter::new(seconds, ids)
        .mode(Mode::Markers)
        .marker(Marker::new().color(palette::css(colour)).size(size))
}

/// A vertical axis; zooming into one panel zooms into all.
fn y_axis(series: &[Series], at: usize) -> Axis {
    let y = whole_axis(words::ID, series::ids(series), 5)
        .domain(&[top(at) - 1.0 / PANELS + GAP, top(at)]);
    if at == 0 { y } else { y.matches("y") }
}

/// The upper end of a panel, measured from the bottom.
fn top(at: usize) -> f64 {
    1.0 - at as f64 / PANELS
}

/// The hover text of an id: when it appeared on each topic.
fn times(analysis: &Analysis) -> HashMap<i64, String> {
    let mut times = HashMap::new();
    let all = analysis.arrivals.iter().chain([&analysis.acknowledgements]);
    for (series, topic) in all.zip(words::names()) {
        for point in series {
            let hover = times
                .entry(point.id)
                .or_insert_with(|| format!("id {}", point.id));
            *hover += &format!("<br>{topic}: {:.3} s", point.seconds);
        }
    }
    times
}
