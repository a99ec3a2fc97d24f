//! The two reports, computed from counts that a database can return in one pass.

use std::collections::{BTreeMap, HashMap};

/// The number of hires for a job of a department in a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HireCount {
    /// The employees' department, which need not exist.
    pub department: i32,
    /// The employees' job, which need not exist.
    pub job: i32,
    /// The quarter, 0 to 3.
    pub quarter: u8,
    /// The number of employees.
    pub hired: u64,
}

/// The data from which the reports of a year are computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HiringFacts {
    /// Every department: id and name.
    pub departments: Vec<(i32, String)>,
    /// Every job: id and name.
    pub jobs: Vec<(i32, String)>,
    /// The hires of the year; a combination of department, job and quarter may occur more than
    /// once.
    pub hires: Vec<HireCount>,
}

/// A line of the hires by quarter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarterHires {
    /// The department's name.
    pub department: String,
    /// The job's name.
    pub job: String,
    /// Hires in each of the four quarters.
    pub hired: [u64; 4],
}

/// A line of the departments above the mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentHires {
    /// The department's id.
    pub id: i32,
    /// Its name.
    pub department: String,
    /// Hires of the year.
    pub hired: u64,
}

/// Hires by department, job and quarter, ordered by department, then job, both by Unicode code
/// points. Employees whose department or job does not exist are left out; departments or jobs of
/// the same name share a line.
///
/// # Panics
/// If a quarter is not 0 to 3.
pub fn hires_by_quarter(facts: &HiringFacts) -> Vec<QuarterHires> {
    let departments = by_id(&facts.departments);
    let jobs = by_id(&facts.jobs);
    let mut lines: BTreeMap<(&str, &str), [u64; 4]> = BTreeMap::new();
    for count in facts.hires.iter().filter(|count| count.hired > 0) {
        let department = departments.get(&count.department);
        let job = jobs.get(&count.job);
        if let (Some(department), Some(job)) = (department, job) {
            lines.entry((department, job)).or_default()[usize::from(count.quarter)] += count.hired;
        }
    }
    let lines = lines.into_iter();
    lines
        .map(|((department, job), hired)| QuarterHires {
            department: department.to_owned(),
            job: job.to_owned(),
            hired,
        })
        .collect()
}

/// Departments that hired more than the mean, ordered by descending hires, then by id. The mean is
/// that of all hires, including those for missing departments and jobs, over all departments,
/// including those without hires.
pub fn departments_above_mean(facts: &HiringFacts) -> Vec<DepartmentHires> {
    let mut hired: HashMap<i32, u64> = HashMap::new();
    let mut total: u128 = 0;
    for count in &facts.hires {
        *hired.entry(count.department).or_default() += count.hired;
        total += u128::from(count.hired);
    }
    let count = facts.departments.len() as u128;
    let mut lines: Vec<DepartmentHires> = facts
        .departments
        .iter()
        .map(|(id, name)| DepartmentHires {
            id: *id,
            department: name.clone(),
            hired: hired.get(id).copied().unwrap_or(0),
        })
        // Compared as fractions, which is exact.
        .filter(|line| u128::from(line.hired) * count > total)
        .collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.hired), line.id));
    lines
}

fn by_id(names: &[(i32, String)]) -> HashMap<i32, &str> {
    names
        .iter()
        .map(|(id, name)| (*id, name.as_str()))
        .collect()
}

#[cfg(test)]
mod tests;
