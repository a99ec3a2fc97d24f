//! The pages that are made from the program, held current.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;

use data_emulator::settings::table;
use platform_runtime::settings::reference;

const SETTINGS: &str = "# Settings of the Data Emulator

Each setting comes from the strongest place that has it: an option of the command line \
(`data-emulator serve --help`), the environment, a `.env` file in the working folder, a file given \
with `--config FILE` (TOML, YAML or JSON, by its ending), the default.

An empty value means unset. Words are taken in any case. A key that is not listed here, or a value \
that is not allowed, stops the start with exit code 2 and says which setting, where it came from and \
what is allowed. Secrets are read from the environment and `.env` only, and are refused in a file.

In a file the part before the dot is a section:

```toml
[kafka]
bootstrap_servers = \"broker-1:9092,broker-2:9092\"
compression = \"zstd\"
```

In `.env`, quote values with spaces; single quotes also keep a `$` as it is.
";

/// Compares the page with what it should be, or writes it if the environment says so.
fn is_current(page: &str, content: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(page);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == content,
        "{page} is not current: UPDATE_DOCUMENTS=1 cargo test -p data-emulator --test documents"
    );
}

#[test]
fn the_reference_of_settings_is_current() {
    is_current(
        "docs/reference/settings.md",
        &format!("{SETTINGS}{}", reference(&table())),
    );
}

#[test]
fn the_openapi_document_is_current() {
    is_current(
        "docs/openapi/data-emulator.json",
        &emulator_rest::openapi_json(),
    );
}
