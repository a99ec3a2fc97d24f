//! Verifies the audit log.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};

use serde::{Deserialize, Serialize};

use crate::Folder;
use crate::audit::{BEGIN, GAP, Head, LOG};

/// How many problems are listed.
const TOLD: usize = 20;

/// The result of a verification.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The number of valid consecutive records.
    pub records: u64,
    /// The hash of the last one. If stored elsewhere, it can later prove that the log continues
    /// from here.
    pub last: String,
    /// The first problems; empty if the log is unchanged.
    pub problems: Vec<String>,
}

impl Findings {
    fn problem(&mut self, text: String) {
        if self.problems.len() < TOLD {
            self.problems.push(text);
        }
    }
}

/// Verifies the log of a folder. If `earlier` is given, the hash of a last record from earlier
/// findings, it must occur in the log.
///
/// # Errors
/// If the log exists and cannot be read.
pub fn verify(folder: &Folder, earlier: Option<&str>) -> io::Result<Findings> {
    // Prevents concurrent appends.
    let _lock = folder.lock()?;
    let mut findings = Findings::default();
    let (mut reached, mut has_earlier) = (Head::default(), false);
    let head = Head::read(folder)?;
    let mut at_head = head.as_ref().is_none_or(|head| head.records == 0);
    match File::open(folder.file(LOG)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            findings.problem("the log is gone".to_owned());
        }
        file => {
            for (number, line) in BufReader::new(file?).split(b'\n').enumerate() {
                let line = line?;
                let line = String::from_utf8_lossy(&line);
                let number = number + 1;
                if let Err(why) = reached.advance(folder, &line) {
                    findings.problem(format!("line {number} {why}"));
                } else if let Some(why) = unusual(number, &line) {
                    findings.problem(format!("line {number}: {why}"));
                }
                has_earlier |= earlier == Some(&*reached.last);
                at_head |= head.as_ref().is_some_and(|head| {
                    head.records == reached.records && head.last == reached.last
                });
            }
        }
    }
    match &head {
        None => findings.problem("the head is gone or was changed".to_owned()),
        Some(head) if !at_head => findings.problem(format!(
            "the log had {} records, of which {} are left that follow each other",
            head.records, reached.records
        )),
        Some(_) => {}
    }
    if earlier.is_some() && !has_earlier {
        findings.problem("the given hash is not in the log: it was begun anew".to_owned());
    }
    findings.records = reached.records;
    findings.last = reached.last;
    Ok(findings)
}

/// Whether a record reports something unusual about the log itself.
fn unusual(number: usize, line: &str) -> Option<&'static str> {
    #[derive(Deserialize)]
    struct ActionOnly {
        action: String,
    }
    let record: ActionOnly = serde_json::from_str(line).ok()?;
    match (number, record.action.as_str()) {
        (_, GAP) => Some("the log or its head was missing before it"),
        (1, BEGIN) => None,
        (1, _) => Some("is not how a log begins"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::audit::HEAD;
    use crate::{Audit, AuditEntry};

    fn entry(target: &str) -> AuditEntry<'_> {
        AuditEntry {
            who: "ann",
            role: None,
            client: None,
            action: "POST /emulator",
            target,
            created: None,
            result: "201",
        }
    }

    fn written(path: &Path, records: u64) -> (Folder, Audit) {
        let folder = Folder::create(path, Audit::begin).unwrap();
        let audit = Audit::new(folder.clone());
        for record in 1..records {
            // A text cannot leave its place in the line.
            audit
                .append(&entry(&format!("\"{record}\n,\"hash\":\"")))
                .unwrap();
        }
        (folder, audit)
    }

    #[test]
    fn what_was_written_is_as_it_was_also_after_a_crash_and_by_several_writers() {
        let data = tempfile::tempdir().unwrap();
        let (folder, audit) = written(data.path(), 5);
        let log = folder.file(LOG);
        let findings = verify(&folder, None).unwrap();
        assert_eq!((findings.records, findings.problems), (5, vec![]));
        // Half a line was written, or a whole one and not its head.
        let head = fs::read(folder.file(HEAD)).unwrap();
        audit.append(&entry("after the head")).unwrap();
        fs::write(folder.file(HEAD), head).unwrap();
        let torn = [&fs::read(&log).unwrap()[..], b"{\"sequence\":7,\"ti"].concat();
        fs::write(&log, torn).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let audit = Audit::new(folder.clone());
                    (0..5).for_each(|_| audit.append(&entry("/emulator")).unwrap());
                });
            }
        });
        let again = verify(&folder, Some(&findings.last)).unwrap();
        assert_eq!((again.records, again.problems), (26, vec![]));
        for line in fs::read_to_string(log).unwrap().lines() {
            let _: serde_json::Value = serde_json::from_str(line).unwrap();
        }
    }

    #[test]
    fn every_change_is_found_at_once_and_after_more_was_written() {
        type Change = fn(&Folder, Vec<&str>);
        let write = |folder: &Folder, lines: &[&str]| {
            fs::write(folder.file(LOG), lines.join("\n") + "\n").unwrap();
        };
        let changes: [(&str, Change); 12] = [
            ("a word", |folder, lines| {
                let text = lines.join("\n").replace("ann", "bob") + "\n";
                fs::write(folder.file(LOG), text).unwrap();
            }),
            ("a line out of the middle", |folder, mut lines| {
                lines.remove(2);
                fs::write(folder.file(LOG), lines.join("\n") + "\n").unwrap();
            }),
            ("a line twice", |folder, mut lines| {
                lines.insert(2, lines[2]);
                fs::write(folder.file(LOG), lines.join("\n") + "\n").unwrap();
            }),
            ("two lines swapped", |folder, mut lines| {
                lines.swap(2, 3);
                fs::write(folder.file(LOG), lines.join("\n") + "\n").unwrap();
            }),
            ("the last lines cut off", |folder, lines| {
                fs::write(folder.file(LOG), lines[..3].join("\n") + "\n").unwrap();
            }),
            ("half of the last line cut off", |folder, lines| {
                let text = lines.join("\n");
                fs::write(folder.file(LOG), &text[..text.len() - 20]).unwrap();
            }),
            ("the first line cut off", |folder, lines| {
                fs::write(folder.file(LOG), lines[1..].join("\n") + "\n").unwrap();
            }),
            ("a line of somebody's own", |folder, lines| {
                let own = lines.join("\n") + "\n{\"sequence\":6,\"hash\":\"00\"}\n";
                fs::write(folder.file(LOG), own).unwrap();
            }),
            ("emptied", |folder, _| {
                fs::write(folder.file(LOG), "").unwrap()
            }),
            ("deleted", |folder, _| {
                fs::remove_file(folder.file(LOG)).unwrap()
            }),
            ("the head deleted, lines cut off", |folder, lines| {
                fs::remove_file(folder.file(HEAD)).unwrap();
                fs::write(folder.file(LOG), lines[..3].join("\n") + "\n").unwrap();
            }),
            ("both deleted", |folder, _| {
                fs::remove_file(folder.file(HEAD)).unwrap();
                fs::remove_file(folder.file(LOG)).unwrap();
            }),
        ];
        for (what, change) in changes {
            let data = tempfile::tempdir().unwrap();
            let (folder, audit) = written(data.path(), 5);
            let text = fs::read_to_string(folder.file(LOG)).unwrap();
            let last = verify(&folder, None).unwrap().last;
            change(&folder, text.lines().collect());
            assert_ne!(verify(&folder, None).unwrap().problems, [""; 0], "{what}");
            for _ in 0..10 {
                audit.append(&entry("/emulator")).unwrap();
            }
            let later = verify(&folder, None).unwrap();
            assert_ne!(later.problems, [""; 0], "{what}, later");
            // Even its own bytes again do not mend what was written meanwhile.
            write(&folder, &text.lines().collect::<Vec<_>>());
            assert_ne!(
                verify(&folder, Some(&last)).unwrap().problems,
                [""; 0],
                "{what}"
            );
        }
    }

    #[test]
    fn a_log_that_was_begun_anew_does_not_have_what_was_seen_before() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let last = verify(&written(one.path(), 3).0, None).unwrap().last;
        let findings = verify(&written(other.path(), 9).0, Some(&last)).unwrap();
        let problem = "the given hash is not in the log: it was begun anew";
        assert_eq!(findings.problems, [problem]);
    }
}
