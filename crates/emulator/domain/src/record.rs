//! Records: what each domain emits, and how any record is generated from its index.

pub mod device_log;
pub mod transaction;
pub mod user_profile;

mod blocks;
mod column;
mod delivered;
mod factory;
mod found;
mod schema;
mod stream;
mod value;
mod visitor;
mod word;

pub use blocks::{Blocks, blocks_of_timeline};
pub use column::{Cells, Column, Presence, TextCells};
pub use delivered::blocks;
pub(crate) use delivered::cut_to_millis;
pub use factory::{Factory, IndexError, Records};
pub use found::FoundColumn;
pub use schema::{ANY, Field, LogicalType, Schema, SchemaError, field_at, positions};
pub use stream::{Block, Envelope, ModelText, Row, Stream};
pub use value::{Array, Map, Struct, Value, values_equal};
pub use visitor::{FieldVisitor, Record};
pub use word::Word;

use self::device_log::DeviceLog;
use self::transaction::Transaction;
use self::user_profile::UserProfile;
use crate::Domain;

/// The schema of a domain's records.
pub const fn schema(domain: Domain) -> &'static Schema {
    match domain {
        Domain::Transaction => Transaction::SCHEMA,
        Domain::UserProfile => UserProfile::SCHEMA,
        Domain::DeviceLog => DeviceLog::SCHEMA,
    }
}
