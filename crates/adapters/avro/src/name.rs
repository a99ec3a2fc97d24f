//! Names of backups: table, time, row count and digest, all published by a single rename.

use jiff::Timestamp;
use warehouse_ports::Backup;

const TIME: &str = "%Y%m%dT%H%M%S%.3fZ";

/// `jobs-20211121T101112.123Z-7-<64 hexadecimal digits>.avro`
pub(crate) fn write(table: &str, taken_at: i64, rows: u64, digest: &str) -> Option<String> {
    let time = Timestamp::from_millisecond(taken_at).ok()?;
    let time = time.strftime(TIME);
    Some(format!("{table}-{time}-{rows}-{digest}.avro"))
}

/// Parses the name of a file; `None` if it is no backup of the table. `jobs.avro` and
/// `jobs-anything.avro` may belong to other programs.
pub(crate) fn read(table: &str, name: &str, bytes: u64) -> Option<Backup> {
    let rest = name.strip_suffix(".avro")?.strip_prefix(table)?;
    if !rest.is_empty() && !rest.starts_with('-') {
        return None;
    }
    let own = own(rest);
    Some(Backup {
        name: name.to_owned(),
        taken_at: own.as_ref().map(|own| own.0),
        rows: own.as_ref().map(|own| own.1),
        digest: own.map(|own| own.2.to_owned()),
        bytes,
    })
}

fn own(rest: &str) -> Option<(i64, u64, &str)> {
    let mut parts = rest.strip_prefix('-')?.split('-');
    let (time, rows, digest) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some()
        || digest.len() != 64
        || !digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    let taken_at = jiff::civil::DateTime::strptime(TIME, time).ok()?;
    let taken_at = taken_at.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    // What `write` would not produce, such as a second 60, belongs to another program.
    let is_own = taken_at.strftime(TIME).to_string() == time;
    is_own.then_some((taken_at.as_millisecond(), rows.parse().ok()?, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_was_written_into_it() {
        let digest = "0f".repeat(32);
        let name = write("jobs", 1_637_489_472_120, 7, &digest).unwrap();
        assert_eq!(name, format!("jobs-20211121T101112.120Z-7-{digest}.avro"));
        let backup = read("jobs", &name, 9).unwrap();
        assert_eq!(backup.taken_at, Some(1_637_489_472_120));
        assert_eq!((backup.rows, backup.bytes), (Some(7), 9));
        assert_eq!(backup.digest, Some(digest));
    }

    #[test]
    fn files_of_other_programs_and_tables_are_told_apart() {
        let leap_second = format!("jobs-20161231T235960.000Z-7-{}.avro", "0f".repeat(32));
        for (name, found) in [
            (&*leap_second, true),
            ("jobs.avro", true),
            ("jobs-old.avro", true),
            ("jobs-20211121T101112.120Z-7-zz.avro", true),
            ("jobs_2.avro", false),
            ("employees.avro", false),
            ("jobs.avro.part", false),
            ("jobs.csv", false),
        ] {
            let backup = read("jobs", name, 1);
            assert_eq!(backup.is_some(), found, "{name}");
            assert!(
                backup.is_none_or(|backup| backup.digest.is_none()),
                "{name}"
            );
        }
    }
}
