//! `GET /emulator`.

use emulator_application::list_emulations::{self, Filter, Listed};
use emulator_domain::emulation::EmulationId;
use emulator_domain::{InvalidValue, Timestamp};
use emulator_manifest::schema;
use emulator_manifest::time::rfc3339;
use platform_http::ApiError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::status::StatusAnswer;
use super::words::{parameter, up_to};

/// Which runs are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only runs in this state.
    #[param(schema_with = schema::status, required = false)]
    status: Option<String>,
    /// Only runs with this name.
    name: Option<String>,
    /// Only runs with this label, `KEY:VALUE`, or with each of several, separated by commas.
    #[param(pattern = "^[^:,]*:[^,]*(,[^:,]*:[^,]*)*$")]
    label: Option<String>,
    /// Only runs of this kind of data.
    domain: Option<String>,
    /// Maximum number of runs; 100 if absent.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// Only runs older than the one with this id: `next` of the page before.
    #[param(format = Uuid)]
    after: Option<String>,
}

/// The parsed [`ListQuery`].
pub(crate) struct ListParameters {
    pub(crate) filter: Filter,
    pub(crate) after: Option<EmulationId>,
    pub(crate) limit: u16,
}

impl ListQuery {
    const LIMIT: u16 = 100;

    /// # Errors
    /// The invalid parameter.
    pub(crate) fn parse(&self) -> Result<ListParameters, ApiError> {
        let limit = parameter("limit", self.limit.as_ref(), |text| {
            up_to(text, list_emulations::MOST)
        })?;
        Ok(ListParameters {
            filter: Filter {
                status: parameter("status", self.status.as_ref(), str::parse)?,
                name: self.name.clone(),
                labels: parameter("label", self.label.as_ref(), labels)?.unwrap_or_default(),
                domain: self.domain.clone(),
            },
            after: parameter("after", self.after.as_ref(), |text| {
                let id = text.parse();
                id.map_err(|_| InvalidValue::text(text, "the id of an emulation"))
            })?,
            limit: limit.unwrap_or(Self::LIMIT),
        })
    }
}

/// Parses labels into keys and values.
fn labels(text: &str) -> Result<Vec<(String, String)>, InvalidValue> {
    let all = text.split(',').map(|label| {
        let (key, value) = label.split_once(':')?;
        Some((key.to_owned(), value.to_owned()))
    });
    let all: Option<_> = all.collect();
    all.ok_or_else(|| InvalidValue::text(text, "KEY:VALUE, several separated by commas"))
}

/// A page of runs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListAnswer {
    emulations: Vec<ListedRun>,
    /// Value of `after` for the next page; null on the last.
    #[schema(format = Uuid)]
    next: Option<String>,
}

/// A run of the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Listed)]
struct ListedRun {
    #[serde(flatten)]
    status: StatusAnswer,
    /// The kind of data.
    #[schema(schema_with = schema::domain, required)]
    emulation_domain: String,
    /// Where records go.
    #[schema(schema_with = schema::sink, required)]
    emulator_sync: &'static str,
    /// Name of the topic, bucket or folder.
    destination: String,
    /// When it was accepted, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

impl ListAnswer {
    /// The page, with the state of its runs at `now`.
    pub(crate) fn new(page: &Listed, now: Timestamp) -> Self {
        let emulations = page.runs.iter().map(|emulation| ListedRun {
            status: StatusAnswer::new(emulation, now),
            emulation_domain: emulation.plan().dataset().to_string(),
            emulator_sync: emulation.plan().sink().name(),
            destination: emulation.plan().destination().to_owned(),
            created_at: rfc3339(emulation.created_at()),
        });
        Self {
            emulations: emulations.collect(),
            next: page.next.map(|id| id.to_string()),
        }
    }
}
