//! The service over HTTP.

use std::fs;

use serde_json::{Value, json};

use crate::process::{Service, answer, run, succeed};

fn jobs(ids: impl Iterator<Item = i32>) -> Value {
    ids.map(|id| json!({"job_id": id, "job_name": format!("Job {id}")}))
        .collect()
}

#[tokio::test]
async fn good_rows_are_inserted_and_bad_ones_told_one_by_one() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let rows =
        json!([[1, "Cook"], [2, ""], {"job_id": 3}, [1, "Waiter"], [4, "x; DROP TABLE jobs"]]);
    let (status, body) = answer(service.post("/tables/jobs/rows").json(&rows)).await;
    assert_eq!(
        (status, body["inserted"].as_u64()),
        (200, Some(2)),
        "{body}"
    );
    let rejected: Vec<_> = body["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| {
            (
                cell["index"].as_u64().unwrap(),
                cell["column"].as_str().unwrap(),
                cell["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rejected,
        [
            (1, "job_name", "empty"),
            (2, "job_name", "empty"),
            (3, "job_id", "duplicate-in-input")
        ]
    );
    let (status, body) = answer(service.get("/tables/jobs/rows")).await;
    let expected = json!({"rows": [
        {"job_id": 1, "job_name": "Cook"}, {"job_id": 4, "job_name": "x; DROP TABLE jobs"}
    ], "next": null});
    assert_eq!((status, body), (200, expected));

    let csv = service
        .post("/new_records/jobs")
        .header("content-type", "text/csv");
    let lines = "6,a\n6,b\n4,Taken\n5,\"Data engineer\"\n";
    let (status, body) = answer(csv.body(lines)).await;
    assert_eq!(
        (status, body["inserted"].as_u64()),
        (200, Some(2)),
        "{body}"
    );
    let rejected = [0, 1].map(|at| &body["rejected"][at]);
    assert_eq!(
        rejected.map(|row| (row["index"].as_u64(), row["code"].as_str())),
        [
            (Some(1), Some("duplicate-in-input")),
            (Some(2), Some("duplicate-in-table"))
        ]
    );
    let (_, body) = answer(service.get("/view/jobs/5")).await;
    assert_eq!(
        body,
        json!({"response": {"job_id": 5, "job_name": "Data engineer"}})
    );

    let all = service.post("/tables/jobs/rows?all_or_nothing=true");
    let (status, body) = answer(all.json(&json!([[8, "a"], [1, "b"]]))).await;
    assert_eq!(
        (status, body["inserted"].as_u64()),
        (422, Some(0)),
        "{body}"
    );
    let (status, _) = answer(service.get("/tables/jobs/rows/8")).await;
    assert_eq!(status, 404, "nothing of it was inserted");
}

#[tokio::test]
async fn a_request_has_1_to_1000_rows() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    for (count, expected) in [(0, 400), (1, 200), (1000, 200), (1001, 400)] {
        let rows = jobs((0..count).map(|id| id + count * 10));
        let (status, body) = answer(service.post("/tables/jobs/rows").json(&rows)).await;
        assert_eq!(status, expected, "{count}: {body}");
    }
    // Wrong rows count.
    let rows: Value = (0..1001)
        .map(|id| json!([50_000 + id, if id % 2 == 0 { "x" } else { "" }]))
        .collect();
    let (status, body) = answer(service.post("/tables/jobs/rows").json(&rows)).await;
    assert_eq!(status, 400, "{body}");
    let lines: String = (1..=1001).map(|id| format!("{id},x\n")).collect();
    let csv = service
        .post("/tables/jobs/rows")
        .header("content-type", "text/csv");
    let (status, body) = answer(csv.body(lines)).await;
    assert_eq!(status, 400, "{body}");
    let (_, body) = answer(service.get("/tables/jobs/rows?from=5&limit=2")).await;
    assert_eq!(body["rows"][0]["job_id"], 10);
    assert_eq!(body["next"], 10_001, "{body}");
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_what_is_expected() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let post = |path: &str| {
        service
            .post(path)
            .header("content-type", "application/json")
    };
    for (request, expected, says) in [
        (
            post("/tables/wages/rows").body("[]"),
            404,
            "expected departments, jobs, employees",
        ),
        (
            post("/tables/jobs;DROP TABLE jobs/rows").body("[]"),
            404,
            "unknown table",
        ),
        (
            post("/tables/jobs/rows").body("{}"),
            400,
            "expected an array of rows",
        ),
        (
            service
                .post("/tables/jobs/rows")
                .header("content-type", "text/xml")
                .body("x"),
            415,
            "text/csv",
        ),
        (
            post("/tables/jobs/rows?all=1").body("[]"),
            400,
            "all: unknown field; expected all_or_nothing",
        ),
        (
            post("/tables/jobs/rows?all_or_nothing=yes").body("[]"),
            400,
            "invalid all_or_nothing 'yes'; expected true or false",
        ),
        (
            post("/tables/jobs/rows")
                .header("idempotency-key", "x".repeat(256))
                .body("[]"),
            400,
            "1 to 255",
        ),
        (
            service.get("/tables/jobs/rows/1"),
            404,
            "no row with the id",
        ),
        (
            service.get("/tables/jobs/rows/1 OR 1=1"),
            404,
            "no row with the id",
        ),
        (
            service.get("/tables/jobs/rows?limit=1001"),
            400,
            "invalid limit '1001'; expected 1 to 1000",
        ),
        (
            service.get("/tables/jobs/rows?limit=abc"),
            400,
            "invalid limit 'abc'; expected 1 to 1000",
        ),
        (
            service.get("/tables/jobs/rows?from=1.5"),
            400,
            "invalid from '1.5'; expected -2147483648 to 2147483647",
        ),
        (
            service.get("/reports/req1?year=0"),
            400,
            "invalid year '0'; expected 1 to 9999",
        ),
        (
            service.get("/view/req2?year=x"),
            400,
            "invalid year 'x'; expected 1 to 9999",
        ),
        (
            service
                .get("/reports/req1")
                .header("accept", "application/pdf"),
            406,
            "text/csv",
        ),
        (service.post("/restore/jobs"), 404, "make one first"),
        (
            service.post("/restore/jobs?backup=../x"),
            404,
            "no backup of that name",
        ),
        (service.get("/backup/jobs"), 405, "POST"),
        (service.get("/restore/jobs"), 405, "POST"),
        (service.get("/new_records/jobs"), 405, "POST"),
    ] {
        let (status, body) = answer(request).await;
        let detail = body["detail"].as_str().unwrap();
        assert_eq!(status, expected, "{detail}");
        assert!(detail.contains(says), "{detail}");
    }
}

#[tokio::test]
async fn a_request_that_comes_again_inserts_nothing_twice() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let send = |rows: Value| {
        let request = service
            .post("/tables/jobs/rows")
            .header("idempotency-key", "a1");
        async move {
            let response = request.json(&rows).send().await.unwrap();
            let replayed = response.headers().contains_key("idempotency-replayed");
            (
                response.status().as_u16(),
                replayed,
                response.text().await.unwrap(),
            )
        }
    };
    let rows = json!([[1, "a"], [2, ""]]);
    let first = send(rows.clone()).await;
    let again = send(rows).await;
    assert_eq!((first.0, first.1), (200, false));
    assert_eq!((again.0, again.1), (200, true));
    assert_eq!(first.2, again.2, "the answer is that of the first time");
    assert_eq!(
        send(json!([[3, "b"]])).await.0,
        422,
        "the key belongs to another request"
    );
}

#[tokio::test]
async fn a_table_is_backed_up_and_restored() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[("BACKUP_KEEP", "2")]);
    let mut names = Vec::new();
    for id in 1..=3 {
        answer(service.post("/tables/jobs/rows").json(&jobs(id..id + 1))).await;
        let (status, body) = answer(service.post("/backup/jobs")).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(
            body["response"],
            format!("{id} records of the table jobs backed up")
        );
        names.push(body["backup"]["name"].as_str().unwrap().to_owned());
    }
    let (_, body) = answer(service.get("/backups/jobs")).await;
    let listed: Vec<_> = body["backups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(listed, [&names[2], &names[1]]);
    let (status, body) = answer(service.post(&format!("/restore/jobs?backup={}", names[1]))).await;
    assert_eq!((status, body["rows"].as_u64()), (200, Some(2)), "{body}");

    let path = data.path().join("backups").join(&names[2]);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let (status, body) = answer(service.post("/restore/jobs")).await;
    assert_eq!(status, 422, "{body}");
    let (_, body) = answer(service.get("/tables")).await;
    assert_eq!(body["tables"][1]["rows"], 2, "the table is as it was");
}

#[tokio::test]
async fn old_spellings_change_state_by_get_only_if_that_is_wanted() {
    let data = tempfile::tempdir().unwrap();
    fs::create_dir(data.path().join("new_records")).unwrap();
    fs::write(
        data.path().join("new_records/jobs.csv"),
        "1,Cook\n2,\n3,Waiter\n",
    )
    .unwrap();
    let service = Service::start(data.path(), &[("LEGACY_GET", "true")]);
    for (path, response) in [
        (
            "/new_records/jobs",
            "2 new records inserted into the table jobs",
        ),
        (
            "/new_records/jobs",
            "0 new records inserted into the table jobs",
        ),
        ("/backup/jobs", "2 records of the table jobs backed up"),
        ("/restore/jobs", "the table jobs restored: 2 records"),
        ("/view/req2", "id,department,hired\n"),
    ] {
        let (status, body) = answer(service.get(path)).await;
        assert_eq!(
            (status, body["response"].as_str()),
            (200, Some(response)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn reports_come_in_the_form_that_the_client_accepts() {
    let data = tempfile::tempdir().unwrap();
    let history = data.path().join("history");
    crate::commands::write_history(&history);
    let service = Service::start(data.path(), &[("HISTORY_DIR", history.to_str().unwrap())]);
    for (accept, media_type, says) in [
        ("application/json", "application/json", "\"Q3\":2"),
        ("text/csv", "text/csv", "Supply Chain,Manager,0,0,2,0"),
        ("text/html", "text/html", "Supply Chain · Manager"),
        ("image/svg+xml", "image/svg+xml", "Supply Chain"),
    ] {
        let response = service
            .get("/reports/req1")
            .header("accept", accept)
            .send()
            .await
            .unwrap();
        let found = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        let body = response.text().await.unwrap();
        assert!(found.starts_with(media_type), "{found}");
        assert!(body.contains(says), "{accept}");
    }
    let (_, body) = answer(service.get("/health/ready")).await;
    assert_eq!(body["status"], "up");
    let (_, body) = answer(service.get("/tables")).await;
    assert_eq!(
        body["tables"][2]["loads"][0]["reasons"]["employee_name: empty"],
        1
    );
}

#[tokio::test]
async fn the_client_asks_the_service() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path(), &[]);
    let url = service.url("");
    let lines: String = (1..=2500).map(|id| format!("{id},Job {id}\n")).collect();
    // With a byte order mark, as spreadsheets write it.
    fs::write(data.path().join("new.csv"), format!("\u{feff}{lines}")).unwrap();
    let client = |arguments: &[&str]| {
        succeed(
            data.path(),
            &[],
            &[&["client", "--url", &url], arguments].concat(),
        )
    };
    let printed = client(&["add-new-records", "jobs", "new.csv"]);
    assert_eq!(printed.lines().count(), 3, "{printed}");
    assert!(client(&["get", "2500", "jobs"]).contains("Job 2500"));
    assert!(client(&["backup", "jobs"]).contains("2500 records"));
    assert!(client(&["restore", "jobs"]).contains("2500 records"));
    assert_eq!(client(&["req2"]), "id,department,hired\n");
    assert_eq!(client(&["req1"]), "department,job,Q1,Q2,Q3,Q4\n");
    fs::write(data.path().join("new.csv"), "1,Taken\n9999,Fine\n").unwrap();
    let add = [
        "client",
        "--url",
        &url,
        "add-new-records",
        "jobs",
        "new.csv",
    ];
    let output = run(data.path(), &[], &add);
    assert_eq!(output.status.code(), Some(1), "a row was rejected");
    // Rows are counted in the file, not in the second request.
    let mut rows: String = (10_000..11_001).map(|id| format!("{id},New\n")).collect();
    rows += "1,Taken\n";
    fs::write(data.path().join("new.csv"), rows).unwrap();
    let printed = String::from_utf8(run(data.path(), &[], &add).stdout).unwrap();
    assert!(printed.contains("\"index\":1001"), "{printed}");
    let lost = ["client", "--url", "http://127.0.0.1:9", "req1"];
    let error = String::from_utf8(run(data.path(), &[], &lost).stderr).unwrap();
    assert!(error.contains("does it run at --url?"), "{error}");
}
