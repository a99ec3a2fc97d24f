//! Reads external files with a size limit.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// Reads a UTF-8 text file of at most `limit` bytes, as [`read`] does.
///
/// # Errors
/// If it cannot be opened or read, is larger, or is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String> {
    let text = String::from_utf8(read(path, limit)?);
    text.map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Reads a file of at most `limit` bytes. Pipes and devices are read like files, and at most one
/// byte beyond the limit.
///
/// # Errors
/// If it cannot be opened or read, or is larger.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let why = format!("it is larger than the {limit} bytes that are allowed");
        return Err(Error::new(ErrorKind::FileTooLarge, why));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "äbc").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "äbc");
        let larger = read_text(&path, 3).unwrap_err();
        assert_eq!(
            larger.to_string(),
            "it is larger than the 3 bytes that are allowed"
        );
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(
            read_text(&path, 4).unwrap_err().to_string(),
            "it is not UTF-8"
        );
    }

    #[test]
    fn a_device_without_end_is_refused() {
        let error = read_text(Path::new("/dev/zero"), 1 << 20).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    }
}
