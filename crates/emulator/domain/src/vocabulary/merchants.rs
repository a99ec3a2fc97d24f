//! The merchants of a seed.

use super::names::LAST;
use crate::seed::{Chance, Purpose, RecordRandom, Seed, below, mix};
use crate::text::Text;

/// A merchant's name.
pub(crate) type Merchant = Text<48>;

/// Merchants involved in fraud. Three in a thousand base transactions are theirs.
pub static HIGH_RISK_MERCHANTS: [Merchant; 3] = [
    Text::new("QuickCash"),
    Text::new("PaydayLoan"),
    Text::new("LoanShark"),
];

/// How many ordinary merchants a seed has.
const ORDINARY: usize = 2048;

/// The share of base transactions at high-risk merchants, three in a thousand.
pub(crate) const HIGH_RISK_SHARE: Chance = Chance::of(3, 1000);

/// The pool from which transactions draw their merchant.
#[derive(Debug)]
pub(crate) struct Merchants {
    key: u64,
    pool: Box<[Merchant; ORDINARY]>,
}

impl Merchants {
    pub(crate) fn new(seed: Seed) -> Self {
        let key = seed.key(Purpose::Merchants);
        let pool: Vec<Merchant> = (0..ORDINARY as u64)
            .map(|i| company(mix(key.wrapping_add(i))))
            .collect();
        Self {
            key,
            pool: pool.try_into().expect("as many as the pool holds"),
        }
    }

    /// The merchants of `seed`; these, if they are its.
    pub(crate) fn of(self, seed: Seed) -> Self {
        if self.key == seed.key(Purpose::Merchants) {
            self
        } else {
            Self::new(seed)
        }
    }

    /// The merchant decided by words `N` (which one) and `M` (whether high-risk). The density of
    /// merchant `k` is proportional to 1/√k: few large ones, many small ones.
    #[inline(always)]
    pub(crate) fn draw<const N: usize, const M: usize, const BLOCKS: usize>(
        &self,
        draws: &RecordRandom<BLOCKS>,
    ) -> (&Merchant, bool) {
        if draws.happens::<M>(HIGH_RISK_SHARE) {
            return (&HIGH_RISK_MERCHANTS[draws.below::<N>(3) as usize], true);
        }
        let word = draws.word::<N>();
        let rank = below(below(word, word), ORDINARY as u32) as usize;
        (&self.pool[rank % ORDINARY], false)
    }
}

/// What follows the family name of most companies.
static ENDINGS: [Text<16>; 6] = [
    Text::new(" Inc"),
    Text::new(" LLC"),
    Text::new(" Group"),
    Text::new(" Ltd"),
    Text::new(" and Sons"),
    Text::new(" PLC"),
];
/// What stands between the family names of the others.
static BETWEEN: [Text<8>; 3] = [Text::new("-"), Text::new(", "), Text::new(" and ")];

/// A company name in one of the usual patterns, made of one to three family names.
fn company(random: u64) -> Merchant {
    let name = |shift: u32| &LAST[below((random >> shift) as u32, LAST.len() as u32) as usize];
    let first = Merchant::EMPTY.followed_by(name(32));
    let [hyphen, comma, and] = &BETWEEN;
    match (random & 7) as usize {
        ending @ 0..5 => first.followed_by(&ENDINGS[ending]),
        5 => first.followed_by(hyphen).followed_by(name(21)),
        6 => first.followed_by(&ENDINGS[5]),
        _ => (first.followed_by(comma).followed_by(name(21)))
            .followed_by(and)
            .followed_by(name(7)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_read_as_companies_and_none_is_high_risk() {
        let merchants = Merchants::new(Seed::new(7));
        let names: Vec<_> = merchants.pool.iter().map(|name| name.as_str()).collect();
        assert!(
            names
                .iter()
                .any(|name| name.contains(", ") && name.contains(" and "))
        );
        assert!(names.iter().all(|name| name.len() > 4));
        for risky in &HIGH_RISK_MERCHANTS {
            assert!(!names.contains(&risky.as_str()));
        }
    }

    #[test]
    fn merchants_follow_the_seed_of_their_population() {
        let names = |merchants: &Merchants| merchants.pool.map(|name| name.as_str().to_owned());
        let [seven, eight] = [7, 8].map(|seed| names(&Merchants::new(Seed::new(seed))));
        assert!(seven != eight);
        let of = |seed| names(&Merchants::new(Seed::new(7)).of(Seed::new(seed)));
        assert!(of(7) == seven);
        assert!(of(8) == eight);
    }
}
