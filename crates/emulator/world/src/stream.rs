//! The streams of the world, as the domain's [`Stream`].

mod columns;
mod entities;
mod events;
mod schemas;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use emulator_domain::imperfection::Imperfections;
use emulator_domain::record::{Block, Envelope, Field, IndexError, ModelText, Schema, Stream};
use emulator_domain::{Rate, RecordIds, Seed, Timeline, Timestamp};
use emulator_model::{Relation, StreamAbout, StreamRole};
use uuid::Uuid;

use crate::calendar::LOGINS;
use crate::kind::Kind;
use crate::people::cards;
use crate::shops::terminals;
use crate::world::{Base, World};

impl Kind {
    /// The properties of the stream apart from its records.
    pub(crate) fn about(self, base: &Base) -> StreamAbout {
        let entities = |count| StreamRole::Entities { count };
        let (role, description, relations): (_, _, &[(&str, Kind)]) = match self {
            Self::Customer => (
                entities(base.people.count()),
                "Customers, in the order in which they joined.",
                &[],
            ),
            Self::Card => (
                entities(self.population(base)),
                "The customers' cards, one or two each.",
                &[("customer_id", Self::Customer)],
            ),
            Self::Merchant => (
                entities(base.shops.count()),
                "Shops with their category, each in a city or online.",
                &[],
            ),
            Self::Terminal => (
                entities(self.population(base)),
                "Card terminals, one to three per shop.",
                &[("merchant_id", Self::Merchant)],
            ),
            Self::Login => (
                StreamRole::Events,
                "Logins to customers' accounts, by the customers or by attackers.",
                &[("customer_id", Self::Customer)],
            ),
            Self::Payment => (
                StreamRole::Events,
                "Card payments. Only payment_truth says which of them are fraud.",
                &[
                    ("customer_id", Self::Customer),
                    ("card_id", Self::Card),
                    ("merchant_id", Self::Merchant),
                    ("terminal_id", Self::Terminal),
                ],
            ),
            Self::Chargeback => (
                StreamRole::Events,
                "Payments that customers dispute one day to seven weeks later: most frauds, but not all, \
                 and some honest payments.",
                &[("payment_id", Self::Payment), ("card_id", Self::Card)],
            ),
            Self::Truth => (
                StreamRole::Events,
                "The true label of each payment, for training and testing models; record i is about \
                 payment i.",
                &[("payment_id", Self::Payment)],
            ),
        };
        let relations = relations.iter().map(|(field, to)| Relation {
            field: (*field).to_owned(),
            stream: to.name().to_owned(),
            pick: "by habit",
        });
        StreamAbout {
            role,
            description: description.to_owned(),
            relations: relations.collect(),
        }
    }

    /// How many records there are.
    fn total(self, world: &World<'_>) -> u64 {
        let base = world.base;
        match self {
            Self::Customer => base.people.count(),
            Self::Card => cards(base.people.count()).0,
            Self::Merchant => base.shops.count(),
            Self::Terminal => terminals(base.shops.count()).0,
            Self::Login => base.calendar.first_thread(base.calendar.hours()) * LOGINS,
            Self::Payment | Self::Truth => base.calendar.total(),
            Self::Chargeback => world.chargebacks(),
        }
    }

    const fn is_entity(self) -> bool {
        matches!(
            self,
            Self::Customer | Self::Card | Self::Merchant | Self::Terminal
        )
    }

    fn population(self, base: &Base) -> u64 {
        // Events are limited by the world's time, not by their number.
        if self.is_entity() {
            self.total(&base.world(Seed::new(0)))
        } else {
            u64::MAX
        }
    }
}

/// One of the streams of a world.
pub(crate) struct WorldStream {
    base: Arc<Base>,
    kind: Kind,
    schema: Schema,
    ids: [String; 1],
}

impl WorldStream {
    pub(crate) fn new(base: Arc<Base>, kind: Kind) -> Self {
        let (schema, id) = schemas::schema(kind);
        Self {
            base,
            kind,
            schema,
            ids: [id.to_owned()],
        }
    }

    /// Microseconds from the start of the world to a record; beyond the last record, to the end.
    fn micros(&self, world: &World<'_>, index: u64) -> u64 {
        let base = world.base;
        let end = (base.calendar.hours() as i64) * crate::people::MICROS_PER_HOUR;
        let total = self.kind.total(world);
        if index >= total {
            return match self.kind {
                Kind::Chargeback if total > 0 => self.micros(world, total - 1) + 1,
                _ => end as u64,
            };
        }
        let micros = match self.kind {
            Kind::Customer => base.people.joined(index),
            Kind::Card => base.people.joined(crate::people::holder(index)),
            Kind::Merchant | Kind::Terminal => 0,
            Kind::Login => world.login_time(index),
            Kind::Payment | Kind::Truth => world.payment_time(base.calendar.hour_of(index), index),
            Kind::Chargeback => world.chargeback_time(index),
        };
        micros as u64
    }
}

/// The ids of records of a kind that is identified by a UUID.
pub(crate) fn record_ids(world: &World<'_>, kind: Kind) -> RecordIds {
    // The truth about a payment has the payment's id.
    let number = match kind {
        Kind::Truth => Kind::Payment as u64,
        other => other as u64,
    };
    let key = world.keys.ids.part(number);
    RecordIds::with_keys(key.part(1).get(), key.part(2).get())
}

/// The UUID of a record.
#[inline]
pub(crate) fn record_id(world: &World<'_>, ids: &RecordIds, index: u64) -> Uuid {
    ids.id(index, world.keys.ids.at(index).word())
}

impl Stream for WorldStream {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn model(&self) -> &ModelText {
        &self.base.text
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn key(&self) -> Option<&Field> {
        self.schema.key().map(|key| &self.schema.fields()[key])
    }

    fn envelope(&self) -> Envelope {
        Envelope::None
    }

    fn own_time(&self) -> Option<(Timestamp, Rate)> {
        let rate = Rate::per_second(1e6).expect("the rate is in range");
        Some((self.base.settings.start_time(), rate))
    }

    fn imperfections(&self) -> Option<&Imperfections> {
        self.base.settings.imperfections.get(self.kind.name())
    }

    fn population(&self, _: Seed) -> u64 {
        self.kind.population(&self.base)
    }

    fn position(&self, seed: Seed, index: u64) -> u64 {
        self.micros(&self.base.world(seed), index)
    }

    fn first_at(&self, seed: Seed, position: u64) -> u64 {
        let world = self.base.world(seed);
        let Range {
            start: mut low,
            end: mut high,
        } = match self.kind {
            Kind::Payment | Kind::Truth => self.base.calendar.around(position),
            _ => 0..self.kind.total(&world),
        };
        while low < high {
            let middle = low + (high - low) / 2;
            if self.micros(&world, middle) < position {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn fill(
        &self,
        seed: Seed,
        _: &Timeline,
        range: Range<u64>,
        block: &mut Block,
    ) -> Result<(), IndexError> {
        let world = self.base.world(seed);
        let capacity = self.kind.total(&world);
        if range.end > capacity {
            let index = range.start.max(capacity);
            return Err(IndexError { index, capacity });
        }
        let (times, columns) = match self.kind {
            Kind::Customer => entities::customers(&world, range),
            Kind::Card => entities::cards(&world, range),
            Kind::Merchant => entities::merchants(&world, range),
            Kind::Terminal => entities::terminals(&world, range),
            Kind::Login => events::logins(&world, range),
            Kind::Payment => events::payments(&world, range),
            Kind::Chargeback => events::chargebacks(&world, range),
            Kind::Truth => events::truth(&world, range),
        };
        *block = Block {
            times,
            columns,
            ..Block::default()
        };
        Ok(())
    }

    fn id_fields(&self) -> &[String] {
        &self.ids
    }

    fn index_of(&self, seed: Seed, id: &[&str]) -> Option<u64> {
        let [id] = id else { return None };
        let world = self.base.world(seed);
        let index = if self.kind.is_entity() {
            id.parse::<u64>().ok()?.checked_sub(1)?
        } else {
            record_ids(&world, self.kind).index_of(id.parse().ok()?)?
        };
        (index < self.kind.total(&world)).then_some(index)
    }
}

impl fmt::Debug for WorldStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ModelText { name, digest, .. } = &self.base.text;
        write!(f, "{name}/{} ({digest})", self.kind.name())
    }
}
