//! Commands that do one thing and end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::process::{Service, answer, program, run, succeed};

/// What the old repository's files are like: without header, with empty names, dates, departments
/// and jobs, and with employees of departments and jobs that do not exist.
pub(crate) fn write_history(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(
        folder.join("departments.csv"),
        "1,Supply Chain\n2,Maintenance\n3,Staff\n4,\n",
    )
    .unwrap();
    fs::write(
        folder.join("jobs.csv"),
        "1,Recruiter\n2,Manager\n3,Analyst\n",
    )
    .unwrap();
    let employees = "\
        1,Marcelo Gonzalez,2021-07-27T16:02:08Z,1,2\n\
        2,Lidia Mendez,2021-07-27T19:04:09Z,1,2\n\
        3,,2021-02-28T10:00:00Z,1,1\n\
        4,Ines Costa,,1,1\n\
        5,Hugo Diaz,2021-01-01T00:00:00Z,,1\n\
        6,Grace Kim,2021-03-31T23:59:59Z,3,\n\
        7,Jun Abe,2021-01-01T01:30:00+02:00,3,1\n\
        8,Nadia Novak,2021-12-31T23:59:59Z,3,1\n\
        9,Ben Haddad,2021-04-01T00:00:00Z,3,2\n\
        10,Elena Costa,2021-05-05T05:05:05Z,99,1\n\
        11,Farid Kim,2021-05-05T05:05:05Z,1,99\n\
        12,Kofi Peters,2022-01-01T00:00:00Z,2,3\n\
        8,Nadia Again,2021-12-31T23:59:59Z,3,1\n\
        x,Carla Jansen,2021-06-01T00:00:00Z,3,1\n";
    fs::write(folder.join("employees.csv"), employees).unwrap();
}

#[test]
fn history_gives_the_reports_of_the_contract_to_the_last_number() {
    let data = tempfile::tempdir().unwrap();
    let history = data.path().join("history");
    write_history(&history);
    let input = history.to_str().unwrap();
    let printed = succeed(data.path(), &[], &["migrate", "--input", input]);
    assert!(
        printed.contains("departments   3 rows loaded, 1 rejected"),
        "{printed}"
    );
    assert!(
        printed.contains("employees     8 rows loaded, 6 rejected"),
        "{printed}"
    );

    succeed(data.path(), &[], &["report", "req1"]);
    succeed(data.path(), &[], &["report", "req2"]);
    let report = |name: &str| fs::read_to_string(data.path().join("reports").join(name)).unwrap();
    // Employee 7 was hired in 2020 by UTC; 10 and 11 are in no group.
    assert_eq!(
        report("req1-2021.csv"),
        "department,job,Q1,Q2,Q3,Q4\n\
         Staff,Manager,0,1,0,0\n\
         Staff,Recruiter,0,0,0,1\n\
         Supply Chain,Manager,0,0,2,0\n"
    );
    // 1, 2, 8, 9, 10 and 11 were hired, by three departments: the mean is 2, Staff's 2 is not above.
    assert_eq!(
        report("req2-2021.csv"),
        "id,department,hired\n1,Supply Chain,3\n"
    );

    let rejects = fs::read_to_string(data.path().join("rejects/employees.csv")).unwrap();
    for line in [
        "employees.csv,3,employee_name,,",
        "employees.csv,4,hiring_date,,",
        "employees.csv,5,department_id,,",
        "employees.csv,6,job_id,,",
        "employees.csv,13,employee_id,8,an earlier row has the same key,\"8,Nadia Again,",
        "employees.csv,14,employee_id,x,not an integer,\"x,Carla Jansen,",
    ] {
        assert!(rejects.contains(line), "{line} is not in\n{rejects}");
    }

    let printed = succeed(data.path(), &[], &["migrate", "--input", input]);
    assert!(
        printed.contains("employees     nothing new: employees.csv was loaded before"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_rehearsal_needs_nothing_finds_the_faults_that_it_made_and_is_shown_afterwards() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["run", "--embedded", "--employees", "20000"];
    let printed = succeed(data.path(), &[], &arguments);
    assert!(
        printed.contains("employees     19,800 rows loaded, 200 rejected"),
        "{printed}"
    );
    assert!(printed.contains("25 row: unclosed-quote"), "{printed}");
    for name in [
        "req1-2021.csv",
        "req1-2021.html",
        "req1-2021.svg",
        "req2-2021.csv",
    ] {
        let path = data.path().join("sample/reports").join(name);
        assert!(path.is_file(), "{name}");
    }
    assert_eq!(
        succeed(data.path(), &[], &arguments),
        printed,
        "the same seed gives the same"
    );
    let service = Service::start(&data.path().join("sample"), &[]);
    let (_, body) = answer(service.get("/tables")).await;
    assert_eq!(body["tables"][2]["rows"], 19_800, "{body}");
    assert_eq!(body["tables"][2]["loads"][0]["rejected"], 200, "{body}");
}

#[test]
fn too_many_rejects_load_nothing_and_are_told_all_the_same() {
    let data = tempfile::tempdir().unwrap();
    let history = data.path().join("history");
    write_history(&history);
    let arguments = [
        "migrate",
        "--input",
        history.to_str().unwrap(),
        "--max-rejects",
        "5",
    ];
    let output = run(data.path(), &[], &arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("more than 5 rows were rejected"), "{error}");
    let printed = succeed(data.path(), &[], &["backup", "employees"]);
    assert!(printed.contains(": 0 rows"), "{printed}");
    assert!(data.path().join("rejects/employees.csv").is_file());
    let allowed = [&arguments[..4], &["6"]].concat();
    let printed = succeed(data.path(), &[], &allowed);
    assert!(printed.contains("8 rows loaded, 6 rejected"), "{printed}");
}

#[test]
fn empty_lines_are_skipped_and_counted() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("jobs.csv");
    fs::write(&path, "1,Cook\n\n\r\n2,Waiter\n\n").unwrap();
    let migrate = ["migrate", "--input", data.path().to_str().unwrap()];
    let printed = succeed(data.path(), &[], &migrate);
    let told = "2 rows loaded, 0 rejected\n                3 empty lines skipped";
    assert!(printed.contains(told), "{printed}");

    let service = Service::start(data.path(), &[]);
    let url = service.url("");
    let add = [
        "client",
        "--url",
        &url,
        "add-new-records",
        "jobs",
        "new.csv",
    ];
    // A request has a thousand lines; the second has no row, and the third one that is wrong.
    let lines = format!("3,Cook\n{}4,\n", "\r\n".repeat(1999));
    fs::write(data.path().join("new.csv"), lines).unwrap();
    let output = run(data.path(), &[], &add);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("\"index\":2000"), "{printed}");
    assert!(
        printed.ends_with("\n1,999 empty lines skipped\n"),
        "{printed}"
    );
    assert_eq!(printed.matches("new records inserted").count(), 2);
}

#[test]
fn a_table_is_loaded_after_those_that_it_refers_to_whatever_their_order() {
    let data = tempfile::tempdir().unwrap();
    let path = |name: &str| data.path().join(name);
    fs::write(
        path("d.toml"),
        "[[table]]\nname = \"wheels\"\nkey = \"id\"\n\
         [[table.field]]\nname = \"id\"\ntype = \"integer\"\n\
         [[table.field]]\nname = \"car\"\ntype = \"integer\"\n\
         [[table.reference]]\nfield = \"car\"\ntable = \"cars\"\nbroken = \"reject\"\n\
         [[table]]\nname = \"cars\"\nkey = \"id\"\n\
         [[table.field]]\nname = \"id\"\ntype = \"integer\"\n",
    )
    .unwrap();
    let (dictionary, input) = (path("d.toml"), data.path().to_str().unwrap());
    let dictionary = ["--dictionary", dictionary.to_str().unwrap()];
    let migrate = [&["migrate", "--input", input][..], &dictionary].concat();
    fs::write(path("wheels.csv"), "1,7\n").unwrap();
    fs::write(path("cars.csv"), "9\n").unwrap();
    let refused = run(data.path(), &[], &migrate);
    assert_eq!(refused.status.code(), Some(1), "no wheel has a car");
    let logged = String::from_utf8(refused.stderr).unwrap();
    let says = "every row is rejected, so the file does not count as loaded";
    assert_eq!(logged.matches(says).count(), 1, "{logged}");
    succeed(
        data.path(),
        &[],
        &[&["backup", "cars"][..], &dictionary].concat(),
    );

    fs::write(path("wheels.csv"), "1,7\n2,7\n3,8\n").unwrap();
    fs::write(path("cars.csv"), "7\n").unwrap();
    let printed = succeed(data.path(), &[], &migrate);
    assert!(
        printed.contains("wheels        2 rows loaded, 1 rejected"),
        "{printed}"
    );
    let restore = [&["restore", "cars"][..], &dictionary].concat();
    let printed = succeed(data.path(), &[], &restore);
    let says = "leaves 2 rows of wheels with a car that does not exist";
    assert!(printed.contains(says), "{printed}");
}

#[test]
fn any_dictionary_can_be_kept_backed_up_and_restored() {
    let data = tempfile::tempdir().unwrap();
    let path = |name: &str| data.path().join(name);
    fs::write(
        path("d.toml"),
        "[[table]]\nname = \"parts\"\nkey = \"id\"\n\
         [[table.field]]\nname = \"id\"\ntype = \"integer\"\n\
         [[table.field]]\nname = \"label\"\ntype = \"string\"\nnullable = true\n\
         [[table.field]]\nname = \"in\"\ntype = \"integer\"\nnullable = true\n\
         [[table.reference]]\nfield = \"in\"\ntable = \"parts\"\n",
    )
    .unwrap();
    fs::write(
        path("parts.csv"),
        "id;label;in\n1;wheel;2\n2;car;\n3;;2\n4;hub;1\n5;x;4\n",
    )
    .unwrap();
    let dictionary = path("d.toml");
    let dictionary = ["--dictionary", dictionary.to_str().unwrap()];
    let input = data.path().to_str().unwrap();
    let migrate = ["migrate", "--input", input, "--header", "--separator", ";"];
    let printed = succeed(data.path(), &[], &[&migrate[..], &dictionary].concat());
    // 1 refers to a later row, 4 to the rejected 1, 5 to the rejected 4.
    assert!(printed.contains("2 rows loaded, 3 rejected"), "{printed}");
    assert!(printed.contains("3 in: missing-reference"), "{printed}");
    let rejects = fs::read_to_string(path("rejects/parts.csv")).unwrap();
    for line in [
        "parts.csv,2,in,2,",
        "parts.csv,5,in,1,",
        "parts.csv,6,in,4,",
    ] {
        assert!(rejects.contains(line), "{line} is not in\n{rejects}");
    }
    succeed(
        data.path(),
        &[("BACKUP_CODEC", "null")],
        &[&["backup", "parts"][..], &dictionary].concat(),
    );
    // The same by another program, with wrong rows: their keys are 2 and 3, and 3 is in 2. In Avro
    // these are twice as large, and what may be null has a byte that says whether it is.
    let backups = fs::read_dir(path("backups")).unwrap();
    let whole = backups.map(|file| fs::read(file.unwrap().path()).unwrap());
    let whole = whole.last().unwrap();
    for (from, to, says) in [
        (
            b"\x06\0\x02\x04",
            b"\x04\0\x02\x04",
            "two of its rows have the key 2",
        ),
        (
            b"\x06\0\x02\x04",
            b"\x06\0\x02\x08",
            "in refers to 4, which does not exist",
        ),
    ] {
        let at = whole.windows(4).position(|bytes| bytes == from).unwrap();
        let wrong = [&whole[..at], to, &whole[at + 4..]].concat();
        fs::write(path("backups/parts.avro"), wrong).unwrap();
        let restore = ["restore", "parts", "--backup", "parts.avro"];
        let output = run(data.path(), &[], &[&restore[..], &dictionary].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(says), "{error}");
    }
    fs::remove_file(path("backups/parts.avro")).unwrap();
    let printed = succeed(
        data.path(),
        &[],
        &[&["restore", "parts"][..], &dictionary].concat(),
    );
    assert!(printed.contains(": 2 rows"), "{printed}");
    let output = run(
        data.path(),
        &[],
        &[&["report", "req1"][..], &dictionary].concat(),
    );
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("the dictionary has no HR tables"), "{error}");
}

#[tokio::test]
async fn the_service_tells_whether_there_are_reports_on_its_tables() {
    let data = tempfile::tempdir().unwrap();
    let parts = data.path().join("d.toml");
    fs::write(
        &parts,
        "[[table]]\nname = \"parts\"\nkey = \"id\"\n\
         [[table.field]]\nname = \"id\"\ntype = \"integer\"\n",
    )
    .unwrap();
    for (variables, reports, status) in [
        (vec![], true, 200),
        (
            vec![("DICTIONARY_FILE", parts.to_str().unwrap())],
            false,
            404,
        ),
    ] {
        let service = Service::start(data.path(), &variables);
        let (_, body) = answer(service.get("/tables")).await;
        assert_eq!(body["reports"], reports, "{body}");
        assert_eq!(answer(service.get("/reports/req1")).await.0, status);
    }
}

#[test]
fn a_database_that_refuses_connections_is_told_at_once() {
    let data = tempfile::tempdir().unwrap();
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://u:sesame@127.0.0.1:9/d");
        let started = Instant::now();
        let mut waiting = program(data.path(), &[("DATABASE_URL", &url)], &["backup", "jobs"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        let mut logged = BufReader::new(waiting.stderr.take().unwrap());
        logged.read_line(&mut told).unwrap();
        let took = started.elapsed();
        waiting.kill().unwrap();
        waiting.wait().unwrap();
        assert!(told.contains("Connection refused"), "{told}");
        assert!(told.contains("host and port"), "{told}");
        assert!(told.contains("tried again for a minute"), "{told}");
        assert!(!told.contains("sesame"), "{told}");
        assert!(took < Duration::from_secs(20), "{told}");
    }
}

#[test]
fn wrong_use_is_refused_with_what_is_expected() {
    let data = tempfile::tempdir().unwrap();
    for (variables, arguments, says) in [
        (vec![], vec!["migrate"], "no folder with CSV files"),
        (
            vec![],
            vec!["backup", "wages"],
            "unknown table \"wages\"; expected departments, jobs, employees",
        ),
        (
            vec![("DATABASE_URL", "oracle://u:sesame@h/d")],
            vec!["backup", "jobs"],
            "expected sqlite:FILE",
        ),
        (
            vec![("BACKUP_CODEC", "lzma")],
            vec!["backup", "jobs"],
            "lzma",
        ),
        (
            vec![("HISTORY_SEPARATOR", ";;")],
            vec!["backup", "jobs"],
            "invalid separator",
        ),
        (
            vec![("DICTIONARY_FILE", "/nowhere.toml")],
            vec!["backup", "jobs"],
            "name a TOML file",
        ),
    ] {
        let output = run(data.path(), &variables, &arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(says) && !error.contains("sesame"), "{error}");
    }
}
