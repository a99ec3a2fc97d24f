use warehouse_ports::LoadRecord;

use crate::harness::Harness;

async fn load(harness: &Harness, content: &str) -> LoadRecord {
    harness.load(harness.migration("badges", content)).await
}

#[tokio::test]
async fn rows_whose_strict_references_lead_nowhere_are_rejected() {
    let harness = Harness::new();
    harness.fill("jobs", &["5,Analyst"]).await;
    harness.fill("badges", &["before,10,,,"]).await;
    let content = [
        "a,1,5,,",
        "a job that is not,2,9,,",
        "itself,3,,3,",
        "an earlier row,4,,1,",
        "a later row,5,,6,",
        "one that was not,6,,2,",
        "before the file,7,5,10,",
        "neither is,8,9,9,",
        "taken,10,9,9,",
        "one of the two,11,5,9,",
    ];
    let record = load(&harness, &content.join("\n")).await;
    let rows = [
        "before,10,,,",
        "a,1,5,,",
        "itself,3,,3,",
        "an earlier row,4,,1,",
        "before the file,7,5,10,",
    ];
    assert_eq!(harness.lines("badges"), rows);
    let told = [
        "2 job_id missing-reference [9] a job that is not,2,9,,",
        "5 replaces missing-reference [6] a later row,5,,6,",
        "6 replaces missing-reference [2] one that was not,6,,2,",
        "8 job_id missing-reference [9] neither is,8,9,9,",
        "9 badge duplicate-in-table [10] taken,10,9,9,",
        "10 replaces missing-reference [9] one of the two,11,5,9,",
    ];
    assert_eq!(harness.rejects.told().unwrap(), told);
    assert_eq!((record.rows, record.rejected), (4, 6));
    assert_eq!(record.reasons["replaces: missing-reference"], 3);
    assert_eq!(record.reasons["job_id: missing-reference"], 2);
}

#[tokio::test]
async fn a_row_may_refer_to_one_that_was_read_long_before() {
    let harness = Harness::new();
    let lines = (1..=15_000).map(|badge| format!("badge no. {badge:05},{badge},,1,\n"));
    let record = load(&harness, &lines.collect::<String>()).await;
    assert_eq!((record.rows, record.rejected), (15_000, 0));
}

#[tokio::test]
async fn references_that_are_not_strict_may_lead_nowhere() {
    let harness = Harness::new();
    let content = "1,Aïcha,2021-07-27T16:02:08Z,404,404";
    harness.load(harness.migration("employees", content)).await;
    assert_eq!(harness.lines("employees"), [content]);
}
