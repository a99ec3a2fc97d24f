//! Records of a stream while they are being generated.

use std::cell::OnceCell;

use emulator_domain::Timestamp;
use emulator_domain::record::Column;

use super::{Points, Run, StreamProgram};
use crate::quotas::Family;
use crate::random::Key;

/// The fields generated so far for some records, and where these records are in the run.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    pub(crate) run: Run<'a>,
    /// The position of their stream.
    pub(crate) stream: usize,
    pub(crate) indices: &'a [u64],
    /// For each field, the points at which its values are drawn; the indices if absent.
    draws: Option<&'a [Vec<u64>]>,
    columns: Vec<Option<Column>>,
    /// For fields that refer to a stream, the index of each record they refer to.
    picked: Vec<Option<Vec<u64>>>,
    families: OnceCell<Vec<Family>>,
    positions: OnceCell<Vec<u64>>,
    times: OnceCell<Vec<Timestamp>>,
}

impl<'a> Records<'a> {
    /// Records without any field generated yet.
    pub(crate) fn new(run: Run<'a>, stream: usize, indices: &'a [u64]) -> Self {
        let fields = run.program.streams[stream].fields.len();
        Self {
            run,
            stream,
            indices,
            draws: None,
            columns: (0..fields).map(|_| None).collect(),
            picked: (0..fields).map(|_| None).collect(),
            families: OnceCell::new(),
            positions: OnceCell::new(),
            times: OnceCell::new(),
        }
    }

    /// The same records, with their own points for each field.
    pub(crate) fn drawn_at(self, draws: &'a [Vec<u64>]) -> Self {
        Self {
            draws: Some(draws),
            ..self
        }
    }

    fn program(&self) -> &'a StreamProgram {
        &self.run.program.streams[self.stream]
    }

    /// Generates a field, and first those that it reads, unless that was done before.
    pub(crate) fn make(&mut self, position: usize) {
        if self.columns[position].is_some() {
            return;
        }
        let field = &self.program().fields[position];
        for read in &field.reads {
            self.make(*read);
        }
        let key = Key::new(self.run.seed, field.name);
        let indices = self.draws.map_or(self.indices, |draws| &draws[position]);
        if let Some(pick) = &field.pick {
            self.picked[position] = Some(pick.picks(self.run, || self.positions(), key, indices));
        }
        let column = field.fill(&Points {
            key,
            indices,
            rows: None,
            records: self,
        });
        self.columns[position] = Some(column);
    }

    /// One field alone.
    pub(crate) fn only(mut self, position: usize) -> Column {
        self.make(position);
        self.columns[position].take().expect("it was just made")
    }

    /// All fields, with the times of the records.
    pub(crate) fn all(mut self) -> (Vec<Timestamp>, Vec<Column>) {
        for position in 0..self.columns.len() {
            self.make(position);
        }
        self.times();
        let times = self.times.into_inner().unwrap_or_default();
        (times, self.columns.into_iter().flatten().collect())
    }

    /// A field generated before, because the field that needs it reads it.
    pub(crate) fn column(&self, position: usize) -> &Column {
        self.columns[position]
            .as_ref()
            .expect("a field is made after those that it reads")
    }

    /// The index of the record that each record refers to, by a field that was generated before.
    pub(crate) fn picked(&self, position: usize) -> &[u64] {
        self.picked[position]
            .as_deref()
            .expect("a field is made after those that it reads")
    }

    /// The parent of each record, for a stream of children.
    pub(crate) fn families(&self) -> &[Family] {
        self.families.get_or_init(|| {
            let (_, mut reader) = (self.program().kind)
                .families(self.run.seed)
                .expect("only fields of children ask for their parents");
            let indices = self.indices.iter();
            indices.map(|index| reader.family(*index)).collect()
        })
    }

    /// The position of each record on the timeline.
    pub(crate) fn positions(&self) -> &[u64] {
        self.positions.get_or_init(|| {
            let Run { program, seed, .. } = self.run;
            program.positions(self.stream, seed, self.indices)
        })
    }

    /// The event time of each record.
    pub(crate) fn times(&self) -> &[Timestamp] {
        self.times.get_or_init(|| {
            let positions = self.positions();
            let timeline = self.run.timeline;
            let consecutive = positions.windows(2).all(|pair| pair[1] == pair[0] + 1);
            match positions.first() {
                Some(first) if consecutive => {
                    timeline.times_from(*first).take(positions.len()).collect()
                }
                _ => positions
                    .iter()
                    .map(|position| timeline.at(*position).unwrap_or(Timestamp::LATEST))
                    .collect(),
            }
        })
    }
}
