//! Texts beside the charts.

use jiff::Timestamp;
use pipeline_domain::analysis::{Analysis, Delay};
use pipeline_domain::source::Names;

pub(crate) const TIMESTAMPS: &str = "When events were created";
pub(crate) const TIME: &str = "time since the first event, s";
pub(crate) const ID: &str = "event id";
pub(crate) const DELAY: &str = "delay, ms";
pub(crate) const IDS: &str = "ids";
pub(crate) const CONTEXT: &str = "Grey are the events of the other topics.";
pub(crate) const NO_EVENTS: &str = "no events";
pub(crate) const NO_DELAY: &str =
    "No id has arrived on all topics and been acknowledged, so there is no delay to show.";

/// The names of the series: the topics, then the acknowledgements.
pub(crate) fn names() -> [String; 4] {
    let names = Names::default();
    let [first, second, third] = names.topics();
    [first, second, third, names.ack()]
}

/// The numbers of events and acknowledgements.
pub(crate) fn counts(analysis: &Analysis) -> String {
    let counts = &analysis.counts;
    let [first, second, third] = counts.events.map(grouped);
    let [topic1, topic2, topic3, ack] = names();
    let repeated = match counts.repeated {
        0 => String::new(),
        repeated => format!(", {} of them repeated", grouped(repeated)),
    };
    format!(
        "Events: {first} on {topic1}, {second} on {topic2}, {third} on {topic3}; \
         acknowledgements: {} on {ack}{repeated}.",
        grouped(counts.acknowledgements)
    )
}

/// The time span, if the clocks permit one.
pub(crate) fn span(analysis: &Analysis) -> Option<String> {
    let [first, last] = analysis.span?.map(Timestamp::from_millisecond);
    let [first, last] = [first.ok()?, last.ok()?].map(|time| time.strftime("%F %T UTC"));
    Some(format!("Created from {first} to {last}."))
}

/// A note that not all ids were followed, if so.
pub(crate) fn sample(analysis: &Analysis) -> Option<String> {
    (analysis.share < 1.0).then(|| {
        format!(
            "Points and delays are of a sample: one id in {}.",
            grouped((1.0 / analysis.share).round() as u64)
        )
    })
}

/// A summary of the delays.
pub(crate) fn delay_title(delay: Option<&Delay>) -> String {
    let title = "From last arrival to acknowledgement";
    match delay {
        Some(delay) => format!("{title}: median {}", milliseconds(delay.median())),
        None => title.to_owned(),
    }
}

/// How many delays there are, and their range.
pub(crate) fn delay_range(delay: &Delay) -> String {
    let negative = if delay.shortest() < 0 {
        " A negative delay means that clocks differ."
    } else {
        ""
    };
    let (shortest, longest) = (delay.shortest() as f64, delay.longest() as f64);
    let from = if shortest < longest {
        format!("from {} to ", whole(shortest))
    } else {
        String::new()
    };
    let ids = if delay.count() == 1 { "id" } else { "ids" };
    format!(
        "{} {ids}: {from}{}.{negative}",
        grouped(delay.count() as u64),
        milliseconds(longest),
    )
}

/// Median, 95th and 99th percentile, each with its label.
pub(crate) fn marks(delay: &Delay) -> [(f64, String); 3] {
    [
        ("median", delay.median()),
        ("95th percentile", delay.percentile(0.95) as f64),
        ("99th percentile", delay.percentile(0.99) as f64),
    ]
    .map(|(name, at)| (at, format!("{name}: {}", milliseconds(at))))
}

/// `11.5 ms`.
pub(crate) fn milliseconds(delay: f64) -> String {
    // A median may lie half-way between two delays.
    let half = if delay.fract() == 0.0 { "" } else { ".5" };
    format!("{}{half} ms", whole(delay))
}

/// An integer, such as `-1,234`.
pub(crate) fn whole(number: f64) -> String {
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", grouped(number.abs() as u64))
}

/// `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_halves_are_kept() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(count), text);
        }
        for (delay, text) in [
            (11.5, "11.5 ms"),
            (-0.5, "-0.5 ms"),
            (-1200.0, "-1,200 ms"),
            (0.0, "0 ms"),
        ] {
            assert_eq!(milliseconds(delay), text);
        }
    }
}
