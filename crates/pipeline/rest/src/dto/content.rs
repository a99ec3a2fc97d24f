//! Bytes that may be a text.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

/// Bytes that are shown at most, of each key, payload and header: a page of large messages stays
/// small enough to be fetched every second.
const MAX_SHOWN: usize = 64 * 1024;

/// Bytes, as JSON can carry them.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Content {
    encoding: Encoding,
    /// The first [`MAX_SHOWN`] bytes at most.
    text: String,
    /// How many there are in all.
    bytes: usize,
    /// Whether `text` is not all of them.
    cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

impl From<Vec<u8>> for Content {
    fn from(content: Vec<u8>) -> Self {
        let bytes = content.len();
        let cut = bytes > MAX_SHOWN;
        let (encoding, text) = match String::from_utf8(content) {
            Ok(mut text) => {
                text.truncate(text.floor_char_boundary(MAX_SHOWN));
                (Encoding::Utf8, text)
            }
            Err(error) => {
                let mut content = error.into_bytes();
                content.truncate(MAX_SHOWN);
                (Encoding::Base64, BASE64_STANDARD.encode(content))
            }
        };
        Self {
            encoding,
            text,
            bytes,
            cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text_and_other_bytes_become_base64() {
        for (content, encoding, text) in [
            (b"".as_slice(), Encoding::Utf8, ""),
            (
                "{\"ä\": \u{0}}".as_bytes(),
                Encoding::Utf8,
                "{\"ä\": \u{0}}",
            ),
            (&[0xff, 0x00], Encoding::Base64, "/wA="),
            // A character that is broken off.
            (&[b'a', 0xc3], Encoding::Base64, "YcM="),
        ] {
            let shown = Content::from(content.to_vec());
            assert_eq!((shown.encoding, &*shown.text), (encoding, text));
            assert_eq!((shown.bytes, shown.cut), (content.len(), false));
        }
    }

    #[test]
    fn large_contents_are_cut_between_characters_and_say_so() {
        let whole = Content::from(vec![b'x'; MAX_SHOWN]);
        assert_eq!((whole.text.len(), whole.cut), (MAX_SHOWN, false));
        // Two bytes each, the last of which begins at an odd place.
        let text = Content::from(format!("x{}", "ä".repeat(MAX_SHOWN)).into_bytes());
        assert_eq!((text.text.len(), text.cut), (MAX_SHOWN - 1, true));
        assert_eq!(text.bytes, 2 * MAX_SHOWN + 1);
        let other = Content::from(vec![0xff; MAX_SHOWN + 1]);
        let shown = BASE64_STANDARD.decode(&other.text).unwrap();
        assert_eq!((shown.len(), other.cut), (MAX_SHOWN, true));
    }
}
