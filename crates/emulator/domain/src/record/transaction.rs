//! Card payments, some of them fraudulent.

use uuid::Uuid;

use super::{Factory, Field, FieldVisitor, LogicalType, Record, Schema};
use crate::identity::RecordIds;
use crate::money::Cents;
use crate::population::Population;
use crate::rules::fraud::{self, FraudRule, Payment};
use crate::seed::RecordRandom;
use crate::text::Text;
use crate::time::Timestamp;
use crate::timeline::Timeline;
use crate::user_ids::UserIds;
use crate::vocabulary::merchants::{Merchant, Merchants};
use crate::{Domain, Seed};

/// One payment.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Transaction<'a> {
    /// Identifies the index: [`TransactionFactory::ids`].
    pub transaction_id: Uuid,
    /// The payer, one of the population's ids.
    pub user_id: u32,
    /// 0.01..=10,000.00.
    pub amount: Cents,
    /// "USD".
    pub currency: Text<3>,
    /// The payee.
    pub merchant: &'a Merchant,
    /// When it was booked: event time −300 s ..= +3000 s.
    pub timestamp: Timestamp,
    /// The country, ISO 3166-1 alpha-2: the user's home in about 15 of 16 payments.
    pub location: Text<2>,
    /// The label, with its noise; `None` if labels are withheld.
    pub is_fraud: Option<bool>,
    /// The rule that made it fraudulent, regardless of label noise. Not a field of the record.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub fraud: Option<FraudRule>,
}

const FIELDS: &[Field] = &[
    Field::new(
        "transaction_id",
        LogicalType::Uuid,
        "id of the payment, version 4; leads back to the record's index",
    ),
    Field::new(
        "user_id",
        LogicalType::Integer,
        "who paid: the user of the same id in the other domains; 1000..=9999 unless set otherwise",
    ),
    Field::new(
        "amount",
        LogicalType::Decimal {
            precision: 7,
            scale: 2,
        },
        "US dollars, 0.01..=10000.00; log-normal around what the user is used to spend",
    ),
    Field::new("currency", LogicalType::Text, "always USD"),
    Field::new(
        "merchant",
        LogicalType::Text,
        "company that was paid; QuickCash, PaydayLoan and LoanShark are high-risk, 0.3 % of all",
    ),
    Field::new(
        "timestamp",
        LogicalType::Timestamp,
        "when it was booked: 300 s before to 3000 s after the event time",
    ),
    Field::new(
        "location",
        LogicalType::Text,
        "country where it was made, ISO 3166-1 alpha-2; mostly the user's own",
    ),
    Field::nullable(
        "is_fraud",
        LogicalType::Flag,
        "1 fraudulent, 0 not, null if labels are withheld; 1.5 % of the fraudulent ones say 0",
    ),
];

impl Record for Transaction<'_> {
    // Fraud is detected per payment: the contract keys messages by the payment's own id.
    const SCHEMA: &'static Schema = &Schema::of_record(FIELDS, 0, 0);

    #[inline(always)]
    fn visit(&self, visitor: &mut impl FieldVisitor) {
        visitor.uuid(self.transaction_id);
        visitor.integer(self.user_id);
        visitor.decimal(self.amount.get());
        visitor.text(&self.currency);
        visitor.text(self.merchant);
        visitor.time(self.timestamp);
        visitor.text(&self.location);
        visitor.flag(self.is_fraud);
    }
}

/// Whether transactions carry `is_fraud`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// 0 or 1.
    #[default]
    Shown,
    /// Always null, for those who want to find the fraud themselves.
    Withheld,
}

/// Generates [`Transaction`]s.
#[derive(Debug)]
pub struct TransactionFactory {
    seed: Seed,
    timeline: Timeline,
    ids: RecordIds,
    population: Population,
    merchants: Merchants,
    labels: Labels,
}

impl TransactionFactory {
    /// The transactions of `seed` among the users with these ids.
    pub fn new(seed: Seed, users: UserIds, timeline: Timeline, labels: Labels) -> Self {
        Self {
            seed,
            timeline,
            ids: RecordIds::new(seed, Domain::Transaction),
            population: Population::new(seed, users),
            merchants: Merchants::new(seed),
            labels,
        }
    }

    /// The same with the users and merchants of another seed.
    #[must_use]
    pub fn among(self, population: Seed) -> Self {
        Self {
            population: Population::new(population, self.population.ids()),
            merchants: self.merchants.of(population),
            ..self
        }
    }

    /// Maps the id of a transaction to its index.
    pub fn ids(&self) -> &RecordIds {
        &self.ids
    }
}

const USER: usize = 0;
const AMOUNT: usize = 1;
const MERCHANT: usize = 2;
const HIGH_RISK: usize = 3;
const WHEREABOUTS: usize = 4;
const BOOKED: usize = 5;
// 6..=13 belong to the fraud rules.
const ID: usize = 14;
const ID_LOW: usize = 15;

impl Factory for TransactionFactory {
    const DOMAIN: Domain = Domain::Transaction;

    type Record<'a> = Transaction<'a>;

    type Random = RecordRandom;

    fn seed(&self) -> Seed {
        self.seed
    }

    fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    fn population(&self) -> u64 {
        u64::MAX
    }

    fn index_of(&self, id: &[u8]) -> Option<u64> {
        self.ids.index_of(Uuid::try_parse_ascii(id).ok()?)
    }

    #[inline(always)]
    fn compose(&self, index: u64, at: Timestamp, draws: &RecordRandom) -> Transaction<'_> {
        let users = self.population.ids();
        let user = self
            .population
            .user(users.first() + draws.below::<USER>(users.count()));
        let (merchant, high_risk_merchant) = self.merchants.draw::<MERCHANT, HIGH_RISK, _>(draws);
        let mut payment = Payment {
            user_id: user.id(),
            amount: user.spending().amount(draws.word::<AMOUNT>()),
            merchant,
            high_risk_merchant,
            location: user.whereabouts(draws.word::<WHEREABOUTS>(), 16),
        };
        let fraud = fraud::apply(&mut payment, &self.population, draws);
        let booked_after = i64::from(draws.below::<BOOKED>(3_300_001)) - 300_000;
        Transaction {
            transaction_id: self.ids.id(index, draws.wide::<ID, ID_LOW>()),
            user_id: payment.user_id,
            amount: payment.amount,
            currency: const { Text::new("USD") },
            merchant: payment.merchant,
            timestamp: at.moved(booked_after * 1000),
            location: payment.location,
            is_fraud: match self.labels {
                Labels::Shown => Some(fraud::label(fraud, draws)),
                Labels::Withheld => None,
            },
            fraud,
        }
    }
}
