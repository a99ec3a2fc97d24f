//! Previews a run without generating it.

use std::fmt::Write as _;

use emulator_domain::delivery::Counts;
use emulator_domain::plan::EmulationPlan;
use emulator_manifest::time::rfc3339;

const COLUMNS: usize = 72;
const ROWS: usize = 8;
const SVG_COLUMNS: usize = 600;
const SVG_HEIGHT: f64 = 200.0;

/// The plan in words, with a plot of its records over time.
pub(super) fn text(plan: &EmulationPlan) -> String {
    let mut text = format!("{} to {}: ", plan.dataset(), plan.destination());
    let Some(outline) = plan.outline(COLUMNS) else {
        text.push_str(match plan.end() {
            0 => "no records\n",
            _ => "as many records as are made until the timeout\n",
        });
        return text;
    };
    let most = outline.rates.iter().copied().fold(0.0, f64::max);
    let _ = writeln!(
        text,
        "{} records from {} to {}, up to {} a second; a column is the mean of {} s",
        plan.records(),
        rfc3339(outline.from),
        rfc3339(outline.to),
        short(outline.peak),
        short(outline.to.seconds_since(outline.from) / COLUMNS as f64)
    );
    let eighths: Vec<usize> = outline
        .rates
        .iter()
        .map(|rate| (rate / most * (8 * ROWS) as f64).round() as usize)
        .collect();
    if let Some(deliveries) = plan.deliveries() {
        let all = Counts {
            generated: deliveries.len(),
            ..Counts::default()
        };
        let tally = deliveries.tally(&all).into_iter();
        let some = tally.filter(|(_, count)| *count > 0);
        let named = some.map(|(fault, count)| format!("{count} {fault}"));
        // The number of skewed records is known only when they are generated.
        let skew = plan.imperfections().clock_skew.as_ref();
        let clocks = skew.filter(|skew| skew.share.get() > 0.0).map(|skew| {
            let (share, device) = (skew.share.get(), &skew.device);
            format!("clock_skew of {share} of all {device}")
        });
        let named: Vec<_> = named.chain(clocks).collect();
        let _ = writeln!(
            text,
            "{} deliveries; records: {}",
            plan.end(),
            named.join(", ")
        );
    }
    for row in (0..ROWS).rev() {
        let label = match row {
            _ if row == ROWS - 1 => short(most),
            0 => short(most / ROWS as f64),
            _ => String::new(),
        };
        let bars = eighths
            .iter()
            .map(|eighths| match eighths.saturating_sub(8 * row).min(8) {
                0 => ' ',
                // U+2581 to U+2588 are blocks of one to eight eighths.
                part => char::from_u32(0x2580 + part as u32).unwrap_or(' '),
            });
        let bars: String = bars.collect();
        let _ = writeln!(text, "{label:>10} |{}", bars.trim_end());
    }
    text
}

/// The same plot as SVG.
pub(super) fn svg(plan: &EmulationPlan) -> Option<String> {
    let outline = plan.outline(SVG_COLUMNS)?;
    let most = outline.rates.iter().copied().fold(0.0, f64::max);
    let mut line = String::new();
    for (column, rate) in outline.rates.iter().enumerate() {
        let height = SVG_HEIGHT * (1.0 - rate / most);
        let _ = write!(line, "{column},{height:.1} {},{height:.1} ", column + 1);
    }
    let (dataset, height) = (plan.dataset(), SVG_HEIGHT);
    let (from, to, peak) = (
        rfc3339(outline.from),
        rfc3339(outline.to),
        short(outline.peak),
    );
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-10 -30 {width} {all}\" \
         font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n\
         <title>{dataset}: records a second</title>\n\
         <text x=\"0\" y=\"-10\" fill=\"#777\">{dataset}: up to {peak} records a second</text>\n\
         <polygon points=\"0,{height} {line}{SVG_COLUMNS},{height}\" fill=\"#4e79a7\"/>\n\
         <text x=\"0\" y=\"{below}\" fill=\"#777\">{from}</text>\n\
         <text x=\"{SVG_COLUMNS}\" y=\"{below}\" fill=\"#777\" text-anchor=\"end\">{to}</text>\n\
         </svg>\n",
        width = SVG_COLUMNS + 20,
        all = SVG_HEIGHT + 60.0,
        below = SVG_HEIGHT + 18.0,
    ))
}

/// With three digits after the point at most, or as many as a small number needs.
fn short(number: f64) -> String {
    match number {
        number if number >= 100.0 => format!("{number:.0}"),
        number if number < 0.01 => format!("{number:.1e}").replace(".0e", "e"),
        number => format!("{number:.3}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use emulator_domain::plan::{Format, Pace, PlanSpec, RecordCount, Sink, Window};
    use emulator_domain::{Burst, Domain, Level, Rate, Shape, Span, Step, Timestamp, Traffic};

    use super::*;

    fn plan() -> EmulationPlan {
        EmulationPlan::new(spec()).unwrap()
    }

    fn of(shape: Shape, count: u64) -> EmulationPlan {
        let plan = EmulationPlan::new(PlanSpec {
            rate: Traffic::new(shape, false).unwrap(),
            count: RecordCount::new(count).ok(),
            ..spec()
        });
        plan.unwrap()
    }

    fn spec() -> PlanSpec {
        // 40 records in the first half of two minutes, 80 in the second.
        let replay = Shape::Replay {
            counts: vec![40, 80],
            every: Span::seconds(60.0).unwrap(),
            repeat: false,
        };
        PlanSpec {
            rate: Traffic::new(replay, false).unwrap(),
            count: RecordCount::new(120).ok(),
            ..PlanSpec::new(Domain::Transaction, Sink::Null, Format::Csv)
        }
    }

    #[test]
    fn a_part_between_two_records_has_none_whatever_its_pace() {
        let at = |micros| Timestamp::EARLIEST.moved(micros);
        for (pace, count) in [
            (Pace::Realtime, None),
            (Pace::Unlimited, None),
            (Pace::Unlimited, RecordCount::new(5).ok()),
        ] {
            let spec = PlanSpec {
                pace,
                count,
                window: Window {
                    from_time: Some(at(1)),
                    to_time: Some(at(2)),
                    ..Window::default()
                },
                ..spec()
            };
            let text = text(&EmulationPlan::new(spec).unwrap());
            assert_eq!(text, "transaction to transactions: no records\n");
        }
    }

    #[test]
    fn twice_the_records_are_drawn_twice_as_high() {
        let text = text(&plan());
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines[0].contains("120 records from 1970-01-01T00:00:00Z to"),
            "{text}"
        );
        let filled = |line: &str| line.chars().filter(|bar| *bar != ' ').count();
        let bars = |line: usize| lines[line].split_once('|').unwrap().1;
        // The highest row has the second half alone, the lowest both.
        assert!(
            bars(1).starts_with("    ") && filled(bars(1)) <= COLUMNS / 2 + 2,
            "{text}"
        );
        assert!(filled(bars(ROWS)) >= COLUMNS - 1, "{text}");
    }

    #[test]
    fn the_peak_is_that_of_the_shape_however_short_and_however_few_records() {
        let burst = Shape::Bursts {
            rate: Level::new(10.0).unwrap(),
            bursts: vec![Burst {
                at: Span::seconds(60.0).unwrap(),
                step: Step {
                    rate: Level::new(1000.0).unwrap(),
                    lasting: Span::seconds(5.0).unwrap(),
                },
            }],
            every: Some(Span::seconds(600.0).unwrap()),
        };
        let constant = Shape::Constant(Rate::new(20.0).unwrap());
        for (shape, count, peak) in [
            (
                burst.clone(),
                65_700,
                "up to 1000 a second; a column is the mean of 49.999 s",
            ),
            // The timeline ends before the burst.
            (burst, 500, "up to 10 a second"),
            (constant.clone(), 100, "up to 20 a second"),
            (constant, 1, "up to 20 a second"),
        ] {
            let text = text(&of(shape, count));
            assert!(text.lines().next().unwrap().contains(peak), "{text}");
        }
        let text = text(&of(Shape::Constant(Rate::new(0.001).unwrap()), 100));
        let labels: Vec<_> = text.lines().map(|line| line[..10].trim()).collect();
        assert!(text.contains("up to 1e-3 a second"), "{text}");
        assert!(labels[1] == "1e-3" && labels[8].ends_with("e-4"), "{text}");
    }

    #[test]
    fn the_picture_has_a_step_for_each_column() {
        let svg = svg(&plan()).unwrap();
        let points = svg
            .split_once("points=\"")
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap();
        assert_eq!(points.split(' ').count(), 2 * SVG_COLUMNS + 2);
    }
}
