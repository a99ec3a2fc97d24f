//! The reports of the data warehouse.

use adapter_charts::HiringCharts;
use warehouse_domain::report::{DepartmentHires, QuarterHires};
use warehouse_ports::Charts;

const HOSTILE: &str = "</script><img src=x onerror=alert(1)> & =HYPERLINK(\"x\")";

fn quarters(department: &str) -> Vec<QuarterHires> {
    vec![
        QuarterHires {
            department: department.to_owned(),
            job: "Recruiter".to_owned(),
            hired: [3, 0, 17, 4],
        },
        QuarterHires {
            department: "Supply chain".to_owned(),
            job: "Manager".to_owned(),
            hired: [0, 0, 0, 9],
        },
    ]
}

fn departments(department: &str) -> Vec<DepartmentHires> {
    vec![DepartmentHires {
        id: 7,
        department: department.to_owned(),
        hired: 45,
    }]
}

#[test]
fn pages_and_pictures_show_names_and_numbers() {
    let (quarters, departments) = (quarters("Staff"), departments("Staff"));
    for (content, shows) in [
        (
            HiringCharts.quarters_page(2021, &quarters),
            vec!["Staff · Recruiter", "[3,0,17,4]"],
        ),
        (
            HiringCharts.quarters_picture(2021, &quarters),
            vec!["Staff", "Recruiter", "17", "Q4"],
        ),
        (
            HiringCharts.departments_page(2021, &departments),
            vec!["Staff (7)", "[45]"],
        ),
        (
            HiringCharts.departments_picture(2021, &departments),
            vec!["Staff (7)", "45"],
        ),
    ] {
        for text in shows.into_iter().chain(["2021"]) {
            assert!(content.contains(text), "{text}");
        }
    }
}

#[test]
fn a_name_is_text_whatever_it_holds() {
    let (quarters, departments) = (quarters(HOSTILE), departments(HOSTILE));
    for content in [
        HiringCharts.quarters_page(2021, &quarters),
        HiringCharts.quarters_picture(2021, &quarters),
        HiringCharts.departments_page(2021, &departments),
        HiringCharts.departments_picture(2021, &departments),
    ] {
        assert!(!content.contains("<img"), "a name became an element");
        assert!(content.contains("img src=x"), "the name is shown");
    }
}

#[test]
fn a_page_loads_nothing_and_an_empty_report_says_so() {
    for content in [
        HiringCharts.quarters_page(1999, &[]),
        HiringCharts.quarters_picture(1999, &[]),
        HiringCharts.departments_page(1999, &[]),
        HiringCharts.departments_picture(1999, &[]),
    ] {
        assert!(content.contains("Nobody was hired in this year."));
    }
    let page = HiringCharts.quarters_page(2021, &quarters("Staff"));
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("<script src"), "the script is in the page");
}
