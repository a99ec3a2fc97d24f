//! A run as JSON.
//!
//! - [`PlanFields`]: a plan field by field, as in requests, manifests and state files. It is read
//!   and written in one place, so all of these understand each other.
//! - [`Manifest`]: everything needed to reproduce the data of a run and to verify it.
//! - [`RecordedChange`]: a change of the run while it was under way.
//! - [`imperfections`]: deliberate faults.
//! - [`time`]: points in time as RFC 3339.
//! - [`traffic`]: how the rate changes over time.
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
