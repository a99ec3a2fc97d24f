//! Converts the byte offsets of parsers to the lines and columns that editors show.

use emulator_model::Place;

/// The start of each line of a text.
pub(crate) struct Lines<'t> {
    text: &'t str,
    /// Byte offsets of the lines.
    starts: Vec<usize>,
    /// The number of characters before each stretch. The whole text may be a single line, and
    /// counting it again for every node would take quadratic time.
    characters: Vec<usize>,
}

/// Bytes per stretch.
const STRETCH: usize = 64;

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let mut before = 0;
        let counts = text.as_bytes().chunks(STRETCH).map(|stretch| {
            let here = before;
            before += characters(stretch);
            here
        });
        Self {
            text,
            characters: counts.collect(),
            starts: std::iter::once(0)
                .chain(breaks.map(|(offset, _)| offset + 1))
                .collect(),
        }
    }

    /// The position of the character that begins at `offset`, or of the end of the text.
    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let column = self.before(offset) - self.before(self.starts[line - 1]) + 1;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Place {
            line: number(line),
            column: number(column),
        }
    }

    /// The number of characters that begin before `offset`.
    fn before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let stretch = offset / STRETCH;
        match self.characters.get(stretch) {
            Some(count) => count + characters(&self.text.as_bytes()[stretch * STRETCH..offset]),
            // The end of a text whose length is a multiple of the stretch.
            None => self.text.chars().count(),
        }
    }
}

/// The number of characters that begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_its_line_and_column() {
        let text = format!("a: ü\n\nß{}€b", "äx\r\n".repeat(40));
        let lines = Lines::of(&text);
        let (mut line, mut column) = (1, 1);
        for (offset, letter) in text.char_indices() {
            assert_eq!(lines.place(offset), Place { line, column }, "{offset}");
            (line, column) = match letter {
                '\n' => (line + 1, 1),
                _ => (line, column + 1),
            };
        }
        assert_eq!(lines.place(text.len()), Place { line, column });
        let whole = "x".repeat(STRETCH);
        let end = Place {
            line: 1,
            column: 65,
        };
        assert_eq!(Lines::of(&whole).place(STRETCH), end);
        assert_eq!(Lines::of("").place(0), Place { line: 1, column: 1 });
    }
}
