//! Countries with their share of the population, calling code and cities, and street names.

use super::words;
use crate::text::Text;

/// A country, as records use it.
pub(crate) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(crate) code: Text<2>,
    /// Calling code without the plus sign.
    pub(crate) dial: Text<4>,
    /// How many of 256 users live here.
    pub(crate) share: u16,
    /// Four cities.
    pub(crate) cities: [Text<16>; 4],
}

const fn place(code: &str, dial: &str, share: u16, cities: &str) -> Country {
    Country {
        code: Text::new(code),
        dial: Text::new(dial),
        share,
        cities: words(cities),
    }
}

/// All countries; the shares add up to 256.
pub(crate) static PLACES: [Country; 35] = [
    place("US", "1", 40, "Springfield Chicago Houston Denver"),
    place("GB", "44", 16, "London Manchester Leeds Bristol"),
    place("DE", "49", 15, "Berlin Hamburg Munich Cologne"),
    place("FR", "33", 12, "Paris Lyon Lille Nantes"),
    place("BR", "55", 12, "Recife Salvador Curitiba Brasilia"),
    place("IN", "91", 14, "Mumbai Delhi Chennai Pune"),
    place("CN", "86", 12, "Shanghai Beijing Shenzhen Chengdu"),
    place("JP", "81", 11, "Tokyo Osaka Nagoya Sapporo"),
    place("CA", "1", 10, "Toronto Montreal Calgary Ottawa"),
    place("MX", "52", 10, "Puebla Monterrey Tijuana Merida"),
    place("IT", "39", 9, "Rome Milan Turin Bologna"),
    place("ES", "34", 9, "Madrid Valencia Seville Bilbao"),
    place("AU", "61", 8, "Sydney Melbourne Perth Brisbane"),
    place("NL", "31", 6, "Utrecht Rotterdam Leiden Breda"),
    place("KR", "82", 6, "Seoul Busan Incheon Daegu"),
    place("PL", "48", 5, "Warsaw Krakow Gdansk Poznan"),
    place("SE", "46", 4, "Stockholm Uppsala Malmo Lund"),
    place("NO", "47", 3, "Oslo Bergen Stavanger Tromso"),
    place("DK", "45", 3, "Aarhus Odense Aalborg Esbjerg"),
    place("FI", "358", 3, "Helsinki Tampere Turku Oulu"),
    place("PT", "351", 3, "Lisbon Porto Braga Coimbra"),
    place("CH", "41", 3, "Zurich Geneva Basel Bern"),
    place("AT", "43", 3, "Vienna Graz Linz Salzburg"),
    place("BE", "32", 3, "Brussels Ghent Bruges Liege"),
    place("IE", "353", 3, "Dublin Cork Galway Limerick"),
    place("AR", "54", 4, "Cordoba Rosario Mendoza Salta"),
    place("CL", "56", 3, "Santiago Valparaiso Temuco Arica"),
    place("CO", "57", 3, "Bogota Medellin Cali Pereira"),
    place("ZA", "27", 4, "Durban Pretoria Soweto Polokwane"),
    place("TR", "90", 4, "Istanbul Ankara Izmir Bursa"),
    place("RU", "7", 6, "Moscow Kazan Samara Perm"),
    place("NG", "234", 5, "Lagos Abuja Kano Ibadan"),
    place("IR", "98", 2, "Tehran Shiraz Tabriz Isfahan"),
    place("SY", "963", 1, "Damascus Aleppo Homs Latakia"),
    place("KP", "850", 1, "Pyongyang Hamhung Wonsan Nampo"),
];

/// The number of the country of each of the 256 equal parts of the population.
pub(crate) static COUNTRY_OF_SHARE: [u8; 256] = {
    let mut shares = [0; 256];
    let (mut at, mut country) = (0, 0);
    while country < PLACES.len() {
        let end = at + PLACES[country].share as usize;
        while at < end {
            shares[at] = country as u8;
            at += 1;
        }
        country += 1;
    }
    assert!(at == 256);
    shares
};

/// Street names.
pub(crate) static STREETS: [Text<16>; 64] = words(
    "Oak Maple Cedar Pine Elm Washington Lake Hill Walnut Spring North Ridge Church Willow \
     Meadow Mill Park River Highland Forest Jackson Lincoln Sunset Railroad Jefferson Center \
     Franklin Cherry Madison Dogwood Hickory Chestnut Valley Poplar Birch Garden Victoria \
     Queen King Station Harbour Market Bridge Castle Orchard Abbey Windsor Albert George \
     Union Liberty Grove Laurel Magnolia Aspen Juniper Sycamore Cypress Hawthorn Linden \
     Prospect Summit Canal Mercer",
);

/// Suffixes of street names.
pub(crate) static STREET_KINDS: [Text<8>; 8] =
    words("Street Avenue Road Lane Drive Court Place Way");

/// Domains that RFC 2606 reserves, so that no mail reaches anyone.
pub(crate) static MAIL_DOMAINS: [Text<16>; 4] =
    words("@example.com @example.org @example.net @mail.example");
