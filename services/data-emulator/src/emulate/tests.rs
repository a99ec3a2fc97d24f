use clap::Parser;

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

#[test]
fn what_is_not_said_follows_from_what_is() {
    let year = i128::from(PlanDraft::MAX_TIMEOUT);
    for (line, pace, timeout) in [
        ("transaction --to null", "unlimited", 10),
        ("transaction --to null --count 5", "unlimited", year),
        ("User-Profile --to null", "unlimited", year),
        (
            "transaction --to null --count 5 --timeout 3",
            "unlimited",
            3,
        ),
        ("transaction --to null --rate 5", "realtime", 10),
        (
            "transaction --to null --rate 5 --pace unlimited",
            "unlimited",
            10,
        ),
        ("transaction --to null --pace realtime", "realtime", 10),
    ] {
        let draft = draft(&options(line), Sink::Null);
        assert_eq!(
            (draft.pace.as_deref(), draft.timeout),
            (Some(pace), timeout),
            "{line}"
        );
    }
}

#[test]
fn errors_name_the_option() {
    let error = |field| {
        in_options(&PlanError {
            field,
            got: "0".to_owned(),
            allowed: "1".to_owned(),
        })
    };
    assert_eq!(
        error("max_chunk_size"),
        "--max-chunk-size: got 0, allowed is 1"
    );
    assert_eq!(error("emulation_domain"), "DOMAIN: got 0, allowed is 1");
    assert_eq!(error("sync_type"), "--sync: got 0, allowed is 1");
}
