//! `--rate`: a number, a shape, or a file with either.

use std::fs;
use std::path::Path;

use emulator_domain::Traffic;
use emulator_manifest::traffic;
use serde_json::{Value, json};

/// Parses a rate: a number, a shape as JSON, or the name of a JSON file with either. A shape
/// `replay` may name a CSV file, `csv`, in place of its `counts`.
pub(crate) fn rate(text: &str) -> Result<Traffic, String> {
    let read = |path: &Path| {
        fs::read_to_string(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))
    };
    let json = match text.ends_with(".json") {
        true => read(text.as_ref())?,
        false => text.to_owned(),
    };
    let mut value: Value = match serde_json::from_str(&json) {
        Ok(value) => value,
        Err(error) if json.contains('{') => return Err(format!("not JSON: {error}")),
        Err(_) => json.into(),
    };
    if let Some(shape) = value.as_object_mut()
        && let Some(path) = shape.remove("csv")
    {
        let path = path.as_str().ok_or("csv is not the name of a file")?;
        let counts = counts(&read(path.as_ref())?).map_err(|why| format!("{path}: {why}"))?;
        if shape.insert("counts".to_owned(), json!(counts)).is_some() {
            return Err("either csv or counts, not both".to_owned());
        }
    }
    // clap shows the argument itself, so only a part of it needs to be named here.
    traffic::read(&value).map_err(|error| match &value {
        Value::Object(_) => error.to_string(),
        _ => format!("expected {}", error.expected()),
    })
}

/// The values of the last column, with or without a header.
fn counts(csv: &str) -> Result<Vec<u32>, String> {
    let lines = csv.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty());
    let counts = lines.filter_map(|(number, line)| {
        let field = line
            .rsplit(',')
            .next()
            .unwrap_or(line)
            .trim_matches(['"', ' ']);
        match field.parse() {
            Ok(count) => Some(Ok(count)),
            Err(_) if number == 0 => None,
            Err(_) => Some(Err(format!(
                "line {}: '{}'; expected a whole number from 0 to {} in the last column",
                number + 1,
                field.escape_debug(),
                u32::MAX
            ))),
        }
    });
    counts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_a_shape_or_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(
            path("sine.json"),
            r#"{"shape":"sine","rate":2,"amplitude":1,"period":60}"#,
        )
        .unwrap();
        fs::write(path("counts.csv"), "minute,count\n08:00,\"3\"\n08:01,5\n\n").unwrap();
        fs::write(path("bad.csv"), "3\n-5\n").unwrap();
        let read = |text: &str| rate(text).map(|traffic| traffic::write(&traffic));
        assert_eq!(read("12.5"), Ok(json!(12.5)));
        assert_eq!(read(&path("sine.json")).unwrap()["amplitude"], 1.0);
        let replay = |csv: &str| json!({"shape": "replay", "csv": csv, "every": 60}).to_string();
        assert_eq!(
            read(&replay(&path("counts.csv"))).unwrap()["counts"],
            json!([3, 5])
        );
        for (text, told) in [
            ("fast".to_owned(), "expected a number, ".to_owned()),
            ("{fast".to_owned(), "not JSON: ".to_owned()),
            (
                "none.json".to_owned(),
                "none.json cannot be read: ".to_owned(),
            ),
            (
                replay(&path("bad.csv")),
                format!("{}: line 2: '-5'; expected a whole number", path("bad.csv")),
            ),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.starts_with(&told), "{error}");
        }
    }
}
