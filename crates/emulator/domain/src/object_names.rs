//! The names of objects. They follow from the plan, so a repeated upload replaces the same bytes.

use crate::Timestamp;
use crate::emulation::EmulationId;
use crate::plan::{EmulationPlan, Format, PartitionBy};
use crate::time::Date;

/// Names the objects of one emulation.
#[derive(Clone, Copy, Debug)]
pub struct ObjectNames {
    id: EmulationId,
    format: Format,
    partition_by: PartitionBy,
}

impl ObjectNames {
    /// The names of emulation `id`.
    pub fn new(id: EmulationId, plan: &EmulationPlan) -> Self {
        Self {
            id,
            format: plan.format(),
            partition_by: plan.spec().partition_by,
        }
    }

    /// The same names for another format.
    #[must_use]
    pub const fn in_format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// The single object of a grouped run: `{emulation_id}.{format}`.
    pub fn grouped(&self) -> String {
        format!("{}.{}", self.id, self.format)
    }

    /// The schema of the records, for formats that do not embed it: `{emulation_id}.proto`.
    pub fn schema(&self) -> String {
        format!("{}.proto", self.id)
    }

    /// Object `number` of a chunked run, with records of that day:
    /// `{emulation_id}/part-{00000}.{format}`, or, in a table partition that it shares with other
    /// runs, `date={day}/{emulation_id}-part-{00000}.{format}`.
    pub fn part(&self, number: u64, day: Date) -> String {
        let Self { id, format, .. } = self;
        match self.partition_by {
            PartitionBy::Nothing => format!("{id}/part-{number:05}.{format}"),
            PartitionBy::Date => format!("date={day}/{id}-part-{number:05}.{format}"),
        }
    }

    /// The pattern of the names of all objects of a chunked run, for people.
    pub fn pattern(&self) -> String {
        let Self { id, format, .. } = self;
        match self.partition_by {
            PartitionBy::Nothing => format!("{id}/part-{{00000}}.{format}"),
            PartitionBy::Date => format!("date={{day}}/{id}-part-{{00000}}.{format}"),
        }
    }

    /// The common prefix of the names of all objects of a chunked run; other objects may share it.
    pub fn parts(&self) -> String {
        match self.partition_by {
            PartitionBy::Nothing => format!("{}/", self.id),
            PartitionBy::Date => "date=".to_owned(),
        }
    }

    /// Whether an object with the prefix [`parts`](Self::parts) belongs to this run, judging by its
    /// name.
    pub fn is_own(&self, name: &str) -> bool {
        match self.partition_by {
            PartitionBy::Nothing => name.starts_with(&self.parts()),
            PartitionBy::Date => {
                let file = name.rsplit_once('/').map(|(_, file)| file);
                file.is_some_and(|file| file.starts_with(&self.id.to_string()))
            }
        }
    }

    /// The number of the object with this name in a chunked run.
    pub fn part_number(&self, name: &str) -> Option<u64> {
        let stem = name.strip_suffix(self.format.name())?.strip_suffix('.')?;
        let number = stem.rsplit_once("part-")?.1.parse().ok()?;
        let day = name.strip_prefix("date=").and_then(|rest| rest.get(..10));
        let day = day.and_then(Date::parse).unwrap_or(Date::from_days(0));
        (self.part(number, day) == name).then_some(number)
    }

    /// The object of a single record: `{key}_{unix millis of the event}.{format}`.
    pub fn single(&self, key: &str, at: Timestamp) -> String {
        format!("{key}_{}.{}", at.millis(), self.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Domain;
    use crate::plan::{ChunkSize, Grouping, PlanSpec, Sink};

    #[test]
    fn names_follow_from_the_id_and_the_format() {
        let spec = PlanSpec::new(Domain::Transaction, Sink::File, Format::Ndjson);
        let plan = EmulationPlan::new(spec).unwrap();
        let id = EmulationId::of_plan(&plan);
        let at = Timestamp::EARLIEST.moved(1_234_567);
        let single = format!("key_{}.csv", at.millis());
        let day = Date::from_days(20_000);
        for (partition_by, part, pattern, parts) in [
            (
                PartitionBy::Nothing,
                "ID/part-00007.csv",
                "ID/part-{00000}.csv",
                "ID/",
            ),
            (
                PartitionBy::Date,
                "date=2024-10-04/ID-part-00007.csv",
                "date={day}/ID-part-{00000}.csv",
                "date=",
            ),
        ] {
            let names = ObjectNames {
                partition_by,
                ..ObjectNames::new(id, &plan)
            };
            let csv = names.in_format(Format::Csv);
            for (name, expected) in [
                (names.grouped(), "ID.ndjson"),
                (csv.grouped(), "ID.csv"),
                (csv.schema(), "ID.proto"),
                (csv.part(7, day), part),
                (csv.pattern(), pattern),
                (csv.parts(), parts),
                (csv.single("key", at), single.as_str()),
            ] {
                assert_eq!(name, expected.replace("ID", &id.to_string()));
            }
        }
    }

    #[test]
    fn the_number_of_a_part_is_found_in_its_name_and_in_no_other() {
        let mut spec = PlanSpec::new(Domain::Transaction, Sink::File, Format::Parquet);
        spec.grouping = Grouping::Chunked {
            max_chunk_size: ChunkSize::MAX,
        };
        for partition_by in PartitionBy::ALL {
            spec.partition_by = partition_by;
            let plan = EmulationPlan::new(spec.clone()).unwrap();
            let id = EmulationId::of_plan(&plan);
            let names = ObjectNames::new(id, &plan);
            for number in [0, 7, 99_999, 100_000] {
                let name = names.part(number, Date::from_days(20_000));
                assert_eq!(names.part_number(&name), Some(number), "{name}");
                assert!(
                    name.starts_with(&names.parts()) && names.is_own(&name),
                    "{name}"
                );
                for other in [
                    name.replace("part-", "part-+"),
                    name.replace("part-", "part-0"),
                    name.replace(".parquet", ".csv"),
                    name.replace("date=2024-10-04", "date=2024-13-04"),
                    name.replace("date=2024-10-04", "day=2024-10-04"),
                    format!("x{name}"),
                ] {
                    assert!(
                        other == name || names.part_number(&other).is_none(),
                        "{other}"
                    );
                }
            }
        }
        let name = "date=2024-10-04/00000000-0000-8000-8000-000000000000-part-00000.parquet";
        let plan = EmulationPlan::new(spec).unwrap();
        assert!(!ObjectNames::new(EmulationId::of_plan(&plan), &plan).is_own(name));
    }
}
