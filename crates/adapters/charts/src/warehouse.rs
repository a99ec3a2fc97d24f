//! The reports of the data warehouse.

mod bars;
mod heat_map;

use plotly::Plot;
use plotly::layout::{Axis, AxisRange, AxisType};
use warehouse_domain::report::{DepartmentHires, QuarterHires};
use warehouse_ports::Charts;

use crate::page;

/// A heat map of hires by department, job and quarter, and bars of departments above the mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct HiringCharts;

impl Charts for HiringCharts {
    fn quarters_page(&self, year: u16, lines: &[QuarterHires]) -> String {
        let plot = (!lines.is_empty()).then(|| heat_map::plot(lines));
        html(&quarters_title(year), plot)
    }

    fn quarters_picture(&self, year: u16, lines: &[QuarterHires]) -> String {
        heat_map::svg(&quarters_title(year), lines)
    }

    fn departments_page(&self, year: u16, lines: &[DepartmentHires]) -> String {
        let plot = (!lines.is_empty()).then(|| bars::plot(lines));
        html(&departments_title(year), plot)
    }

    fn departments_picture(&self, year: u16, lines: &[DepartmentHires]) -> String {
        bars::svg(&departments_title(year), lines)
    }
}

const NOTHING: &str = "Nobody was hired in this year.";

fn quarters_title(year: u16) -> String {
    format!("Hires of {year} by department, job and quarter")
}

fn departments_title(year: u16) -> String {
    format!("Departments that hired more than the mean in {year}")
}

fn html(title: &str, plot: Option<Plot>) -> String {
    let body = match plot {
        Some(plot) => page::chart("hires", &plot),
        None => format!("<p>{NOTHING}</p>"),
    };
    page::document(title, &body)
}

/// An axis with the first name at the top; names that look like numbers stay names.
fn names_axis(count: usize) -> Axis {
    Axis::new()
        .type_(AxisType::Category)
        .range(AxisRange::new(count as f64 - 0.5, -0.5))
        .auto_margin(true)
}

/// Escapes a name for plotly, which interprets some HTML. What a spreadsheet would take for a
/// formula is harmless here.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Shortens a name to fit its place in a picture.
fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let kept: String = name.chars().take(most - 1).collect();
    format!("{kept}…")
}
