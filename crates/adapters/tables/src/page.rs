//! The profile as a PDF for people.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

use crate::column::{ColumnProfile, NumbersProfile, TableProfile};

// A4, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 40.0;
/// Height of a column's block on the page.
const BLOCK: f32 = 92.0;
/// Left edge of a column's chart.
const CHART: f32 = 330.0;
const CHART_HEIGHT: f32 = 52.0;
/// Bars of a histogram.
const BINS: usize = 24;
/// Bars of frequent values.
const BARS: usize = 5;

const REGULAR: Name<'_> = Name(b"F1");
const BOLD: Name<'_> = Name(b"F2");

// Colours: black for what matters, grey for explanations, blue for data.
const TEXT: [f32; 3] = [0.11, 0.12, 0.14];
const QUIET: [f32; 3] = [0.42, 0.45, 0.5];
const DATA: [f32; 3] = [0.16, 0.42, 0.75];
const RULE: [f32; 3] = [0.87, 0.88, 0.9];

/// Lays the profile out on as many pages as it takes.
pub(crate) fn pdf(profile: &TableProfile) -> Vec<u8> {
    let per_page = ((HEIGHT - 2.0 * MARGIN - 40.0) / BLOCK) as usize;
    let mut pages: Vec<_> = profile.columns.chunks(per_page).collect();
    if pages.is_empty() {
        pages.push(&[]);
    }
    let mut pdf = Pdf::new();
    let mut next = 0;
    let mut fresh = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, regular, bold) = (fresh(), fresh(), fresh(), fresh());
    pdf.catalog(catalog).pages(tree);
    for (font, base) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
        pdf.type1_font(font)
            .base_font(Name(base.as_bytes()))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let ids: Vec<_> = pages.iter().map(|_| (fresh(), fresh())).collect();
    pdf.pages(tree)
        .kids(ids.iter().map(|(page, _)| *page))
        .count(ids.len() as i32);
    for (number, ((id, content), columns)) in (1..).zip(ids.iter().zip(&pages)) {
        let mut page = pdf.page(*id);
        page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT))
            .parent(tree)
            .contents(*content);
        page.resources()
            .fonts()
            .pair(REGULAR, regular)
            .pair(BOLD, bold);
        page.finish();
        let drawn = draw(profile, columns, number, pages.len());
        pdf.stream(*content, &drawn);
    }
    pdf.finish()
}

fn draw(profile: &TableProfile, columns: &[ColumnProfile], number: usize, of: usize) -> Vec<u8> {
    let mut page = Page(Content::new());
    let title = format!("{} rows, {} columns", profile.rows, profile.columns.len());
    page.text(MARGIN, HEIGHT - MARGIN - 12.0, 16.0, BOLD, TEXT, &title);
    let pages = format!("page {number} of {of}");
    page.text(
        WIDTH - MARGIN - 60.0,
        HEIGHT - MARGIN - 12.0,
        9.0,
        REGULAR,
        QUIET,
        &pages,
    );
    let mut top = HEIGHT - MARGIN - 40.0;
    for column in columns {
        page.column(column, profile.rows, top);
        top -= BLOCK;
    }
    page.0.finish().to_vec()
}

struct Page(Content);

impl Page {
    fn text(&mut self, x: f32, y: f32, size: f32, font: Name<'_>, colour: [f32; 3], text: &str) {
        let [red, green, blue] = colour;
        // The fonts built into every reader cover Latin letters only.
        let latin: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .map(|byte| if byte < 0x20 { b' ' } else { byte })
            .collect();
        self.0
            .begin_text()
            .set_fill_rgb(red, green, blue)
            .set_font(font, size)
            .next_line(x, y)
            .show(Str(&latin))
            .end_text();
    }

    fn bar(&mut self, x: f32, y: f32, width: f32, height: f32, colour: [f32; 3]) {
        let [red, green, blue] = colour;
        self.0
            .set_fill_rgb(red, green, blue)
            .rect(x, y, width, height)
            .fill_nonzero();
    }

    fn column(&mut self, column: &ColumnProfile, rows: u64, top: f32) {
        self.bar(MARGIN, top, WIDTH - 2.0 * MARGIN, 0.6, RULE);
        let name = shortened(&column.name, 42);
        self.text(MARGIN, top - 16.0, 11.0, BOLD, TEXT, &name);
        let share = |part: u64| 100.0 * part as f64 / rows.max(1) as f64;
        let mut lines = vec![format!(
            "{}, about {} distinct, {} null ({:.1} %)",
            column.kind,
            column.distinct,
            column.nulls,
            share(column.nulls)
        )];
        match (&column.numbers, &column.lengths) {
            (Some(numbers), _) => lines.extend(in_words(numbers)),
            (None, Some(lengths)) => lines.push(format!(
                "{} to {} characters",
                lengths.shortest, lengths.longest
            )),
            (None, None) => {}
        }
        if column.kinds.len() > 1 {
            let kinds = column.kinds.iter();
            let kinds: Vec<_> = kinds
                .map(|(name, count)| format!("{count} {name}"))
                .collect();
            lines.push(format!("values look like: {}", kinds.join(", ")));
        }
        for (number, line) in (0u8..).zip(&lines) {
            let y = top - 30.0 - 12.0 * f32::from(number);
            self.text(MARGIN, y, 8.5, REGULAR, QUIET, &shortened(line, 66));
        }
        match &column.numbers {
            Some(numbers) => self.histogram(numbers, top - 12.0),
            None => self.frequent(column, rows, top - 12.0),
        }
    }

    /// A histogram between the 1st and 99th percentile.
    fn histogram(&mut self, numbers: &NumbersProfile, top: f32) {
        let at = |rank| numbers.digest.quantile(rank).ok().flatten();
        let (Some(low), Some(high)) = (at(0.01), at(0.99)) else {
            return;
        };
        let base = top - CHART_HEIGHT;
        let width = (WIDTH - MARGIN - CHART) / BINS as f32;
        let splits: Vec<f64> = (1..BINS)
            .map(|bin| low + (high - low) * bin as f64 / BINS as f64)
            .collect();
        // A constant column, or bins too narrow for floats, have no histogram.
        let shares = numbers.digest.pmf(&splits).ok().flatten();
        let mut shares = shares.unwrap_or_else(|| vec![1.0]);
        // The outermost bins also count the values beyond, 1 % on each side, which are taken off.
        if let [first, .., last] = &mut *shares {
            *first = (*first - 0.01).max(0.0);
            *last = (*last - 0.01).max(0.0);
        }
        let most = shares.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        for (bin, share) in shares.iter().enumerate() {
            let height = CHART_HEIGHT * (share / most) as f32;
            self.bar(CHART + width * bin as f32, base, width - 1.0, height, DATA);
        }
        self.bar(CHART, base - 0.6, WIDTH - MARGIN - CHART, 0.6, RULE);
        self.text(CHART, base - 10.0, 7.5, REGULAR, QUIET, &short(low));
        let high = short(high);
        let x = WIDTH - MARGIN - 4.2 * high.len() as f32;
        self.text(x, base - 10.0, 7.5, REGULAR, QUIET, &high);
    }

    fn frequent(&mut self, column: &ColumnProfile, rows: u64, top: f32) {
        let most = column.top.first().map_or(1, |one| one.count);
        let step = CHART_HEIGHT / BARS as f32;
        for (number, one) in (0u8..).zip(column.top.iter().take(BARS)) {
            let y = top - step * (f32::from(number) + 1.0);
            let width = 70.0 * (one.count as f64 / most as f64) as f32;
            self.bar(CHART, y, width, step - 2.0, DATA);
            let share = 100.0 * one.count as f64 / rows.max(1) as f64;
            let label = format!("{} ({share:.1} %)", shortened(&one.value, 24));
            self.text(CHART + 76.0, y + 1.5, 7.5, REGULAR, TEXT, &label);
        }
        if column.top.is_empty() && column.distinct > 0 {
            let words = "no value is much more frequent than others";
            self.text(CHART, top - 12.0, 7.5, REGULAR, QUIET, words);
        }
    }
}

fn in_words(numbers: &NumbersProfile) -> [String; 3] {
    let quantile = |name| {
        let found = numbers.quantiles.iter().find(|(other, _)| *other == name);
        short(found.map_or(f64::NAN, |(_, value)| *value))
    };
    let outliers = &numbers.outliers;
    [
        format!(
            "{} to {}, mean {}, standard deviation {}",
            short(numbers.min.float),
            short(numbers.max.float),
            short(numbers.mean),
            short(numbers.standard_deviation)
        ),
        format!(
            "quartiles {}, {}, {}; 99 % up to {}",
            quantile("0.25"),
            quantile("0.5"),
            quantile("0.75"),
            quantile("0.99")
        ),
        match outliers.count {
            0 => "no outliers".to_owned(),
            count => format!(
                "about {count} outliers, below {} or above {}",
                short(outliers.below),
                short(outliers.above)
            ),
        },
    ]
}

/// A number in few characters.
fn short(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e12).contains(&number.abs()) {
        return format!("{number:.3e}");
    }
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} ...", &text[..end]),
    }
}
