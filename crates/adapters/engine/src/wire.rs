//! The bodies sent to engines, in the terms of their protocol.

use compute_domain::{Field, Outcome, ServiceDraft, TaskStatus};
use compute_ports::Announcement;
use serde_json::{Value, json};

/// A registration. Absent members are left out instead of null: an engine stores some nulls as the
/// text "None".
pub(crate) fn registration(announcement: &Announcement) -> Value {
    let ServiceDraft {
        name,
        slug,
        summary,
        description,
        data_in,
        data_out,
        tags,
        has_ai,
    } = announcement.service.draft();
    let tags = tags
        .iter()
        .map(|tag| json!({"name": tag.name(), "acronym": tag.acronym()}));
    json!({
        "name": name,
        "slug": slug,
        "url": announcement.url,
        "summary": summary,
        "description": description,
        "status": "available",
        "data_in_fields": fields(data_in),
        "data_out_fields": fields(data_out),
        "tags": tags.collect::<Vec<_>>(),
        "has_ai": has_ai,
        "docs_url": announcement.docs_url,
    })
}

fn fields(fields: &[Field]) -> Value {
    let field = |field: &Field| {
        let types: Vec<_> = field.types.iter().map(|one| one.name()).collect();
        json!({"name": field.name, "type": types})
    };
    fields.iter().map(field).collect()
}

/// Whether a record has the fields of the registration. Fields added by the engine are ignored.
pub(crate) fn has_fields_of(record: &Value, registration: &Value) -> bool {
    ["data_in_fields", "data_out_fields"].iter().all(|list| {
        let members = |of: &Value| -> Option<Vec<(Value, Value)>> {
            let fields = of.get(list)?.as_array()?.iter();
            Some(
                fields
                    .map(|field| (field["name"].clone(), field["type"].clone()))
                    .collect(),
            )
        };
        members(record) == members(registration)
    })
}

/// How a task ended. Without `data_out` and `status` an engine rejects it, and the task never ends.
pub(crate) fn update(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Finished(keys) => {
            let keys: Vec<_> = keys.iter().map(|key| key.as_str()).collect();
            json!({"status": TaskStatus::Finished.name(), "data_out": keys})
        }
        Outcome::Failed(why) => {
            json!({"status": TaskStatus::Error.name(), "data_out": [], "error_message": why})
        }
    }
}
