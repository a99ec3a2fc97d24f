//! Which topics, buckets and folders may be written to.

use std::fmt;
use std::str::FromStr;

/// A name or a prefix of names: `transactions`, `trial-*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    text: String,
    is_prefix: bool,
}

/// The text is not a valid [`NamePattern`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "got {0:?}; expected a name of letters, digits, dots, underscores and hyphens, or the \
     beginning of names followed by *"
)]
pub struct NamePatternError(String);

impl FromStr for NamePattern {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (text, false),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if text.is_empty() || !name.bytes().all(plain) {
            return Err(NamePatternError(text.to_owned()));
        }
        Ok(Self {
            text: name.to_owned(),
            is_prefix,
        })
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, if self.is_prefix { "*" } else { "" })
    }
}

impl NamePattern {
    fn covers(&self, name: &str) -> bool {
        if self.is_prefix {
            name.starts_with(&self.text)
        } else {
            name == self.text
        }
    }
}

/// A name that runs may not deliver to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("destination: got {name:?}; expected {allowed}")]
pub struct DestinationRefused {
    name: String,
    allowed: String,
}

/// Which names runs may deliver to. By default all except those that systems use internally.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestinationRules {
    allowed: Vec<NamePattern>,
    reserved: Vec<NamePattern>,
}

/// The prefix of names that Kafka and the systems built on it use internally, such as
/// `__consumer_offsets`, `__transaction_state` and a schema registry's `_schemas`.
const SYSTEM_PREFIX: char = '_';

impl DestinationRules {
    /// Only names that match `allowed`, or all if it is empty; never those that match `reserved`.
    pub fn new(allowed: Vec<NamePattern>, reserved: Vec<NamePattern>) -> Self {
        Self { allowed, reserved }
    }

    /// Whether runs may deliver to `name`.
    ///
    /// # Errors
    /// If not; the error says which names are allowed.
    pub fn check(&self, name: &str) -> Result<(), DestinationRefused> {
        let is_allowed =
            self.allowed.is_empty() || self.allowed.iter().any(|pattern| pattern.covers(name));
        let is_reserved = name.starts_with(SYSTEM_PREFIX)
            || self.reserved.iter().any(|pattern| pattern.covers(name));
        if is_allowed && !is_reserved {
            return Ok(());
        }
        let list = |patterns: &[NamePattern]| {
            let names: Vec<String> = patterns.iter().map(NamePattern::to_string).collect();
            names.join(", ")
        };
        let allowed = match &self.allowed[..] {
            [] => "any name".to_owned(),
            some => list(some),
        };
        let reserved = match &self.reserved[..] {
            [] => String::new(),
            some => format!(" or is one of {}", list(some)),
        };
        Err(DestinationRefused {
            name: name.to_owned(),
            allowed: format!(
                "{allowed}, unless it begins with {SYSTEM_PREFIX}{reserved}, which other services \
                 need for themselves"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<NamePattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn names_are_allowed_by_name_or_beginning_and_what_is_reserved_never() {
        let rules =
            |allowed, reserved| DestinationRules::new(patterns(allowed), patterns(reserved));
        for (rules, name, allowed) in [
            (DestinationRules::default(), "transactions", true),
            (DestinationRules::default(), "__consumer_offsets", false),
            (DestinationRules::default(), "__transaction_state", false),
            (DestinationRules::default(), "_schemas", false),
            (rules(&[], &["ack", "topic*"]), "acks", true),
            (rules(&[], &["ack", "topic*"]), "ack", false),
            (rules(&[], &["ack", "topic*"]), "topic1", false),
            (
                rules(&["transactions", "trial-*"], &[]),
                "transactions",
                true,
            ),
            (rules(&["transactions", "trial-*"], &[]), "trial-7", true),
            (
                rules(&["transactions", "trial-*"], &[]),
                "transactions2",
                false,
            ),
            (rules(&["*"], &["ack"]), "ack", false),
            (rules(&["*"], &[]), "__consumer_offsets", false),
        ] {
            assert_eq!(rules.check(name).is_ok(), allowed, "{name} with {rules:?}");
        }
        let why = rules(&["trial-*"], &["ack"]).check("logs").unwrap_err();
        assert_eq!(
            why.to_string(),
            "destination: got \"logs\"; expected trial-*, unless it begins with _ or is one of \
             ack, which other services need for themselves"
        );
    }

    #[test]
    fn a_pattern_is_a_name_with_a_star_at_its_end_or_without() {
        for text in ["a", "*", "a.b_c-*"] {
            assert_eq!(text.parse::<NamePattern>().unwrap().to_string(), text);
        }
        for text in ["", "a*b", "**", "a b", "a/b", "ä"] {
            assert!(text.parse::<NamePattern>().is_err(), "{text}");
        }
    }
}
