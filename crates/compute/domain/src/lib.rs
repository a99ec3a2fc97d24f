//! What a compute service decides: which tasks it takes, how a task goes from accepted to ended,
//! what its outputs are called, and when its sender is told again.
//!
//! - [`ServiceDescription`]: what an engine is told of a processor, checked when it is made.
//! - [`Task`]: a task from acceptance to the answer of its sender.
//! - [`ObjectKey`]: a name in an object store that is safe to use; [`output_key`] names outputs so
//!   that a repeated task replaces what it stored before.
//! - [`MediaType`]: the types of data that the protocol knows.
//!
//! Nothing here does I/O, and the time is an argument.

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
