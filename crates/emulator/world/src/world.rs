//! Everything that determines the records of a world.

use emulator_domain::Seed;
use emulator_domain::record::ModelText;
use emulator_model::{AliasTable, Key, Name, Random};

use crate::calendar::Calendar;
use crate::campaigns::{CampaignSchedule, Campaigns};
use crate::habits::Habits;
use crate::moment::Moments;
use crate::people::People;
use crate::settings::Settings;
use crate::shops::Shops;

/// What does not depend on the seed of a run.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) text: ModelText,
    pub(crate) settings: Settings,
    pub(crate) people: People,
    pub(crate) shops: Shops,
    pub(crate) calendar: Calendar,
    pub(crate) habits: Habits,
    pub(crate) schedule: CampaignSchedule,
    /// Groups of people weighted by size, and the groups of each city.
    groups: AliasTable,
    cities: Vec<(usize, AliasTable)>,
    pub(crate) moments: Moments,
}

/// The world of one run.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) base: &'a Base,
    pub(crate) seed: Seed,
    pub(crate) settings: &'a Settings,
    pub(crate) people: &'a People,
    pub(crate) shops: &'a Shops,
    pub(crate) calendar: &'a Calendar,
    pub(crate) habits: &'a Habits,
    pub(crate) campaigns: Campaigns<'a>,
    pub(crate) keys: Keys,
}

/// The keys of a run, by purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    pub(crate) rows: Key,
    pub(crate) threads: Key,
    pub(crate) payments: Key,
    pub(crate) times: Key,
    pub(crate) logins: Key,
    pub(crate) chargebacks: Key,
    pub(crate) ids: Key,
}

impl Base {
    pub(crate) fn new(text: ModelText, settings: Settings) -> Self {
        let seed = Seed::new(settings.population_seed);
        let key = |what| Key::new(seed, Name::new("payments").then(what));
        let people = People::new(settings.customers, settings.days, key("people"));
        let calendar = Calendar::new(&settings, &people);
        let lens: Vec<f64> = people
            .groups()
            .iter()
            .map(|group| group.len as f64)
            .collect();
        let rhythms = crate::declared::RHYTHMS.len();
        let cities = lens.chunks(rhythms).enumerate();
        Self {
            text,
            shops: Shops::new(settings.merchants, key("shops")),
            habits: Habits::new(people.activities()),
            schedule: CampaignSchedule::new(&calendar, settings.fraud_share),
            groups: AliasTable::new(&lens),
            cities: cities
                .map(|(city, lens)| (city * rhythms, AliasTable::new(lens)))
                .collect(),
            calendar,
            people,
            settings,
            moments: Moments::default(),
        }
    }

    pub(crate) fn world(&self, seed: Seed) -> World<'_> {
        let key = |what| Key::new(seed, Name::new("payments").then(what));
        World {
            base: self,
            seed,
            settings: &self.settings,
            people: &self.people,
            shops: &self.shops,
            calendar: &self.calendar,
            habits: &self.habits,
            campaigns: Campaigns::new(&self.calendar, self.schedule, key("campaigns")),
            keys: Keys {
                rows: key("rows"),
                threads: key("threads"),
                payments: key("payments"),
                times: key("times"),
                logins: key("logins"),
                chargebacks: key("chargebacks"),
                ids: key("ids"),
            },
        }
    }
}

impl World<'_> {
    /// A random group of people, weighted by size; of one city, if given.
    pub(crate) fn any_group(&self, city: Option<usize>, random: &mut Random) -> usize {
        match city {
            None => self.base.groups.draw(random) as usize,
            Some(city) => {
                let (first, groups) = &self.base.cities[city];
                first + groups.draw(random) as usize
            }
        }
    }
}
