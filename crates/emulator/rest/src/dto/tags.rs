//! The tags of a run in requests.

use std::collections::BTreeMap;

use emulator_domain::InvalidValue;
use emulator_domain::emulation::{InvalidTag, TagChange, Tags};
use platform_http::FieldError;
use serde_json::{Value, json};

/// The tags of a new run, requested by a member of `team`.
///
/// # Errors
/// The invalid field.
pub(crate) fn of_new(
    name: Option<&Value>,
    labels: Option<&Value>,
    team: Option<&str>,
) -> Result<Tags, FieldError> {
    let change = change(name, labels)?;
    let tags = Tags::default().changed(&change);
    let tags = tags.and_then(|tags| match team {
        Some(team) => tags.begun_in(team),
        None => Ok(tags),
    });
    tags.map_err(wrong)
}

/// The requested change of a run's tags: a name or null, and labels or null by key.
///
/// # Errors
/// The field with the wrong type.
pub(crate) fn change(
    name: Option<&Value>,
    labels: Option<&Value>,
) -> Result<TagChange, FieldError> {
    let other = |field, value: &Value, expected| {
        let value = InvalidValue::json(value, expected);
        wrong(InvalidTag { field, value })
    };
    let text = |value: &Value| match value {
        Value::Null => Some(None),
        Value::String(text) => Some(Some(text.clone())),
        _ => None,
    };
    let name = match name {
        None => None,
        Some(value) => Some(text(value).ok_or_else(|| other("name", value, "a text or null"))?),
    };
    let all = match labels {
        None | Some(Value::Null) => BTreeMap::new(),
        Some(value) => {
            let all = value.as_object().and_then(|labels| {
                let labels = labels.iter();
                labels
                    .map(|(key, value)| Some((key.clone(), text(value)?)))
                    .collect()
            });
            all.ok_or_else(|| other("labels", value, "an object of texts"))?
        }
    };
    Ok(TagChange { name, labels: all })
}

fn wrong(why: InvalidTag) -> FieldError {
    FieldError {
        field: why.field.to_owned(),
        detail: why.to_string(),
    }
}

/// The schema of a name.
pub(crate) fn name_schema() -> Value {
    json!({
        "type": ["string", "null"], "minLength": 1, "maxLength": 100,
        "description": "Name of the run, for people.",
    })
}

/// The schema of labels.
pub(crate) fn labels_schema() -> Value {
    json!({
        "type": ["object", "null"], "maxProperties": 16,
        "propertyNames": {"type": "string", "pattern": "^[A-Za-z0-9_./@+-]{1,63}$"},
        "additionalProperties": {"type": ["string", "null"], "pattern": "^[A-Za-z0-9_./@+-]{1,63}$"},
        "description": "Labels to find the run by, such as {\"team\": \"payments\"}; null removes \
                        one. The operators of that team may control the run.",
    })
}
