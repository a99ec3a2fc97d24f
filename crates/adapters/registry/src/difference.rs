//! Describes how two Avro schemas differ.

use serde_json::Value;

/// The names of the fields in which `new` differs from `old`; `None` if that cannot be determined.
pub(crate) fn of_avro(old: &str, new: &str) -> Option<String> {
    let (old, new) = (fields(old)?, fields(new)?);
    let mut told = Vec::new();
    for (name, is) in &new {
        match kind(&old, name) {
            None => told.push(format!("field '{name}' is not in the registered schema")),
            Some(was) if was != is => {
                told.push(format!(
                    "field '{name}' is {is} and was registered as {was}"
                ));
            }
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(name, _)| kind(&new, name).is_none());
    told.extend(gone.map(|(name, _)| format!("field '{name}' is only in the registered schema")));
    Some(told.join("; ")).filter(|told| !told.is_empty())
}

fn kind<'f>(fields: &'f [(String, Value)], name: &str) -> Option<&'f Value> {
    let found = fields.iter().find(|(other, _)| other == name);
    found.map(|(_, kind)| kind)
}

fn fields(schema: &str) -> Option<Vec<(String, Value)>> {
    let schema: Value = serde_json::from_str(schema).ok()?;
    let fields = schema["fields"].as_array()?.iter();
    fields
        .map(|field| Some((field["name"].as_str()?.to_owned(), field["type"].clone())))
        .collect()
}
