//! Text objects: a header, records with separators between them, a footer.

/// What surrounds records in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextFraming {
    /// Before the first record.
    pub(crate) header: Vec<u8>,
    /// After every record of a batch, and not part of it. Its last byte occurs in no record.
    pub(crate) separator: &'static [u8],
    /// Whether the separator also stands after the last record of an object.
    pub(crate) separator_ends: bool,
    /// After the last record.
    pub(crate) footer: &'static [u8],
    /// Whether a quoted field of a record may contain the separator's last byte.
    pub(crate) quoted: bool,
    /// Upper bound of a record, in bytes.
    pub(crate) longest: usize,
}

/// An array is one line, so that line-based readers find all of its records. The tab is white space
/// in JSON and never occurs inside a record, where it would be escaped. An object can therefore be
/// split into records without parsing it, even if it is damaged.
const ARRAY_SEPARATOR: &[u8] = b",\t";

impl TextFraming {
    const fn lines(header: Vec<u8>, separator: &'static [u8]) -> Self {
        Self {
            header,
            separator,
            separator_ends: true,
            footer: b"",
            quoted: false,
            longest: 64 * 1024,
        }
    }

    /// JSON, one record per line.
    pub(crate) const fn json_lines() -> Self {
        Self::lines(Vec::new(), b"\n")
    }

    /// JSON, records in an array.
    pub(crate) fn json_array() -> Self {
        Self {
            separator_ends: false,
            footer: b"\t]\n",
            ..Self::lines(b"[".to_vec(), ARRAY_SEPARATOR)
        }
    }

    /// CSV with `header` as the line of column names.
    pub(crate) fn csv(header: &str) -> Self {
        const LINE_END: &str = "\r\n";
        Self::lines(
            format!("{header}{LINE_END}").into_bytes(),
            LINE_END.as_bytes(),
        )
    }

    /// The byte at which an object is split into records.
    pub(crate) fn line_end(&self) -> u8 {
        *self.separator.last().expect("separators are not empty")
    }
}
