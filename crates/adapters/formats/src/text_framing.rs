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
}

impl TextFraming {
    /// The byte at which an object can be cut into records.
    pub(crate) fn line_end(&self) -> u8 {
        *self.separator.last().expect("separators are not empty")
    }
}
