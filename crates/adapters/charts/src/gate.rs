//! The page of the realism gate.

use std::fmt::Write;

use emulator_gate::{Report, Verdict};
use plotly::common::{DashType, ErrorData, ErrorType, Line, LineShape, Marker, Mode};
use plotly::layout::{HoverMode, Legend};
use plotly::{Layout, Plot, Scatter};

use crate::{page, palette, words};

/// The table and its charts; light or dark, following the reader's system.
pub fn gate_page(report: &Report) -> String {
    let [one, other] = report
        .payments
        .map(|payments| words::grouped(payments as u64));
    let mut charts = chart(
        "week",
        "Honest payments by hour of the week",
        "People's own clocks, Monday to Sunday, beside what is declared.",
        week(report),
    );
    charts += &chart(
        "curves",
        "What boosted trees find",
        "Frauds that are found, for each share of honest payments that are taken for fraud. On the \
         diagonal nothing is found: there ids, order and digits have to be.",
        curves(report),
    );
    if !report.dial.is_empty() {
        charts += &chart(
            "dial",
            "The dial",
            "The area under that curve by the difficulty that is set, with intervals of 95 %.",
            dial(report),
        );
    }
    let body = format!(
        "<p>{one} payments, {frauds} of them fraud, and {other} of another seed with other people and \
         shops.</p>\n<div class=\"chart\">{table}</div>\n{charts}",
        frauds = words::grouped(report.frauds as u64),
        table = table(report),
    );
    page::document(&format!("The realism gate: {}", report.world.name()), &body)
}

fn table(report: &Report) -> String {
    let mut table = String::from(
        "<table class=\"gate\">\n<thead><tr><th scope=\"col\">measure</th><th scope=\"col\">value</th>\
         <th scope=\"col\">bound</th><th scope=\"col\">verdict</th><th scope=\"col\"></th></tr></thead>\n<tbody>\n",
    );
    for row in &report.rows {
        let verdict = row.verdict();
        let class = if verdict == Verdict::Fails {
            " class=\"fails\""
        } else {
            ""
        };
        let _ = writeln!(
            table,
            "<tr{class}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{verdict}</td><td>{}</td></tr>",
            row.measure,
            row.outcome,
            row.bound,
            row.note(),
        );
    }
    table + "</tbody>\n</table>\n"
}

fn chart(id: &str, title: &str, text: &str, plot: Plot) -> String {
    let chart = page::chart(id, &plot);
    format!("<h2>{title}</h2>\n<p>{text}</p>\n{chart}\n")
}

fn week(report: &Report) -> Plot {
    let hours: Vec<f64> = (0..report.week.len()).map(|hour| hour as f64).collect();
    let percent = |share: fn(&(f64, f64)) -> f64| {
        report
            .week
            .iter()
            .map(move |cell| share(cell) * 100.0)
            .collect::<Vec<_>>()
    };
    let mut plot = Plot::new();
    plot.add_trace(line(hours.clone(), percent(|cell| cell.0), "found", 0));
    let declared = line(hours, percent(|cell| cell.1), "declared", 1);
    plot.add_trace(declared.line(style(1).dash(DashType::Dot)));
    let most = percent(|cell| cell.0.max(cell.1))
        .into_iter()
        .fold(0.0, f64::max);
    finish(
        plot,
        page::layout()
            .hover_mode(HoverMode::XUnified)
            .x_axis(page::axis("hour of the week", 0.0..168.0).dtick(24.0))
            .y_axis(page::axis("share of payments, %", 0.0..most * 1.1)),
    )
}

fn curves(report: &Report) -> Plot {
    let mut plot = Plot::new();
    for (number, (name, points)) in report.curves.iter().enumerate() {
        let (honest, frauds) = points.iter().copied().unzip();
        plot.add_trace(line(honest, frauds, name, number));
    }
    finish(
        plot,
        page::layout()
            .x_axis(page::axis("honest payments taken for fraud", 0.0..1.0))
            .y_axis(page::axis("frauds found", 0.0..1.0)),
    )
}

fn dial(report: &Report) -> Plot {
    let settings = report.dial.iter();
    let difficulties = settings.clone().map(|setting| setting.difficulty).collect();
    let areas = settings.clone().map(|setting| setting.area.value).collect();
    let above = settings
        .clone()
        .map(|setting| setting.area.high - setting.area.value);
    let below = settings.map(|setting| setting.area.value - setting.area.low);
    let error = ErrorData::new(ErrorType::Data)
        .symmetric(false)
        .array(above.collect())
        .array_minus(below.collect());
    let mut plot = Plot::new();
    plot.add_trace(
        Scatter::new(difficulties, areas)
            .mode(Mode::LinesMarkers)
            .name("AUC")
            .marker(Marker::new().color(palette::css(palette::BARS)).size(9))
            .error_y(error),
    );
    finish(
        plot,
        page::layout()
            .x_axis(page::axis("difficulty", -0.05..1.05))
            .y_axis(page::axis("AUC", 0.4..1.0)),
    )
}

fn line(x: Vec<f64>, y: Vec<f64>, name: &str, number: usize) -> Box<Scatter<f64, f64>> {
    Scatter::new(x, y)
        .mode(Mode::Lines)
        .name(name)
        .line(style(number))
}

/// Colours that are visible on white and on black.
fn style(number: usize) -> Line {
    const COLOURS: [u32; 3] = [palette::BARS, palette::SERIES[1], palette::SERIES[2]];
    Line::new()
        .color(palette::css(COLOURS[number]))
        .width(2.0)
        .shape(LineShape::Linear)
}

fn finish(mut plot: Plot, layout: Layout) -> Plot {
    plot.set_layout(
        layout.legend(
            Legend::new()
                .x(0.0)
                .y(1.15)
                .orientation(plotly::common::Orientation::Horizontal),
        ),
    );
    plot.set_configuration(page::configuration());
    plot
}
