//! Bytes that may be text.

use base64::prelude::{BASE64_STANDARD, Engine};
use pipeline_ports::Excerpt;
use serde::Serialize;

/// Bytes in a form that JSON can represent.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Content {
    encoding: Encoding,
    /// The text, or its beginning if there is no room for more.
    text: String,
    /// The total number of bytes.
    bytes: usize,
    /// Whether `text` is incomplete.
    cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

impl From<Excerpt> for Content {
    fn from(content: Excerpt) -> Self {
        let Excerpt { mut bytes, len } = content;
        let cut = bytes.len() < len;
        if cut && let Err(error) = std::str::from_utf8(&bytes)
            // The only fault is a character that was cut off.
            && error.error_len().is_none()
        {
            bytes.truncate(error.valid_up_to());
        }
        let (encoding, text) = match String::from_utf8(bytes) {
            Ok(text) => (Encoding::Utf8, text),
            Err(error) => (Encoding::Base64, BASE64_STANDARD.encode(error.into_bytes())),
        };
        Self {
            encoding,
            text,
            bytes: len,
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
            let shown = Content::from(Excerpt::from(content.to_vec()));
            assert_eq!((shown.encoding, &*shown.text), (encoding, text));
            assert_eq!((shown.bytes, shown.cut), (content.len(), false));
        }
    }

    #[test]
    fn large_contents_are_cut_between_characters_and_say_so() {
        let cut = |content: &[u8], mut room| Content::from(Excerpt::of(content, &mut room));
        let whole = cut(b"xyz", 3);
        assert_eq!((&*whole.text, whole.cut, whole.bytes), ("xyz", false, 3));
        // Two bytes each, the second of which is cut.
        let text = cut("xää".as_bytes(), 4);
        assert_eq!((&*text.text, text.cut, text.bytes), ("xä", true, 5));
        let other = cut(&[0xff; 9], 5);
        let shown = BASE64_STANDARD.decode(&other.text).unwrap();
        assert_eq!((shown.len(), other.cut, other.bytes), (5, true, 9));
        let nothing = cut("ä".as_bytes(), 0);
        assert_eq!((&*nothing.text, nothing.cut), ("", true));
    }
}
