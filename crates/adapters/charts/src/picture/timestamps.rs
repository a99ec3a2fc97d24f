//! The picture of the time series: a panel per topic, stacked over a common time axis.

use pipeline_domain::analysis::Analysis;
use plotters::prelude::*;

use super::{Area, Drawn, HEAD, WIDTH, bold, colour, draw_message, head, short, text, whole};
use crate::series::Series;
use crate::{palette, series, words};

const PANEL: u32 = 170;
const FOOT: u32 = 52;

/// Points per series in a picture: as many as can be distinguished.
const POINTS: usize = 2_000;

pub(crate) fn svg(analysis: &Analysis) -> String {
    let series = series::all(analysis, POINTS);
    super::svg(HEAD + 4 * PANEL + FOOT, |area| {
        let context = words::CONTEXT.to_owned();
        let sample = words::sample(analysis).unwrap_or_default();
        let lines = [words::counts(analysis), format!("{context} {sample}")];
        head(area, words::TIMESTAMPS, lines)?;
        for at in 0..series.len() {
            panel(area, &series, at)?;
        }
        Ok(())
    })
}

fn panel(area: &Area<'_>, all: &[Series], at: usize) -> Drawn {
    let series = &all[at];
    let last = at + 1 == all.len();
    let foot = if last { FOOT } else { 0 };
    let area = area
        .clone()
        .shrink((0, HEAD + at as u32 * PANEL), (WIDTH, PANEL + foot));
    let ids = series::ids(all);
    let digits = [ids.start, ids.end].map(|id| words::whole(id).len());
    let left = 30 + 8 * digits[0].max(digits[1]) as u32;
    let mut chart = ChartBuilder::on(&area)
        .margin_left(16)
        .margin_right(24)
        .margin_top(26)
        .margin_bottom(8)
        .x_label_area_size(foot)
        .y_label_area_size(left)
        .build_cartesian_2d(series::seconds(all), ids.clone())?;
    chart
        .configure_mesh()
        .x_labels(11)
        .y_labels(series::ticks(&ids, 5))
        .x_max_light_lines(1)
        .y_max_light_lines(1)
        .bold_line_style(colour(palette::GRID))
        .axis_style(colour(palette::AXIS))
        .label_style(text(16, palette::TEXT))
        .axis_desc_style(text(17, palette::TEXT))
        .x_label_formatter(&|seconds| short(*seconds))
        .y_label_formatter(&|id| whole(*id))
        .x_desc(if last { words::TIME } else { "" })
        .y_desc(words::ID)
        .draw()?;
    let radius = if all.iter().all(|series| series.points.len() <= 300) {
        3
    } else {
        2
    };
    let dots = |series: &Series, radius: i32, of: u32| -> Vec<_> {
        let style = colour(of).filled();
        let points = series.points.iter();
        points
            .map(|point| Circle::new((point.seconds, point.id as f64), radius, style))
            .collect()
    };
    for (_, other) in all.iter().enumerate().filter(|(other, _)| *other != at) {
        chart.draw_series(dots(other, radius - 1, palette::CONTEXT))?;
    }
    chart.draw_series(dots(series, radius, series.colour))?;
    let title = bold(18, series.colour);
    area.draw(&Text::new(
        series.title.clone(),
        (16 + left as i32, 6),
        title,
    ))?;
    if series.points.is_empty() {
        draw_message(&area, words::NO_EVENTS)?;
    }
    Ok(())
}
