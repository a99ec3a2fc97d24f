use emulator_domain::emulation::Outcome;
use emulator_ports::contract::repository::{callbacks, emulation};

use super::super::tables::tests::emulation_of_a_model;
use super::*;

#[test]
fn a_row_that_no_run_was_written_as_is_refused_with_the_reason() {
    let run = emulation(1, 1).with_callbacks(callbacks());
    let text = String::from_utf8(write(&run)).unwrap();
    let said = |changed: &str| {
        assert_ne!(changed, text);
        match read(run.id(), changed.as_bytes(), None, &Models::default()) {
            Ok(_) => "it was read".to_owned(),
            Err(RowError::Version(got)) => format!("version {got}"),
            Err(RowError::Damaged(why)) => why,
        }
    };
    for (from, to, why) in [
        (r#""version":8"#, r#""version":9,"new":[]"#, "version 9"),
        (
            r#""status":"processing""#,
            r#""status":"lost""#,
            "invalid status 'lost'; expected processing",
        ),
        (
            r#""acknowledged_units":0"#,
            r#""acknowledged_units":1"#,
            "1 acknowledged units up to record 0",
        ),
        (
            r#""format_type":"csv""#,
            r#""format_type":"xml""#,
            "invalid format_type 'xml'",
        ),
        (
            r#""first_user_id":1000"#,
            r#""first_user_id":0"#,
            "invalid last_user_id 9999",
        ),
        (
            r#""workers":["waiting""#,
            r#""workers":["asleep""#,
            "invalid worker 'asleep'",
        ),
        (r#""created_at":"#, r#""created_at":-"#, "is not a time"),
        (r#""bytes":0"#, r#""bytes":0,"more":1"#, "unknown field"),
        (
            r#""event":"failed""#,
            r#""event":"paused""#,
            "\"paused\" is not an event",
        ),
    ] {
        let got = said(&text.replacen(from, to, 1));
        assert!(got.contains(why), "{to}: {got}");
    }
    assert!(said(&text[..text.len() - 1]).contains("EOF"));
    assert_eq!(
        read(run.id(), text.as_bytes(), None, &Models::default())
            .unwrap()
            .run,
        run
    );
}

#[test]
fn rows_of_earlier_versions_are_read() {
    let mut run = emulation(1, 1);
    run.start(Timestamp::LATEST, 3).unwrap();
    run.finish(Outcome::Cancelled, Timestamp::LATEST).unwrap();
    let mut row: Value = serde_json::from_slice(&write(&run)).unwrap();
    row["plan"]["start_time"] = 1_767_225_600_123_456_i64.into();
    for (version, absent) in [(2, &["workers"][..]), (1, &["failure_kind", "location"])] {
        row["version"] = version.into();
        for field in absent {
            row.as_object_mut().unwrap().remove(*field).unwrap();
        }
        let former = serde_json::to_vec(&row).unwrap();
        assert_eq!(
            read(run.id(), &former, None, &Models::default())
                .unwrap()
                .run,
            run
        );
    }
    row["plan"]["start_time"] = (-1).into();
    let wrong = serde_json::to_vec(&row).unwrap();
    match read(run.id(), &wrong, None, &Models::default()) {
        Err(RowError::Damaged(why)) => assert!(why.contains("-1 is not a time"), "{why}"),
        _ => panic!("a start time before 1970 was read"),
    }
}

#[test]
fn a_model_is_kept_beside_its_runs_and_was_part_of_each_row_in_version_4() {
    let run = emulation_of_a_model(1);
    let (row, kept) = (write(&run), write_model(model(&run).unwrap()));
    let digest = &model(&run).unwrap().digest;
    assert_eq!(model_digest(&row).as_ref(), Some(digest));
    assert_eq!(
        read(run.id(), &row, Some(&kept), &Models::default())
            .unwrap()
            .run,
        run
    );
    let other = String::from_utf8(kept.clone())
        .unwrap()
        .replacen(digest, "0", 1);
    let without = read(run.id(), &row, None, &Models::default());
    let changed = read(run.id(), &row, Some(other.as_bytes()), &Models::default());
    for refused in [without, changed] {
        assert!(matches!(refused, Err(RowError::Damaged(why)) if why.contains(digest)));
    }
    let (row, kept) = (
        String::from_utf8(row).unwrap(),
        String::from_utf8(kept).unwrap(),
    );
    let former = row.replacen("\"version\":8", "\"version\":4", 1).replacen(
        &format!("\"model_digest\":\"{digest}\""),
        &format!("\"model\":{kept}"),
        1,
    );
    assert_eq!(model_digest(former.as_bytes()), None);
    assert_eq!(
        read(run.id(), former.as_bytes(), None, &Models::default())
            .unwrap()
            .run,
        run
    );
}
