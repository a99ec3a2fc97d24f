//! The streams of a compiled model, as the domain's [`Stream`].

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use emulator_domain::imperfection::Imperfections;
use emulator_domain::record::{Block, Envelope, Field, IndexError, ModelText, Schema, Stream};
use emulator_domain::{Seed, Timeline};

use crate::compile::Compiled;
use crate::program::{Records, Run};

/// One stream of a compiled model.
pub(crate) struct ModelStream {
    pub(crate) compiled: Arc<Compiled>,
    pub(crate) position: usize,
}

impl ModelStream {
    fn run<'a>(&'a self, seed: Seed, timeline: &'a Timeline) -> Run<'a> {
        Run {
            program: &self.compiled.program,
            seed,
            timeline,
        }
    }
}

impl Stream for ModelStream {
    fn name(&self) -> &str {
        &self.compiled.program.streams[self.position].name
    }

    fn model(&self) -> &ModelText {
        &self.compiled.text
    }

    fn schema(&self) -> &Schema {
        &self.compiled.surfaces[self.position].schema
    }

    fn key(&self) -> Option<&Field> {
        let of = match self.compiled.program.changes(self.position) {
            Some(changes) => changes.of,
            None => self.position,
        };
        let schema = &self.compiled.surfaces[of].schema;
        schema.key().map(|key| &schema.fields()[key])
    }

    fn envelope(&self) -> Envelope {
        self.compiled.surfaces[self.position].envelope
    }

    fn imperfections(&self) -> Option<&Imperfections> {
        let surface = &self.compiled.surfaces[self.position];
        surface.imperfections.as_ref()
    }

    fn population(&self, seed: Seed) -> u64 {
        self.compiled.program.population(self.position, seed)
    }

    fn position(&self, seed: Seed, index: u64) -> u64 {
        self.compiled
            .program
            .positions(self.position, seed, &[index])[0]
    }

    fn first_at(&self, seed: Seed, position: u64) -> u64 {
        self.compiled
            .program
            .first_at(self.position, seed, position)
    }

    fn fill(
        &self,
        seed: Seed,
        timeline: &Timeline,
        range: Range<u64>,
        block: &mut Block,
    ) -> Result<(), IndexError> {
        let capacity = (self.population(seed)).min(self.first_at(seed, timeline.capacity()));
        if range.end > capacity {
            let index = range.start.max(capacity);
            return Err(IndexError { index, capacity });
        }
        let run = self.run(seed, timeline);
        let indices: Vec<u64> = range.collect();
        if let Some(changes) = self.compiled.program.changes(self.position) {
            changes.fill(run, self.position, &indices, block);
            return Ok(());
        }
        let (times, columns) = Records::new(run, self.position, &indices).all();
        *block = Block {
            times,
            columns,
            ..Block::default()
        };
        Ok(())
    }

    fn id_fields(&self) -> &[String] {
        &self.compiled.surfaces[self.position].id.paths
    }

    fn index_of(&self, seed: Seed, id: &[&str]) -> Option<u64> {
        let Compiled {
            program, surfaces, ..
        } = &*self.compiled;
        surfaces[self.position]
            .id
            .index_of(program, self.position, seed, id)
    }
}

impl fmt::Debug for ModelStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ModelText { name, digest, .. } = &self.compiled.text;
        write!(f, "{name}/{} ({digest})", self.name())
    }
}
