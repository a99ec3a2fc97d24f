//! A validated model.

use std::sync::Arc;

use emulator_domain::plan::{EmulationPlan, Format, PlanError, PlanSpec, Sink};
use emulator_domain::record::{Column, ModelText, Schema, Stream};
use emulator_domain::{Seed, Timeline};

use crate::compile::{Compiled, compile};
use crate::error::{ModelError, ModelErrors};
use crate::node::Node;
use crate::program::{PickKind, Records, Run, StreamKind};
use crate::stream::ModelStream;

/// Streams of records that refer to each other, ready to generate. Cloning is cheap.
#[derive(Clone)]
pub struct Model {
    text: ModelText,
    streams: Arc<[Arc<dyn Stream>]>,
    about: Arc<[StreamAbout]>,
    paced_by: Option<usize>,
    /// The compiled form of a described model; a built-in world has its own.
    compiled: Option<Arc<Compiled>>,
}

/// The properties of a stream apart from its records.
#[derive(Clone, Debug)]
pub struct StreamAbout {
    /// The role of the stream.
    pub role: StreamRole,
    /// Its description; empty if there is none.
    pub description: String,
    /// The fields that refer to records of other streams.
    pub relations: Vec<Relation>,
}

/// The role of a stream in its model.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamRole {
    /// A bounded population that others may refer to.
    Entities {
        /// The number of entities.
        count: u64,
    },
    /// An unbounded stream of records on the timeline.
    Events,
    /// Children of the records of another stream.
    Children {
        /// The parent stream.
        parent: String,
        /// The mean number of children per parent.
        mean: f64,
        /// The maximum number of children per parent.
        most: u32,
    },
    /// The history of a stream of entities.
    Changes {
        /// The stream of entities.
        of: String,
    },
}

/// A field that refers to a record of another stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The field.
    pub field: String,
    /// The stream that it refers to.
    pub stream: String,
    /// How the record is chosen, for people: `uniform`, `zipf`, `recent`, `parent`.
    pub pick: &'static str,
}

impl Model {
    /// Compiles a model.
    ///
    /// # Errors
    /// All errors in it, in the order of the text.
    pub fn compile(document: &Node) -> Result<Self, ModelErrors> {
        let compiled = Arc::new(compile(document)?);
        let streams = 0..compiled.program.streams.len();
        let streams = streams.map(|position| -> Arc<dyn Stream> {
            Arc::new(ModelStream {
                compiled: compiled.clone(),
                position,
            })
        });
        let streams: Arc<[_]> = streams.collect();
        no_conflicts(document, &streams)?;
        let about = 0..compiled.program.streams.len();
        let about = about.map(|position| compiled.about(position));
        Ok(Self {
            text: compiled.text.clone(),
            streams,
            about: about.collect(),
            paced_by: None,
            compiled: Some(compiled),
        })
    }

    /// A model whose streams bring their own program, each with its properties, from its
    /// `document`. When a caller asks for a number of records of the whole model, the records of
    /// the stream at `paced_by` are counted.
    ///
    /// # Errors
    /// Imperfections that are incompatible with their stream.
    pub fn of_streams(
        document: &Node,
        text: ModelText,
        streams: Vec<(Arc<dyn Stream>, StreamAbout)>,
        paced_by: usize,
    ) -> Result<Self, ModelErrors> {
        let (streams, about): (Vec<_>, Vec<_>) = streams.into_iter().unzip();
        no_conflicts(document, &streams)?;
        Ok(Self {
            text,
            streams: streams.into(),
            about: about.into(),
            paced_by: Some(paced_by),
            compiled: None,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.text.name
    }

    /// Its text, from which it can be recreated.
    pub fn text(&self) -> &ModelText {
        &self.text
    }

    /// The position on the timeline after the first `count` events: there is one event per
    /// position, unless one of the streams determines the pace.
    pub fn places(&self, seed: Seed, count: u64) -> u64 {
        match self.pacing_stream() {
            None => count,
            Some(stream) => stream.position(seed, count),
        }
    }

    /// The stream that determines the pace, if one does.
    pub fn pacing_stream(&self) -> Option<&Arc<dyn Stream>> {
        self.paced_by.map(|position| &self.streams[position])
    }

    /// Its streams, each after those that it refers to.
    pub fn streams(&self) -> &[Arc<dyn Stream>] {
        &self.streams
    }

    /// The stream of that name.
    pub fn stream(&self, name: &str) -> Option<&Arc<dyn Stream>> {
        self.streams.iter().find(|stream| stream.name() == name)
    }

    fn position(&self, stream: &str) -> Option<usize> {
        self.streams.iter().position(|known| known.name() == stream)
    }

    /// The role of a stream; `None` if there is none of that name.
    pub fn role(&self, stream: &str) -> Option<StreamRole> {
        Some(self.about[self.position(stream)?].role.clone())
    }

    /// The description of a stream; empty if it has none.
    pub fn description(&self, stream: &str) -> &str {
        match self.position(stream) {
            Some(position) => &self.about[position].description,
            None => "",
        }
    }

    /// The fields of a stream that refer to records of other streams.
    pub fn relations(&self, stream: &str) -> Vec<Relation> {
        let position = self.position(stream);
        position.map_or_else(Vec::new, |position| self.about[position].relations.clone())
    }

    /// The rows of the table behind a stream of changes, or of a stream of entities, after the
    /// first `changes` records of the stream; only those of the given entities, by index. The
    /// schema is that of the rows. `None` if the stream has another role or does not exist.
    pub fn table(
        &self,
        stream: &str,
        seed: Seed,
        timeline: &Timeline,
        changes: u64,
        entities: std::ops::Range<u64>,
    ) -> Option<(&Schema, Vec<Column>)> {
        let compiled = self.compiled.as_deref()?;
        let program = &compiled.program;
        let run = Run {
            program,
            seed,
            timeline,
        };
        let position = self.position(stream)?;
        match &program.streams[position].kind {
            StreamKind::Changes(history) => {
                let schema = &compiled.surfaces[history.of].schema;
                Some((schema, history.table(run, changes, entities)))
            }
            StreamKind::Entities { count } => {
                let indices: Vec<u64> =
                    (entities.start..entities.end.min(changes).min(*count)).collect();
                let (_, columns) = Records::new(run, position, &indices).all();
                Some((&compiled.surfaces[position].schema, columns))
            }
            StreamKind::Events | StreamKind::Children { .. } => None,
        }
    }

    /// The maximum number of rows of the table behind a stream.
    pub fn entities(&self, stream: &str) -> Option<u64> {
        let streams = &self.compiled.as_deref()?.program.streams;
        match &streams[self.position(stream)?].kind {
            StreamKind::Entities { count } => Some(*count),
            StreamKind::Changes(changes) => Some(changes.entities()),
            StreamKind::Events | StreamKind::Children { .. } => None,
        }
    }
}

impl Compiled {
    fn about(&self, position: usize) -> StreamAbout {
        let streams = &self.program.streams;
        let role = match &streams[position].kind {
            StreamKind::Entities { count } => StreamRole::Entities { count: *count },
            StreamKind::Events => StreamRole::Events,
            StreamKind::Children { parent, quotas, .. } => StreamRole::Children {
                parent: streams[*parent].name.clone(),
                mean: quotas.mean(),
                most: quotas.most(),
            },
            StreamKind::Changes(changes) => StreamRole::Changes {
                of: streams[changes.of].name.clone(),
            },
        };
        StreamAbout {
            role,
            description: self.surfaces[position].description.clone(),
            relations: self.relations(position),
        }
    }

    fn relations(&self, position: usize) -> Vec<Relation> {
        let streams = &self.program.streams;
        let fields = streams[position].fields.iter();
        let relation = |field: &str, stream: usize, pick| Relation {
            field: field.to_owned(),
            stream: streams[stream].name.clone(),
            pick,
        };
        fields
            .filter_map(|field| {
                let name = &*field.field.name;
                match (
                    &field.pick,
                    field.generator.of_parent(),
                    &streams[position].kind,
                ) {
                    (Some(pick), _, _) => Some(relation(
                        name,
                        pick.stream,
                        match pick.how {
                            PickKind::Uniform => "uniform",
                            PickKind::Zipf { .. } => "zipf",
                            PickKind::Recent { .. } => "recent",
                        },
                    )),
                    (None, Some(_), StreamKind::Children { parent, .. }) => {
                        Some(relation(name, *parent, "parent"))
                    }
                    _ => None,
                }
            })
            .collect()
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.streams.iter()).finish()
    }
}

/// Checks that the imperfections of all streams are compatible with them.
fn no_conflicts(document: &Node, streams: &[Arc<dyn Stream>]) -> Result<(), ModelErrors> {
    let all = streams.iter().map(|stream| conflicts(document, stream));
    ModelErrors::none_of(all.flatten().collect())
}

/// The imperfections of a stream that are incompatible with it, in the format that allows the most.
fn conflicts(document: &Node, stream: &Arc<dyn Stream>) -> Vec<ModelError> {
    let Some(imperfections) = stream.imperfections() else {
        return Vec::new();
    };
    let named = |node: &Node, name: &str| node.get(name).cloned();
    let node = named(document, "streams").and_then(|streams| named(&streams, stream.name()));
    let node = node.and_then(|stream| named(&stream, "imperfections"));
    let spec = PlanSpec {
        imperfections: imperfections.clone(),
        ..PlanSpec::new(stream.clone(), Sink::Null, Format::Ndjson)
    };
    let errors = EmulationPlan::new(spec).err();
    let errors = errors.iter().flat_map(|errors| errors.iter());
    let errors = errors.filter_map(|error| match error {
        PlanError::OfModel { value, .. } => Some(value),
        _ => None,
    });
    let errors = errors.map(|value| {
        let fault = value.got().split(['.', ' ']).next().unwrap_or_default();
        let place = node
            .as_ref()
            .map(|node| node.get(fault).unwrap_or(node).place);
        ModelError {
            place: place.unwrap_or_default(),
            path: format!("streams.{}.imperfections", stream.name()),
            message: format!("got {value}"),
        }
    });
    errors.collect()
}
