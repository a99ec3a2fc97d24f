//! Log files, which outlive the process.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::process::{Service, answer, run};

/// What the log files of that name hold. Their names tell the day.
fn logged(folder: &Path, name: &str) -> String {
    let files = fs::read_dir(folder).unwrap().map(|it| it.unwrap());
    let mut found = String::new();
    for file in files {
        let name_of_file = file.file_name().into_string().unwrap();
        let day = name_of_file
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".log"));
        if day.is_some_and(|day| day.len() == "2026-01-01".len()) {
            found += &fs::read_to_string(file.path()).unwrap();
        }
    }
    found
}

#[tokio::test]
async fn both_sides_log_each_interaction_to_files_of_their_own_and_no_personal_data() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let url = service.url("");
    fs::write(
        data.path().join("new.csv"),
        "1,Ines Costa,2021-07-27T16:02:08Z,1,1\n2,Jun Abe,yesterday,1,1\n",
    )
    .unwrap();
    let client = |arguments: &[&str]| {
        run(
            data.path(),
            &[],
            &[&["client", "--url", &url], arguments].concat(),
        )
    };
    client(&["add-new-records", "employees", "new.csv"]);
    client(&["get", "1", "employees"]);
    client(&["get", "5", "employees"]);
    client(&["backup", "employees"]);
    client(&["restore", "employees"]);
    client(&["req2"]);
    let lost = ["client", "--url", "http://127.0.0.1:9", "req1"];
    run(data.path(), &[], &lost);
    let rows = json!([[7, "Kofi Peters", "2021-07-27T16:02:08Z", 1, "Kofi"]]);
    answer(service.post("/tables/employees/rows").json(&rows)).await;

    let logs = data.path().join("logs");
    let (theirs, ours) = (logged(&logs, "client"), logged(&logs, "data-warehouse"));
    for (path, status) in [
        ("/new_records/employees", 200),
        ("/tables/employees/rows/1", 200),
        ("/tables/employees/rows/5", 404),
        ("/backup/employees", 200),
        ("/restore/employees", 200),
        ("/reports/req2", 200),
    ] {
        let line = theirs.lines().find(|line| line.contains(path));
        let line = line.unwrap_or_else(|| panic!("{path} is not in\n{theirs}"));
        assert!(line.contains(&format!("status={status}")), "{line}");
        assert!(ours.contains(path), "{path} is not in\n{ours}");
    }
    assert!(theirs.contains("the service did not answer"), "{theirs}");
    for says in [
        "rows inserted",
        "row rejected",
        "table backed up",
        "table restored",
    ] {
        assert!(ours.contains(says), "{says} is not in\n{ours}");
    }
    for personal in ["Ines", "Jun", "Kofi", "yesterday", "2021-07-27"] {
        assert!(!theirs.contains(personal), "{theirs}");
        assert!(!ours.contains(personal), "{ours}");
    }
    for line in ours.lines().filter(|line| line.contains(" INFO ")) {
        assert!(!line.contains("client_ip"), "{line}");
    }
}

#[test]
fn the_folder_of_the_log_files_can_be_named_and_must_be_writable() {
    let data = tempfile::tempdir().unwrap();
    let logs = data.path().join("elsewhere");
    let output = run(
        data.path(),
        &[("LOG_DIR", logs.to_str().unwrap())],
        &["backup", "jobs"],
    );
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    assert!(logged(&logs, "data-warehouse").contains("table backed up"));
    fs::write(data.path().join("file"), "").unwrap();
    let path = data.path().join("file/logs");
    let output = run(
        data.path(),
        &[("LOG_DIR", path.to_str().unwrap())],
        &["backup", "jobs"],
    );
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("setting log.dir: no log file can be written"),
        "{error}"
    );
}
