//! Resolves the subject on the command line to runs.

use emulator_application::Emulator;
use emulator_domain::plan::{Medium, Pace, PlanSpec, RecordCount, Timeout, Window};
use emulator_domain::{Dataset, Seed, Timeline, listed};
use emulator_model::Model;
use platform_runtime::program::WrongUse;

use super::{Emulate, spec};
use crate::arguments::Subject;
use crate::model::find_stream;

/// The streams to emulate.
pub(super) struct Streams {
    /// The streams, parents first.
    pub(super) datasets: Vec<Dataset>,
    /// The model, if all of its streams are emulated.
    pub(super) model: Option<Model>,
}

impl Streams {
    /// Reads the model, if the subject is one.
    ///
    /// # Errors
    /// If it cannot be read, is invalid, or has no such stream.
    pub(super) fn read(subject: &Subject) -> Result<Self, WrongUse> {
        let (file, stream) = match subject {
            Subject::Domain(domain) => {
                return Ok(Self {
                    datasets: vec![(*domain).into()],
                    model: None,
                });
            }
            Subject::Model { file, stream } => (file, stream),
        };
        let model = adapter_models::read(file).map_err(|error| WrongUse(chain(&error)))?;
        let Some(name) = stream else {
            let datasets = model.streams().iter().cloned().map(Dataset::from);
            return Ok(Self {
                datasets: datasets.collect(),
                model: Some(model),
            });
        };
        let stream = find_stream(&model, file, name)?.clone();
        Ok(Self {
            datasets: vec![stream.into()],
            model: None,
        })
    }

    /// The only stream, for a command that accepts just one.
    ///
    /// # Errors
    /// If there are several.
    pub(super) fn only(&self) -> Result<&Dataset, WrongUse> {
        match self.datasets.as_slice() {
            [dataset] => Ok(dataset),
            _ => Err(self.several("DOMAIN", "each stream has a schema of its own")),
        }
    }

    fn several(&self, option: &str, why: &str) -> WrongUse {
        let names: Vec<_> = self.datasets.iter().map(Dataset::name).collect();
        WrongUse(format!(
            "{option}: {why}; this model has {}: name one of them, as in shop.yaml:order",
            listed(&names)
        ))
    }

    /// Checks that the options can apply to several streams.
    pub(super) fn check(&self, options: &Emulate) -> Result<(), WrongUse> {
        let refused = |option: &str, why: &str| Err(self.several(option, why));
        if self.datasets.len() < 2 {
            Ok(())
        } else if options.destination.is_some() {
            refused(
                "--destination",
                "streams have a topic, bucket or folder each",
            )
        } else if options.to.sink.medium() == Medium::Stream {
            refused("--to", "a stream of bytes takes the records of one stream")
        } else {
            Ok(())
        }
    }
}

/// A run for each stream that has records within what the options ask for. `--count` and times
/// apply to the timeline: a stream of children has the children of that many parents, and a stream
/// of fixed size has all of its records. In a world, it is the payments that are counted; with all
/// payments come all records, also those after the last payment.
pub(super) fn specs(options: &Emulate, subject: &Streams, emulator: &Emulator) -> Vec<PlanSpec> {
    let mut all = subject.datasets.iter().map(|dataset| {
        let defaults = emulator.spec(dataset.clone(), options.to.sink, options.format);
        spec(options, defaults)
    });
    let Some(model) = &subject.model else {
        return all.collect();
    };
    let pacing = model.pacing_stream().cloned().map(Dataset::from);
    let events = |seed| pacing.as_ref().and_then(|dataset| total(dataset, seed));
    let mut specs: Vec<PlanSpec> = Vec::new();
    let mut ended = None;
    for mut spec in &mut all {
        // All share the first one's seed and timeline.
        if let Some(first) = specs.first() {
            (spec.seed, spec.population, spec.start_time) =
                (first.seed, first.population, first.start_time);
        }
        if is_fixed(&spec) {
            spec.pace = Pace::Unlimited;
            spec.timeout = Timeout::MAX;
            spec.count = None;
            spec.window = Window::default();
        } else if has_ended(&spec) {
            ended = Some(spec);
            continue;
        } else {
            // Also in terms of the timeline: a stream of children begins with those of that parent.
            let at = |places| spec.dataset.first_at(spec.seed, places);
            let begin = spec.window.first_index;
            let first = match begin {
                0 => 0,
                begin => at(model.places(spec.seed, begin)),
            };
            if let Some(places) = spec.count {
                let end = begin.saturating_add(places.get());
                spec.count = None;
                if events(spec.seed).is_none_or(|all| all > end) {
                    let end = at(model.places(spec.seed, end));
                    match RecordCount::new(end.saturating_sub(first)) {
                        Ok(count) => spec.count = Some(count),
                        // No parent has a child in this range.
                        Err(_) => continue,
                    }
                }
            }
            spec.window.first_index = first;
        }
        specs.push(spec);
    }
    if specs.iter().all(is_fixed) {
        // Its plan is refused, with the reason.
        specs.extend(ended);
    }
    specs
}

/// Whether the number of records is fixed, whatever the timeline.
fn is_fixed(spec: &PlanSpec) -> bool {
    spec.dataset.records_of(spec.seed, spec.users).is_some()
}

/// Whether the stream has no more records where the part of the timeline begins.
fn has_ended(spec: &PlanSpec) -> bool {
    let (Some(from), Some((start, rate))) = (spec.window.from_time, spec.dataset.own_time()) else {
        return false;
    };
    let before = Timeline::new(start, rate).records_before(from);
    let first = spec.dataset.first_at(spec.seed, before);
    total(&spec.dataset, spec.seed).is_some_and(|total| first >= total)
}

/// How many records a stream has that brings its own times.
pub(super) fn total(dataset: &Dataset, seed: Seed) -> Option<u64> {
    let (start, rate) = dataset.own_time()?;
    Some(dataset.first_at(seed, Timeline::new(start, rate).capacity()))
}

/// The error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
