//! Every kind of wrong row, in a file and in a request.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::process::{Service, answer, peak_of, run, succeed};

const DATE: &str = "2021-07-27T16:02:08Z";

/// What stands in a file in place of an employee, the column that is wrong, and why.
fn lines() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let row = |cells: [&str; 5]| cells.join(",").into_bytes();
    let long = "x".repeat(256);
    let endless = "y".repeat(1024 * 1024 + 1);
    vec![
        (row(["", "Jun", DATE, "1", "1"]), "employee_id", "empty"),
        (row(["100", "", DATE, "1", "1"]), "employee_name", "empty"),
        (
            row(["100", " \u{a0}", DATE, "1", "1"]),
            "employee_name",
            "empty",
        ),
        (row(["100", "Jun", "", "1", "1"]), "hiring_date", "empty"),
        (row(["100", "Jun", DATE, "", "1"]), "department_id", "empty"),
        (row(["100", "Jun", DATE, "1", ""]), "job_id", "empty"),
        (
            row(["x", "Jun", DATE, "1", "1"]),
            "employee_id",
            "not an integer",
        ),
        (
            row(["1.0", "Jun", DATE, "1", "1"]),
            "employee_id",
            "not an integer",
        ),
        (
            row(["1e3", "Jun", DATE, "1", "1"]),
            "employee_id",
            "not an integer",
        ),
        (
            row([" 1", "Jun", DATE, "1", "1"]),
            "employee_id",
            "not an integer",
        ),
        (
            row(["2147483648", "Jun", DATE, "1", "1"]),
            "employee_id",
            "out of range",
        ),
        (
            row(["-2147483649", "Jun", DATE, "1", "1"]),
            "employee_id",
            "out of range",
        ),
        (
            row(["99999999999999999999999", "Jun", DATE, "1", "1"]),
            "employee_id",
            "out of range",
        ),
        (
            row(["100", "Jun", "2021-07-27", "1", "1"]),
            "hiring_date",
            "not an ISO date-time",
        ),
        (
            row(["100", "Jun", "2021-07-27T16:02:08", "1", "1"]),
            "hiring_date",
            "not an ISO date-time",
        ),
        (
            row(["100", "Jun", "2021-02-29T16:02:08Z", "1", "1"]),
            "hiring_date",
            "not an ISO date-time",
        ),
        (
            row(["100", "Jun", "27/07/2021 16:02", "1", "1"]),
            "hiring_date",
            "not an ISO date-time",
        ),
        (
            row(["100", &long, DATE, "1", "1"]),
            "employee_name",
            "longer than 255 characters",
        ),
        (
            row(["100", "Jun\tAbe", DATE, "1", "1"]),
            "employee_name",
            "control character",
        ),
        (
            row(["100", "Jun\0", DATE, "1", "1"]),
            "employee_name",
            "control character",
        ),
        (
            row(["100", "\u{1b}[31mJun", DATE, "1", "1"]),
            "employee_name",
            "control character",
        ),
        (b"100,Jun".to_vec(), "", "got 2 columns, expected 5"),
        (
            row(["100", "Jun", DATE, "1", "1,1"]),
            "",
            "got 6 columns, expected 5",
        ),
        (
            [b"100,J\xffn,", row(["", "1", "1", "", ""]).as_slice()].concat(),
            "employee_name",
            "not valid UTF-8",
        ),
        (
            row(["100", "\"Jun", DATE, "1", "1"]),
            "",
            "a quote is not closed",
        ),
        (
            row(["100", "\"Jun\"x", DATE, "1", "1"]),
            "",
            "a quote is not closed",
        ),
        (
            row(["100", &endless, DATE, "1", "1"]),
            "",
            "the line is longer than 1048576 bytes",
        ),
        (
            row(["1", "Jun", DATE, "1", "1"]),
            "employee_id",
            "an earlier row has the same key",
        ),
        (
            row(["900", "Jun", DATE, "1", "1"]),
            "employee_id",
            "the table already has a row",
        ),
    ]
}

fn write(folder: &Path, content: &[u8]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("employees.csv"), content).unwrap();
}

#[tokio::test]
async fn every_wrong_line_of_a_file_gets_its_reason_and_costs_itself_only() {
    let data = tempfile::tempdir().unwrap();
    let history = data.path().join("history");
    let migrate = ["migrate", "--input", history.to_str().unwrap()];
    write(
        &history,
        format!("900,There before,{DATE},1,1\n").as_bytes(),
    );
    succeed(data.path(), &[], &migrate);

    // A good row before each wrong one, and one at the end.
    let cases = lines();
    let good = |id: usize| format!("{id},Good {id},{DATE},1,1\n").into_bytes();
    let mut content = Vec::new();
    for (at, (line, ..)) in cases.iter().enumerate() {
        content.extend(good(at + 1));
        content.extend(line);
        content.push(b'\n');
    }
    content.extend(good(cases.len() + 1));
    // Formulas are text, offsets are kept as the same moment.
    content.extend(b"800,=HYPERLINK(1),2021-01-01T01:30:00+02:00,1,1\n");
    write(&history, &content);
    let printed = succeed(data.path(), &[], &migrate);
    let told = format!("{} rows loaded, {} rejected", cases.len() + 2, cases.len());
    assert!(printed.contains(&told), "{printed}");

    let rejects = fs::read(data.path().join("rejects/employees.csv")).unwrap();
    let rejects = String::from_utf8_lossy(&rejects);
    for (at, (_, column, reason)) in cases.iter().enumerate() {
        let begin = format!("employees.csv,{},{column},", 2 * at + 2);
        let line = rejects.lines().find(|line| line.starts_with(&begin));
        let line = line.unwrap_or_else(|| panic!("{begin} is not in\n{rejects}"));
        assert!(line.contains(reason), "{reason} is not in {line}");
    }
    let service = Service::start(data.path(), &[]);
    let (_, row) = answer(service.get("/tables/employees/rows/800")).await;
    assert_eq!(row["employee_name"], "=HYPERLINK(1)");
    assert_eq!(row["hiring_date"], "2020-12-31T23:30:00Z");
}

#[tokio::test]
async fn every_wrong_row_of_a_request_gets_its_reason() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let long = "ä".repeat(256);
    let cases: Vec<(Value, &str, &str)> = vec![
        (json!([null, "a", DATE, 1, 1]), "employee_id", "empty"),
        (json!([9, "", DATE, 1, 1]), "employee_name", "empty"),
        (
            json!({"employee_id": 9, "employee_name": "a", "hiring_date": DATE, "job_id": 1}),
            "department_id",
            "empty",
        ),
        (
            json!(["9", "a", DATE, 1, 1]),
            "employee_id",
            "not-an-integer",
        ),
        (
            json!([1.5, "a", DATE, 1, 1]),
            "employee_id",
            "not-an-integer",
        ),
        (
            json!([true, "a", DATE, 1, 1]),
            "employee_id",
            "not-an-integer",
        ),
        (
            json!([2_147_483_648_i64, "a", DATE, 1, 1]),
            "employee_id",
            "out-of-range",
        ),
        (json!([9, 7, DATE, 1, 1]), "employee_name", "not-a-string"),
        (json!([9, long, DATE, 1, 1]), "employee_name", "too-long"),
        (
            json!([9, "a\nb", DATE, 1, 1]),
            "employee_name",
            "control-character",
        ),
        (
            json!([9, "a", "yesterday", 1, 1]),
            "hiring_date",
            "not-a-date-time",
        ),
        (json!([9, "a", DATE, 1]), "", "column-count"),
        (json!([9, "a", DATE, 1, 1, 1]), "", "column-count"),
        (
            json!({"employee_id": 9, "employee_name": "a", "hiring_date": DATE, "department_id": 1, "job_id": 1, "x": 1}),
            "x",
            "unknown-field",
        ),
        (json!("9"), "", "not-a-row"),
        (
            json!([1, "Again", DATE, 1, 1]),
            "employee_id",
            "duplicate-in-input",
        ),
    ];
    let mut rows = vec![json!([1, "'; DROP TABLE employees; --", DATE, 1, 1])];
    rows.extend(cases.iter().map(|(row, ..)| row.clone()));
    rows.push(json!([2, "=1+1", DATE, 1, 1]));
    let (status, body) = answer(service.post("/tables/employees/rows").json(&rows)).await;
    assert_eq!(
        (status, body["inserted"].as_u64()),
        (200, Some(2)),
        "{body}"
    );
    let rejected = body["rejected"].as_array().unwrap();
    assert_eq!(rejected.len(), cases.len(), "{body}");
    for (at, (row, column, code)) in cases.iter().enumerate() {
        let found = &rejected[at];
        assert_eq!(found["index"], at + 1, "{row}: {found}");
        assert_eq!(
            found["column"].as_str().unwrap_or_default(),
            *column,
            "{row}: {found}"
        );
        assert_eq!(found["code"], *code, "{row}: {found}");
    }
    let again = json!([[1, "Again", DATE, 1, 1]]);
    let (status, body) = answer(service.post("/tables/employees/rows").json(&again)).await;
    assert_eq!(
        (status, body["rejected"][0]["code"].as_str()),
        (422, Some("duplicate-in-table")),
        "{body}"
    );
}

/// A line of so many bytes between two good ones: it is rejected, in less memory than it has.
pub(crate) fn a_long_line_is_refused(bytes: u64) {
    let data = tempfile::tempdir().unwrap();
    let history = data.path().join("history");
    write(&history, format!("1,First,{DATE},1,1\n").as_bytes());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .open(history.join("employees.csv"))
        .unwrap();
    // A hole in the file, which reads as zeros.
    file.seek(SeekFrom::Start(bytes)).unwrap();
    write!(file, "\n3,Third,{DATE},1,1\n").unwrap();
    drop(file);
    let (printed, peak) = peak_of(
        data.path(),
        &["migrate", "--input", history.to_str().unwrap()],
    );
    assert!(printed.contains("2 rows loaded, 1 rejected"), "{printed}");
    assert!(printed.contains("1 row: line-too-long"), "{printed}");
    let rejects = fs::read_to_string(data.path().join("rejects/employees.csv")).unwrap();
    assert!(rejects.contains("employees.csv,2,,"), "{rejects}");
    assert!(peak < 100 << 20, "{} MiB", peak >> 20);
    println!("a line of {bytes} bytes: {} MiB at most", peak >> 20);
}

#[test]
fn a_line_of_128_mebibytes_is_refused_in_bounded_memory() {
    a_long_line_is_refused(128 << 20);
}

#[test]
fn settings_with_which_nobody_could_use_the_service_are_found_by_the_check() {
    let data = tempfile::tempdir().unwrap();
    let checked = run(
        data.path(),
        &[("AUTH_REQUIRED", "true")],
        &["config", "check"],
    );
    let said = String::from_utf8(checked.stderr).unwrap();
    assert_eq!(checked.status.code(), Some(2), "{said}");
    assert!(said.contains("there is no token yet"), "{said}");
}
