//! The model language as JSON Schema, made from the tables that also drive the reader.

use std::fmt::Write;

use crate::compile::BESIDE_ALL;
use crate::distribution;
use crate::generator::fake::{PROVIDERS, locale_names};
use crate::generator::{GeneratorKind, KINDS};
use crate::imperfections;

/// The names of the providers and locales of `fake`.
pub fn providers() -> (Vec<&'static str>, Vec<&'static str>) {
    let names = PROVIDERS.iter().map(|provider| provider.name);
    (names.collect(), locale_names())
}

/// The distributions, each with a description of its parameters.
pub fn distributions() -> Vec<(&'static str, &'static str)> {
    let kinds = distribution::KINDS.iter();
    kinds.map(|kind| (kind.name, kind.parameters)).collect()
}

/// JSON Schema (draft 2020-12) of a model, for editors and other programs.
pub fn json_schema() -> String {
    let fields: Vec<String> = KINDS.iter().map(field).collect();
    let (providers, locales) = providers();
    format!(
        r##"{{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"A data model","type":"object","required":["model","streams"],"additionalProperties":false,"properties":{{"model":{{"$ref":"#/$defs/name"}},"description":{{"type":"string"}},"streams":{{"type":"object","minProperties":1,"propertyNames":{{"$ref":"#/$defs/name"}},"additionalProperties":{{"$ref":"#/$defs/stream"}}}}}},"$defs":{{"name":{{"type":"string","pattern":"^[A-Za-z][A-Za-z0-9_]{{0,62}}$"}},"stream":{{"type":"object","additionalProperties":false,"properties":{{"description":{{"type":"string"}},"count":{{"type":"integer","minimum":1}},"each":{{"type":"string"}},"times":{{"oneOf":[{{"type":"integer","minimum":1}},{{"type":"object","minProperties":1,"propertyNames":{{"pattern":"^[0-9]+$"}},"additionalProperties":{{"type":"number","exclusiveMinimum":0}}}}]}},"changes_of":{{"type":"string"}},"update":{{"type":"object","additionalProperties":{{"type":"number","minimum":0,"maximum":1}}}},"delete":{{"type":"number","minimum":0,"maximum":0.5}},"key":{{"type":"string"}},"id":{{"type":"string"}},"envelope":{{"enum":["none","emulation","debezium"]}},"imperfections":{},"fields":{{"type":"object","minProperties":1,"propertyNames":{{"$ref":"#/$defs/name"}},"additionalProperties":{{"$ref":"#/$defs/field"}}}}}}}},"distribution":{},"decimal":{},"provider":{{"enum":{}}},"locale":{{"enum":{}}},"field":{{"oneOf":[{}]}}}}}}"##,
        imperfections::json_schema(),
        distribution_schema(r#""min":{"type":"number"},"max":{"type":"number"}"#),
        distribution_schema(
            r#""min":{"type":"number"},"max":{"type":"number"},"scale":{"type":"integer","minimum":0,"maximum":9}"#
        ),
        names(&providers),
        names(&locales),
        fields.join(","),
    )
}

/// A JSON array of strings that need no escaping.
fn names(names: &[&str]) -> String {
    format!("[\"{}\"]", names.join("\",\""))
}

/// A map with exactly one distribution.
fn distribution_schema(beside: &str) -> String {
    let (mut properties, mut required) = (String::new(), Vec::new());
    for kind in distribution::KINDS {
        write!(properties, "\"{}\":{},", kind.name, kind.schema).expect("a String takes any text");
        required.push(format!("{{\"required\":[\"{}\"]}}", kind.name));
    }
    format!(
        r#"{{"type":"object","properties":{{{properties}{beside}}},"additionalProperties":false,"oneOf":[{}]}}"#,
        required.join(",")
    )
}

/// A field with one generator.
fn field(kind: &GeneratorKind) -> String {
    let [null, missing, description] = BESIDE_ALL;
    let mut properties = format!(
        r#""{null}":{{"type":"number","minimum":0,"maximum":1}},"{missing}":{{"type":"number","minimum":0,"maximum":1}},"{description}":{{"type":"string"}},"{}":{}"#,
        kind.name, kind.parameter
    );
    for (name, schema) in kind.beside {
        write!(properties, ",\"{name}\":{schema}").expect("a String takes any text");
    }
    let summary = kind.summary.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        r#"{{"type":"object","description":"{summary}","properties":{{{properties}}},"required":["{}"],"additionalProperties":false}}"#,
        kind.name
    )
}
