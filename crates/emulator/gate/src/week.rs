//! Hours of the week in local time.

use emulator_domain::Date;
use emulator_world::declared::{PAYDAYS, RHYTHMS, SEASONS};

use crate::run::{DAYS, Run};

const CELLS: usize = 7 * 24;

/// The share of honest payments in each hour of the week, measured and declared.
pub(crate) fn shares(run: &Run) -> Vec<(f64, f64)> {
    let payments = &run.payments;
    let (mut found, mut all) = ([0_u64; CELLS], 0_u64);
    for position in (0..payments.len()).filter(|position| !payments.is_fraud(*position)) {
        let offset = run.payers[payments.payers[position] as usize].offset;
        let hour = payments.times[position].div_euclid(3_600_000_000) + offset;
        found[cell(hour)] += 1;
        all += 1;
    }
    let declared = declared(run.first_day);
    let found = found.iter().map(|count| *count as f64 / all as f64);
    found.zip(declared).collect()
}

/// The hour of the week, from Monday midnight, of an hour since 1970, which began on a Thursday.
const fn cell(hour: i64) -> usize {
    (hour + 3 * 24).rem_euclid(CELLS as i64) as usize
}

/// The declared rhythms, weighted by their shares, over the measured days.
fn declared(first_day: i64) -> [f64; CELLS] {
    let mut week = [0.0; CELLS];
    for day in first_day..first_day + DAYS as i64 {
        let date = Date::from_days(day as i32);
        let seasons = SEASONS.iter();
        let season = seasons.filter(|(month, first, last, _)| {
            *month == date.month() && (*first..=*last).contains(&date.day())
        });
        let busy = PAYDAYS[usize::from(date.day()) - 1]
            * season.map(|(.., factor)| factor).product::<f64>();
        for hour in 0..24 {
            let cell = cell(day * 24 + hour as i64);
            for rhythm in &RHYTHMS {
                let [work, free] = [&rhythm.workday, &rhythm.weekend];
                // Everybody pays equally often per week, whatever the rhythm.
                let total = 5.0 * work.iter().sum::<f64>() + 2.0 * free.iter().sum::<f64>();
                let hours = if cell < 5 * 24 { work } else { free };
                week[cell] += busy * rhythm.share * hours[hour] / total;
            }
        }
    }
    let total: f64 = week.iter().sum();
    week.map(|share| share / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hour_of_1970_was_a_thursdays() {
        assert_eq!(cell(0), 3 * 24);
        // 2026-01-05 was a Monday.
        let monday = i64::from(Date::parse("2026-01-05").unwrap().days());
        assert_eq!(cell(monday * 24 + 7), 7);
        assert_eq!(cell(monday * 24 - 1), CELLS - 1);
    }
}
