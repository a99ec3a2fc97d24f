//! Whole numbers computed from an exponential.

use std::f64::consts::{LN_2, LOG2_E};

/// `of(exp(power))` rounded down, exactly as with [`libm::exp`]. `of` must multiply by something
/// positive and add -1 or more, and its result must not be negative. Powers lie within -700 to 700.
///
/// `libm::exp` is accurate to about the last bit, which a whole number seldom needs: unless the
/// estimate is within its error of the next whole number, it is sufficient. That takes about 4 ns
/// instead of 10, twice per payment.
#[inline]
pub(crate) fn whole(power: f64, of: impl Fn(f64) -> f64) -> i64 {
    let value = of(estimate(power));
    let error = ERROR * (value.abs() + 1.0);
    let floor = value as i64;
    let rest = value - floor as f64;
    if rest > error && rest < 1.0 - error {
        floor
    } else {
        of(libm::exp(power)) as i64
    }
}

/// Ten times the maximum relative error of [`estimate`].
const ERROR: f64 = 1e-10;

/// `exp(power)` with a relative error below 1e-11: two to the power of the rounded `power / ln 2`,
/// times the series of the rest, whose absolute value is at most half of `ln 2`.
#[inline]
fn estimate(power: f64) -> f64 {
    // Adding this moves the whole part of a number into its lowest bits.
    const WHOLE: f64 = 1.5 * (1u64 << 52) as f64;
    let shifted = power * LOG2_E + WHOLE;
    let x = power - (shifted - WHOLE) * LN_2;
    let (x2, x4) = (x * x, x * x * x * x);
    let [c2, c3, c4, c5, c6, c7, c8, c9] = const { INVERSE_FACTORIALS };
    let series = (1.0 + x)
        + x2 * (c2 + c3 * x)
        + x4 * ((c4 + c5 * x) + x2 * (c6 + c7 * x))
        + x4 * x4 * (c8 + c9 * x);
    f64::from_bits(series.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// 1 / 2! to 1 / 9!.
const INVERSE_FACTORIALS: [f64; 8] = {
    let (mut all, mut factorial, mut n) = ([0.0; 8], 1.0, 0);
    while n < 8 {
        factorial *= n as f64 + 2.0;
        all[n] = 1.0 / factorial;
        n += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_within_its_error() {
        for step in -70_000..=70_000 {
            let power = f64::from(step) * 0.009_999;
            let (estimate, exact) = (estimate(power), libm::exp(power));
            assert!((estimate / exact - 1.0).abs() < ERROR / 10.0, "{power}");
        }
    }

    #[test]
    fn a_whole_number_is_that_of_the_exact_exponential() {
        let cents = |exponential: f64| 24.0 * exponential * 100.0 + 0.5;
        let rank = |exponential: f64| exponential - 1.0;
        for number in 1..200_000 {
            let wanted = f64::from(number);
            // Next to whole numbers, on both sides, and anywhere.
            for beside in [0.0, 1e-15, -1e-15, 1e-12, -1e-12, 0.3] {
                for (of, power) in [
                    (
                        &cents as &dyn Fn(f64) -> f64,
                        libm::log((wanted - 0.5) / 2400.0),
                    ),
                    (&rank, libm::log(wanted + 1.0)),
                ] {
                    let power = power * (1.0 + beside);
                    assert_eq!(whole(power, of), of(libm::exp(power)) as i64, "{power}");
                }
            }
        }
    }
}
