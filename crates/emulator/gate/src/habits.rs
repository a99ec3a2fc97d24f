//! How often and where customers make honest payments.

use std::collections::HashSet;

use emulator_world::declared::{CITIES, City};

use crate::measure::{burstiness, dispersion, quantile};
use crate::run::{MONTHS, Run};

/// The figures.
pub(crate) struct Habits {
    /// Payments per month of the median customer.
    pub(crate) month: f64,
    /// The ratio of variance to mean.
    pub(crate) dispersion: f64,
    /// The quartiles of the number of merchants per customer.
    pub(crate) merchants: [f64; 2],
    /// Of the median customer.
    pub(crate) burstiness: f64,
    /// The share of journeys between shops that are physically impossible; `None` if shops have no
    /// location.
    pub(crate) impossible: Option<f64>,
}

/// The minimum number of gaps for a meaningful burstiness.
const GAPS: usize = 20;

impl Habits {
    pub(crate) fn new(run: &Run) -> Self {
        let payments = &run.payments;
        let distances = distances();
        let (mut months, mut merchants, mut bursts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ways, mut impossible) = (0_u64, 0_u64);
        let mut distinct = HashSet::new();
        for (positions, payer) in run.by_payer.each().zip(&run.payers) {
            let honest = positions.iter().map(|position| *position as usize);
            let honest: Vec<usize> = honest
                .filter(|position| !payments.is_fraud(*position))
                .collect();
            let mut before: Option<(i64, u8)> = None;
            for position in &honest {
                let merchant = payments.merchants[*position] as usize;
                let Some(Some(city)) = run.cities.get(merchant) else {
                    continue;
                };
                let time = payments.times[*position];
                if let Some((earlier, from)) = before {
                    let hours = (time - earlier) as f64 / 3.6e9;
                    let far = distances[usize::from(from)][usize::from(*city)];
                    ways += 1;
                    // At the speed of an aeroplane, plus the width of a city.
                    impossible += u64::from(far > 50.0 + 900.0 * hours);
                }
                before = Some((time, *city));
            }
            if !payer.stays {
                continue;
            }
            months.push(honest.len() as f64 / MONTHS);
            distinct.clear();
            distinct.extend(honest.iter().map(|position| payments.merchants[*position]));
            merchants.push(distinct.len() as f64);
            if honest.len() > GAPS {
                let gaps = honest
                    .windows(2)
                    .map(|pair| (payments.times[pair[1]] - payments.times[pair[0]]) as f64);
                bursts.push(burstiness(&gaps.collect::<Vec<f64>>()));
            }
        }
        let dispersion = dispersion(&months);
        for values in [&mut months, &mut merchants, &mut bursts] {
            values.sort_unstable_by(f64::total_cmp);
        }
        Self {
            month: quantile(&months, 0.5),
            dispersion,
            merchants: [0.25, 0.75].map(|share| quantile(&merchants, share)),
            burstiness: quantile(&bursts, 0.5),
            impossible: (ways > 0).then(|| impossible as f64 / ways as f64),
        }
    }
}

/// The distances between all cities in kilometres.
fn distances() -> Vec<Vec<f64>> {
    let from = |one: &City| CITIES.iter().map(|other| kilometres(one, other)).collect();
    CITIES.iter().map(from).collect()
}

/// The distance on a sphere.
fn kilometres(one: &City, other: &City) -> f64 {
    let [(a, x), (b, y)] =
        [one, other].map(|city| (city.latitude.to_radians(), city.longitude.to_radians()));
    let half = ((b - a) / 2.0).sin().powi(2) + a.cos() * b.cos() * ((y - x) / 2.0).sin().powi(2);
    12_742.0 * half.sqrt().asin()
}
