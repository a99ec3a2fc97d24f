//! A task as an engine submits it.

use compute_application::TaskOrder;
use compute_domain::{ObjectKey, TaskId};
use compute_ports::StoreAccess;
use platform_http::excerpt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The statuses that a task may have in an engine; a service uses some of these.
const STATUSES: [&str; 10] = [
    "pending",
    "fetching",
    "processing",
    "saving",
    "finished",
    "error",
    "scheduled",
    "skipped",
    "unavailable",
    "archived",
];

/// A task, the store of its files and where its end is reported to. Members that are not listed
/// are ignored.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ServiceTask {
    /// Names the user of the store.
    #[schema(example = "minio")]
    s3_access_key_id: String,
    /// Signs the requests to the store.
    #[schema(example = "minio123")]
    s3_secret_access_key: String,
    /// Part of every signature.
    #[schema(example = "eu-central-1")]
    s3_region: String,
    /// The store's URL, with addresses in path style.
    #[schema(example = "http://minio:9000")]
    s3_host: String,
    /// The bucket of inputs and outputs.
    #[schema(example = "engine")]
    s3_bucket: String,
    /// The task itself.
    task: TaskBody,
    /// Gets a PATCH with `status`, `data_out` and, after an error, `error_message`.
    #[schema(example = "http://engine:8080/tasks/6f9619ff-8b86-4011-b42d-00c04fc964ff")]
    callback_url: String,
}

/// The task itself.
#[derive(Deserialize, ToSchema)]
pub(crate) struct TaskBody {
    /// Names the task. A task whose id was accepted before is the same task.
    #[schema(value_type = Uuid, example = "6f9619ff-8b86-4011-b42d-00c04fc964ff")]
    id: String,
    /// Keys of the input objects, one for each field of the service, in their order.
    #[schema(example = json!(["0b5e2c9e-3f0c-4b8f-9c53-2f5c2a4f6f0a.png"]))]
    data_in: Vec<String>,
    /// Ignored.
    #[serde(default)]
    data_out: Option<Vec<String>>,
    /// What the engine takes it for; ignored.
    #[serde(default)]
    #[schema(example = "pending")]
    status: Option<String>,
    /// What the engine calls the service; ignored.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    service_id: Option<String>,
    /// The run of a pipeline that it belongs to; ignored.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pipeline_execution_id: Option<String>,
    /// The pipeline that it belongs to; ignored.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pipeline_id: Option<String>,
}

/// An invalid member: its path, and what is wrong with it and what is allowed.
pub(crate) struct MemberError {
    pub(crate) member: String,
    pub(crate) why: String,
}

impl ServiceTask {
    /// The order, if every member is valid.
    pub(crate) fn parse(self) -> Result<TaskOrder, Vec<MemberError>> {
        let mut errors = Vec::new();
        let mut refuse = |member: &str, why: String| {
            errors.push(MemberError {
                member: member.to_owned(),
                why,
            });
        };
        let id = TaskId::parse(&self.task.id);
        if id.is_none() {
            refuse("task.id", not_a_uuid(&self.task.id));
        }
        let ignored = [
            ("task.service_id", &self.task.service_id),
            (
                "task.pipeline_execution_id",
                &self.task.pipeline_execution_id,
            ),
            ("task.pipeline_id", &self.task.pipeline_id),
        ];
        for (member, id) in ignored {
            if let Some(id) = id.as_ref().filter(|id| Uuid::try_parse(id).is_err()) {
                refuse(member, not_a_uuid(id));
            }
        }
        if let Some(status) = &self.task.status
            && !STATUSES.contains(&status.as_str())
        {
            let allowed = STATUSES.join(", ");
            refuse(
                "task.status",
                format!("got {:?}; expected one of {allowed}", excerpt(status)),
            );
        }
        let mut inputs = Vec::new();
        for (list, keys) in [
            ("data_in", self.task.data_in),
            ("data_out", self.task.data_out.unwrap_or_default()),
        ] {
            for (position, key) in keys.iter().enumerate() {
                match ObjectKey::parse(key) {
                    Ok(key) if list == "data_in" => inputs.push(key),
                    Ok(_) => {}
                    Err(error) => refuse(&format!("task.{list}[{position}]"), error.to_string()),
                }
            }
        }
        let name = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        for (member, text, max) in [
            ("s3_bucket", &self.s3_bucket, 255),
            ("s3_region", &self.s3_region, 64),
        ] {
            let allowed = (1..=max).contains(&text.len())
                && text.chars().all(name)
                && text.chars().any(|c| c.is_ascii_alphanumeric());
            if !allowed {
                let got = excerpt(text);
                let why =
                    format!("got {got:?}; expected 1 to {max} letters, digits, '.', '-' and '_'");
                refuse(member, why);
            }
        }
        for (member, text) in [
            ("s3_access_key_id", &self.s3_access_key_id),
            ("s3_secret_access_key", &self.s3_secret_access_key),
        ] {
            if text.is_empty() || text.len() > 1024 || text.chars().any(char::is_control) {
                refuse(
                    member,
                    "expected 1 to 1024 bytes without control characters".to_owned(),
                );
            }
        }
        match id {
            Some(id) if errors.is_empty() => Ok(TaskOrder {
                id,
                inputs,
                access: StoreAccess {
                    endpoint: self.s3_host,
                    region: self.s3_region,
                    bucket: self.s3_bucket,
                    access_key_id: self.s3_access_key_id.into(),
                    secret_access_key: self.s3_secret_access_key.into(),
                },
                callback_url: self.callback_url,
            }),
            _ => Err(errors),
        }
    }
}

fn not_a_uuid(text: &str) -> String {
    format!("got {:?}; expected a UUID", excerpt(text))
}

/// A sentence, or the status of a task.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    /// The sentence or the status.
    pub(crate) status: &'static str,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Nearly right, or anything.
    fn text(right: &'static str) -> impl Strategy<Value = String> {
        prop_oneof![
            Just(right.to_owned()),
            ".{0,20}".prop_map(move |more| right.to_owned() + &more),
            ".{0,300}"
        ]
    }

    proptest! {
        #[test]
        fn any_task_is_understood_or_refused_member_by_member(
            id in text("6f9619ff-8b86-4011-b42d-00c04fc964ff"),
            keys in prop::collection::vec(text("a/b.png"), 0..4),
            bucket in text("engine"),
            host in text("http://minio:9000"),
            callback in text("http://engine:8080/tasks/1"),
        ) {
            let task = json!({
                "s3_access_key_id": bucket, "s3_secret_access_key": host, "s3_region": bucket,
                "s3_host": host, "s3_bucket": bucket, "callback_url": callback,
                "task": {"id": id, "data_in": keys, "status": bucket},
            });
            let task: ServiceTask = serde_json::from_value(task).unwrap();
            if let Err(errors) = task.parse() {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    prop_assert!(error.why.len() < 2_000, "{}", error.why);
                }
            }
        }
    }
}
