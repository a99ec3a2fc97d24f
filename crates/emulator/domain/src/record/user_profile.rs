//! Users with their credit score and their risk.

use std::fmt;

use super::{Factory, Field, FieldVisitor, LogicalType, Record, Schema};
use crate::credit::CreditScore;
use crate::identity::UserOrder;
use crate::population::Population;
use crate::rules::risk::{self, RiskLevel};
use crate::seed::RecordRandom;
use crate::text::{ByteWriter, Text, WriteText, four_digits};
use crate::time::{Date, Timestamp};
use crate::timeline::Timeline;
use crate::user_ids::UserIds;
use crate::vocabulary::names::{FIRST, LAST};
use crate::vocabulary::places::{MAIL_DOMAINS, STREET_KINDS, STREETS};
use crate::{Domain, Seed};

/// One user.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UserProfile {
    /// One of the population's ids, each once.
    pub user_id: u32,
    /// Given and family name.
    pub name: Name,
    /// In a domain reserved by RFC 2606, which nobody owns.
    pub email: Email,
    /// `+`, calling code of the country, nine digits.
    pub phone: Phone,
    /// Such that the age at event time is 18..=90 years.
    pub date_of_birth: Date,
    /// One line.
    pub address: Address,
    /// The user's home in all domains, ISO 3166-1 alpha-2.
    pub country: Text<2>,
    /// Within the two years before the event time.
    pub signup_date: Date,
    /// 300.00..=850.00.
    pub credit_score: CreditScore,
    /// According to the [risk rules](crate::rules::risk).
    pub risk_level: RiskLevel,
}

/// Given and family name.
#[derive(Clone, Copy, Debug)]
pub struct Name {
    first: &'static Text<16>,
    last: &'static Text<16>,
}

/// An email address made of the name, a number and a reserved domain.
#[derive(Clone, Copy, Debug)]
pub struct Email {
    name: Name,
    number: u32,
    domain: &'static Text<16>,
}

/// A telephone number.
#[derive(Clone, Copy, Debug)]
pub struct Phone {
    dial: &'static Text<4>,
    number: u32,
}

/// House number, street, city and postal code on one line.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    house: u32,
    street: &'static Text<16>,
    kind: &'static Text<8>,
    city: &'static Text<16>,
    postcode: u32,
}

impl WriteText for Name {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.text(self.first);
        line.byte(b' ');
        line.text(self.last);
    }
}

impl WriteText for Email {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.text(self.name.first);
        line.byte(b'.');
        line.text(self.name.last);
        line.chunk(&four_digits(self.number));
        line.text(self.domain);
    }
}

impl WriteText for Phone {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.byte(b'+');
        line.text(self.dial);
        let [a, b, c, d] = four_digits(self.number / 10_000 % 10_000);
        let [e, f, g, h] = four_digits(self.number % 10_000);
        let first = b'0' + (self.number / 100_000_000) as u8;
        line.chunk(&[first, a, b, c, d, e, f, g, h]);
    }
}

impl WriteText for Address {
    #[inline(always)]
    fn write(&self, line: &mut ByteWriter<'_>) {
        line.integer(self.house);
        line.byte(b' ');
        line.text(self.street);
        line.byte(b' ');
        line.text(self.kind);
        line.chunk(b", ");
        line.text(self.city);
        let [a, b, c, d] = four_digits(self.postcode % 10_000);
        line.chunk(&[b' ', b'0' + (self.postcode / 10_000) as u8, a, b, c, d]);
    }

    #[inline(always)]
    fn has_comma(&self) -> bool {
        true
    }
}

macro_rules! display_as_written {
    ($($phrase:ty),*) => {$(
        impl fmt::Display for $phrase {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut bytes = [0; 2 * ByteWriter::SLACK];
                let mut line = ByteWriter::new(&mut bytes, 0);
                self.write(&mut line);
                let len = line.len();
                f.pad(std::str::from_utf8(&bytes[..len]).map_err(|_| fmt::Error)?)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $phrase {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

display_as_written!(Name, Email, Phone, Address);

const FIELDS: &[Field] = &[
    Field::new(
        "user_id",
        LogicalType::Integer,
        "the user, each once in an emulation; 1000..=9999 unless set otherwise",
    ),
    Field::new("name", LogicalType::Text, "given and family name"),
    Field::new(
        "email",
        LogicalType::Text,
        "mail address at a reserved domain",
    ),
    Field::new(
        "phone",
        LogicalType::Text,
        "plus sign, calling code of the country, nine digits",
    ),
    Field::new(
        "date_of_birth",
        LogicalType::Date,
        "18 to 90 years before the event time",
    ),
    Field::new(
        "address",
        LogicalType::Text,
        "house number, street, city and postal code on one line",
    ),
    Field::new(
        "country",
        LogicalType::Text,
        "home in all domains, ISO 3166-1 alpha-2",
    ),
    Field::new(
        "signup_date",
        LogicalType::Date,
        "within the two years before the event time",
    ),
    Field::new(
        "credit_score",
        LogicalType::Decimal {
            precision: 5,
            scale: 2,
        },
        "300.00..=850.00",
    ),
    Field::new(
        "risk_level",
        LogicalType::Text,
        "low, medium or high, by credit score, country and sign-up",
    ),
];

impl Record for UserProfile {
    const SCHEMA: &'static Schema = &Schema::of_record(FIELDS, 0, 0);

    #[inline(always)]
    fn visit(&self, visitor: &mut impl FieldVisitor) {
        visitor.integer(self.user_id);
        visitor.text(&self.name);
        visitor.text(&self.email);
        visitor.text(&self.phone);
        visitor.date(self.date_of_birth);
        visitor.text(&self.address);
        visitor.text(&self.country);
        visitor.date(self.signup_date);
        visitor.decimal(self.credit_score.hundredths());
        visitor.text(&self.risk_level);
    }
}

/// Generates [`UserProfile`]s, one for each user id.
#[derive(Debug)]
pub struct UserProfileFactory {
    seed: Seed,
    timeline: Timeline,
    order: UserOrder,
    population: Population,
}

impl UserProfileFactory {
    /// The profiles of `seed`'s users with these ids.
    pub fn new(seed: Seed, users: UserIds, timeline: Timeline) -> Self {
        Self {
            seed,
            timeline,
            order: UserOrder::new(seed, users),
            population: Population::new(seed, users),
        }
    }

    /// Maps the id of a user to the index of the profile.
    pub fn order(&self) -> &UserOrder {
        &self.order
    }
}

const FIRST_NAME: usize = 0;
const LAST_NAME: usize = 1;
const MAIL_NUMBER: usize = 2;
const MAIL_DOMAIN: usize = 3;
const PHONE: usize = 4;
const BORN: usize = 5;
const HOUSE: usize = 6;
const STREET: usize = 7;
const STREET_KIND: usize = 8;
const CITY: usize = 9;
const POSTCODE: usize = 10;
const SIGNED_UP: usize = 11;
const SCORE: usize = 12;
// 13 and 14 belong to the risk rules.
const SCORE_AGAIN: usize = 15;

/// At least 18 and less than 91 years in days, wherever the leap days fall.
const YOUNGEST_DAYS: u32 = 18 * 365 + 5;
const OLDEST_DAYS: u32 = 90 * 365 + 22;
const SIGNUP_DAYS: u32 = 730;
/// 2026-01-01, the reference date for ages and sign-up dates. It is fixed, so that a user is the
/// same whenever a run starts.
const TODAY: i32 = 20_454;

impl Factory for UserProfileFactory {
    const DOMAIN: Domain = Domain::UserProfile;

    type Record<'a> = UserProfile;

    type Random = RecordRandom;

    fn seed(&self) -> Seed {
        self.seed
    }

    fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    fn population(&self) -> u64 {
        self.population.ids().count().into()
    }

    fn index_of(&self, id: &[u8]) -> Option<u64> {
        self.order
            .index_of(std::str::from_utf8(id).ok()?.parse().ok()?)
    }

    #[inline(always)]
    fn compose(&self, index: u64, _: Timestamp, draws: &RecordRandom) -> UserProfile {
        let user = self
            .population
            .user(self.order.id(index).expect("index below the capacity"));
        let place = user.place();
        let name = Name {
            first: &FIRST[draws.below::<FIRST_NAME>(FIRST.len() as u32) as usize],
            last: &LAST[draws.below::<LAST_NAME>(LAST.len() as u32) as usize],
        };
        let age = YOUNGEST_DAYS + draws.below::<BORN>(OLDEST_DAYS - YOUNGEST_DAYS + 1);
        let days_since_signup = draws.below::<SIGNED_UP>(SIGNUP_DAYS);
        let credit_score =
            CreditScore::from_draws(draws.word::<SCORE>(), draws.word::<SCORE_AGAIN>());
        UserProfile {
            user_id: user.id(),
            name,
            email: Email {
                name,
                number: draws.below::<MAIL_NUMBER>(10_000),
                domain: &MAIL_DOMAINS[draws.below::<MAIL_DOMAIN>(4) as usize],
            },
            phone: Phone {
                dial: &place.dial,
                number: 200_000_000 + draws.below::<PHONE>(800_000_000),
            },
            date_of_birth: Date::from_days(TODAY - age as i32),
            address: Address {
                house: 1 + draws.below::<HOUSE>(2_999),
                street: &STREETS[draws.below::<STREET>(STREETS.len() as u32) as usize],
                kind: &STREET_KINDS[draws.below::<STREET_KIND>(8) as usize],
                city: &place.cities[draws.below::<CITY>(4) as usize],
                postcode: 10_000 + draws.below::<POSTCODE>(90_000),
            },
            country: place.code,
            signup_date: Date::from_days(TODAY - days_since_signup as i32),
            credit_score,
            risk_level: risk::assess(credit_score, &place.code, days_since_signup, draws),
        }
    }
}
