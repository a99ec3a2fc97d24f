//! Pictures as SVG. They use the viewer's fonts.

pub(crate) mod delay;
pub(crate) mod timestamps;

use std::io::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::{palette, words};

/// An SVG being drawn.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<Error>>;

const FONT: &str = "Helvetica, Arial, sans-serif";

pub(crate) const WIDTH: u32 = 1100;

/// Left edge of titles.
pub(crate) const LEFT: i32 = 24;

pub(crate) fn svg(height: u32, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)
        .and_then(|()| draw(&area))
        .and_then(|()| area.present())
        .expect("a text takes whatever is written to it");
    drop(area);
    darkened(&svg)
}

/// Adds the colours of [`palette::DARK`] for viewers in dark mode. White text is on a coloured
/// background and stays as it is.
fn darkened(svg: &str) -> String {
    let rules = palette::DARK.map(|(light, dark)| {
        let light = palette::css(light).to_uppercase();
        let dark = palette::css(dark);
        let text = if light == "#FFFFFF" { ":not(text)" } else { "" };
        format!("{text}[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
    });
    let style = format!(
        "<style>@media (prefers-color-scheme:dark){{{}}}</style>\n",
        rules.concat()
    );
    let head = svg.find('>').map_or(0, |end| end + 1);
    format!("{}\n{style}{}", &svg[..head], &svg[head..].trim_start())
}

/// Height of the title and the lines below it.
pub(crate) const HEAD: u32 = 96;

/// A title and, below it, two lines.
pub(crate) fn head(area: &Area<'_>, title: &str, lines: [String; 2]) -> Drawn {
    let bold = bold(27, palette::TEXT);
    area.draw(&Text::new(title.to_owned(), (LEFT, 14), bold))?;
    for (line, top) in lines.into_iter().zip([44, 66]) {
        area.draw(&Text::new(line, (LEFT, top), text(18, palette::QUIET)))?;
    }
    Ok(())
}

/// A message in place of data.
pub(crate) fn draw_message(area: &Area<'_>, words: &str) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let middle = (width as i32 / 2, height as i32 / 2);
    let centred = text(18, palette::QUIET).pos(Pos::new(HPos::Center, VPos::Center));
    area.draw(&Text::new(words.to_owned(), middle, centred))
}

/// A text style of this size, which is 1.24 times the height of its letters in pixels.
pub(crate) fn text(size: i32, of: u32) -> TextStyle<'static> {
    (FONT, size).into_font().color(&colour(of))
}

fn bold(size: i32, of: u32) -> TextStyle<'static> {
    let font = (FONT, size).into_font().style(FontStyle::Bold);
    font.color(&colour(of))
}

pub(crate) const fn colour(of: u32) -> RGBColor {
    let [_, red, green, blue] = of.to_be_bytes();
    RGBColor(red, green, blue)
}

/// The number, if it is an integer: there is nothing between two ids or counts.
fn whole(number: f64) -> String {
    if number.fract() == 0.0 {
        words::whole(number)
    } else {
        String::new()
    }
}

/// A number without trailing zeros; three decimals suffice.
fn short(number: f64) -> String {
    if number.fract() == 0.0 {
        return words::whole(number);
    }
    let number = format!("{number:.3}");
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}
