//! The position of a node in a table's schema.

use parquet::basic::Repetition;
use parquet::schema::types::Type;

/// The maximum definition and repetition levels of a node.
#[derive(Clone, Copy, Default)]
pub(super) struct Depth {
    pub(super) defined: i16,
    pub(super) lists: i16,
}

impl Depth {
    pub(super) fn of(self, node: &Type) -> Self {
        let info = node.get_basic_info();
        if !info.has_repetition() {
            return self;
        }
        match info.repetition() {
            Repetition::REQUIRED => self,
            Repetition::OPTIONAL => Self {
                defined: self.defined + 1,
                ..self
            },
            Repetition::REPEATED => Self {
                defined: self.defined + 1,
                lists: self.lists + 1,
            },
        }
    }
}
