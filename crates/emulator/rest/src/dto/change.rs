//! `PATCH /emulator/{id}`.

use emulator_domain::{Change, InvalidValue};
use emulator_manifest::{factor, schema, traffic};
use platform_http::FieldError;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What is to be changed; one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeRequest {
    /// Records a second of event time from now on.
    #[schema(schema_with = schema::rate)]
    rate: Option<Value>,
    /// So many times the rate that there is.
    #[schema(value_type = Option<f64>, minimum = 0.000001, maximum = 1000000)]
    factor: Option<Value>,
}

impl ChangeRequest {
    /// # Errors
    /// The field that is wrong.
    pub(crate) fn change(&self) -> Result<Change, Vec<FieldError>> {
        let wrong = |field: &str, detail: String| {
            vec![FieldError {
                field: field.to_owned(),
                detail,
            }]
        };
        let invalid =
            |field| move |why: InvalidValue| wrong(field, format!("invalid {field} {why}"));
        match (&self.rate, &self.factor) {
            (Some(rate), None) => traffic::read(rate)
                .map(Change::Traffic)
                .map_err(invalid("rate")),
            (None, Some(told)) => factor(told).map_err(invalid("factor")),
            (None, None) => Err(wrong("rate", "rate or factor is required".to_owned())),
            (Some(_), Some(_)) => {
                let detail = "rate and factor are given; expected one of both";
                Err(wrong("factor", detail.to_owned()))
            }
        }
    }
}
