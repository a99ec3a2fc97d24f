//! Realistic records, each a pure function of (seed, domain, index).
//!
//! This is the functional core: it performs no I/O, reads no clock and starts no threads. Time and
//! seed are arguments. The same arguments give the same records on every machine, in any order and
//! on any number of threads, so a run can be resumed exactly, and what arrived can be verified by
//! generating it again.
//!
//! ```
//! use emulator_domain::record::transaction::{Labels, TransactionFactory};
//! use emulator_domain::{Factory, Rate, Seed, Timeline, Timestamp, UserIds};
//!
//! let new_year = Timestamp::from_micros(1_767_225_600_000_000).expect("2026-01-01T00:00:00Z");
//! let timeline = Timeline::new(new_year, Rate::per_second(10_000.0).expect("in range"));
//! let transactions =
//!     TransactionFactory::new(Seed::new(7), UserIds::CONTRACT, timeline, Labels::Shown);
//!
//! for (_event_time, transaction) in transactions.records(0..10)? {
//!     println!(
//!         "{} {:>8} {} {}",
//!         transaction.timestamp, transaction.amount, transaction.location, transaction.merchant
//!     );
//! }
//!
//! // Any record can be had on its own, and its id leads back to its index.
//! let last = transactions.record(9)?;
//! assert_eq!(transactions.ids().index_of(last.transaction_id), Some(9));
//! # Ok::<(), emulator_domain::record::IndexError>(())
//! ```
//!
//! - [`record`]: the three built-in kinds of record, the factories that generate them, and the
//!   visitor with which any format can write them.
//! - [`record::Stream`]: records of other shapes, described at run time by a model.
//! - [`rules`]: what makes a transaction fraudulent and a user risky, with the share of each rule.
//! - [`Population`]: the users that the domains of a seed share.
//! - [`plan`], [`emulation`], [`delivery`]: the plan of a run, its life cycle, and its account of
//!   every record.
//! - [`imperfection`]: deliberately dirty data.
//! - [`verification`]: compares what a destination holds with what it should hold.
//!
//! With the feature `serde`, records can be serialised.

mod credit;
mod dataset;
mod destination_rules;
mod domain;
mod identity;
mod invalid;
mod money;
mod object_names;
mod population;
mod seed;
mod time;
mod timeline;
mod user_ids;
mod vocabulary;

pub mod delivery;
pub mod emulation;
pub mod imperfection;
pub mod plan;
pub mod record;
pub mod rules;
pub mod text;
pub mod verification;

pub use credit::CreditScore;
pub use dataset::Dataset;
pub use destination_rules::{DestinationRefused, DestinationRules, NamePattern, NamePatternError};
pub use domain::Domain;
pub use identity::{RecordIds, UserOrder};
pub use invalid::{InvalidValue, listed, nearest};
pub use money::{Cents, Spending};
pub use object_names::ObjectNames;
pub use population::{Device, Population, User};
pub use record::{Factory, Record};
pub use seed::{KeyStream, RandomWords, RecordRandom, Seed};
pub use time::{Date, Timestamp};
pub use timeline::{
    Burst, Change, ChangeError, Changed, Level, Rate, Shape, ShapeError, Span, Step, Timeline,
    Traffic,
};
pub use user_ids::{UserIds, UserIdsError};

/// Changes whenever any record of any seed changes, and only then.
pub const GENERATOR_VERSION: u32 = 2;
