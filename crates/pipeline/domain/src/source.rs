//! The three sources of a pipeline: a spreadsheet, a topic and a table each.

use std::fmt;

/// The type of a nullable column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A 64-bit integer.
    Integer,
    /// A real number.
    Real,
}

/// A source of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `sim_file1.xlsx`, `topic1`, `data1`.
    First,
    /// `sim_file2.xlsx`, `topic2`, `data2`.
    Second,
    /// `sim_file3.xlsx`, `topic3`, `data3`.
    Third,
}

/// `feature5` and `feature6` are real numbers.
const SECOND: [Kind; 9] = {
    let mut kinds = [Kind::Integer; 9];
    kinds[4] = Kind::Real;
    kinds[5] = Kind::Real;
    kinds
};

impl Source {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::First, Self::Second, Self::Third];

    /// 1, 2 or 3.
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// Its index in [`ALL`](Self::ALL).
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name of its table.
    pub const fn table(self) -> &'static str {
        ["data1", "data2", "data3"][self as usize]
    }

    /// The stem of its spreadsheet's name.
    pub const fn file_stem(self) -> &'static str {
        ["sim_file1", "sim_file2", "sim_file3"][self as usize]
    }

    /// The kinds of its features, beginning with `feature1`.
    pub const fn features(self) -> &'static [Kind] {
        match self {
            Self::First => &[Kind::Integer; 29],
            Self::Second => &SECOND,
            Self::Third => &[Kind::Integer; 25],
        }
    }

    /// The index of the feature with this name in [`features`](Self::features).
    pub fn feature(self, name: &str) -> Option<usize> {
        let digits = name.strip_prefix("feature")?;
        // `feature01` and `feature+1` are not names of features.
        if digits.starts_with(['0', '+']) {
            return None;
        }
        let number: usize = digits.parse().ok()?;
        (1..=self.features().len())
            .contains(&number)
            .then(|| number - 1)
    }
}

/// The name of feature `index` of any source.
pub fn feature_name(index: usize) -> String {
    format!("feature{}", index + 1)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "source {}", self.number())
    }
}

/// The names of a pipeline's topics and consumer groups in a cluster. Pipelines with different
/// prefixes share neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    prefix: String,
}

/// A prefix that is not valid for topic names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("got {0:?}; expected up to {MAX_PREFIX} of the characters a-z, A-Z, 0-9, '.', '_' and '-'")]
pub struct WrongPrefix(String);

const MAX_PREFIX: usize = 200;

impl Names {
    /// Names that begin with `prefix`, which may be empty.
    ///
    /// # Errors
    /// If topics cannot have such names.
    pub fn with_prefix(prefix: &str) -> Result<Self, WrongPrefix> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if prefix.len() > MAX_PREFIX || !prefix.chars().all(fits) {
            return Err(WrongPrefix(prefix.chars().take(80).collect()));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
        })
    }

    /// The topic of a source's events.
    pub fn topic(&self, source: Source) -> String {
        self.named(["topic1", "topic2", "topic3"][source.index()])
    }

    /// The topics of all sources, in order.
    pub fn topics(&self) -> [String; 3] {
        Source::ALL.map(|source| self.topic(source))
    }

    /// The topic of acknowledgements.
    pub fn ack(&self) -> String {
        self.named("ack")
    }

    /// The topic of events that could not be landed.
    pub fn dead_letters(&self) -> String {
        self.named("dead-letters")
    }

    /// The consumer group that lands.
    pub fn lander(&self) -> String {
        self.named("db_dump")
    }

    /// The consumer group that acknowledges.
    pub fn acknowledger(&self) -> String {
        self.named("acker")
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_those_of_the_contract() {
        for (source, number) in Source::ALL.into_iter().zip(1..) {
            assert_eq!(source.to_string(), format!("source {number}"));
            assert_eq!(source.table(), format!("data{number}"));
            assert_eq!(source.file_stem(), format!("sim_file{number}"));
        }
        let counts = Source::ALL.map(|source| source.features().len());
        assert_eq!(counts, [29, 9, 25]);
        let reals = |source: Source| {
            let kinds = source.features().iter().enumerate();
            kinds
                .filter(|(_, kind)| **kind == Kind::Real)
                .map(|(index, _)| feature_name(index))
                .collect::<Vec<_>>()
        };
        assert_eq!(reals(Source::First), Vec::<String>::new());
        assert_eq!(reals(Source::Second), ["feature5", "feature6"]);
        assert_eq!(reals(Source::Third), Vec::<String>::new());
    }

    #[test]
    fn a_feature_is_found_by_its_exact_name() {
        assert_eq!(Source::Second.feature("feature1"), Some(0));
        assert_eq!(Source::Second.feature("feature9"), Some(8));
        for wrong in [
            "feature10",
            "feature0",
            "feature01",
            "feature+1",
            "feature",
            "Feature1",
            "id",
            "feature99999999999999999999",
        ] {
            assert_eq!(Source::Second.feature(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_carry_the_prefix_and_a_wrong_one_is_refused() {
        let names = Names::with_prefix("eu.").unwrap();
        assert_eq!(names.topics(), ["eu.topic1", "eu.topic2", "eu.topic3"]);
        assert_eq!(names.lander(), "eu.db_dump");
        assert_eq!(names.acknowledger(), "eu.acker");
        assert_eq!(names.ack(), "eu.ack");
        assert_eq!(names.dead_letters(), "eu.dead-letters");
        assert!(Names::with_prefix(&"x".repeat(200)).is_ok());
        let long = "x".repeat(201);
        for wrong in ["a b", "ä", "a/b", &long] {
            assert!(Names::with_prefix(wrong).is_err(), "{wrong}");
        }
    }
}
