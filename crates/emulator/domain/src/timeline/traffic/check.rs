//! Validates shapes.

use super::{Shape, ShapeError, Span};
use crate::timeline::rate::{Level, Rate};

/// The maximum number of steps, bursts or counts.
const MOST: usize = 20_000;
const SHORTEST: Span = Span(1_000);

impl Shape {
    pub(super) fn check(&self) -> Result<(), ShapeError> {
        match self {
            Self::Constant(_) => Ok(()),
            Self::Steps { steps, .. } => {
                number("steps", steps.len())?;
                for (position, step) in steps.iter().enumerate() {
                    long(format!("steps[{position}].for"), step.lasting)?;
                }
                some("steps", steps.iter().map(|step| step.rate))
            }
            Self::Ramp { from, to, over } => {
                long("over".to_owned(), *over)?;
                some("to", [*from, *to].into_iter())
            }
            Self::Week {
                mean,
                hours,
                days,
                utc_offset,
            } => {
                shares("hours", hours, 24)?;
                shares("days", days, 7)?;
                let most = |shares: &[f64]| {
                    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
                    shares.iter().fold(0.0, |most, share| share.max(most)) / mean
                };
                let most = mean.get() * most(hours) * most(days);
                if Level::new(most).is_err() {
                    return Err(ShapeError::new(
                        "mean",
                        mean.get(),
                        format!(
                            "no hour with more than {} records a second; this one has {most}",
                            Rate::FASTEST.get()
                        ),
                    ));
                }
                if utc_offset.abs() > 18 * 60 {
                    return Err(ShapeError::new(
                        "utc_offset",
                        utc_offset,
                        "-18:00 to +18:00",
                    ));
                }
                Ok(())
            }
            Self::Bursts {
                rate,
                bursts,
                every,
            } => {
                number("bursts", bursts.len())?;
                let mut end = Span(0);
                for (position, burst) in bursts.iter().enumerate() {
                    long(format!("bursts[{position}].for"), burst.step.lasting)?;
                    if burst.at < end {
                        let at = format!("bursts[{position}].at");
                        let expected = format!(
                            "{} or later: bursts are given in order and do not overlap",
                            end.get()
                        );
                        return Err(ShapeError::new(at, burst.at.get(), expected));
                    }
                    end = Span(burst.at.0 + burst.step.lasting.0);
                }
                if let Some(every) = every
                    && *every < end
                {
                    let expected =
                        format!("at least {} seconds, the end of the last burst", end.get());
                    return Err(ShapeError::new("every", every.get(), expected));
                }
                some(
                    "bursts",
                    bursts.iter().map(|burst| burst.step.rate).chain([*rate]),
                )
            }
            Self::Sine {
                mean,
                amplitude,
                period,
            } => {
                long("period".to_owned(), *period)?;
                let mean = Level::from(*mean);
                if *amplitude > mean {
                    let expected =
                        format!("0 to the mean, {}: there are no negative rates", mean.get());
                    return Err(ShapeError::new("amplitude", amplitude.get(), expected));
                }
                if let Err(value) = Level::new(mean.get() + amplitude.get()) {
                    return Err(ShapeError {
                        at: "mean with amplitude".to_owned(),
                        value,
                    });
                }
                Ok(())
            }
            Self::Replay { counts, every, .. } => {
                number("counts", counts.len())?;
                long("every".to_owned(), *every)?;
                for (position, count) in counts.iter().enumerate() {
                    let rate = f64::from(*count) / every.get();
                    if Level::new(rate).is_err() {
                        let most = (Rate::FASTEST.get() * every.get()).floor();
                        let expected =
                            format!("0 to {most} records within {} seconds", every.get());
                        return Err(ShapeError::new(
                            format!("counts[{position}]"),
                            count,
                            expected,
                        ));
                    }
                }
                if counts.iter().all(|count| *count == 0) {
                    return Err(ShapeError::new(
                        "counts",
                        "without a record",
                        "one count above 0",
                    ));
                }
                Ok(())
            }
        }
    }
}

fn number(at: &str, count: usize) -> Result<(), ShapeError> {
    let expected = || format!("1 to {MOST} of them");
    let is_allowed = (1..=MOST).contains(&count);
    is_allowed.then_some(()).ok_or_else(|| {
        let got = if count == 0 {
            "[]".to_owned()
        } else {
            format!("with {count}")
        };
        ShapeError::new(at, got, expected())
    })
}

fn long(at: String, span: Span) -> Result<(), ShapeError> {
    if span >= SHORTEST {
        return Ok(());
    }
    let expected = format!("{} to {} seconds", SHORTEST.get(), Span::MOST);
    Err(ShapeError::new(at, span.get(), expected))
}

fn some(at: &str, mut rates: impl Iterator<Item = Level>) -> Result<(), ShapeError> {
    if rates.any(|rate| rate > Level::default()) {
        return Ok(());
    }
    Err(ShapeError::new(at, "without a record", "one rate above 0"))
}

fn shares(at: &str, shares: &[f64], count: usize) -> Result<(), ShapeError> {
    const MOST: f64 = 1e6;
    if shares.len() != count {
        let got = format!("with {}", shares.len());
        return Err(ShapeError::new(at, got, format!("{count} shares")));
    }
    for (position, share) in shares.iter().enumerate() {
        if !(0.0..=MOST).contains(share) {
            let at = format!("{at}[{position}]");
            return Err(ShapeError::new(at, share, format!("0 to {MOST}")));
        }
    }
    if shares.iter().sum::<f64>() < 1e-6 {
        return Err(ShapeError::new(at, "without a share", "one share above 0"));
    }
    Ok(())
}
