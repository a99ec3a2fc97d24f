//! An upper bound of the size of a block's rows, computed once per block.

use std::sync::Arc;

use emulator_domain::record::{Block, Cells, Column, Word};

use super::value::LONGEST_PLAIN;

/// Longest encoding of a character: `\u0000`, `%2F`, a doubled quotation mark.
const ESCAPED: usize = 6;
/// Upper bound of an envelope and a separator, in bytes.
const ENVELOPE: usize = 160;
/// Maximum number of cached word lists.
const LISTS: usize = 64;

/// Properties of a block's rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measure {
    /// Upper bound of the size of all rows together.
    pub(crate) room: usize,
    /// Whether no text in them needs an escape or quotation marks.
    pub(crate) is_plain: bool,
}

/// The number of elements of all records together.
pub(super) fn total(ends: &[usize]) -> usize {
    ends.last().copied().unwrap_or(0)
}

/// A cache of properties of word lists, which many blocks share.
#[derive(Default)]
pub(crate) struct Words(Vec<(Arc<[Word]>, Measure)>);

impl Words {
    /// The room for a block's values and what separates them in any format, except names. A text is
    /// plain if `is_plain` accepts its bytes; each format has its own `Words`.
    pub(super) fn measure(&mut self, block: &Block, is_plain: fn(&[u8]) -> bool) -> Measure {
        let mut sum = Measure {
            // An envelope, and a separator.
            room: ENVELOPE * block.len(),
            is_plain: true,
        };
        for column in block.columns.iter().chain(&block.key) {
            self.add(column, block.len(), is_plain, &mut sum);
        }
        sum
    }

    fn add(&mut self, column: &Column, len: usize, is_plain: fn(&[u8]) -> bool, sum: &mut Measure) {
        sum.room += LONGEST_PLAIN * len;
        match &column.cells {
            Cells::Text(texts) => {
                let all = texts.all().as_bytes();
                sum.room += ESCAPED * all.len();
                sum.is_plain = sum.is_plain && is_plain(all);
            }
            Cells::Word { words, .. } => {
                let word = self.longest(words, is_plain);
                sum.room += len * word.room;
                sum.is_plain &= word.is_plain;
            }
            Cells::Struct(columns) => {
                for column in columns {
                    self.add(column, len, is_plain, sum);
                }
            }
            Cells::Array { ends, elements } => {
                self.add(elements, total(ends), is_plain, sum);
            }
            Cells::Map { ends, keys, values } => {
                self.add(keys, total(ends), is_plain, sum);
                self.add(values, total(ends), is_plain, sum);
            }
            Cells::Decimal { scale, .. } => sum.room += len * usize::from(*scale),
            Cells::Boolean(_)
            | Cells::Long(_)
            | Cells::Float(_)
            | Cells::Uuid(_)
            | Cells::Date(_)
            | Cells::Time(_)
            | Cells::Timestamp(_) => {}
        }
    }

    /// Upper bound for any one word of a list.
    fn longest(&mut self, words: &Arc<[Word]>, is_plain: fn(&[u8]) -> bool) -> Measure {
        let known = self.0.iter().find(|(known, _)| Arc::ptr_eq(known, words));
        if let Some((_, measure)) = known {
            return *measure;
        }
        let longest = words.iter().map(|word| word.len()).max();
        let measure = Measure {
            room: ESCAPED * longest.unwrap_or(0),
            is_plain: words.iter().all(|word| is_plain(word.as_bytes())),
        };
        if self.0.len() == LISTS {
            self.0.clear();
        }
        self.0.push((words.clone(), measure));
        measure
    }
}
