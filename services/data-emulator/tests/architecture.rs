//! The rules of docs/architecture.md, held true over `cargo metadata`.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Which layers a crate of a layer may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &["domain"]),
    ("ports", &["domain"]),
    ("application", &["domain", "ports"]),
    ("adapter", &["domain", "ports", "platform"]),
    ("rest", &["domain", "ports", "application", "platform"]),
    ("platform", &["platform"]),
    (
        "service",
        &[
            "domain",
            "ports",
            "application",
            "adapter",
            "rest",
            "platform",
        ],
    ),
];

/// Which crates may use a technology. A test may use any, for a second opinion.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "actix-web",
        &["platform-http", "emulator-rest", "pipeline-rest"],
    ),
    ("backon", &["adapter-minio"]),
    ("calamine", &["adapter-spreadsheets"]),
    (
        "clap",
        &["platform-runtime", "data-emulator", "pipeline-simulator"],
    ),
    ("config", &["platform-runtime"]),
    ("dotenvy", &["platform-runtime"]),
    ("hyper", &["adapter-embedded"]),
    ("indicatif", &["data-emulator", "pipeline-simulator"]),
    ("metrics-exporter-prometheus", &["platform-runtime"]),
    ("plotly", &["adapter-charts"]),
    ("plotters", &["adapter-charts"]),
    ("rand_chacha", &["emulator-domain", "pipeline-domain"]),
    ("rayon", &["emulator-application"]),
    ("rdkafka", &["adapter-kafka", "adapter-embedded"]),
    ("redb", &["adapter-redb"]),
    ("reqwest", &["adapter-minio"]),
    ("rusty-s3", &["adapter-minio"]),
    ("rust_xlsxwriter", &["adapter-spreadsheets"]),
    ("rustls", &["platform-runtime"]),
    ("s3s", &["adapter-embedded"]),
    ("s3s-fs", &["adapter-embedded"]),
    ("sqlx", &["adapter-sql"]),
    ("tracing-actix-web", &["platform-http"]),
    ("tracing-subscriber", &["platform-runtime"]),
    ("utoipa", &["platform-http", "emulator-rest"]),
    ("utoipa-swagger-ui", &["platform-http"]),
];

/// What a domain may use from outside: nothing that does I/O, waits or has a clock.
const DOMAIN_MAY_USE: &[&str] = &["rand_chacha", "rand_core", "serde", "thiserror", "uuid"];

/// What one domain may use beside that: the pipeline's contract says that its events are JSON, and
/// which JSON is a row is a rule, not a choice of format.
const DOMAIN_MAY_ALSO_USE: &[(&str, &[&str])] = &[("pipeline-domain", &["serde_json"])];

/// A crate of the workspace, as far as the rules look at it.
#[derive(Clone, Debug)]
struct Crate {
    name: String,
    layer: String,
    context: String,
    /// What it is built with.
    uses: Vec<String>,
    /// What its tests are built with.
    tests_use: Vec<String>,
}

impl Crate {
    fn of(package: &Package) -> Self {
        let hexagon = |key: &str| {
            let value = package
                .metadata
                .get("hexagon")
                .and_then(|table| table.get(key));
            value
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let uses = |tests: bool| {
            let dependencies = package.dependencies.iter();
            dependencies
                .filter(|dependency| (dependency.kind == DependencyKind::Development) == tests)
                .map(|dependency| dependency.name.clone())
                .collect()
        };
        Self {
            name: package.name.to_string(),
            layer: hexagon("layer"),
            context: hexagon("context"),
            uses: uses(false),
            tests_use: uses(true),
        }
    }
}

/// Every broken rule, in words.
fn broken(crates: &[Crate]) -> Vec<String> {
    let find = |name: &str| crates.iter().find(|other| other.name == name);
    let mut broken = Vec::new();
    for Crate {
        name,
        layer,
        context,
        uses,
        tests_use,
    } in crates
    {
        let Some((_, layers)) = MAY_USE.iter().find(|(known, _)| known == layer) else {
            broken.push(format!(
                "{name} declares no layer: [package.metadata.hexagon] layer = one of {}",
                MAY_USE
                    .iter()
                    .map(|(layer, _)| *layer)
                    .collect::<Vec<_>>()
                    .join(", ")
            ));
            continue;
        };
        if context.is_empty() {
            broken.push(format!("{name} declares no context: its own, or \"any\""));
        }
        for other in uses.iter().filter_map(|used| find(used)) {
            if !layers.contains(&other.layer.as_str()) {
                broken.push(format!(
                    "{name} ({layer}) uses {} ({})",
                    other.name, other.layer
                ));
            }
        }
        for other in uses.iter().chain(tests_use).filter_map(|used| find(used)) {
            // One adapter serves several contexts, a service may join them.
            let joins = ["service", "adapter"].contains(&layer.as_str());
            if !joins && other.context != "any" && other.context != *context {
                broken.push(format!(
                    "{name} of {context} uses {} of {}",
                    other.name, other.context
                ));
            }
        }
        for other in tests_use.iter().filter_map(|used| find(used)) {
            if other.layer == "service" {
                broken.push(format!(
                    "the tests of {name} use the service {}",
                    other.name
                ));
            }
        }
        for used in uses {
            let owners = OWNERS.iter().find(|(technology, _)| technology == used);
            if let Some((_, owners)) = owners.filter(|(_, owners)| !owners.contains(&name.as_str()))
            {
                broken.push(format!(
                    "{name} uses {used}, which belongs to {}",
                    owners.join(", ")
                ));
            }
            let also = DOMAIN_MAY_ALSO_USE
                .iter()
                .find(|(domain, _)| domain == name);
            let pure = DOMAIN_MAY_USE.contains(&used.as_str())
                || also.is_some_and(|(_, also)| also.contains(&used.as_str()));
            if layer == "domain" && find(used).is_none() && !pure {
                broken.push(format!("{name} is a domain and uses {used}"));
            }
        }
    }
    broken
}

fn workspace() -> (PathBuf, Vec<Crate>) {
    let metadata = MetadataCommand::new()
        .manifest_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo can read its own workspace");
    let crates = metadata
        .workspace_packages()
        .into_iter()
        .map(Crate::of)
        .collect();
    (metadata.workspace_root.into_std_path_buf(), crates)
}

#[test]
fn every_crate_depends_only_on_what_its_layer_may() {
    let (_, crates) = workspace();
    assert!(
        crates.len() > 10,
        "cargo metadata shows the workspace: {crates:?}"
    );
    assert_eq!(broken(&crates), Vec::<String>::new());
}

#[test]
fn every_owner_of_a_technology_is_a_crate_that_uses_it() {
    let (_, crates) = workspace();
    for (technology, owners) in OWNERS {
        for owner in *owners {
            let uses =
                |one: &Crate| one.name == *owner && one.uses.iter().any(|used| used == technology);
            assert!(
                crates.iter().any(uses),
                "{owner} does not use {technology}: mend OWNERS"
            );
        }
    }
}

#[test]
fn the_architecture_page_names_every_crate() {
    let (root, crates) = workspace();
    let path = root.join("docs/architecture.md");
    let page = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("docs/architecture.md has to name every crate: {error}"));
    let missing: Vec<&str> = crates
        .iter()
        .map(|one| one.name.as_str())
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/architecture.md does not name {}",
        missing.join(", ")
    );
}

#[test]
fn each_rule_finds_the_crate_that_breaks_it() {
    let one = |name: &str, layer: &str, context: &str, uses: &[&str]| Crate {
        name: name.to_owned(),
        layer: layer.to_owned(),
        context: context.to_owned(),
        uses: uses.iter().map(|used| (*used).to_owned()).collect(),
        tests_use: Vec::new(),
    };
    let sound = [
        one("a-domain", "domain", "a", &["uuid"]),
        one("a-ports", "ports", "a", &["a-domain"]),
        one(
            "a-application",
            "application",
            "a",
            &["a-domain", "a-ports"],
        ),
        one("b-domain", "domain", "b", &[]),
        one("adapter-kafka", "adapter", "any", &["a-ports", "rdkafka"]),
        one("a-rest", "rest", "a", &["a-application"]),
        one(
            "a-service",
            "service",
            "a",
            &["a-rest", "adapter-kafka", "b-domain"],
        ),
    ];
    assert_eq!(broken(&sound), Vec::<String>::new());
    let cases = [
        (
            one("x", "", "a", &[]),
            "x declares no layer: [package.metadata.hexagon] layer = one of domain, ports, application, adapter, rest, platform, service",
        ),
        (
            one("x", "rest", "", &[]),
            "x declares no context: its own, or \"any\"",
        ),
        (
            one("x", "ports", "a", &["a-application"]),
            "x (ports) uses a-application (application)",
        ),
        (
            one("x", "application", "a", &["adapter-kafka"]),
            "x (application) uses adapter-kafka (adapter)",
        ),
        (
            one("x", "adapter", "any", &["a-application"]),
            "x (adapter) uses a-application (application)",
        ),
        (
            one("x", "application", "a", &["b-domain"]),
            "x of a uses b-domain of b",
        ),
        (
            one("x", "rest", "a", &["rdkafka"]),
            "x uses rdkafka, which belongs to adapter-kafka, adapter-embedded",
        ),
        (
            one("x", "domain", "a", &["tokio"]),
            "x is a domain and uses tokio",
        ),
        (
            one("x", "domain", "a", &["serde_json"]),
            "x is a domain and uses serde_json",
        ),
    ];
    for (crate_, rule) in cases {
        let mut crates = sound.to_vec();
        crates.push(crate_);
        assert_eq!(broken(&crates), [rule]);
    }
    let mut crates = sound.to_vec();
    crates[2].tests_use.push("a-service".to_owned());
    assert_eq!(
        broken(&crates),
        ["the tests of a-application use the service a-service"]
    );
}
