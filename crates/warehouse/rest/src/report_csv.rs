//! Reports as CSV, with the columns of the API.

use warehouse_domain::report::{DepartmentHires, QuarterHires};

/// department, job, Q1, Q2, Q3, Q4.
pub fn quarters_csv(lines: &[QuarterHires]) -> String {
    let header = ["department", "job", "Q1", "Q2", "Q3", "Q4"].map(str::to_owned);
    let rows = lines.iter().map(|line| {
        let names = [line.department.clone(), line.job.clone()];
        names
            .into_iter()
            .chain(line.hired.map(|hired| hired.to_string()))
            .collect()
    });
    text(std::iter::once(header.to_vec()).chain(rows))
}

/// id, department, hired.
pub fn departments_csv(lines: &[DepartmentHires]) -> String {
    let header = ["id", "department", "hired"].map(str::to_owned);
    let rows = lines.iter().map(|line| {
        vec![
            line.id.to_string(),
            line.department.clone(),
            line.hired.to_string(),
        ]
    });
    text(std::iter::once(header.to_vec()).chain(rows))
}

fn text(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row)
            .expect("memory takes what is written");
    }
    let bytes = writer.into_inner().expect("memory takes what is written");
    String::from_utf8(bytes).expect("texts were written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_are_those_of_the_contract() {
        let quarters = [QuarterHires {
            department: "Staff, temporary".to_owned(),
            job: "=Cook".to_owned(),
            hired: [3, 0, 1, 4],
        }];
        assert_eq!(
            quarters_csv(&quarters),
            "department,job,Q1,Q2,Q3,Q4\n\"Staff, temporary\",=Cook,3,0,1,4\n"
        );
        let departments = [DepartmentHires {
            id: 7,
            department: "Staff".to_owned(),
            hired: 45,
        }];
        assert_eq!(
            departments_csv(&departments),
            "id,department,hired\n7,Staff,45\n"
        );
    }
}
