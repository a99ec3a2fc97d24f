//! The picture of the delays: a histogram with median, 95th and 99th percentile.

use pipeline_domain::analysis::{Analysis, Delay};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, Drawn, HEAD, WIDTH, colour, draw_message, head, short, text, whole};
use crate::histogram::Bar;
use crate::{histogram, palette, series, words};

const HEIGHT: u32 = 540;

pub(crate) fn svg(analysis: &Analysis) -> String {
    super::svg(HEIGHT, |area| {
        let title = words::delay_title(analysis.delay.as_ref());
        let Some(delay) = &analysis.delay else {
            head(area, &title, [words::counts(analysis), String::new()])?;
            return draw_message(area, words::NO_DELAY);
        };
        let bars = histogram::bars(delay);
        let notes = histogram::open(&bars).into_iter();
        let notes: Vec<_> = notes.chain(words::sample(analysis)).collect();
        head(area, &title, [words::delay_range(delay), notes.join(" ")])?;
        chart(area, delay, &bars)
    })
}

fn chart(area: &Area<'_>, delay: &Delay, bars: &[Bar]) -> Drawn {
    let marks = words::marks(delay);
    let counts = 0.0..histogram::highest(bars) * histogram::TOP;
    let area = area.clone().shrink((0, HEAD), (WIDTH, HEIGHT - HEAD));
    let mut chart = ChartBuilder::on(&area)
        .margin_left(16)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(52)
        .y_label_area_size(76)
        .build_cartesian_2d(histogram::range(bars, &marks), counts.clone())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(12)
        .y_labels(series::ticks(&counts, 8))
        .y_max_light_lines(1)
        .bold_line_style(colour(palette::GRID))
        .axis_style(colour(palette::AXIS))
        .label_style(text(16, palette::TEXT))
        .axis_desc_style(text(17, palette::TEXT))
        .x_label_formatter(&|delay| short(*delay))
        .y_label_formatter(&|count| whole(*count))
        .x_desc(words::DELAY)
        .y_desc(words::IDS)
        .draw()?;
    chart.draw_series(bars.iter().filter(|bar| bar.count > 0).flat_map(|bar| {
        let corners = [(bar.from, 0.0), (bar.to, bar.count as f64)];
        [
            Rectangle::new(corners, colour(bar.colour).filled()),
            Rectangle::new(corners, WHITE.stroke_width(1)),
        ]
    }))?;
    for (((at, label), height), of) in marks.into_iter().zip(histogram::LINES).zip(palette::LINES) {
        let top = histogram::highest(bars) * height;
        let line = PathElement::new([(at, 0.0), (at, top)], colour(of).stroke_width(2));
        let beside = text(17, palette::TEXT).pos(Pos::new(HPos::Left, VPos::Center));
        // Roughly the width of the text, so that no grid line crosses it.
        let width = 8 * label.len() as i32;
        let label = EmptyElement::at((at, top))
            + Rectangle::new([(5, -4), (5 + width, 12)], WHITE.filled())
            + Text::new(label, (7, 4), beside);
        chart.draw_series([line])?;
        chart.draw_series([label])?;
    }
    Ok(())
}
