//! The population of a service: all runs without a seed of their own share it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use emulator_domain::Seed;
use uuid::Uuid;

const NAME: &str = "population-seed";

/// The seed stored in the folder; if there is none, a random one is stored.
///
/// # Errors
/// If it cannot be read or written, or is invalid.
pub(crate) fn kept_in(folder: &Path) -> anyhow::Result<Seed> {
    fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be created", folder.display()))?;
    let path = folder.join(NAME);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let seed: Result<Seed, _> = text.trim().parse();
            let mend = "restore the file, or remove it: runs without a seed have other people then";
            seed.map_err(|error| anyhow::anyhow!("{}: {error}; {mend}", path.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let seed = Seed::drawn(Uuid::new_v4().as_u64_pair().0 ^ Uuid::new_v4().as_u64_pair().1);
            // Written under a temporary name first, so that an existing file is always complete.
            let begun = folder.join(format!("{NAME}.new"));
            let written = fs::File::create(&begun).and_then(|mut file| {
                writeln!(file, "{}", seed.get())?;
                file.sync_all()
            });
            written
                .and_then(|()| fs::rename(&begun, &path))
                .with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(seed)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_keeps_its_people() {
        let folder = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        let seed = kept_in(folder.path()).unwrap();
        assert_eq!(kept_in(folder.path()).unwrap(), seed);
        assert_ne!(kept_in(other.path()).unwrap(), seed);
        fs::write(folder.path().join(NAME), "7x").unwrap();
        let error = kept_in(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("'7x'; expected a whole number") && error.contains("remove it"),
            "{error}"
        );
    }
}
