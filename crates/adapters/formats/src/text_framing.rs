//! Objects of text: a header, records with separators between them, a footer.

/// What stands around records in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextFraming {
    /// Before the first record.
    pub(crate) header: Vec<u8>,
    /// After every record of a batch, and no part of it. Its last byte stands in no record.
    pub(crate) separator: &'static [u8],
    /// Whether the separator also stands after the last record of an object.
    pub(crate) separator_ends: bool,
    /// After the last record.
    pub(crate) footer: &'static [u8],
    /// Whether a record may have the last byte of a separator between quotation marks.
    pub(crate) quoted: bool,
    /// No record is as long as this, in bytes.
    pub(crate) longest: usize,
}

/// An array is one line, so that who reads by lines finds all records in it. The tab is white space
/// to JSON and never stands inside a record, where it would be escaped: an object can be cut into
/// records without parsing it, even where it is damaged.
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

    /// JSON, a record a line.
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

    /// CSV with that line of names.
    pub(crate) fn csv(header: &str) -> Self {
        const LINE_END: &str = "\r\n";
        Self::lines(
            format!("{header}{LINE_END}").into_bytes(),
            LINE_END.as_bytes(),
        )
    }

    /// The byte at which an object can be cut into records.
    pub(crate) fn line_end(&self) -> u8 {
        *self.separator.last().expect("separators are not empty")
    }
}
