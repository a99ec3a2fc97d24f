use clap::Parser;
use emulator_domain::Domain;
use emulator_domain::plan::{Format, Sink};

use super::*;
use crate::cli::{Cli, Command};

fn options(line: &str) -> Emulate {
    let words = ["data-emulator", "emulate"]
        .into_iter()
        .chain(line.split(' '));
    match Cli::try_parse_from(words).unwrap().command {
        Command::Emulate(options) => *options,
        other => panic!("{other:?}"),
    }
}

fn dataset(options: &Emulate) -> Dataset {
    Streams::read(&options.subject).unwrap().datasets.remove(0)
}

#[test]
fn what_is_not_said_follows_from_what_is() {
    let year = Timeout::MAX.get();
    for (line, pace, timeout, count) in [
        ("transaction --to null", Pace::Unlimited, year, Some(COUNT)),
        (
            "transaction --to null --count 5",
            Pace::Unlimited,
            year,
            Some(5),
        ),
        ("User-Profile --to null", Pace::Unlimited, year, None),
        (
            "transaction --to null --count 5 --timeout 3",
            Pace::Unlimited,
            3,
            Some(5),
        ),
        (
            "transaction --to null --timeout 3",
            Pace::Unlimited,
            3,
            None,
        ),
        ("transaction --to null --rate 5", Pace::Realtime, 10, None),
        (
            "transaction --to null --rate 5 --count 80",
            Pace::Realtime,
            year,
            Some(80),
        ),
        (
            "transaction --to null --rate 5 --pace unlimited",
            Pace::Unlimited,
            year,
            Some(COUNT),
        ),
        (
            "transaction --to null --pace realtime",
            Pace::Realtime,
            10,
            None,
        ),
    ] {
        let options = options(line);
        let spec = spec(
            &options,
            PlanSpec::new(dataset(&options), options.to.sink, options.format),
        );
        let asked = spec.count.map(RecordCount::get);
        assert_eq!(
            (spec.pace, spec.timeout.get(), asked),
            (pace, timeout, count),
            "{line}"
        );
    }
}

#[test]
fn what_one_would_not_expect_is_told() {
    let told = |line| {
        let options = options(line);
        let defaults = PlanSpec::new(dataset(&options), options.to.sink, options.format);
        let plan = EmulationPlan::new(spec(&options, defaults)).unwrap();
        notes(&options, std::iter::once(&plan))
    };
    assert_eq!(
        told("transaction --to file:out"),
        ["without --count and --timeout the run has 1,000,000 records"]
    );
    assert_eq!(told("transaction --to file:out --count 5"), [""; 0]);
    let profiles = told("user-profile --to file:out --count 20000 --delivery exactly-once");
    assert!(profiles[0].starts_with("the run has 9000 records instead of the 20000"));
    assert!(profiles[1].starts_with("exactly-once holds for file"));
}

#[test]
fn errors_name_the_options() {
    let spec = PlanSpec {
        destination: "a b".to_owned(),
        ..spec(
            &options("transaction --to null --delivery exactly-once"),
            PlanSpec::new(Domain::Transaction, Sink::Null, Format::Csv),
        )
    };
    assert_eq!(
        in_options(&EmulationPlan::new(spec).unwrap_err()),
        "invalid --destination 'a b'; expected 1 to 249 letters, digits, dots, underscores and hyphens; \
         invalid --delivery 'exactly-once'; expected at-least-once, because null keeps no record of what was delivered"
    );
}
