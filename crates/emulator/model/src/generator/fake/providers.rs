//! The providers that use the lists of `fake`, and the languages.

use fake::locales::{
    AR_SA, CY_GB, DE_DE, Data, EN, FA_IR, FR_FR, IT_IT, JA_JP, NL_NL, PT_BR, PT_PT, TR_TR, ZH_CN,
    ZH_TW,
};

/// A list of words.
pub(super) type Words = &'static [&'static str];

/// A part of a provider's text.
#[derive(Clone, Copy)]
pub(super) enum Piece {
    /// A word from a list.
    Word(fn(Locale) -> Words),
    /// The same in lower case and without spaces.
    Handle(fn(Locale) -> Words),
    /// A format from a list: `#` is a digit, `^` one that is not 0.
    Digits(fn(Locale) -> Words),
    /// A fixed text.
    Text(&'static str),
    /// A whole number in a range.
    Number(u64, u64),
    /// This many words of a list, separated by spaces, the first one capitalised.
    Sentence(fn(Locale) -> Words, u64, u64),
}

/// A provider.
pub(crate) struct Provider {
    /// Its name in `fake`.
    pub(crate) name: &'static str,
    pub(super) pieces: &'static [Piece],
}

macro_rules! locales {
    ($($variant:ident = $name:literal $data:ident;)*) => {
        /// A language and country.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Locale {
            $($variant,)*
        }

        /// All locales by name.
        pub(super) const LOCALES: &[(&str, Locale)] = &[$(($name, Locale::$variant)),*];

        macro_rules! list {
            ($list:ident) => {
                |locale: Locale| match locale {
                    $(Locale::$variant => $data::$list,)*
                }
            };
        }
    };
}

locales! {
    En = "en" EN;
    De = "de" DE_DE;
    Fr = "fr" FR_FR;
    It = "it" IT_IT;
    Nl = "nl" NL_NL;
    PtBr = "pt_br" PT_BR;
    PtPt = "pt_pt" PT_PT;
    Tr = "tr" TR_TR;
    Cy = "cy" CY_GB;
    Ar = "ar" AR_SA;
    Fa = "fa" FA_IR;
    Ja = "ja" JA_JP;
    ZhCn = "zh_cn" ZH_CN;
    ZhTw = "zh_tw" ZH_TW;
}

const SPACE: Piece = Piece::Text(" ");
/// Host names that RFC 2606 reserves, so that they belong to nobody.
const HOSTS: Piece = Piece::Word(|_| &["example.com", "example.net", "example.org"]);
/// Email addresses use ASCII letters.
const FIRST: Piece = Piece::Handle(|_| EN::NAME_FIRST_NAME);
const LAST: Piece = Piece::Handle(|_| EN::NAME_LAST_NAME);

/// All providers, in the order in which they are documented.
pub(crate) const PROVIDERS: &[Provider] = &[
    Provider {
        name: "name.first",
        pieces: &[Piece::Word(list!(NAME_FIRST_NAME))],
    },
    Provider {
        name: "name.last",
        pieces: &[Piece::Word(list!(NAME_LAST_NAME))],
    },
    Provider {
        name: "name.full",
        pieces: &[
            Piece::Word(list!(NAME_FIRST_NAME)),
            SPACE,
            Piece::Word(list!(NAME_LAST_NAME)),
        ],
    },
    Provider {
        name: "name.title",
        pieces: &[Piece::Word(list!(NAME_TITLE))],
    },
    Provider {
        name: "job.title",
        pieces: &[
            Piece::Word(list!(JOB_SENIORITY)),
            SPACE,
            Piece::Word(list!(JOB_FIELD)),
            SPACE,
            Piece::Word(list!(JOB_POSITION)),
        ],
    },
    Provider {
        name: "job.field",
        pieces: &[Piece::Word(list!(JOB_FIELD))],
    },
    Provider {
        name: "address.city",
        pieces: &[
            Piece::Word(list!(NAME_FIRST_NAME)),
            Piece::Word(list!(ADDRESS_CITY_SUFFIX)),
        ],
    },
    Provider {
        name: "address.street",
        pieces: &[
            Piece::Word(list!(NAME_LAST_NAME)),
            SPACE,
            Piece::Word(list!(ADDRESS_STREET_SUFFIX)),
            SPACE,
            Piece::Number(1, 199),
        ],
    },
    Provider {
        name: "address.state",
        pieces: &[Piece::Word(list!(ADDRESS_STATE))],
    },
    Provider {
        name: "address.zip",
        pieces: &[Piece::Digits(list!(ADDRESS_ZIP_FORMATS))],
    },
    Provider {
        name: "address.country",
        pieces: &[Piece::Word(list!(ADDRESS_COUNTRY))],
    },
    Provider {
        name: "address.country_code",
        pieces: &[Piece::Word(list!(ADDRESS_COUNTRY_CODE))],
    },
    Provider {
        name: "address.time_zone",
        pieces: &[Piece::Word(list!(ADDRESS_TIME_ZONE))],
    },
    Provider {
        name: "company.name",
        pieces: &[
            Piece::Word(list!(NAME_LAST_NAME)),
            SPACE,
            Piece::Word(list!(COMPANY_SUFFIX)),
        ],
    },
    Provider {
        name: "company.industry",
        pieces: &[Piece::Word(list!(COMPANY_INDUSTRY))],
    },
    Provider {
        name: "company.profession",
        pieces: &[Piece::Word(list!(COMPANY_PROFESSION))],
    },
    Provider {
        name: "company.catch_phrase",
        pieces: &[
            Piece::Word(list!(COMPANY_BUZZWORD_HEAD)),
            SPACE,
            Piece::Word(list!(COMPANY_BUZZWORD_MIDDLE)),
            SPACE,
            Piece::Word(list!(COMPANY_BUZZWORD_TAIL)),
        ],
    },
    Provider {
        name: "phone.number",
        pieces: &[Piece::Digits(list!(PHONE_NUMBER_FORMATS))],
    },
    Provider {
        name: "phone.mobile",
        pieces: &[Piece::Digits(list!(PHONE_CELL_NUMBER_FORMATS))],
    },
    Provider {
        name: "internet.email",
        pieces: &[
            FIRST,
            Piece::Text("."),
            LAST,
            Piece::Number(1, 999),
            Piece::Text("@"),
            HOSTS,
        ],
    },
    Provider {
        name: "internet.username",
        pieces: &[FIRST, Piece::Text("_"), LAST, Piece::Number(1, 99)],
    },
    Provider {
        name: "internet.host",
        pieces: &[LAST, Piece::Text("."), HOSTS],
    },
    Provider {
        name: "internet.url",
        pieces: &[
            Piece::Text("https://"),
            LAST,
            Piece::Text("."),
            HOSTS,
            Piece::Text("/"),
            Piece::Handle(|_| EN::LOREM_WORD),
        ],
    },
    Provider {
        name: "internet.user_agent",
        pieces: &[Piece::Word(list!(INTERNET_USER_AGENT))],
    },
    // The blocks that RFC 5737 reserves for documentation are too small; private addresses belong
    // to nobody either.
    Provider {
        name: "internet.ipv4",
        pieces: &[
            Piece::Text("10."),
            Piece::Number(0, 255),
            Piece::Text("."),
            Piece::Number(0, 255),
            Piece::Text("."),
            Piece::Number(1, 254),
        ],
    },
    Provider {
        name: "currency.code",
        pieces: &[Piece::Word(list!(CURRENCY_CODE))],
    },
    Provider {
        name: "currency.name",
        pieces: &[Piece::Word(list!(CURRENCY_NAME))],
    },
    Provider {
        name: "file.name",
        pieces: &[
            Piece::Word(list!(PATH_SEGMENTS)),
            Piece::Text("."),
            Piece::Word(list!(PATH_EXTENSIONS)),
        ],
    },
    Provider {
        name: "lorem.word",
        pieces: &[Piece::Word(list!(LOREM_WORD))],
    },
    Provider {
        name: "lorem.sentence",
        pieces: &[Piece::Sentence(list!(LOREM_WORD), 4, 12), Piece::Text(".")],
    },
];
