//! `--imperfections`: deliberate faults, as JSON or as a JSON file.

use std::fs;

use emulator_domain::imperfection::Imperfections;
use emulator_manifest::imperfections;

/// Parses deliberate faults: JSON, or the name of a JSON file.
pub(crate) fn imperfections(text: &str) -> Result<Imperfections, String> {
    let json = match text.trim_start().starts_with('{') {
        true => text.to_owned(),
        false => {
            let read = fs::read_to_string(text);
            read.map_err(|error| format!("neither JSON nor a file that can be read: {error}"))?
        }
    };
    let value = serde_json::from_str(&json).map_err(|error| format!("not JSON: {error}"))?;
    imperfections::read(&value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imperfections_are_json_or_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dirt.json");
        fs::write(&file, r#"{"missing": 0.25}"#).unwrap();
        let read = imperfections(&file.display().to_string()).unwrap();
        assert_eq!(read.missing.get(), 0.25);
        assert_eq!(imperfections(r#" {"missing": 0.25}"#), Ok(read));
        for (text, told) in [
            ("none.json", "neither JSON nor a file that can be read: "),
            ("{missing}", "not JSON: "),
            (
                r#"{"missing": -1}"#,
                "missing.share -1; expected 0, or a share",
            ),
        ] {
            let error = imperfections(text).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }
}
