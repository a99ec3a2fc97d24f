//! The audit log: JSON lines that form a hash chain under the folder's key.
//!
//! A file next to it, the head, records how far the log goes, and is authenticated too. Without the
//! key, nobody can change, insert, move, delete or cut off lines without [`verify`](crate::verify)
//! detecting it.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

use jiff::Timestamp;
use platform_runtime::bounded_file::read_text;
use serde::{Deserialize, Serialize};

use crate::{Folder, Role};

pub(crate) const LOG: &str = "audit.jsonl";
pub(crate) const HEAD: &str = "audit.head";
/// The first line of every log.
pub(crate) const BEGIN: &str = "begin";
/// The line that is written after a log or its head was missing.
pub(crate) const GAP: &str = "the log or its head was missing";
const HEAD_LIMIT: u64 = 4096;

/// An action of a caller, successful or not.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry<'a> {
    /// The name of the caller's token.
    pub who: &'a str,
    /// The caller's role, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The address of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// What was done: the method and the route of a request, or a command.
    pub action: &'a str,
    /// The object of the action: the path of a request, the name of a token.
    pub target: &'a str,
    /// What it created, for example a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<&'a str>,
    /// The result: the status of the response.
    pub result: &'a str,
}

#[derive(Serialize)]
struct Record<'a> {
    sequence: u64,
    time: Timestamp,
    #[serde(flatten)]
    entry: &'a AuditEntry<'a>,
}

/// How far the log goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The number of records.
    pub(crate) records: u64,
    /// Their length in bytes.
    pub(crate) bytes: u64,
    /// The hash of the last record.
    pub(crate) last: String,
    hash: String,
}

impl Head {
    fn texts(&self) -> [String; 3] {
        [
            self.records.to_string(),
            self.bytes.to_string(),
            self.last.clone(),
        ]
    }

    /// The head of a folder, if there is one with a valid hash.
    pub(crate) fn read(folder: &Folder) -> io::Result<Option<Self>> {
        let text = match read_text(&folder.file(HEAD), HEAD_LIMIT) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        let head: Option<Self> = serde_json::from_str(&text).ok();
        Ok(head.filter(|head| {
            let texts = head.texts();
            folder.is_hash(&head.hash, "head", &texts.each_ref().map(String::as_str))
        }))
    }

    fn write(mut self, folder: &Folder) -> io::Result<()> {
        let texts = self.texts();
        self.hash = folder.hash("head", &texts.each_ref().map(String::as_str));
        folder.replace(HEAD, &serde_json::to_vec(&self)?)
    }

    /// Advances the head by a line without its line end, if the line continues the chain.
    pub(crate) fn advance(&mut self, folder: &Folder, line: &str) -> Result<(), &'static str> {
        #[derive(Deserialize)]
        struct Numbered {
            sequence: u64,
        }
        let parts = line.rsplit_once(",\"hash\":\"");
        let parts = parts.and_then(|(body, rest)| Some((body, rest.strip_suffix("\"}")?)));
        let (body, hash) = parts.ok_or("is no record")?;
        if !folder.is_hash(hash, "audit", &[&self.last, body]) {
            return Err("was changed, or those before it were");
        }
        let numbered: Option<Numbered> = serde_json::from_str(&format!("{body}}}")).ok();
        if numbered.is_none_or(|numbered| numbered.sequence != self.records + 1) {
            return Err("has a number that does not follow");
        }
        self.records += 1;
        self.last = hash.to_owned();
        Ok(())
    }
}

/// The audit log of a folder. Several processes may write it concurrently.
pub struct Audit {
    folder: Folder,
}

impl Audit {
    /// The log of this folder.
    pub fn new(folder: Folder) -> Self {
        Self { folder }
    }

    /// Starts the log of a new folder.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(folder: &Folder) -> io::Result<()> {
        append(folder, Head::default(), &remark(BEGIN))
    }

    /// Appends an action. It is on disk when this returns.
    ///
    /// # Errors
    /// If it cannot be written; in that case no action may be carried out.
    pub fn append(&self, entry: &AuditEntry<'_>) -> io::Result<()> {
        let _lock = self.folder.lock()?;
        let head = match Head::read(&self.folder)? {
            Some(head) => head,
            None => {
                tracing::error!("{GAP}: check it with the command audit verify");
                append(&self.folder, Head::default(), &remark(GAP))?;
                Head::read(&self.folder)?.unwrap_or_default()
            }
        };
        append(&self.folder, head, entry)
    }
}

fn remark(action: &str) -> AuditEntry<'_> {
    AuditEntry {
        who: "",
        role: None,
        client: None,
        action,
        target: "",
        created: None,
        result: "",
    }
}

fn append(folder: &Folder, mut head: Head, entry: &AuditEntry<'_>) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(folder.file(LOG))?;
    head.bytes = take_over(&mut file, &mut head, folder)?;
    let record = Record {
        sequence: head.records + 1,
        time: Timestamp::now(),
        entry,
    };
    let mut line = serde_json::to_string(&record)?;
    line.pop();
    let hash = folder.hash("audit", &[&head.last, &line]);
    line.push_str(&format!(",\"hash\":\"{hash}\"}}\n"));
    file.write_all(line.as_bytes())?;
    file.sync_data()?;
    head.records += 1;
    head.bytes += line.len() as u64;
    head.last = hash;
    head.write(folder)
}

/// Recovers what a crash left beyond the head: complete records are added to the head, and half a
/// line is cut off, because it was never acknowledged. Returns the resulting length.
fn take_over(file: &mut std::fs::File, head: &mut Head, folder: &Folder) -> io::Result<u64> {
    let length = file.metadata()?.len();
    if length < head.bytes {
        tracing::error!("the audit log is shorter than it was: check it with audit verify");
        return Ok(length);
    }
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(head.bytes))?;
    file.read_to_end(&mut rest)?;
    let mut bytes = head.bytes;
    for line in rest.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            file.set_len(bytes)?;
            break;
        };
        // Anything else stays in the file, so that verification detects it.
        let _ = head.advance(folder, &String::from_utf8_lossy(line));
        bytes += line.len() as u64 + 1;
    }
    Ok(bytes)
}
