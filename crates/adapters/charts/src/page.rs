//! The interactive page: the same charts with zoom, including the script that draws them.

mod delay;
mod timestamps;

use std::fmt::Write;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pipeline_domain::analysis::Analysis;
use plotly::common::{Font, Title};
use plotly::layout::{Axis, AxisRange, HoverMode, Margin};
use plotly::{Configuration, Layout, Plot};

use crate::{histogram, palette, series, words};

/// A content security policy under which a browser loads nothing, whatever the page contains.
const NOTHING: &str = "default-src 'none'; script-src 'unsafe-inline'; \
                       style-src 'unsafe-inline'; img-src data: blob:";

/// The compressed chart script: the cartesian build of plotly.js, which covers all charts here.
const PLOTLY: &[u8] = include_bytes!("page/plotly-cartesian-3.0.1.min.js.gz");

pub(crate) fn html(analysis: &Analysis) -> String {
    let delays = match &analysis.delay {
        Some(delay) => {
            let open = histogram::open(&histogram::bars(delay)).unwrap_or_default();
            let text = words::delay_range(delay);
            format!(
                "<p>{text} {open}</p>\n{}",
                chart("delay", &delay::plot(delay))
            )
        }
        None => format!("<p>{}</p>", words::NO_DELAY),
    };
    let notes = [words::span(analysis), words::sample(analysis)];
    let notes: String = notes
        .into_iter()
        .flatten()
        .map(|note| format!(" {note}"))
        .collect();
    let body = format!(
        r#"<p>{counts}{notes}</p>
{tables}
<h2>{timestamps_title}</h2>
<p>Each point is an event: its id, and when it was created. {context} Drag to zoom, click twice to go back, click a topic in the legend to hide it.</p>
{timestamps}
<h2>{delay_title}</h2>
{delays}"#,
        counts = words::counts(analysis),
        tables = tables(analysis),
        timestamps_title = words::TIMESTAMPS,
        context = words::CONTEXT,
        timestamps = chart("timestamps", &timestamps::plot(analysis)),
        delay_title = words::delay_title(analysis.delay.as_ref()),
    );
    document("Analysis of the pipeline", &body)
}

/// A page that loads nothing; it contains what its charts need. Light or dark.
pub(crate) fn document(title: &str, body: &str) -> String {
    let dark: Vec<_> = palette::DARK
        .iter()
        .map(|(light, dark)| format!("\"{}\":\"{}\"", palette::css(*light), palette::css(*dark)))
        .collect();
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{NOTHING}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
<script type="application/json" id="dark">{{{dark}}}</script>
<script type="application/gzip" id="plotly">{plotly}</script>
<script>
{script}</script>
</body>
</html>
"#,
        style = include_str!("page.css"),
        dark = dark.join(","),
        plotly = STANDARD.encode(PLOTLY),
        script = include_str!("page/draw.js"),
    )
}

/// A chart and its container, whose class is `name`.
pub(crate) fn chart(name: &str, plot: &Plot) -> String {
    // A `<` in a name could end the script element.
    let plot = plot.to_json().replace('<', "\\u003c");
    format!(
        "<div class=\"chart\"><div class=\"{name}\" id=\"{name}\"></div></div>\n\
         <script type=\"application/json\" class=\"plot\" data-of=\"{name}\">{plot}</script>"
    )
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
        .paper_background_color(palette::css(palette::PAPER))
        .plot_background_color(palette::css(palette::PAPER))
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

/// An axis of integers: no ticks between two of them.
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
