//! The data types of the protocol.

use std::fmt;

/// The type of a field's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaType {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `text/plain`
    Text,
    /// `text/csv`
    Csv,
    /// `application/json`
    Json,
    /// `application/pdf`
    Pdf,
    /// `application/zip`
    Zip,
    /// `audio/mpeg`
    Mp3,
    /// `audio/ogg`
    Ogg,
}

impl MediaType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Jpeg,
        Self::Png,
        Self::Text,
        Self::Csv,
        Self::Json,
        Self::Pdf,
        Self::Zip,
        Self::Mp3,
        Self::Ogg,
    ];

    /// The type's name in the protocol, for example `image/png`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
        }
    }

    /// The extension of stored objects of this type, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Pdf => "pdf",
            Self::Zip => "zip",
            Self::Mp3 => "mp3",
            Self::Ogg => "oga",
        }
    }

    /// The type that a name's extension indicates, ignoring case; `None` if it indicates none of
    /// these. The extensions are those of Python's `mimetypes`, which the engine uses: a name whose
    /// only dot is its first character has no extension, and a compressed file has no other type.
    pub fn of_name(name: &str) -> Option<Self> {
        let file = name.rsplit('/').next().unwrap_or(name);
        let (stem, extension) = file.rsplit_once('.')?;
        if stem.trim_start_matches('.').is_empty() {
            return None;
        }
        match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "jpe" => Some(Self::Jpeg),
            "png" => Some(Self::Png),
            "txt" | "bat" | "c" | "h" | "ksh" | "pl" | "srt" => Some(Self::Text),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "pdf" => Some(Self::Pdf),
            "zip" => Some(Self::Zip),
            "mp3" | "mp2" => Some(Self::Mp3),
            "ogg" | "oga" => Some(Self::Ogg),
            _ => None,
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_tells_the_type_whatever_its_capitals() {
        for (name, expected) in [
            ("a.jpg", Some(MediaType::Jpeg)),
            ("a.JPE", Some(MediaType::Jpeg)),
            ("a.b.jpeg", Some(MediaType::Jpeg)),
            ("2f0c.TXT", Some(MediaType::Text)),
            ("2f0c.csv", Some(MediaType::Csv)),
            ("folder.csv/2f0c", None),
            ("2f0c", None),
            (".csv", None),
            ("a.log", None),
            ("a.csv.gz", None),
            ("", None),
        ] {
            assert_eq!(MediaType::of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_stored_object_has_the_type_that_its_name_says() {
        for media_type in MediaType::ALL {
            let name = format!("stored.{}", media_type.extension());
            assert_eq!(MediaType::of_name(&name), Some(media_type));
        }
    }
}
