//! The page for browsers: the same charts to zoom into, with the script that draws them.

mod delay;
mod timestamps;

use std::fmt::Write;
use std::ops::Range;

use pipeline_domain::analysis::Analysis;
use plotly::common::{Font, Title};
use plotly::layout::{Axis, AxisRange, HoverMode, Margin};
use plotly::{Configuration, Layout, Plot};

use crate::{histogram, palette, series, words};

/// A browser that reads this loads nothing, whatever else the page says.
pub(crate) const NOTHING: &str = "default-src 'none'; script-src 'unsafe-inline'; \
                       style-src 'unsafe-inline'; img-src data: blob:";

pub(crate) fn html(analysis: &Analysis) -> String {
    let delays = match &analysis.delay {
        Some(delay) => {
            let open = histogram::open(&histogram::bars(delay)).unwrap_or_default();
            format!(
                "<p>{} {open}</p>\n<div class=\"chart\"><div class=\"delay\">{}</div></div>",
                words::delay_range(delay),
                delay::plot(delay).to_inline_html(Some("delay")),
            )
        }
        None => format!("<p>{}</p>", words::NO_DELAY),
    };
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{NOTHING}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Analysis of the pipeline</title>
<style>
{style}</style>
{script}
</head>
<body>
<h1>Analysis of the pipeline</h1>
<p>{counts}{sample}</p>
{tables}
<h2>{timestamps_title}</h2>
<p>Each point is an event: its id, and when it was created. {context} Drag to zoom, click twice to go back, click a topic in the legend to hide it.</p>
<div class="timestamps">{timestamps}</div>
<h2>{delay_title}</h2>
{delays}
</body>
</html>
"#,
        style = include_str!("page.css"),
        script = script(),
        counts = words::counts(analysis),
        sample = words::sample(analysis).map_or(String::new(), |text| format!(" {text}")),
        tables = tables(analysis),
        timestamps_title = words::TIMESTAMPS,
        context = words::CONTEXT,
        timestamps = timestamps::plot(analysis).to_inline_html(Some("timestamps")),
        delay_title = words::delay_title(analysis.delay.as_ref()),
    )
}

/// The script of the charts. The one for formulas that comes behind it is left out: there are none.
pub(crate) fn script() -> String {
    let mut scripts = Plot::offline_js_sources();
    const END: &str = "</script>";
    let first = scripts.find(END).expect("the first script has an end");
    scripts.truncate(first + END.len());
    scripts
}

fn tables(analysis: &Analysis) -> String {
    let counts = &analysis.counts;
    let mut rows: Vec<(String, String)> = words::names()
        .into_iter()
        .zip(counts.events.into_iter().chain([counts.acknowledgements]))
        .map(|(topic, count)| (topic, words::grouped(count)))
        .collect();
    rows.push((
        "repeated on ack".to_owned(),
        words::grouped(counts.repeated),
    ));
    let mut tables = table("Events", &rows);
    if let Some(delay) = &analysis.delay {
        let whole = |delay: i64| words::milliseconds(delay as f64);
        let rows = [
            ("shortest", whole(delay.shortest())),
            ("median", words::milliseconds(delay.median())),
            ("95th percentile", whole(delay.percentile(0.95))),
            ("99th percentile", whole(delay.percentile(0.99))),
            ("longest", whole(delay.longest())),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        tables += &table("Delay", &rows);
    }
    format!("<div class=\"tables\">\n{tables}</div>")
}

fn table(caption: &str, rows: &[(String, String)]) -> String {
    let mut table = format!("<table>\n<caption>{caption}</caption>\n<tbody>\n");
    for (name, value) in rows {
        let _ = writeln!(
            table,
            "<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"
        );
    }
    table + "</tbody>\n</table>\n"
}

pub(crate) fn layout() -> Layout {
    Layout::new()
        .font(font(14, palette::TEXT))
        .paper_background_color(palette::css(0xffffff))
        .plot_background_color(palette::css(0xffffff))
        .hover_mode(HoverMode::Closest)
        .margin(Margin::new().left(80).right(24).top(40).bottom(60))
}

pub(crate) fn configuration() -> Configuration {
    Configuration::new().responsive(true).display_logo(false)
}

pub(crate) fn axis(title: &str, range: Range<f64>) -> Axis {
    Axis::new()
        .title(Title::with_text(title).font(font(14, palette::TEXT)))
        .range(AxisRange::new(range.start, range.end))
        .grid_color(palette::css(palette::GRID))
        .line_color(palette::css(palette::AXIS))
        .show_line(true)
        .zero_line(false)
        .auto_margin(true)
}

/// An axis of whole numbers: between two of them there is no tick.
fn whole_axis(title: &str, range: Range<f64>, ticks: usize) -> Axis {
    let ticks = series::ticks(&range, ticks);
    axis(title, range).tick_format(",d").n_ticks(ticks)
}

fn font(size: usize, colour: u32) -> Font {
    Font::new()
        .family("Helvetica, Arial, sans-serif")
        .size(size)
        .color(palette::css(colour))
}
