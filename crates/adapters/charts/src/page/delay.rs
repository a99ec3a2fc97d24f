//! The delays: a histogram with median, 95th and 99th percentile.

use pipeline_domain::analysis::Delay;
use plotly::common::{Anchor, Line, Marker};
use plotly::layout::{Annotation, Shape, ShapeLine, ShapeType};
use plotly::{Bar, Plot};

use super::{axis, whole_axis};
use crate::{histogram, palette, words};

pub(super) fn plot(delay: &Delay) -> Plot {
    let bars = histogram::bars(delay);
    let highest = histogram::highest(&bars);
    let middles = bars.iter().map(|bar| (bar.from + bar.to) / 2.0).collect();
    let counts = bars.iter().map(|bar| bar.count).collect();
    let colours = bars.iter().map(|bar| palette::css(bar.colour));
    let mut plot = Plot::new();
    plot.add_trace(
        Bar::new(middles, counts)
            .width(bars[0].to - bars[0].from)
            .text_array(bars.iter().map(|bar| bar.text.clone()).collect::<Vec<_>>())
            .text_position(plotly::common::TextPosition::None)
            .hover_template("%{text}<br>ids: %{y:,}<extra></extra>")
            .marker(
                Marker::new()
                    .color_array(colours.collect::<Vec<_>>())
                    .line(Line::new().color(palette::css(palette::PAPER)).width(1.0)),
            ),
    );
    let marks = words::marks(delay);
    let lines = marks.iter().zip(histogram::LINES).zip(palette::LINES);
    let shapes = lines.clone().map(|(((at, _), height), colour)| {
        Shape::new()
            .shape_type(ShapeType::Line)
            .x0(*at)
            .x1(*at)
            .y0(0)
            .y1(highest * height)
            .line(ShapeLine::new().color(palette::css(colour)).width(2.0))
    });
    let labels = lines.map(|(((at, label), height), _)| {
        Annotation::new()
            .text(label)
            .x(*at)
            .y(highest * height)
            .x_anchor(Anchor::Left)
            .y_anchor(Anchor::Middle)
            .x_shift(4.0)
            .background_color(palette::css(palette::PAPER))
            .border_pad(1.0)
            .show_arrow(false)
    });
    plot.set_layout(
        super::layout()
            .shapes(shapes.collect())
            .annotations(labels.collect())
            .x_axis(
                axis(words::DELAY, histogram::range(&bars, &marks))
                    .tick_format(",")
                    .show_grid(false),
            )
            .y_axis(whole_axis(words::IDS, 0.0..highest * histogram::TOP, 8)),
    );
    plot.set_configuration(super::configuration());
    plot
}
