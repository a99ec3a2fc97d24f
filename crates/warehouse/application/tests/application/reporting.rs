//! What is told of tables, and the reports.

use warehouse_application::TableSummary;
use warehouse_application::report::{DEFAULT_YEAR, ReportError};
use warehouse_domain::dictionary::Dictionary;
use warehouse_domain::report::{DepartmentHires, QuarterHires};
use warehouse_ports::StoreError;

use crate::harness::Harness;

async fn hr() -> Harness {
    let harness = Harness::new();
    harness.fill("departments", &["1,Support", "2,Staff"]).await;
    harness.fill("jobs", &["1,Recruiter", "2,Manager"]).await;
    let employees = [
        "1,Aïcha,2021-01-01T00:00:00Z,2,1",
        "2,Ben,2021-12-31T23:59:59Z,2,1",
        "3,Carla,2021-12-01T00:00:00Z,2,1",
        "4,Dmitri,2021-07-27T16:02:08Z,1,2",
        "5,Elena,2022-07-27T16:02:08Z,1,2",
        "6,Farid,9999-05-05T00:00:00Z,1,1",
        "7,Grace,0001-05-05T00:00:00Z,1,1",
    ];
    harness.fill("employees", &employees).await;
    harness
}

#[tokio::test]
async fn the_reports_of_a_year_count_its_hires_only() {
    let harness = hr().await;
    let line = |department: &str, job: &str, hired| QuarterHires {
        department: department.to_owned(),
        job: job.to_owned(),
        hired,
    };
    let above = |id, department: &str, hired| DepartmentHires {
        id,
        department: department.to_owned(),
        hired,
    };
    assert_eq!(DEFAULT_YEAR, 2021);
    for (year, quarters, departments) in [
        (
            2021,
            vec![
                line("Staff", "Recruiter", [1, 0, 0, 2]),
                line("Support", "Manager", [0, 0, 1, 0]),
            ],
            vec![above(2, "Staff", 3)],
        ),
        (
            9999,
            vec![line("Support", "Recruiter", [0, 1, 0, 0])],
            vec![above(1, "Support", 1)],
        ),
        (
            1,
            vec![line("Support", "Recruiter", [0, 1, 0, 0])],
            vec![above(1, "Support", 1)],
        ),
        (2020, vec![], vec![]),
    ] {
        let found = harness.warehouse.hires_by_quarter(year).await;
        assert_eq!(found, Ok(quarters), "{year}");
        let found = harness.warehouse.departments_above_mean(year).await;
        assert_eq!(found, Ok(departments), "{year}");
    }
}

#[tokio::test]
async fn what_cannot_be_reported_is_refused() {
    let harness = hr().await;
    let part = Dictionary::new(vec![(*harness.table("jobs")).clone()]).unwrap();
    let broken = ReportError::Store(StoreError::Unreachable("store.hiring fails".to_owned()));
    for (harness, year, error) in [
        (Harness::new(), 0, ReportError::Year(0)),
        (Harness::new(), 10_000, ReportError::Year(10_000)),
        (Harness::with(part), 2021, ReportError::NotHr),
        (harness, 2021, broken),
    ] {
        harness.journal.fail("store.hiring", 1);
        let quarters = harness.warehouse.hires_by_quarter(year).await;
        assert_eq!(quarters, Err(error.clone()), "{year}");
        harness.journal.fail("store.hiring", 1);
        let departments = harness.warehouse.departments_above_mean(year).await;
        assert_eq!(departments, Err(error), "{year}");
    }
}

#[tokio::test]
async fn a_summary_has_the_rows_of_a_table_and_the_files_that_were_loaded() {
    let harness = Harness::new();
    let first = harness
        .load(harness.migration("jobs", "1,Analyst\n2,Editor"))
        .await;
    let second = harness
        .load(harness.migration("jobs", "x,Nurse\n3,Pilot"))
        .await;
    let summary = harness.warehouse.summary(&harness.table("jobs")).await;
    let expected = TableSummary {
        rows: 3,
        loads: vec![second, first],
    };
    assert_eq!(summary, Ok(expected));
    for call in ["store.count", "store.loads"] {
        harness.journal.fail(call, 1);
        let summary = harness.warehouse.summary(&harness.table("jobs")).await;
        let error = StoreError::Unreachable(format!("{call} fails"));
        assert_eq!(summary, Err(error));
    }
    assert_eq!(harness.warehouse.table("none"), None);
}
