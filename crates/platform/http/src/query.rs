//! Values of query parameters. Routes take them as strings, because serde would not tell which one
//! is invalid.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use actix_web::http::StatusCode;

use crate::ApiError;
use crate::messages::excerpt;

/// The whole number that is the value of the parameter `name`.
///
/// # Errors
/// If it is none, or not within the range.
pub fn whole_number<N: FromStr + PartialOrd + Display>(
    name: &str,
    text: &str,
    allowed: &RangeInclusive<N>,
) -> Result<N, ApiError> {
    let number = text.parse().ok();
    let number = number.filter(|number| allowed.contains(number));
    let (least, most) = (allowed.start(), allowed.end());
    number.ok_or_else(|| invalid_parameter(name, text, format_args!("{least} to {most}")))
}

/// The response to a parameter with another value than those that are allowed.
pub fn invalid_parameter(name: &str, text: &str, allowed: impl Display) -> ApiError {
    let got = excerpt(text);
    let detail = format!(
        "invalid {name} '{}'; expected {allowed}",
        got.escape_debug()
    );
    ApiError::new(StatusCode::BAD_REQUEST, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_allowed_is_named_with_its_parameter_and_range() {
        assert_eq!(whole_number("limit", "1000", &(1..=1000)).unwrap(), 1000);
        for text in ["0", "1001", "abc", "", "1.0", "99999999999999999999"] {
            let error = whole_number("limit", text, &(1..=1000_u16)).unwrap_err();
            let expected = format!("invalid limit '{text}'; expected 1 to 1000");
            assert_eq!(error.to_string(), expected);
        }
    }
}
