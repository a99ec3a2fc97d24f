//! `GET /emulator`.

use emulator_domain::Timestamp;
use emulator_domain::emulation::{Emulation, EmulationId, GlobalStatus};
use emulator_domain::plan::PlanError;
use emulator_ports::Page;
use platform_http::excerpt;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::status::StatusAnswer;
use super::time::rfc3339;
use super::words;

/// Which runs are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Only runs in this state.
    #[param(schema_with = words::status, required = false)]
    status: Option<String>,
    /// This many at most; 100 if absent.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// Only runs older than the one with this id: `next` of the page before.
    #[param(format = Uuid)]
    after: Option<String>,
}

impl ListQuery {
    const LIMIT: u64 = 1000;

    /// The page, with room for one run more, which tells whether there is a next page.
    ///
    /// # Errors
    /// The parameter that is wrong.
    pub(crate) fn page(&self) -> Result<Page, PlanError> {
        let status = self.status.as_deref();
        let limit = self.limit.as_deref();
        let limit = limit.map_or(Ok(100), |limit| words::up_to("limit", limit, Self::LIMIT))?;
        Ok(Page {
            status: status
                .map(|status| words::one_of("status", status, &GlobalStatus::ALL))
                .transpose()?,
            after: self.after.as_deref().map(after).transpose()?,
            limit: limit as usize + 1,
        })
    }
}

fn after(text: &str) -> Result<EmulationId, PlanError> {
    text.parse().map_err(|_| PlanError {
        field: "after",
        got: format!("{:?}", excerpt(text)),
        allowed: "the id of an emulation".to_owned(),
    })
}

/// A page of runs, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListAnswer {
    emulations: Vec<Listed>,
    /// What to give as `after` to have the next page; null on the last.
    #[schema(format = Uuid)]
    next: Option<String>,
}

/// A run of the list.
#[derive(Debug, Serialize, ToSchema)]
struct Listed {
    #[serde(flatten)]
    status: StatusAnswer,
    /// The kind of data.
    #[schema(schema_with = words::domain, required)]
    emulation_domain: &'static str,
    /// Where records go.
    #[schema(schema_with = words::sink, required)]
    emulator_sync: &'static str,
    /// Name of the topic, bucket or folder.
    destination: String,
    /// When it was accepted, RFC 3339 in UTC.
    #[schema(format = DateTime)]
    created_at: String,
}

impl ListAnswer {
    /// The runs found for a page of [`ListQuery`].
    pub(crate) fn new(mut found: Vec<Emulation>, page: Page, now: Timestamp) -> Self {
        let more = found.len() >= page.limit;
        found.truncate(page.limit - 1);
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| last.id().to_string());
        let emulations = found.iter().map(|emulation| Listed {
            status: StatusAnswer::new(emulation, now),
            emulation_domain: emulation.plan().domain().name(),
            emulator_sync: emulation.plan().sink().name(),
            destination: emulation.plan().destination().to_owned(),
            created_at: rfc3339(emulation.created_at()),
        });
        Self {
            emulations: emulations.collect(),
            next,
        }
    }
}
