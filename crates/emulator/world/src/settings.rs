//! The settings of a world.

use std::collections::BTreeMap;

use emulator_domain::imperfection::Imperfections;
use emulator_domain::{Date, Timestamp};
use emulator_model::{Entry, Faults, ModelErrors, Node, NodeValue, imperfections};

use crate::kind::{KINDS, Kind};
use crate::people::MICROS_PER_HOUR;

/// The only kind of world.
pub(crate) const KIND: &str = "payments";

/// The settings of a world.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The name of the model.
    pub name: String,
    /// The number of people who are customers at any time in the world.
    pub customers: u64,
    /// The number of shops.
    pub merchants: u64,
    /// The seed of people and shops; the seed of a run determines what they do.
    pub population_seed: u64,
    /// Payments per month of a customer with mean activity.
    pub payments_a_month: f64,
    /// The share of payments that are fraud.
    pub fraud_share: f64,
    /// How well fraud is hidden: 0 not at all, 1 entirely.
    pub difficulty: f64,
    /// The first day, from midnight UTC.
    pub start: Date,
    /// How many days it lasts.
    pub days: u64,
    /// The imperfections of streams, by stream name.
    pub imperfections: BTreeMap<String, Imperfections>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: KIND.to_owned(),
            customers: 30_000,
            merchants: 20_000,
            population_seed: 1,
            payments_a_month: 46.0,
            fraud_share: 0.0025,
            difficulty: 0.5,
            start: Date::from_days(20_454),
            days: 365,
            imperfections: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Midnight UTC of the first day.
    pub(crate) fn start_time(&self) -> Timestamp {
        let micros = i64::from(self.start.days()) * 24 * MICROS_PER_HOUR;
        Timestamp::EARLIEST.moved(micros)
    }

    /// The probability that a trait of fraud shows.
    pub(crate) fn shows(&self) -> f64 {
        1.0 - libm::pow(self.difficulty, 1.3)
    }

    /// Reads a document with `world: payments`.
    ///
    /// # Errors
    /// All errors in it.
    pub fn read(document: &Node) -> Result<Self, ModelErrors> {
        let mut faults = Faults::default();
        let read = read(&mut faults, document);
        ModelErrors::none_of(faults.into_errors())?;
        Ok(read.unwrap_or_default())
    }
}

const KEYS: [&str; 11] = [
    "world",
    "model",
    "customers",
    "merchants",
    "population_seed",
    "payments_a_month",
    "fraud_share",
    "difficulty",
    "start",
    "days",
    "streams",
];

fn read(faults: &mut Faults, document: &Node) -> Option<Settings> {
    let entries = faults.map(document, "a world: a map with 'world'")?;
    faults.only(entries, &KEYS);
    let mut settings = Settings::default();
    for Entry { name, node, .. } in entries {
        faults.within(name.as_str(), |faults| {
            setting(faults, &mut settings, name, node);
        });
    }
    Some(settings)
}

fn setting(faults: &mut Faults, settings: &mut Settings, name: &str, node: &Node) -> Option<()> {
    let within = |faults: &mut Faults, low: f64, high: f64| {
        let expected = format!("a number from {low} to {high}");
        faults.number_that(node, &expected, |value| (low..=high).contains(&value))
    };
    match name {
        "world" => {
            let kind = faults.text(node, KIND)?;
            if kind != KIND {
                faults.unexpected(node, KIND);
            }
        }
        "model" => {
            let name = faults.text(node, "the model's name")?;
            if faults.name(name, node.place, "model") {
                name.clone_into(&mut settings.name);
            }
        }
        "customers" => settings.customers = faults.integer(node, 1_000..=100_000_000)? as u64,
        "merchants" => settings.merchants = faults.integer(node, 2_000..=4_000_000)? as u64,
        "population_seed" => {
            settings.population_seed = faults.integer(node, 0..=i64::MAX)? as u64;
        }
        "payments_a_month" => settings.payments_a_month = within(faults, 1.0, 1000.0)?,
        "fraud_share" => settings.fraud_share = within(faults, 0.0005, 0.035)?,
        "difficulty" => settings.difficulty = within(faults, 0.0, 1.0)?,
        "days" => settings.days = faults.integer(node, 1..=3_660)? as u64,
        "streams" => streams(faults, settings, node)?,
        "start" => {
            let expected = "a day from 1970-01-15 to 9000-12-31, such as 2026-01-01";
            let text = faults.text(node, expected)?;
            let day = Date::parse(text).filter(|day| day.year() <= 9000 && day.days() >= 14);
            match day {
                Some(day) => settings.start = day,
                None => faults.unexpected(node, expected),
            }
        }
        _ => {}
    }
    Some(())
}

/// Reads the settings of streams: their imperfections.
fn streams(faults: &mut Faults, settings: &mut Settings, node: &Node) -> Option<()> {
    let entries = faults.map(node, "a map of the world's streams")?;
    faults.only(entries, &KINDS.map(Kind::name));
    for Entry { name, node, .. } in entries {
        faults.within(name.as_str(), |faults| {
            let entries = faults.map(node, "a map with 'imperfections'")?;
            faults.only(entries, &["imperfections"]);
            let wrong = imperfections::of_stream(faults, node)?;
            settings.imperfections.insert(name.clone(), wrong);
            Some(())
        });
    }
    Some(())
}

/// The document of the world that needs no file.
pub(crate) fn builtin() -> Node {
    let entry = Entry {
        name: "world".to_owned(),
        place: Default::default(),
        node: Node::new(NodeValue::Text(KIND.to_owned())),
    };
    Node::new(NodeValue::Map(vec![entry]))
}
