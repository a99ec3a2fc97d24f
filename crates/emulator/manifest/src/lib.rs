//! A run as JSON.
//!
//! - [`PlanFields`]: a plan field by field, as requests, manifests and files of state have it; read
//!   and written in one place, so that what one of them holds the others understand.
//! - [`Manifest`]: all that is needed to make the data of a run again and to verify it.
//! - [`RecordedChange`]: what was changed of it while it was under way.
//! - [`imperfections`]: what is wrong on purpose.
//! - [`time`]: points in time as RFC 3339.
//! - [`traffic`]: how much there is at which time.
//!
//! The feature `openapi` adds the schemas.

mod changes;
mod fields;
pub mod imperfections;
mod manifest;
mod model;
mod reader;
#[cfg(feature = "openapi")]
pub mod schema;
pub mod time;
pub mod traffic;

pub use changes::{FACTOR, RecordedChange, factor};
pub use fields::{FieldProblem, PlanFields, ReadFields, RecordedPlanError};
pub use manifest::{Faults, Manifest, ManifestError, ModelManifest, Parts, Records, faults};
pub use model::{RecordedModel, RecordedModelError, recorded_model};
