//! Lists the deliberate faults of a run.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use adapter_formats::Formats;
use clap::Args;
use emulator_application::truth;
use emulator_manifest::imperfections::line;
use platform_runtime::output::printed;
use platform_runtime::program::WrongUse;

use crate::verify::read_manifests;

/// Options of `imperfections`.
#[derive(Debug, Args)]
pub struct Truth {
    /// Manifest of the run, from `emulate --manifest` or GET /emulator/{id}/manifest
    pub manifest: PathBuf,
}

/// Lists the faults of the run, or of all runs of a model, on standard output.
///
/// # Errors
/// If the manifest cannot be used.
pub fn run(options: &Truth) -> anyhow::Result<u8> {
    let wrong = |why: String| WrongUse(format!("{}: {why}", options.manifest.display()));
    let mut out = BufWriter::new(io::stdout().lock());
    for manifest in read_manifests(&options.manifest)? {
        let plan = manifest.plan().map_err(|error| wrong(error.to_string()))?;
        let id = manifest.id().map_err(|error| wrong(error.to_string()))?;
        let counts = manifest
            .counts(&plan)
            .map_err(|error| wrong(error.to_string()))?;
        let faults = truth::Truth::new(&Formats, id, &plan, counts.generated);
        for told in faults {
            let line = line(&plan, &told.fault, &told.record, told.renamed.as_deref());
            if let Err(error) = out.write_all(line.as_bytes()) {
                printed(Err(error))?;
                return Ok(0);
            }
        }
    }
    printed(out.flush())?;
    Ok(0)
}
