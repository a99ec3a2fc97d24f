//! The rules of a compute service: which tasks it accepts, how a task proceeds from accepted to
//! ended, how its outputs are named, and when its callback is retried.
//!
//! - [`ServiceDescription`]: what an engine is told about a processor, validated on construction.
//! - [`Task`]: a task from its acceptance to the delivery of its callback.
//! - [`ObjectKey`]: a safe name in an object store; [`output_key`] names outputs so that a repeated
//!   task overwrites what it stored before.
//! - [`MediaType`]: the types of data that the protocol knows.
//!
//! There is no I/O here, and the time is passed as an argument.

mod media_type;
mod object_key;
mod service;
mod task;
mod time;

pub use media_type::MediaType;
pub use object_key::{ObjectKey, ObjectKeyError, output_key};
pub use service::{
    Field, InputError, ServiceDescription, ServiceDraft, ServiceError, Tag, is_slug,
};
pub use task::{
    CALLBACK_PERIOD, CallbackState, Outcome, Task, TaskError, TaskId, TaskSnapshot, TaskStatus,
    callback_pause,
};
pub use time::Timestamp;
