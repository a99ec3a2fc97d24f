//! The markers of JPEG files.

/// Start of image, end of image and start of scan.
const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

/// Whether an end-of-image marker follows the scans. Without it the file is cut off, and a decoder
/// would fill what is missing with grey.
///
/// Goes from segment to segment: what is inside of one, such as the preview in EXIF data, and what
/// is behind the image do not count.
pub(crate) fn has_end(file: &[u8]) -> bool {
    let mut rest = file;
    let mut is_scanned = false;
    while let Some((marker, behind)) = next_marker(rest) {
        rest = match marker {
            END if is_scanned => return true,
            // Restarts and others that stand alone.
            START | END | 0x01 | 0xd0..=0xd7 => behind,
            _ => {
                is_scanned |= marker == SCAN;
                let length = behind.first_chunk().copied().map(u16::from_be_bytes);
                match length.and_then(|length| behind.get(usize::from(length)..)) {
                    Some(behind) => behind,
                    None => return false,
                }
            }
        };
    }
    false
}

/// The next marker and what is behind it. An FF that is followed by 00 belongs to the data of a
/// scan, and one that is followed by another FF is a filler.
fn next_marker(mut rest: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let at = rest.iter().position(|byte| *byte == 0xff)?;
        rest = &rest[at + 1..];
        match rest.split_first()? {
            (0x00 | 0xff, _) => {}
            (marker, behind) => return Some((*marker, behind)),
        }
    }
}
