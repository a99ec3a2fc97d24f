//! What can be emulated: a built-in domain, or a stream of a model.

use std::borrow::Cow;
use std::sync::Arc;

use crate::imperfection::Imperfections;
use crate::record::{Envelope, Field, Schema, Stream, schema};
use crate::{Domain, InvalidValue, Rate, Seed, Timestamp, UserIds, listed, nearest};

/// The data set of a run.
#[derive(Clone, Debug)]
pub enum Dataset {
    /// A built-in domain.
    Builtin(Domain),
    /// A stream of a model.
    Stream(Arc<dyn Stream>),
}

impl Dataset {
    /// The built-in domain of that name (case-insensitive), or the stream of exactly that name.
    ///
    /// # Errors
    /// If there is none.
    pub fn named(text: &str, streams: &[Arc<dyn Stream>]) -> Result<Self, InvalidValue> {
        if let Some(found) = Self::all(streams).find(|dataset| dataset.name() == text) {
            return Ok(found);
        }
        text.parse::<Domain>().map(Self::from).map_err(|_| {
            let names: Vec<_> = Self::all(streams).map(|dataset| dataset.name()).collect();
            let names: Vec<_> = names.iter().map(|name| &**name).collect();
            let meant = nearest(text, &names, 2).map(str::to_owned);
            InvalidValue::text(text, Self::expected(streams)).meaning(meant)
        })
    }

    /// The names that [`named`](Self::named) accepts, for error messages.
    pub fn expected(streams: &[Arc<dyn Stream>]) -> String {
        const SHOWN: usize = 20;
        let mut names: Vec<_> = Self::all(streams).map(|dataset| dataset.name()).collect();
        if names.len() > SHOWN {
            let more = names.split_off(SHOWN).len();
            names.push(format!("one of {more} more streams").into());
        }
        listed(&names)
    }

    /// The built-in domains, followed by these streams.
    pub fn all(streams: &[Arc<dyn Stream>]) -> impl Iterator<Item = Self> {
        let builtin = Domain::ALL.into_iter().map(Self::from);
        builtin.chain(streams.iter().cloned().map(Self::from))
    }

    /// The name used in requests: `transaction`; `shop/order` for the stream `order` of the model
    /// `shop`.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Builtin(domain) => domain.name().into(),
            Self::Stream(stream) => format!("{}/{}", stream.model().name, stream.name()).into(),
        }
    }

    /// The fields of its records.
    pub fn schema(&self) -> &Schema {
        match self {
            Self::Builtin(domain) => schema(*domain),
            Self::Stream(stream) => stream.schema(),
        }
    }

    /// The envelope of each record.
    pub fn envelope(&self) -> Envelope {
        match self {
            Self::Builtin(_) => Envelope::Emulation,
            Self::Stream(stream) => stream.envelope(),
        }
    }

    /// The imperfections that apply unless a run specifies its own.
    pub fn imperfections(&self) -> Imperfections {
        let of_stream = self.stream().and_then(|stream| stream.imperfections());
        of_stream.cloned().unwrap_or_default()
    }

    /// The field that is the key of messages, if they have one: a field of the record, or of the
    /// entity that it is about.
    pub fn key(&self) -> Option<&Field> {
        match self {
            Self::Builtin(_) => {
                let schema = self.schema();
                schema.key().map(|key| &schema.fields()[key])
            }
            Self::Stream(stream) => stream.key(),
        }
    }

    /// The paths of the fields (`a`, or `a.b` within a struct) whose values together identify the
    /// index; empty if none do.
    pub fn id_fields(&self) -> Vec<String> {
        match self {
            Self::Builtin(_) => {
                let schema = self.schema();
                let id = schema.id().map(|id| schema.fields()[id].name.to_string());
                id.into_iter().collect()
            }
            Self::Stream(stream) => stream.id_fields().to_vec(),
        }
    }

    /// The stream, if this is one.
    pub const fn stream(&self) -> Option<&Arc<dyn Stream>> {
        match self {
            Self::Builtin(_) => None,
            Self::Stream(stream) => Some(stream),
        }
    }

    /// The default topic, bucket or folder: for a stream `shop-order-line`, which every destination
    /// accepts as a name.
    pub fn destination(&self) -> String {
        match self {
            Self::Builtin(domain) => domain.destination().to_owned(),
            Self::Stream(stream) => {
                let name = format!("{}-{}", stream.model().name, stream.name());
                let name = name.to_ascii_lowercase().replace('_', "-");
                name.trim_matches('-').to_owned()
            }
        }
    }

    /// The start and rate of records that have their own times, whatever a run specifies.
    pub fn own_time(&self) -> Option<(Timestamp, Rate)> {
        self.stream()?.own_time()
    }

    /// The default start of the timeline for a run of a part of it: that of the records' own times,
    /// or else the earliest time.
    pub fn timeline_start(&self) -> Timestamp {
        let own = self.own_time();
        own.map_or(Timestamp::EARLIEST, |(start, _)| start)
    }

    /// The maximum number of records, if something other than their times limits it.
    pub fn records_of(&self, seed: Seed, users: UserIds) -> Option<u64> {
        match self {
            Self::Builtin(domain) => domain.records_of(users),
            Self::Stream(stream) => Some(stream.population(seed)).filter(|count| *count < u64::MAX),
        }
    }

    /// The position of record `index` on the timeline; it never decreases from one index to the
    /// next.
    pub fn position(&self, seed: Seed, index: u64) -> u64 {
        match self {
            Self::Builtin(_) => index,
            Self::Stream(stream) => stream.position(seed, index),
        }
    }

    /// The smallest index whose [`position`](Self::position) is at least `position`, or `u64::MAX`.
    pub fn first_at(&self, seed: Seed, position: u64) -> u64 {
        match self {
            Self::Builtin(_) => position,
            // Past the end of the calendar the stream must not be asked.
            Self::Stream(_) if position == u64::MAX => u64::MAX,
            Self::Stream(stream) => stream.first_at(seed, position),
        }
    }

    /// Whether the fields of a record identify it, so that it can be generated again and compared.
    pub fn is_verifiable(&self) -> bool {
        self.stream()
            .is_none_or(|stream| !stream.id_fields().is_empty())
    }

    /// Why it is not [verifiable](Self::is_verifiable), and what to do about it.
    pub fn unverifiable(&self) -> String {
        format!(
            "no field of {} leads back to the index of its record; give it a field of sequence or \
             uuid, or one that is unique, or name such a field with id",
            self.name()
        )
    }
}

impl From<Domain> for Dataset {
    fn from(domain: Domain) -> Self {
        Self::Builtin(domain)
    }
}

impl From<Arc<dyn Stream>> for Dataset {
    fn from(stream: Arc<dyn Stream>) -> Self {
        Self::Stream(stream)
    }
}

/// Equal if they have the same records.
impl PartialEq for Dataset {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Builtin(one), Self::Builtin(other)) => one == other,
            (Self::Stream(one), Self::Stream(other)) => **one == **other,
            _ => false,
        }
    }
}

/// Its [`name`](Dataset::name).
impl std::fmt::Display for Dataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.name())
    }
}
