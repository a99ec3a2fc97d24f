//! Hires by department, job and quarter: a row per department and job, a column per quarter.

use plotly::common::{ColorScale, ColorScaleElement};
use plotly::layout::{Axis, AxisType, Margin};
use plotly::{HeatMap, Plot};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use warehouse_domain::report::QuarterHires;

use super::{NOTHING, escaped, names_axis, shortened};
use crate::picture::{self, Drawn, HEAD, LEFT, WIDTH, draw_message, head, text};
use crate::{page, palette};

/// Height of a row, in pixels.
const ROW: usize = 22;

const QUARTERS: [&str; 4] = ["Q1", "Q2", "Q3", "Q4"];

/// The darkest colour; no hires is white.
const MOST: u32 = 0x0072b2;

pub(super) fn plot(lines: &[QuarterHires]) -> Plot {
    let names = lines.iter().map(|line| {
        let (department, job) = (escaped(&line.department), escaped(&line.job));
        format!("{department} · {job}")
    });
    let hired = lines.iter().map(|line| line.hired.to_vec());
    let mut plot = Plot::new();
    plot.add_trace(
        HeatMap::new(
            QUARTERS.map(str::to_owned).to_vec(),
            names.collect::<Vec<_>>(),
            hired.collect::<Vec<_>>(),
        )
        .color_scale(ColorScale::Vector(vec![
            ColorScaleElement(0.0, palette::css(palette::PAPER)),
            ColorScaleElement(1.0, palette::css(MOST)),
        ]))
        .name("hires"),
    );
    plot.set_layout(
        page::layout()
            .height(160 + ROW * lines.len())
            .margin(Margin::new().left(360).right(24).top(40).bottom(60))
            .y_axis(names_axis(lines.len()))
            .x_axis(Axis::new().type_(AxisType::Category)),
    );
    plot.set_configuration(page::configuration());
    plot
}

pub(super) fn svg(title: &str, lines: &[QuarterHires]) -> String {
    let height = HEAD as usize + 60 + ROW * lines.len().max(3);
    picture::svg(u32::try_from(height).unwrap_or(u32::MAX), |area| {
        let total: u64 = lines.iter().flat_map(|line| line.hired).sum();
        let counts = format!("{total} hires in {} lines", lines.len());
        head(area, title, [counts, String::new()])?;
        if lines.is_empty() {
            return draw_message(area, NOTHING);
        }
        draw(area, lines)
    })
}

fn draw(area: &picture::Area<'_>, lines: &[QuarterHires]) -> Drawn {
    let most = lines
        .iter()
        .flat_map(|line| line.hired)
        .max()
        .unwrap_or(1)
        .max(1);
    let (left, top, row) = (460, HEAD as i32 + 24, ROW as i32);
    let width = (WIDTH as i32 - left - LEFT) / 4;
    let centred = |colour| text(15, colour).pos(Pos::new(HPos::Center, VPos::Center));
    for (quarter, name) in QUARTERS.into_iter().enumerate() {
        let middle = left + width * quarter as i32 + width / 2;
        area.draw(&Text::new(
            name,
            (middle, top - 14),
            centred(palette::QUIET),
        ))?;
    }
    for (at, line) in lines.iter().enumerate() {
        let y = top + row * at as i32;
        let name = format!(
            "{} · {}",
            shortened(&line.department, 28),
            shortened(&line.job, 28)
        );
        let style = text(15, palette::TEXT).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(name, (left - 10, y + row / 2), style))?;
        for (quarter, hired) in line.hired.into_iter().enumerate() {
            let x = left + width * quarter as i32;
            let share = hired as f64 / most as f64;
            let fill = picture::colour(MOST).mix(share).filled();
            area.draw(&Rectangle::new(
                [(x, y), (x + width - 2, y + row - 2)],
                fill,
            ))?;
            let ink = if share > 0.6 { 0xffffff } else { palette::TEXT };
            let middle = (x + width / 2, y + row / 2);
            area.draw(&Text::new(hired.to_string(), middle, centred(ink)))?;
        }
    }
    Ok(())
}
