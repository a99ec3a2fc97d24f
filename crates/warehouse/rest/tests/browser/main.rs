//! The page in Chromium, on a warehouse in a SQLite file.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../../../../pipeline/rest/tests/browser/chromium.rs"]
mod chromium;
#[path = "../../../../pipeline/rest/tests/browser/hand.rs"]
mod hand;
mod site;
mod state;

use serde_json::{Value, json};
use site::{ATTACK, Site};

/// What scripts use.
const PRELUDE: &str = "
const table = (name) => get(`table-${name}`);
const text = (name, selector) => [...table(name).querySelectorAll(selector)].map((it) => it.textContent);
const click = async (name, label) => {
  [...table(name).querySelectorAll('button')].find((it) => it.textContent === label).click();
  await wait(1000);
};
";

fn used(site: &Site, script: &str) -> Value {
    site.used(&format!("{PRELUDE}{script}"))
}

#[test]
fn tables_loads_rejects_and_charts_are_there() {
    let site = Site::start();
    let report = used(
        &site,
        "const chart = (name) => [get(name).naturalWidth > 100, get(`${name}-page`).getAttribute('href')];
         report({
           state: get('state').textContent,
           trouble: get('trouble').hidden,
           tables: [...document.querySelectorAll('#tables h3')].map((it) => it.textContent),
           rows: ['departments', 'jobs', 'employees'].map((name) => text(name, '.rows')[0]),
           loads: text('employees', '.loads > li').map((it) => it.replace(/, [^,]*Z?:/, ':').slice(0, 13)),
           rejects: text('employees', '.loads ul li'),
           none: text('jobs', '.hint'),
           charts: ['req1', 'req2'].map(chart),
         });",
    );
    let expected = json!({
        "state": "",
        "trouble": true,
        "tables": ["departments", "jobs", "employees"],
        "rows": ["2 rows", "1 row", "3 rows"],
        "loads": ["employees.csv"],
        "rejects": ["1 cell: employee_name: empty", "2 cells: job_id: not-an-integer"],
        "none": ["No file was loaded.", "There is no backup."],
        "charts": [[true, "/reports/req1?year=2021"], [true, "/reports/req2?year=2021"]],
    });
    assert_eq!(report, expected);
}

#[test]
fn without_the_tables_of_the_reports_there_is_no_word_of_them() {
    let site = Site::without_reports();
    let report = used(
        &site,
        "report({
           trouble: get('trouble').hidden,
           tables: [...document.querySelectorAll('#tables h3')].map((it) => it.textContent),
           reports: get('reports').checkVisibility(),
           charts: ['req1', 'req2'].map((name) => get(name).getAttribute('src')),
         });",
    );
    let expected =
        json!({"trouble": true, "tables": ["jobs"], "reports": false, "charts": [null, null]});
    assert_eq!(report, expected);
}

#[test]
fn another_year_has_other_charts() {
    let site = Site::start();
    let report = used(
        &site,
        "get('year').value = 1999;
         get('year-form').querySelector('button').click();
         await wait(1000);
         report(['req1', 'req2'].map((name) => [get(name).getAttribute('src'), get(name).complete]));",
    );
    let paths = ["req1", "req2"].map(|name| json!([format!("/reports/{name}?year=1999"), true]));
    assert_eq!(report, json!(paths));
}

#[test]
fn a_table_is_backed_up_and_restored_only_if_the_person_says_so() {
    let site = Site::start();
    let report = used(
        &site,
        "const seen = [];
         const look = () => seen.push([text('jobs', '.rows')[0], text('jobs', '.backups li').length, get('ask').open]);
         await click('jobs', 'Back up');
         look();
         await fetch('/tables/jobs/rows', {
           method: 'POST', headers: { 'content-type': 'application/json' }, body: '[[2, \"Cook\"]]',
         });
         await click('jobs', 'Back up');
         look();
         const older = () => [...table('jobs').querySelectorAll('.backups button')].pop();
         older().click();
         await wait(500);
         const question = get('question').textContent;
         look();
         get('no').click();
         await wait(1000);
         look();
         older().click();
         await wait(500);
         get('yes').click();
         await wait(1000);
         look();
         report([question.replace(/of jobs-.*avro/, 'of NAME'), seen, get('state').textContent]);",
    );
    let question = "Replace all rows of jobs by those of NAME? What was added since is lost.";
    let seen = json!([
        ["1 row", 1, false],
        ["2 rows", 2, false],
        ["2 rows", 2, true],
        ["2 rows", 2, false],
        ["1 row", 2, false],
    ]);
    let state = "the table jobs restored: 1 records";
    assert_eq!(report, json!([question, seen, state]));
}

#[test]
fn a_backup_that_is_damaged_is_told_and_costs_nothing() {
    let site = Site::start();
    site.damage_backups_of("jobs");
    let report = used(
        &site,
        "await click('jobs', 'Restore ...');
         get('yes').click();
         await wait(1000);
         report([get('trouble').hidden, get('trouble').textContent.includes('cannot be restored'), text('jobs', '.rows')[0]]);",
    );
    assert_eq!(report, json!([false, true, "1 row"]));
}

#[test]
fn names_are_text_and_never_run() {
    let site = Site::start();
    for path in ["/reports/req1", "/reports/req2", "/"] {
        let document = site.document(path);
        assert!(!document.contains("<title>attacked"), "{document}");
        assert!(!document.contains("<img src=\"x\""), "{document}");
        let drawn = document.contains("class=\"main-svg\"");
        assert_eq!(drawn, path != "/", "{path} has a chart");
    }
    let report = used(
        &site,
        "const page = await (await fetch('/reports/req2', { headers: { accept: 'text/csv' } })).text();
         report(page);",
    );
    assert!(
        report
            .as_str()
            .unwrap()
            .contains(&ATTACK.replace('"', "\"\"")),
        "{report}"
    );
}
