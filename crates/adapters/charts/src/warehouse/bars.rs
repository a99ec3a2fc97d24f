//! Departments above the mean: a bar per department, the one with the most hires first.

use plotly::common::{Marker, Orientation};
use plotly::layout::{Axis, Margin};
use plotly::{Bar, Plot};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use warehouse_domain::report::DepartmentHires;

use super::{NOTHING, escaped, names_axis, shortened};
use crate::picture::{self, Drawn, HEAD, LEFT, WIDTH, draw_message, head, text};
use crate::{page, palette};

/// Height of a bar including its gap, in pixels.
const ROW: usize = 34;

pub(super) fn plot(lines: &[DepartmentHires]) -> Plot {
    // With the id, because two departments may share a name.
    let names = lines
        .iter()
        .map(|line| format!("{} ({})", escaped(&line.department), line.id));
    let hired = lines.iter().map(|line| line.hired);
    let mut plot = Plot::new();
    plot.add_trace(
        Bar::new(hired.collect(), names.collect::<Vec<_>>())
            .orientation(Orientation::Horizontal)
            .name("hires")
            .marker(Marker::new().color(palette::css(palette::BARS))),
    );
    plot.set_layout(
        page::layout()
            .height(160 + ROW * lines.len())
            .margin(Margin::new().left(260).right(24).top(40).bottom(60))
            .y_axis(names_axis(lines.len()))
            .x_axis(Axis::new().title("Hires").tick_format(",d")),
    );
    plot.set_configuration(page::configuration());
    plot
}

pub(super) fn svg(title: &str, lines: &[DepartmentHires]) -> String {
    let height = HEAD as usize + 40 + ROW * lines.len().max(3);
    picture::svg(u32::try_from(height).unwrap_or(u32::MAX), |area| {
        let counts = format!("{} departments", lines.len());
        head(area, title, [counts, String::new()])?;
        if lines.is_empty() {
            return draw_message(area, NOTHING);
        }
        draw(area, lines)
    })
}

fn draw(area: &picture::Area<'_>, lines: &[DepartmentHires]) -> Drawn {
    let most = lines
        .iter()
        .map(|line| line.hired)
        .max()
        .unwrap_or(1)
        .max(1);
    let (left, top, row) = (360, HEAD as i32 + 10, ROW as i32);
    let width = WIDTH as i32 - left - LEFT - 90;
    for (at, line) in lines.iter().enumerate() {
        let y = top + row * at as i32;
        let name = format!("{} ({})", shortened(&line.department, 36), line.id);
        let right = text(16, palette::TEXT).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(name, (left - 10, y + row / 2), right))?;
        let end = left + (f64::from(width) * line.hired as f64 / most as f64) as i32;
        let fill = picture::colour(palette::BARS).filled();
        area.draw(&Rectangle::new([(left, y + 4), (end, y + row - 4)], fill))?;
        let beside = text(16, palette::TEXT).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(
            line.hired.to_string(),
            (end + 8, y + row / 2),
            beside,
        ))?;
    }
    Ok(())
}
