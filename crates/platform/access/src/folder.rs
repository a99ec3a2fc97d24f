//! The access folder of a service: its key, and locking between writers.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hmac::{Hmac, Mac};
use platform_runtime::bounded_file;
use sha2::Sha256;

/// The length of a key in bytes.
const KEY: usize = 32;

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct FolderError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why, and what to do.
    pub why: String,
}

/// A folder that only its owner can read, with the key that authenticates everything in it: nothing
/// can be forged by somebody who can write the files but does not have the key. All clones share
/// it.
#[derive(Clone)]
pub struct Folder {
    path: PathBuf,
    key: Arc<[u8]>,
}

impl Folder {
    /// Opens the folder if it exists.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(path: &Path) -> Result<Option<Self>, FolderError> {
        let file = path.join("key");
        let key = match bounded_file::read(&file, KEY as u64) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            key => key.map_err(|error| failed(&file, &error))?,
        };
        if key.len() != KEY {
            let why = format!(
                "has {} bytes instead of {KEY}; without its key no token is known: delete the \
                 folder and create the tokens anew",
                key.len()
            );
            return Err(FolderError { path: file, why });
        }
        let path = path.to_owned();
        let key = key.into();
        Ok(Some(Self { path, key }))
    }

    /// Opens the folder, or creates it with a new key. `begin` is called before others can see the
    /// new folder.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn create(
        path: &Path,
        begin: impl FnOnce(&Self) -> io::Result<()>,
    ) -> Result<Self, FolderError> {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path);
        made.map_err(|error| failed(path, &error))?;
        let lock = lock(path).map_err(|error| failed(path, &error))?;
        if let Some(folder) = Self::open(path)? {
            return Ok(folder);
        }
        let mut key = [0; KEY];
        let drawn = getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()));
        let folder = Self {
            path: path.to_owned(),
            key: key.to_vec().into(),
        };
        drawn
            .and_then(|()| begin(&folder))
            .and_then(|()| folder.replace("key", &key))
            .map_err(|error| failed(path, &error))?;
        drop(lock);
        Ok(folder)
    }

    /// The path of a file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Locks the folder against other processes and threads; dropping the file releases the lock.
    pub(crate) fn lock(&self) -> io::Result<File> {
        lock(&self.path)
    }

    /// Atomically replaces a file.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let partial = self.file(&format!("{name}.partial"));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, self.file(name))?;
        File::open(&self.path)?.sync_all()
    }

    /// The keyed hash (HMAC-SHA256) of texts for a purpose, as hexadecimal digits.
    pub(crate) fn hash(&self, purpose: &str, texts: &[&str]) -> String {
        hexadecimal(&self.mac(purpose, texts).finalize().into_bytes())
    }

    /// Whether `hash` is that of the texts, compared in constant time.
    pub(crate) fn is_hash(&self, hash: &str, purpose: &str, texts: &[&str]) -> bool {
        let digit = |at: usize| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..hash.len()).step_by(2).map(digit).collect();
        bytes.is_some_and(|bytes| self.mac(purpose, texts).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, purpose: &str, texts: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key may have any length");
        // Includes the lengths, so that different lists of texts give different bytes.
        for text in [&[purpose], texts].concat() {
            mac.update(&(text.len() as u64).to_le_bytes());
            mac.update(text.as_bytes());
        }
        mac
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path.join("lock"))?;
    file.lock()?;
    Ok(file)
}

fn failed(path: &Path, error: &io::Error) -> FolderError {
    FolderError {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_can_read_the_folder_and_its_key() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("a/access");
        assert!(Folder::open(&path).unwrap().is_none());
        let folder = Folder::create(&path, |_| Ok(())).unwrap();
        let again = Folder::create(&path, |_| panic!("it is not new")).unwrap();
        assert_eq!(folder.hash("a", &["b"]), again.hash("a", &["b"]));
        for (path, mode) in [(path.clone(), 0o700), (path.join("key"), 0o600)] {
            let found = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(found, mode, "{}", path.display());
        }
        fs::write(path.join("key"), "short").unwrap();
        let error = Folder::open(&path).err().unwrap().to_string();
        assert!(error.contains("has 5 bytes instead of 32"), "{error}");
    }

    #[test]
    fn a_hash_is_that_of_a_purpose_and_of_texts_and_of_a_key() {
        let data = tempfile::tempdir().unwrap();
        let folder = |name| Folder::create(&data.path().join(name), |_| Ok(())).unwrap();
        let (one, other) = (folder("1"), folder("2"));
        let hash = one.hash("token", &["ab", "c"]);
        assert!(one.is_hash(&hash, "token", &["ab", "c"]));
        for (folder, purpose, texts) in [
            (&one, "token", ["a", "bc"]),
            (&one, "session", ["ab", "c"]),
            (&other, "token", ["ab", "c"]),
        ] {
            assert!(!folder.is_hash(&hash, purpose, &texts), "{texts:?}");
        }
        for wrong in ["", "zz", "abc", "ä", &hash[..62]] {
            assert!(!one.is_hash(wrong, "token", &["ab", "c"]), "{wrong}");
        }
    }
}
