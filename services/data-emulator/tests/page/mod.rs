//! Pages that are made from a program, held current. Each service's `documents` test uses this.

use std::fs;
use std::path::Path;

use platform_runtime::settings::{Setting, reference};

/// Compares the page with what it should be, or writes it if the environment says so.
pub(crate) fn is_current(page: &str, content: &str) {
    // The services stand beside each other: this leads to the root from each.
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
        "{page} is not current: UPDATE_DOCUMENTS=1 cargo test --workspace --test documents"
    );
}

/// The reference of a service's settings. `help` is the command that lists its options.
pub(crate) fn settings(service: &str, help: &str, table: &[Setting]) -> String {
    format!(
        "# Settings of the {service}

The value of a setting is taken from the first of these places that has one: an option of the command \
line (`{help}`), the environment, a `.env` file in the working folder, a file given with \
`--config FILE` (TOML, YAML or JSON, by its extension), the default.

An empty value means unset. Words may be written in upper or lower case. With a value that is not allowed, or a key of a file that \
is not listed here, the program does not start: it ends with exit code 2 and a message that names the setting, where the value came from and what is allowed. \
In the environment and in `.env`, where other programs have variables too, it warns about names that differ from a setting's by a letter or two. Whole numbers may have a unit: times `ms`, `s`, `m`, `h`, `d`; bytes `kB`, `MB`, `GB`, \
`KiB`, `MiB`, `GiB`; counts `k`, `M`, `G`. Secrets are read from the environment and `.env` only, and are refused in a file.

In a file the part before the dot is a section:

```toml
[kafka]
bootstrap_servers = \"broker-1:9092,broker-2:9092\"
security_protocol = \"SASL_SSL\"
```

In `.env`, quote values with spaces; single quotes also keep a `$` as it is.
{}",
        reference(table)
    )
}
