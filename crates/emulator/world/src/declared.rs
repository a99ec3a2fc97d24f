//! The parameters of the world, as data; measurements are compared with these.
//!
//! Weights need not add up to 1. Sources: amounts of card payments (median about 30, mean about 44)
//! as in TabFormer's data (arXiv 2011.01843); visits to merchants by rank, exponents 0.80 to 1.13,
//! first merchant 13 to 22 % (Krumme et al., arXiv 1305.1120); bursts (Kim and Jo, arXiv
//! 1604.01125). Hourly profiles and the shares and medians of categories are our own choice.

/// A city and its weight.
#[derive(Clone, Copy, Debug)]
pub struct City {
    /// Its name.
    pub name: &'static str,
    /// ISO 3166 code of its country.
    pub country: &'static str,
    /// Hours by which its clocks are ahead of UTC, all year.
    pub offset: i64,
    /// Its weight among all people and shops.
    pub weight: f64,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

const fn city(
    name: &'static str,
    country: &'static str,
    offset: i64,
    weight: f64,
    latitude: f64,
    longitude: f64,
) -> City {
    City {
        name,
        country,
        offset,
        weight,
        latitude,
        longitude,
    }
}

/// All cities.
pub const CITIES: [City; 32] = [
    city("London", "GB", 0, 9.0, 51.51, -0.13),
    city("Manchester", "GB", 0, 3.0, 53.48, -2.24),
    city("Birmingham", "GB", 0, 3.0, 52.48, -1.90),
    city("Edinburgh", "GB", 0, 1.5, 55.95, -3.19),
    city("Lisbon", "PT", 0, 2.5, 38.72, -9.14),
    city("Porto", "PT", 0, 1.2, 41.15, -8.61),
    city("Berlin", "DE", 1, 6.0, 52.52, 13.41),
    city("Hamburg", "DE", 1, 3.5, 53.55, 9.99),
    city("Munich", "DE", 1, 3.5, 48.14, 11.58),
    city("Cologne", "DE", 1, 2.5, 50.94, 6.96),
    city("Paris", "FR", 1, 8.0, 48.86, 2.35),
    city("Lyon", "FR", 1, 2.5, 45.76, 4.84),
    city("Marseille", "FR", 1, 2.2, 43.30, 5.37),
    city("Madrid", "ES", 1, 5.0, 40.42, -3.70),
    city("Barcelona", "ES", 1, 4.0, 41.39, 2.17),
    city("Rome", "IT", 1, 4.0, 41.90, 12.50),
    city("Milan", "IT", 1, 3.5, 45.46, 9.19),
    city("Amsterdam", "NL", 1, 2.5, 52.37, 4.90),
    city("Rotterdam", "NL", 1, 1.6, 51.92, 4.48),
    city("Vienna", "AT", 1, 2.4, 48.21, 16.37),
    city("Warsaw", "PL", 1, 3.0, 52.23, 21.01),
    city("Prague", "CZ", 1, 2.0, 50.08, 14.44),
    city("Stockholm", "SE", 1, 2.0, 59.33, 18.07),
    city("Athens", "GR", 2, 2.4, 37.98, 23.73),
    city("Helsinki", "FI", 2, 1.4, 60.17, 24.94),
    city("Bucharest", "RO", 2, 1.8, 44.43, 26.10),
    city("New York", "US", -5, 6.0, 40.71, -74.01),
    city("Boston", "US", -5, 2.0, 42.36, -71.06),
    city("Chicago", "US", -6, 3.0, 41.88, -87.63),
    city("Dallas", "US", -6, 2.5, 32.78, -96.80),
    city("Los Angeles", "US", -8, 4.0, 34.05, -118.24),
    city("San Francisco", "US", -8, 2.0, 37.77, -122.42),
];

/// A category of merchants.
#[derive(Clone, Copy, Debug)]
pub struct Category {
    /// Its name.
    pub name: &'static str,
    /// ISO 18245 code.
    pub code: u16,
    /// Its weight among a person's habits.
    pub weight: f64,
    /// The median of its amounts without the tail, in euros.
    pub median: f64,
    /// The standard deviation of their logarithm.
    pub sigma: f64,
    /// The share of its shops that are online.
    pub online: f64,
    /// How busy its shops are at night (0 to 6), in the morning (6 to 11), by day (11 to 17) and in
    /// the evening (17 to 24), at most 1. Online shops are always open.
    pub open: [f64; 4],
}

const fn category(
    name: &'static str,
    code: u16,
    weight: f64,
    median: f64,
    sigma: f64,
    online: f64,
    open: [f64; 4],
) -> Category {
    Category {
        name,
        code,
        weight,
        median,
        sigma,
        online,
        open,
    }
}

/// All categories.
pub const CATEGORIES: [Category; 16] = [
    category(
        "groceries",
        5411,
        24.0,
        36.0,
        0.70,
        0.08,
        [0.1, 0.8, 1.0, 1.0],
    ),
    category(
        "restaurants",
        5812,
        12.0,
        34.0,
        0.60,
        0.10,
        [0.2, 0.3, 1.0, 1.0],
    ),
    category(
        "fast_food",
        5814,
        10.0,
        14.0,
        0.50,
        0.15,
        [0.4, 0.6, 1.0, 1.0],
    ),
    category("fuel", 5541, 8.0, 48.0, 0.45, 0.0, [0.4, 1.0, 1.0, 0.8]),
    category(
        "transport",
        4111,
        9.0,
        11.0,
        0.80,
        0.45,
        [0.4, 1.0, 0.8, 0.9],
    ),
    category(
        "pharmacy",
        5912,
        5.0,
        22.0,
        0.65,
        0.10,
        [0.1, 0.9, 1.0, 0.7],
    ),
    category(
        "clothing",
        5651,
        5.0,
        58.0,
        0.65,
        0.45,
        [0.0, 0.6, 1.0, 0.8],
    ),
    category(
        "electronics",
        5732,
        3.0,
        85.0,
        0.85,
        0.60,
        [0.0, 0.6, 1.0, 0.8],
    ),
    category("home", 5712, 4.0, 62.0, 0.85, 0.40, [0.0, 0.7, 1.0, 0.7]),
    category(
        "entertainment",
        7832,
        5.0,
        24.0,
        0.60,
        0.50,
        [0.5, 0.2, 0.7, 1.0],
    ),
    category("digital", 5815, 6.0, 11.0, 0.60, 1.0, [0.6, 0.6, 0.8, 1.0]),
    category("travel", 4722, 2.0, 120.0, 0.85, 0.80, [0.3, 0.8, 1.0, 1.0]),
    category("health", 8099, 2.5, 55.0, 0.70, 0.05, [0.0, 1.0, 1.0, 0.3]),
    category(
        "services",
        7299,
        2.5,
        40.0,
        0.75,
        0.20,
        [0.0, 1.0, 1.0, 0.5],
    ),
    category(
        "gift_cards",
        5947,
        1.0,
        40.0,
        0.70,
        0.75,
        [0.2, 0.6, 1.0, 1.0],
    ),
    category("cash", 6011, 1.0, 80.0, 0.60, 0.0, [0.5, 0.9, 1.0, 0.9]),
];

/// The share of amounts drawn from the tail: Pareto, from [`TAIL_START`] medians on.
pub const TAIL_SHARE: f64 = 0.01;
/// Where the tail begins, in medians of the category.
pub const TAIL_START: f64 = 3.0;
/// The tail's exponent.
pub const TAIL_ALPHA: f64 = 2.5;
/// The share of a person's income in the variance of the logarithm of an amount.
pub const INCOME_SHARE: f64 = 0.25;

/// When a group of people pays: the activity in each hour of a working day and of a weekend day.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Its name.
    pub name: &'static str,
    /// Share of people.
    pub share: f64,
    /// Monday to Friday, by local hour.
    pub workday: [f64; 24],
    /// Saturday and Sunday.
    pub weekend: [f64; 24],
}

/// All rhythms.
pub const RHYTHMS: [Rhythm; 3] = [
    Rhythm {
        name: "regular",
        share: 0.55,
        workday: [
            0.15, 0.08, 0.05, 0.05, 0.08, 0.25, 0.7, 1.5, 1.9, 1.5, 1.4, 1.7, 2.6, 2.3, 1.6, 1.6,
            2.0, 2.7, 2.9, 2.4, 1.8, 1.2, 0.7, 0.35,
        ],
        weekend: [
            0.35, 0.2, 0.12, 0.08, 0.08, 0.12, 0.3, 0.7, 1.3, 2.1, 2.8, 3.0, 2.9, 2.7, 2.5, 2.4,
            2.3, 2.2, 2.1, 1.9, 1.5, 1.1, 0.8, 0.5,
        ],
    },
    Rhythm {
        name: "early",
        share: 0.25,
        workday: [
            0.05, 0.04, 0.05, 0.12, 0.4, 1.0, 1.9, 2.4, 2.1, 2.0, 2.2, 2.3, 2.3, 2.0, 1.9, 1.9,
            1.9, 1.8, 1.4, 0.9, 0.5, 0.25, 0.12, 0.07,
        ],
        weekend: [
            0.08, 0.05, 0.05, 0.08, 0.2, 0.5, 1.1, 2.0, 2.8, 3.1, 3.2, 2.9, 2.6, 2.2, 1.9, 1.7,
            1.6, 1.4, 1.1, 0.8, 0.5, 0.3, 0.18, 0.1,
        ],
    },
    Rhythm {
        name: "late",
        share: 0.20,
        workday: [
            0.9, 0.6, 0.35, 0.18, 0.1, 0.1, 0.2, 0.4, 0.7, 0.9, 1.1, 1.4, 1.9, 1.9, 1.7, 1.7, 1.9,
            2.3, 2.6, 2.7, 2.6, 2.3, 1.9, 1.4,
        ],
        weekend: [
            1.3, 1.0, 0.7, 0.4, 0.2, 0.12, 0.12, 0.2, 0.4, 0.8, 1.3, 1.8, 2.2, 2.4, 2.3, 2.2, 2.2,
            2.3, 2.5, 2.6, 2.5, 2.3, 2.0, 1.6,
        ],
    },
];

/// The activity by day of the month: wages arrive at the end and in the middle.
pub const PAYDAYS: [f64; 31] = [
    1.15, 1.12, 1.06, 1.02, 1.0, 1.0, 0.98, 0.97, 0.97, 0.97, 0.96, 0.96, 0.96, 0.98, 1.04, 1.03,
    0.98, 0.97, 0.96, 0.95, 0.95, 0.95, 0.96, 0.98, 1.06, 1.08, 1.06, 1.06, 1.04, 1.05, 1.08,
];

/// Days (month, first day, last day) that are busier or quieter everywhere.
pub const SEASONS: [(u8, u8, u8, f64); 5] = [
    (1, 1, 1, 0.5),
    (5, 1, 1, 0.7),
    (11, 23, 30, 1.25),
    (12, 5, 23, 1.2),
    (12, 25, 26, 0.5),
];

/// The shape of the gamma distribution of people's activity, with mean 1: the most active tenth
/// makes about 30 % of all payments.
pub const ACTIVITY_SHAPE: f64 = 1.3;
/// The exponent of a person's favourites: the merchant of rank k has a weight of 1 / k^s.
pub const FAVOURITES_EXPONENT: f64 = 0.85;
/// The share of payments to a merchant that is no favourite.
pub const EXPLORATION: f64 = 0.027;
/// The share of people present when the world begins; the others join one after the other.
pub const FOUNDERS: f64 = 0.85;
/// The share of people who leave at some time.
pub const LEAVERS: f64 = 0.06;

/// How many favourites a person with this activity has.
pub fn favourites(activity: f64) -> usize {
    (104.0 / libm::pow(activity + 0.2, 0.4)) as usize
}
