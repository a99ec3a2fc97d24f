//! From what the command line names to the runs that are to be.

use emulator_application::Emulator;
use emulator_domain::plan::{Medium, Pace, PlanSpec, RecordCount, Timeout, Window};
use emulator_domain::{Dataset, listed};
use emulator_model::Model;
use platform_runtime::program::WrongUse;

use super::{Emulate, spec};
use crate::arguments::Subject;
use crate::model::find_stream;

/// What is to be emulated.
pub(super) struct Streams {
    /// Parents first.
    pub(super) datasets: Vec<Dataset>,
    /// The model, if all of its streams are.
    pub(super) model: Option<Model>,
}

impl Streams {
    /// Reads the model, if it is one.
    ///
    /// # Errors
    /// If it cannot be read, is wrong, or has no such stream.
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

    /// The one that a command needs which takes no more.
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

    /// Whether the options can hold for several streams.
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

/// A run for each stream that has records in what the options ask for. `--count` and times are those
/// of the timeline: a stream of children has the children of so many parents, and one of which there
/// is a fixed number has all of them. In a world it is payments that are counted.
pub(super) fn specs(options: &Emulate, subject: &Streams, emulator: &Emulator) -> Vec<PlanSpec> {
    let mut all = subject.datasets.iter().map(|dataset| {
        let defaults = emulator.spec(dataset.clone(), options.to.sink, options.format);
        spec(options, defaults)
    });
    let Some(model) = &subject.model else {
        return all.collect();
    };
    let mut specs: Vec<PlanSpec> = Vec::new();
    for mut spec in &mut all {
        // One seed and one timeline, whatever was drawn for the others.
        if let Some(first) = specs.first() {
            (spec.seed, spec.population, spec.start_time) =
                (first.seed, first.population, first.start_time);
        }
        if spec.dataset.records_of(spec.seed, spec.users).is_some() {
            spec.pace = Pace::Unlimited;
            spec.timeout = Timeout::MAX;
            spec.count = None;
            spec.window = Window::default();
        } else {
            // Of the timeline, too: a stream of children begins with those of that parent.
            let at = |places| spec.dataset.first_at(spec.seed, places);
            let begin = spec.window.first_index;
            let first = match begin {
                0 => 0,
                begin => at(model.places(spec.seed, begin)),
            };
            if let Some(places) = spec.count {
                let end = at(model.places(spec.seed, begin.saturating_add(places.get())));
                match RecordCount::new(end.saturating_sub(first)) {
                    Ok(count) => spec.count = Some(count),
                    // No parent has a child there.
                    Err(_) => continue,
                }
            }
            spec.window.first_index = first;
        }
        specs.push(spec);
    }
    specs
}

/// The error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let causes: Vec<_> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
