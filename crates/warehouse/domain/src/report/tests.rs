use super::*;

fn named(names: &[(i32, &str)]) -> Vec<(i32, String)> {
    names
        .iter()
        .map(|(id, name)| (*id, (*name).to_owned()))
        .collect()
}

fn facts(departments: &[(i32, &str)], hires: &[(i32, i32, u8, u64)]) -> HiringFacts {
    let hires = hires
        .iter()
        .map(|&(department, job, quarter, hired)| HireCount {
            department,
            job,
            quarter,
            hired,
        });
    HiringFacts {
        departments: named(departments),
        jobs: named(&[(1, "Recruiter"), (2, "Manager"), (3, "Recruiter")]),
        hires: hires.collect(),
    }
}

const DEPARTMENTS: [(i32, &str); 4] = [(7, "Staff"), (9, "Supply chain"), (3, "Ärzte"), (4, "HR")];

#[test]
fn hires_are_grouped_and_ordered_by_names() {
    let facts = facts(
        &DEPARTMENTS,
        &[
            (9, 2, 0, 2),
            (7, 1, 0, 3),
            (7, 1, 3, 4),
            (7, 2, 2, 1),
            (7, 3, 1, 2),
            (9, 2, 0, 1),
            (3, 1, 2, 5),
            // Neither of these exists.
            (8, 1, 0, 100),
            (7, 8, 0, 100),
            (4, 1, 0, 0),
        ],
    );
    let lines: Vec<_> = hires_by_quarter(&facts)
        .into_iter()
        .map(|line| (line.department, line.job, line.hired))
        .collect();
    let expected = [
        ("Staff", "Manager", [0, 0, 1, 0]),
        ("Staff", "Recruiter", [3, 2, 0, 4]),
        ("Supply chain", "Manager", [3, 0, 0, 0]),
        ("Ärzte", "Recruiter", [0, 0, 5, 0]),
    ]
    .map(|(department, job, hired)| (department.to_owned(), job.to_owned(), hired));
    assert_eq!(lines, expected);
}

#[test]
fn the_mean_is_over_all_departments_and_all_hires() {
    type Case<'a> = (
        &'a [(i32, &'a str)],
        &'a [(i32, i32, u8, u64)],
        &'a [(i32, u64)],
    );
    let cases: [Case<'_>; 7] = [
        // 12 hires, 4 departments: the mean is 3, and 3 is not above it.
        (
            &DEPARTMENTS,
            &[(7, 1, 0, 5), (9, 1, 0, 4), (3, 1, 0, 3)],
            &[(7, 5), (9, 4)],
        ),
        // A department that hired nobody lowers the mean: 10 / 4, not 10 / 3.
        (
            &DEPARTMENTS,
            &[(7, 1, 0, 4), (9, 1, 0, 3), (3, 1, 0, 3)],
            &[(7, 4), (3, 3), (9, 3)],
        ),
        // Hires for a department that does not exist raise it: 17 / 4.
        (
            &DEPARTMENTS,
            &[(7, 1, 0, 5), (9, 1, 0, 4), (88, 1, 0, 8)],
            &[(7, 5)],
        ),
        // A job that does not exist is a hire of its department all the same.
        (&DEPARTMENTS, &[(7, 88, 0, 5), (7, 1, 3, 1)], &[(7, 6)]),
        (&DEPARTMENTS, &[], &[]),
        (&[], &[(7, 1, 0, 5)], &[]),
        (&[(7, "Staff")], &[(7, 1, 0, 5)], &[]),
    ];
    for (departments, hires, expected) in cases {
        let lines = departments_above_mean(&facts(departments, hires));
        let lines: Vec<_> = lines.iter().map(|line| (line.id, line.hired)).collect();
        assert_eq!(lines, expected, "{hires:?}");
    }
}
