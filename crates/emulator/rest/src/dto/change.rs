//! `PATCH /emulator/{id}`.

use emulator_domain::emulation::Order;
use emulator_domain::{Change, InvalidValue};
use emulator_manifest::{factor, schema, traffic};
use platform_http::FieldError;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::tags;

/// What to change: at least one of these, and not both `rate` and `factor`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub(crate) struct ChangeRequest {
    /// Records a second of event time from now on.
    #[serde(default)]
    #[schema(schema_with = schema::rate)]
    rate: Option<Value>,
    /// Multiple of the current rate.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0.000001, maximum = 1000000)]
    factor: Option<Value>,
    /// What people call the run; null for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = name)]
    name: Option<Value>,
    /// Labels by their keys; those that are not named stay, null takes one away.
    #[serde(default, deserialize_with = "given")]
    #[schema(schema_with = labels)]
    labels: Option<Value>,
}

/// Distinguishes an explicit null from an absent field.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn name() -> RefOr<Schema> {
    schema::schema(tags::name_schema())
}

fn labels() -> RefOr<Schema> {
    schema::schema(tags::labels_schema())
}

impl ChangeRequest {
    /// # Errors
    /// The invalid field.
    pub(crate) fn order(&self) -> Result<Order, FieldError> {
        let tags = tags::change(self.name.as_ref(), self.labels.as_ref())?;
        let is_empty = self.name.is_none() && self.labels.is_none();
        let invalid =
            |field| move |why: InvalidValue| wrong(field, format!("invalid {field} {why}"));
        let change = match (&self.rate, &self.factor) {
            (Some(rate), None) => Some(Change::Traffic(
                traffic::read(rate).map_err(invalid("rate"))?,
            )),
            (None, Some(told)) => Some(factor(told).map_err(invalid("factor"))?),
            (None, None) if is_empty => {
                let detail = "rate, factor, name or labels is required";
                return Err(wrong("rate", detail.to_owned()));
            }
            (None, None) => None,
            (Some(_), Some(_)) => {
                let detail = "rate and factor are given; expected one of both";
                return Err(wrong("factor", detail.to_owned()));
            }
        };
        Ok(Order { change, tags })
    }
}

fn wrong(field: &str, detail: String) -> FieldError {
    let field = field.to_owned();
    FieldError { field, detail }
}
