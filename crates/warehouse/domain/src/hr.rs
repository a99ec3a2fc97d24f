//! The built-in dictionary: departments, jobs and employees.

use crate::dictionary::{Broken, Dictionary, Field, Kind, Table};
use crate::name::Name;

/// The tables of the HR warehouse, in loading order.
pub const TABLES: [&str; 3] = ["departments", "jobs", "employees"];

/// The type of names.
const NAME: Kind = Kind::Text { limit: 255 };

const ID: Kind = Kind::Integer {
    min: i32::MIN,
    max: i32::MAX,
};

/// The dictionary. All fields are mandatory. An employee may refer to a missing department or job.
pub fn dictionary() -> Dictionary {
    let employees = [
        ("employee_id", ID),
        ("employee_name", NAME),
        ("hiring_date", Kind::DateTime),
        ("department_id", ID),
        ("job_id", ID),
    ];
    let references = vec![
        (name("department_id"), name("departments"), Broken::Accept),
        (name("job_id"), name("jobs"), Broken::Accept),
    ];
    let tables = vec![
        table(
            "departments",
            &[("department_id", ID), ("department_name", NAME)],
            vec![],
        ),
        table("jobs", &[("job_id", ID), ("job_name", NAME)], vec![]),
        table("employees", &employees, references),
    ];
    Dictionary::new(tables).expect("the built-in tables fit each other")
}

/// Whether the reports can be computed from these tables: the three tables exist with the fields
/// and types of the built-in ones. Limits may differ, and further tables and fields are allowed.
pub fn is_reportable(dictionary: &Dictionary) -> bool {
    use std::mem::discriminant;
    self::dictionary().tables().iter().all(|wanted| {
        dictionary
            .table(wanted.name().as_str())
            .is_some_and(|table| {
                table.key_name() == wanted.key_name()
                    && wanted.fields().iter().all(|field| {
                        table.fields().iter().any(|found| {
                            found.name == field.name
                                && discriminant(&found.kind) == discriminant(&field.kind)
                                && !found.nullable
                        })
                    })
            })
    })
}

fn table(table: &str, fields: &[(&str, Kind)], references: Vec<(Name, Name, Broken)>) -> Table {
    let key = name(fields[0].0);
    let fields = fields.iter().map(|(field, kind)| Field {
        name: name(field),
        kind: *kind,
        nullable: false,
    });
    Table::new(name(table), fields.collect(), &key, references)
        .expect("the built-in fields fit each other")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("the built-in names are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_dictionary_is_that_of_the_contract() {
        let dictionary = dictionary();
        let tables: Vec<_> = dictionary
            .tables()
            .iter()
            .map(|it| it.name().as_str())
            .collect();
        assert_eq!(tables, TABLES);
        assert!(is_reportable(&dictionary));
        let fields = dictionary.tables().iter().flat_map(|table| table.fields());
        assert!(fields.clone().all(|field| !field.nullable));
        assert_eq!(fields.count(), 9);
        let part = vec![(*dictionary.tables()[0]).clone()];
        assert!(!is_reportable(&Dictionary::new(part).unwrap()));
    }
}
