//! A share of all places, chosen so that the number chosen before any place can be computed
//! directly.

use crate::seed::mix;

/// Chooses `chosen` of every `of` places: one in each of as many stretches of equal length, at a
/// keyed position within it. Up to any place, the number chosen is therefore exact to within one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Picks {
    chosen: u64,
    of: u64,
    key: u64,
}

impl Picks {
    /// `chosen` is at most `of`, and both are at most a million.
    pub(super) const fn new(chosen: u64, of: u64, key: u64) -> Self {
        Self { chosen, of, key }
    }

    /// Whether any is chosen.
    pub(super) const fn is_some(&self) -> bool {
        self.chosen > 0
    }

    /// Where a stretch begins.
    const fn start(&self, stretch: u64) -> u64 {
        let (whole, rest) = (stretch / self.chosen, stretch % self.chosen);
        let rest = (rest * self.of).div_ceil(self.chosen);
        whole.saturating_mul(self.of).saturating_add(rest)
    }

    /// The stretch that a place is in.
    const fn stretch(&self, place: u64) -> u64 {
        let (whole, rest) = (place / self.of, place % self.of);
        whole * self.chosen + rest * self.chosen / self.of
    }

    /// The chosen place of that number.
    pub(super) const fn at(&self, number: u64) -> u64 {
        let (start, end) = (self.start(number), self.start(number.saturating_add(1)));
        let word = mix(number ^ self.key);
        start + ((word as u128 * (end - start) as u128) >> 64) as u64
    }

    /// How many places before this one are chosen.
    pub(super) const fn before(&self, place: u64) -> u64 {
        if self.chosen == 0 {
            return 0;
        }
        let stretch = self.stretch(place);
        stretch + (self.at(stretch) < place) as u64
    }

    /// The number of the place among the chosen ones, if it is one.
    pub(super) fn number(&self, place: u64) -> Option<u64> {
        if self.chosen == 0 {
            return None;
        }
        let stretch = self.stretch(place);
        (self.at(stretch) == place).then_some(stretch)
    }

    /// How many places before this one are not chosen.
    pub(super) const fn rest_before(&self, place: u64) -> u64 {
        place - self.before(place)
    }

    /// The place of that number among those that are not chosen. There must be some.
    pub(super) const fn rest_at(&self, number: u64) -> u64 {
        if self.chosen == 0 {
            return number;
        }
        // The number of chosen places before it is the number of those with at most `number` others
        // before them.
        let others = self.of - self.chosen;
        let (whole, rest) = (number / others, number % others);
        let mut chosen = whole * self.chosen + rest * self.chosen / others;
        while chosen > 0 && self.at(chosen - 1) - (chosen - 1) > number {
            chosen -= 1;
        }
        while self.at(chosen) - chosen <= number {
            chosen += 1;
        }
        number + chosen
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counting_finding_and_passing_over_agree(
            chosen in 0..=1000u64, of in 1..=1000u64, key: u64, from in 0..1u64 << 60,
        ) {
            let picks = Picks::new(chosen.min(of), of, key);
            let (mut before, mut rest) = (picks.before(from), picks.rest_before(from));
            for place in from..from + 500 {
                prop_assert_eq!(picks.before(place), before);
                match picks.number(place) {
                    Some(number) => {
                        prop_assert_eq!((number, picks.at(number)), (before, place));
                        before += 1;
                    }
                    None => {
                        prop_assert_eq!(picks.rest_at(rest), place);
                        rest += 1;
                    }
                }
            }
            // As many as should be, give or take one at either end.
            let share = (picks.before(from + 500) - picks.before(from)) as f64;
            let ideal = 500.0 * chosen.min(of) as f64 / of as f64;
            prop_assert!((share - ideal).abs() <= 2.0, "{} of {}", share, ideal);
        }
    }
}
