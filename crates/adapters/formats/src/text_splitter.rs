//! Finds the records of a text object, even a damaged one.

use std::sync::Arc;

use emulator_domain::verification::{Damage, RecordLocation};
use emulator_ports::{ObjectSplitter, Payloads};

use crate::text_framing::TextFraming;

/// Splits at the last byte of the separator, which occurs in no record. Below, a "line" is what
/// ends with that byte.
pub(crate) struct TextSplitter {
    framing: Arc<TextFraming>,
    line_end: u8,
    at: At,
    /// Records so far.
    number: u64,
    /// Whether the rest of an overlong line still has to be skipped.
    skipping: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Header,
    Record,
    /// After a line that ends as the last record's does.
    Footer,
    End,
}

impl ObjectSplitter for TextSplitter {
    fn split(
        &mut self,
        bytes: &[u8],
        payloads: &mut Payloads,
        place: &mut RecordLocation,
    ) -> usize {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            let step = match self.at {
                At::Header => self.header(rest, place),
                At::Record => self.record(rest, payloads, place),
                At::Footer => self.footer(rest, place),
                At::End if rest.is_empty() => None,
                At::End => {
                    place.damaged(Damage::Trailing);
                    self.at = At::Record;
                    Some(0)
                }
            };
            match step {
                Some(step) => used += step,
                None => return used,
            }
        }
    }

    fn finish(&mut self, bytes: &[u8], payloads: &mut Payloads, place: &mut RecordLocation) {
        // An incomplete header or a broken footer: the remaining bytes are an unterminated line.
        let whole = match self.at {
            At::Header => self.framing.header.is_empty() && bytes.is_empty(),
            At::Record => self.framing.separator_ends && bytes.is_empty() && !self.skipping,
            At::Footer => self.last_line_end().1.is_empty() && bytes.is_empty(),
            At::End => true,
        };
        if !whole {
            place.damaged(Damage::Cut);
        }
        let is_footer = self.at == At::Footer && self.last_line_end().1.starts_with(bytes);
        if !bytes.is_empty() && !self.skipping && !is_footer {
            self.push(bytes, payloads);
        }
    }
}

impl TextSplitter {
    pub(crate) fn new(framing: Arc<TextFraming>) -> Self {
        Self {
            line_end: framing.line_end(),
            framing,
            at: At::Header,
            number: 0,
            skipping: false,
        }
    }

    fn push(&mut self, payload: &[u8], payloads: &mut Payloads) {
        payloads.push(self.number, payload);
        self.number += 1;
    }

    fn header(&mut self, rest: &[u8], place: &mut RecordLocation) -> Option<usize> {
        let header = &self.framing.header;
        if rest.starts_with(header) {
            self.at = At::Record;
            return Some(header.len());
        }
        if rest.len() < header.len() && header.starts_with(rest) {
            return None;
        }
        place.damaged(Damage::Header);
        self.at = At::Record;
        Some(0)
    }

    fn record(
        &mut self,
        rest: &[u8],
        payloads: &mut Payloads,
        place: &mut RecordLocation,
    ) -> Option<usize> {
        let Some(end) = self.end_of_line(rest) else {
            if rest.len() < self.framing.longest {
                return None;
            }
            place.damaged(Damage::LongLine);
            if !self.skipping {
                self.skipping = true;
                self.push(b"", payloads);
            }
            return Some(rest.len());
        };
        let line = &rest[..=end];
        if self.skipping {
            self.skipping = false;
            return Some(line.len());
        }
        let last = self.last_line_end().0;
        if let Some(record) = line.strip_suffix(self.framing.separator) {
            self.push(record, payloads);
        } else if let Some(record) = line.strip_suffix(last).filter(|_| !last.is_empty()) {
            self.push(record, payloads);
            self.at = At::Footer;
        } else {
            place.damaged(Damage::Separator);
            self.push(&line[..end], payloads);
        }
        Some(line.len())
    }

    /// The end of the line that begins with `rest`.
    fn end_of_line(&self, rest: &[u8]) -> Option<usize> {
        let mut open = false;
        rest.iter().position(|byte| {
            open ^= self.framing.quoted && *byte == b'"';
            *byte == self.line_end && !open
        })
    }

    fn footer(&mut self, rest: &[u8], place: &mut RecordLocation) -> Option<usize> {
        let footer = self.last_line_end().1;
        if rest.starts_with(footer) {
            self.at = At::End;
            return Some(footer.len());
        }
        if footer.starts_with(rest) {
            return None;
        }
        // It was not the last line.
        place.damaged(Damage::Separator);
        self.at = At::Record;
        Some(0)
    }

    /// The end of the last record's line, if it differs from the separator, and what follows it.
    fn last_line_end(&self) -> (&'static [u8], &'static [u8]) {
        let footer = self.framing.footer;
        if self.framing.separator_ends {
            return (b"", footer);
        }
        let line = footer.iter().position(|byte| *byte == self.line_end);
        footer.split_at(line.map_or(0, |end| end + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framings() -> [Arc<TextFraming>; 3] {
        let csv = TextFraming {
            quoted: true,
            ..TextFraming::csv("a,b")
        };
        [TextFraming::json_array(), TextFraming::json_lines(), csv].map(Arc::new)
    }

    fn cut(
        framing: &Arc<TextFraming>,
        object: &[u8],
        piece: usize,
    ) -> (Vec<Vec<u8>>, Option<Damage>) {
        let mut splitter = TextSplitter::new(framing.clone());
        let mut place = RecordLocation::new("object", None);
        let mut payloads = Payloads::default();
        let mut bytes = Vec::new();
        for piece in object.chunks(piece) {
            bytes.extend_from_slice(piece);
            let used = splitter.split(&bytes, &mut payloads, &mut place);
            bytes.drain(..used);
        }
        splitter.finish(&bytes, &mut payloads, &mut place);
        (payloads.iter().map(<[u8]>::to_vec).collect(), place.damage)
    }

    #[test]
    fn objects_are_cut_into_records_and_damage_is_named() {
        use Damage::{Cut, Header, Separator, Trailing};
        let [json, ndjson, csv] = framings();
        type Case<'a> = (&'a Arc<TextFraming>, &'a str, &'a [&'a str], Option<Damage>);
        let cases: &[Case<'_>] = &[
            (&json, "[{1},\t{2}\t]\n", &["{1}", "{2}"], None),
            (&json, "[{1}\t]\n", &["{1}"], None),
            (&ndjson, "{1}\n{2}\n", &["{1}", "{2}"], None),
            (&csv, "a,b\r\n1,2\r\n", &["1,2"], None),
            (&csv, "a,b\r\n1,\"\r\n\"\"\"\r\n", &["1,\"\r\n\"\"\""], None),
            (&json, "", &[], Some(Cut)),
            (&csv, "", &[], Some(Cut)),
            (&json, "[{1},\t{2}\t", &["{1}", "{2}"], Some(Cut)),
            (&json, "[{1},\t{2}\t]", &["{1}", "{2}"], Some(Cut)),
            (&json, "[{1},\t{2", &["{1}", "{2"], Some(Cut)),
            (&json, "[{1},\t", &["{1}"], Some(Cut)),
            (&ndjson, "{1}\n{2", &["{1}", "{2"], Some(Cut)),
            (&csv, "a,b\r\n1,2", &["1,2"], Some(Cut)),
            (&json, "[{1}\t{2}\t]\n", &["{1}", "{2}"], Some(Separator)),
            (
                &csv,
                "a,b\r\n1,2\n3,4\r\n",
                &["1,2", "3,4"],
                Some(Separator),
            ),
            (&json, "{1},\t{2}\t]\n", &["{1}", "{2}"], Some(Header)),
            (&csv, "1,2\r\n", &["1,2"], Some(Header)),
            (&json, "[{1}\t]\n{2},\t", &["{1}", "{2}"], Some(Trailing)),
        ];
        for (framing, object, records, damage) in cases {
            for piece in [1, 2, 3, 1000] {
                let (found, found_damage) = cut(framing, object.as_bytes(), piece);
                let found: Vec<_> = found
                    .iter()
                    .map(|record| String::from_utf8_lossy(record))
                    .collect();
                assert_eq!(found, *records, "{object:?} in pieces of {piece}");
                assert_eq!(found_damage, *damage, "{object:?} in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let longest = framings()[1].longest;
        let mut object = vec![b'x'; 5 * longest];
        object.extend_from_slice(b"\n{2}\n");
        let (records, damage) = cut(&framings()[1], &object, longest / 3);
        assert_eq!(records, [b"".to_vec(), b"{2}".to_vec()]);
        assert_eq!(damage, Some(Damage::LongLine));
    }
}
