//! Generates a sample history: departments, jobs and employees from a seed, with known faults.

use std::collections::BTreeMap;
use std::fmt::Write;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const DEPARTMENTS: [&str; 12] = [
    "Accounting",
    "Business Development",
    "Engineering",
    "Human Resources",
    "Legal",
    "Marketing",
    "Product Management",
    "Research and Development",
    "Sales",
    "Services",
    "Support",
    "Training",
];

const JOBS: [&str; 16] = [
    "Account Executive",
    "Analyst",
    "Cost Accountant",
    "Data Engineer",
    "Database Administrator",
    "Developer",
    "Editor",
    "Geologist",
    "Manager",
    "Nurse",
    "Paralegal",
    "Recruiter",
    "Safety Technician",
    "Statistician",
    "Tax Accountant",
    "Web Designer",
];

const FIRST: [&str; 16] = [
    "Aïcha", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jun", "Kofi",
    "Lena", "Marcelo", "Nadia", "Óscar", "Priya",
];

const LAST: [&str; 16] = [
    "Abe", "Bianchi", "Costa", "Diaz", "Eriksson", "Fischer", "Gonzalez", "Haddad", "Ivanova",
    "Jansen", "Kim", "López", "Mensah", "Novak", "O'Brien", "Peters",
];

/// One in this many employees has a fault.
const FAULT_EVERY: u32 = 100;

/// The faults of generated rows, with the codes of the expected reasons.
const FAULTS: [(Fault, &str); 8] = [
    (Fault::NoName, "empty"),
    (Fault::NoDate, "empty"),
    (Fault::NoDepartment, "empty"),
    (Fault::NoJob, "empty"),
    (Fault::LocalDate, "not-a-date-time"),
    (Fault::FloatJob, "not-an-integer"),
    (Fault::OpenQuote, "unclosed-quote"),
    (Fault::SameId, "duplicate-in-input"),
];

#[derive(Clone, Copy)]
enum Fault {
    NoName,
    NoDate,
    NoDepartment,
    NoJob,
    LocalDate,
    FloatJob,
    OpenQuote,
    SameId,
}

/// A sample history. The same seed gives the same files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleHistory {
    /// Different seeds give different people.
    pub seed: u64,
    /// Number of lines in the employees' file.
    pub employees: u32,
}

impl SampleHistory {
    /// The contents of the departments' file.
    pub fn departments(&self) -> String {
        numbered(&DEPARTMENTS)
    }

    /// The contents of the jobs' file.
    pub fn jobs(&self) -> String {
        numbered(&JOBS)
    }

    /// Appends a line of the employees' file, counted from 0.
    pub fn write_employee(&self, line: u32, text: &mut String) {
        let mut random = self.random(line);
        let mut draw = |count: usize| random.next_u32() as usize % count;
        let (first, last) = (FIRST[draw(FIRST.len())], LAST[draw(LAST.len())]);
        let (month, day) = (1 + draw(12), 1 + draw(28));
        let (hour, minute, second) = (draw(24), draw(60), draw(60));
        // One in six was hired in 2020, the others in 2021.
        let year = 2021 - usize::from(draw(6) == 0);
        // One more department and job than exist, so that some references are broken. The lesser of
        // two draws makes departments differ in size, so that some hire more than the mean.
        let departments = DEPARTMENTS.len() + 1;
        let department = 1 + draw(departments).min(draw(departments));
        let job = 1 + draw(JOBS.len() + 1);
        let id = line + 1;
        let fault = fault(line);
        let id = if matches!(fault, Some((Fault::SameId, _))) {
            id - 1
        } else {
            id
        };
        let _ = write!(text, "{id},");
        match fault {
            Some((Fault::NoName, _)) => {}
            Some((Fault::OpenQuote, _)) => {
                let _ = write!(text, "\"{first} {last}");
            }
            _ => {
                let _ = write!(text, "{first} {last}");
            }
        }
        match fault {
            Some((Fault::NoDate, _)) => text.push(','),
            Some((Fault::LocalDate, _)) => {
                let _ = write!(text, ",{day:02}/{month:02}/{year}");
            }
            _ => {
                let _ = write!(
                    text,
                    ",{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
                );
            }
        }
        match fault {
            Some((Fault::NoDepartment, _)) => text.push(','),
            _ => {
                let _ = write!(text, ",{department}");
            }
        }
        let _ = match fault {
            Some((Fault::NoJob, _)) => writeln!(text, ","),
            Some((Fault::FloatJob, _)) => writeln!(text, ",{job}.0"),
            _ => writeln!(text, ",{job}"),
        };
    }

    /// The expected number of rejected lines in the employees' file, by reason code.
    pub fn faults(&self) -> BTreeMap<&'static str, u64> {
        let mut faults = BTreeMap::new();
        for line in (0..self.employees).step_by(FAULT_EVERY as usize) {
            if let Some((_, code)) = fault(line + FAULT_EVERY - 1)
                && line + FAULT_EVERY <= self.employees
            {
                *faults.entry(code).or_insert(0) += 1;
            }
        }
        faults
    }

    fn random(&self, line: u32) -> ChaCha8Rng {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..12].copy_from_slice(&line.to_le_bytes());
        ChaCha8Rng::from_seed(seed)
    }
}

/// The last line of every hundred has a fault.
fn fault(line: u32) -> Option<(Fault, &'static str)> {
    let number = line + 1;
    number
        .is_multiple_of(FAULT_EVERY)
        .then(|| FAULTS[(number / FAULT_EVERY) as usize % FAULTS.len()])
}

fn numbered(names: &[&str]) -> String {
    names
        .iter()
        .zip(1..)
        .map(|(name, id)| format!("{id},{name}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::{Format, parse};
    use crate::hr;
    use crate::keys::KeySet;

    #[test]
    fn the_faults_are_those_that_the_rules_find() {
        for employees in [0, 99, 100, 1999] {
            let history = SampleHistory { seed: 7, employees };
            let mut text = String::new();
            (0..employees).for_each(|line| history.write_employee(line, &mut text));
            let dictionary = hr::dictionary();
            let table = dictionary.table("employees").unwrap();
            let parsed = parse(table, Format::default(), text.as_bytes());
            let mut found = BTreeMap::new();
            for rejection in &parsed.rejections {
                assert_eq!(rejection.faults.len(), 1, "{rejection:?}");
                *found.entry(rejection.faults[0].reason.code()).or_insert(0) += 1;
            }
            let mut keys = KeySet::new();
            for row in 0..parsed.rows.len() {
                if !keys.insert(parsed.rows.integer(row, 0)) {
                    *found.entry("duplicate-in-input").or_insert(0) += 1;
                }
            }
            assert_eq!(found, history.faults());
            assert_eq!(parsed.count, u64::from(employees));
        }
    }

    #[test]
    fn a_seed_gives_the_same_lines_again_and_another_gives_others() {
        let line = |seed| {
            let mut text = String::new();
            SampleHistory { seed, employees: 5 }.write_employee(3, &mut text);
            text
        };
        assert_eq!(line(1), line(1));
        assert_ne!(line(1), line(2));
    }
}
