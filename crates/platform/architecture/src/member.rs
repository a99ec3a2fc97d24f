//! The properties of crates that the rules need.

use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// A crate of the workspace.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// The name in its `Cargo.toml`.
    pub name: String,
    /// The declared layer; empty if none.
    pub layer: String,
    /// The declared context; empty if none.
    pub context: String,
    /// Dependencies that only crates which declare them may use.
    pub owns: Vec<String>,
    /// What a domain crate uses in addition to what every domain may.
    pub also_uses: Vec<String>,
    /// Its dependencies.
    pub uses: Vec<String>,
    /// The dependencies of its tests.
    pub tests_use: Vec<String>,
}

impl From<&Package> for Member {
    fn from(package: &Package) -> Self {
        let declared = |key: &str| {
            package
                .metadata
                .get("hexagon")
                .and_then(|table| table.get(key))
        };
        let text = |key: &str| {
            let text = declared(key).and_then(|value| value.as_str());
            text.unwrap_or_default().to_owned()
        };
        let list = |key: &str| {
            let list = declared(key).and_then(|value| value.as_array());
            let names = list.into_iter().flatten().filter_map(|name| name.as_str());
            names.map(str::to_owned).collect()
        };
        let uses = |of_tests: bool| {
            let dependencies = package.dependencies.iter();
            dependencies
                .filter(|dependency| (dependency.kind == DependencyKind::Development) == of_tests)
                .map(|dependency| dependency.name.clone())
                .collect()
        };
        Self {
            name: package.name.to_string(),
            layer: text("layer"),
            context: text("context"),
            owns: list("owns"),
            also_uses: list("also_uses"),
            uses: uses(false),
            tests_use: uses(true),
        }
    }
}

/// A Cargo workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its root folder.
    pub root: PathBuf,
    /// Its crates.
    pub members: Vec<Member>,
}

/// Cargo cannot read the workspace.
#[derive(Debug, thiserror::Error)]
#[error("cargo metadata of {}", manifest.display())]
pub struct ReadError {
    manifest: PathBuf,
    source: cargo_metadata::Error,
}

impl Workspace {
    /// Reads the workspace that the `Cargo.toml` at `manifest` belongs to.
    ///
    /// # Errors
    /// If Cargo cannot read it.
    pub fn read(manifest: &Path) -> Result<Self, ReadError> {
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .map_err(|source| ReadError {
                manifest: manifest.to_owned(),
                source,
            })?;
        let packages = metadata.workspace_packages();
        Ok(Self {
            members: packages.into_iter().map(Member::from).collect(),
            root: metadata.workspace_root.into_std_path_buf(),
        })
    }
}
