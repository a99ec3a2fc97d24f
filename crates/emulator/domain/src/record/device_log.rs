//! Logins from the users' devices.

use std::net::Ipv4Addr;

use uuid::Uuid;

use super::{Factory, Field, FieldVisitor, LogicalType, Record, Schema};
use crate::identity::RecordIds;
use crate::population::Population;
use crate::seed::{Chance, RecordRandom};
use crate::text::Text;
use crate::time::Timestamp;
use crate::timeline::Timeline;
use crate::user_ids::UserIds;
use crate::vocabulary::devices::UserAgent;
use crate::{Domain, Seed};

/// One session on one device.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DeviceLog {
    /// Identifies the index: [`DeviceLogFactory::ids`].
    pub log_id: Uuid,
    /// The user, one of the population's ids.
    pub user_id: u32,
    /// One of the user's one to three devices.
    pub device_id: Uuid,
    /// mobile, desktop or tablet.
    pub device_type: &'static Text<8>,
    /// Android, iOS, Windows, macOS or Linux, matching the device type.
    pub os: &'static Text<8>,
    /// A public unicast address.
    pub ip_address: Ipv4Addr,
    /// The country, ISO 3166-1 alpha-2: the user's home in about 31 of 32 sessions.
    pub location: Text<2>,
    /// Matches the operating system.
    pub user_agent: &'static UserAgent,
    /// Within the hour before the event time.
    pub login_timestamp: Timestamp,
    /// 30 to 3600 s after the login; `None` for the 30 % of sessions without a logout.
    pub logout_timestamp: Option<Timestamp>,
}

const FIELDS: &[Field] = &[
    Field::new(
        "log_id",
        LogicalType::Uuid,
        "id of the session, version 4; leads back to the record's index",
    ),
    Field::new(
        "user_id",
        LogicalType::Integer,
        "who logged in: the user of the same id in the other domains; 1000..=9999 unless set otherwise",
    ),
    Field::new(
        "device_id",
        LogicalType::Uuid,
        "the device; a user has one to three, the same in all records of a seed",
    ),
    Field::new(
        "device_type",
        LogicalType::Text,
        "mobile, desktop or tablet",
    ),
    Field::new(
        "os",
        LogicalType::Text,
        "Android, iOS, Windows, macOS or Linux; fits the type",
    ),
    Field::new(
        "ip_address",
        LogicalType::Ipv4,
        "public unicast IPv4 address",
    ),
    Field::new(
        "location",
        LogicalType::Text,
        "country of the login, ISO 3166-1 alpha-2; mostly the user's own",
    ),
    Field::new(
        "user_agent",
        LogicalType::Text,
        "what the browser calls itself; fits the operating system",
    ),
    Field::new(
        "login_timestamp",
        LogicalType::Timestamp,
        "start of the session, within the hour before the event time",
    ),
    Field::nullable(
        "logout_timestamp",
        LogicalType::Timestamp,
        "30 to 3600 s after the login; null for 30 % of sessions",
    ),
];

impl Record for DeviceLog {
    const SCHEMA: &'static Schema = &Schema::of_record(FIELDS, 2, 0);

    #[inline(always)]
    fn visit(&self, visitor: &mut impl FieldVisitor) {
        visitor.uuid(self.log_id);
        visitor.integer(self.user_id);
        visitor.uuid(self.device_id);
        visitor.text(self.device_type);
        visitor.text(self.os);
        visitor.ipv4(self.ip_address);
        visitor.text(&self.location);
        visitor.text(self.user_agent);
        visitor.time(self.login_timestamp);
        visitor.optional_time(self.logout_timestamp);
    }
}

/// Generates [`DeviceLog`]s.
#[derive(Debug)]
pub struct DeviceLogFactory {
    seed: Seed,
    timeline: Timeline,
    ids: RecordIds,
    population: Population,
}

impl DeviceLogFactory {
    /// The device logs of `seed` among the users with these ids.
    pub fn new(seed: Seed, users: UserIds, timeline: Timeline) -> Self {
        Self {
            seed,
            timeline,
            ids: RecordIds::new(seed, Domain::DeviceLog),
            population: Population::new(seed, users),
        }
    }

    /// The same with the users of another seed.
    #[must_use]
    pub fn among(self, population: Seed) -> Self {
        Self {
            population: Population::new(population, self.population.ids()),
            ..self
        }
    }

    /// Maps the id of a log to its index.
    pub fn ids(&self) -> &RecordIds {
        &self.ids
    }
}

const USER: usize = 0;
const DEVICE: usize = 1;
const ADDRESS: usize = 2;
const WHEREABOUTS: usize = 3;
const LOGIN: usize = 4;
const LOGS_OUT: usize = 5;
const DURATION: usize = 6;
const ID: usize = 14;
const ID_LOW: usize = 15;

impl Factory for DeviceLogFactory {
    const DOMAIN: Domain = Domain::DeviceLog;

    type Record<'a> = DeviceLog;

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
    fn compose(&self, index: u64, at: Timestamp, draws: &RecordRandom) -> DeviceLog {
        let users = self.population.ids();
        let user = self
            .population
            .user(users.first() + draws.below::<USER>(users.count()));
        let device = self.population.device(&user, draws.word::<DEVICE>());
        let login = at.moved(-i64::from(draws.below::<LOGIN>(3_600_001)) * 1000);
        let logout = draws
            .happens::<LOGS_OUT>(const { Chance::of(70, 100) })
            .then(|| login.moved((30_000 + i64::from(draws.below::<DURATION>(3_570_001))) * 1000));
        DeviceLog {
            log_id: self.ids.id(index, draws.wide::<ID, ID_LOW>()),
            user_id: user.id(),
            device_id: device.id(),
            device_type: &device.model().kind,
            os: &device.model().os,
            ip_address: public_address(draws.word::<ADDRESS>()),
            location: user.whereabouts(draws.word::<WHEREABOUTS>(), 32),
            user_agent: &device.model().user_agent,
            login_timestamp: login,
            logout_timestamp: logout,
        }
    }
}

/// An address in one of the /8 networks that are public throughout.
fn public_address(word: u32) -> Ipv4Addr {
    const NETWORKS: [u8; 16] = [
        5, 8, 18, 24, 31, 46, 62, 73, 81, 86, 93, 109, 151, 178, 201, 213,
    ];
    let [network, b, c, d] = word.to_be_bytes();
    Ipv4Addr::new(NETWORKS[usize::from(network >> 4)], b, c, d.clamp(1, 254))
}
