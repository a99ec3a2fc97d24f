//! The rules, tried on made-up crates and held by the real ones.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

mod files;
mod links;

use std::fs;
use std::path::Path;

use platform_architecture::{Member, Workspace, violations};

fn workspace() -> Workspace {
    Workspace::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap()
}

#[test]
fn every_crate_keeps_to_the_rules() {
    let members = workspace().members;
    assert!(members.len() > 10, "cargo shows the workspace: {members:?}");
    assert_eq!(violations(&members), Vec::<String>::new());
}

#[test]
fn the_architecture_page_names_every_crate() {
    let Workspace { root, members } = workspace();
    let page = fs::read_to_string(root.join("docs/architecture.md")).unwrap();
    let names = members.iter().map(|member| member.name.as_str());
    let missing: Vec<&str> = names
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "docs/architecture.md");
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn member(name: &str, layer: &str, context: &str, uses: &[&str]) -> Member {
    Member {
        name: name.to_owned(),
        layer: layer.to_owned(),
        context: context.to_owned(),
        uses: names(uses),
        ..Member::default()
    }
}

/// Crates that break no rule.
fn sound() -> Vec<Member> {
    vec![
        member("a-domain", "domain", "a", &["uuid"]),
        member("a-ports", "ports", "a", &["a-domain"]),
        member(
            "a-application",
            "application",
            "a",
            &["a-domain", "a-ports"],
        ),
        member("b-domain", "domain", "b", &[]),
        member("b-ports", "ports", "b", &["b-domain"]),
        Member {
            owns: names(&["rdkafka"]),
            ..member(
                "adapter-kafka",
                "adapter",
                "any",
                &["a-ports", "b-ports", "rdkafka"],
            )
        },
        member("adapter-files", "adapter", "a", &["a-ports"]),
        member("a-rest", "rest", "a", &["a-application"]),
        member(
            "a-service",
            "service",
            "a",
            &["a-rest", "adapter-kafka", "b-domain"],
        ),
    ]
}

#[test]
fn each_rule_finds_the_crate_that_breaks_it() {
    assert_eq!(violations(&sound()), Vec::<String>::new());
    let cases = [
        (
            member("x", "", "a", &[]),
            "x declares no layer: [package.metadata.hexagon] layer = one of domain, ports, application, adapter, rest, platform, service",
        ),
        (
            member("x", "rest", "", &[]),
            "x declares no context: its own, or \"any\"",
        ),
        (
            member("x", "ports", "a", &["a-application"]),
            "x (ports) uses a-application (application)",
        ),
        (
            member("x", "application", "a", &["adapter-kafka"]),
            "x (application) uses adapter-kafka (adapter)",
        ),
        (
            member("x", "adapter", "a", &["a-application"]),
            "x (adapter) uses a-application (application)",
        ),
        (
            member("x", "application", "a", &["b-domain"]),
            "x of a uses b-domain of b",
        ),
        (
            Member {
                tests_use: names(&["b-domain"]),
                ..member("x", "application", "a", &[])
            },
            "x of a uses b-domain of b",
        ),
        (
            Member {
                tests_use: names(&["a-service"]),
                ..member("x", "application", "a", &[])
            },
            "the tests of x use the service a-service",
        ),
        (
            member("x", "adapter", "any", &["a-ports"]),
            "x declares the context any and serves a: an adapter declares the one context that it serves, or \"any\" if there are several",
        ),
        (
            member("x", "adapter", "a", &["a-ports", "b-ports"]),
            "x declares the context a and serves a, b: an adapter declares the one context that it serves, or \"any\" if there are several",
        ),
        (
            member("x", "rest", "a", &["rdkafka"]),
            "x uses rdkafka, which belongs to adapter-kafka",
        ),
        (
            Member {
                owns: names(&["redb"]),
                ..member("x", "adapter", "a", &["a-ports"])
            },
            "x owns redb and does not use it",
        ),
        (
            member("x", "domain", "a", &["tokio"]),
            "x is a domain and uses tokio",
        ),
        (
            Member {
                also_uses: names(&["serde_json"]),
                ..member("x", "domain", "a", &["uuid"])
            },
            "x declares also_uses serde_json, but is no domain that uses it",
        ),
        (
            Member {
                also_uses: names(&["serde_json"]),
                ..member("x", "rest", "a", &["serde_json"])
            },
            "x declares also_uses serde_json, but is no domain that uses it",
        ),
    ];
    for (breaks, rule) in cases {
        let mut members = sound();
        members.push(breaks);
        assert_eq!(violations(&members), [rule]);
    }
}

#[test]
fn what_a_domain_declares_it_may_use() {
    let mut members = sound();
    members.push(Member {
        also_uses: names(&["serde_json"]),
        ..member("c-domain", "domain", "c", &["serde_json"])
    });
    assert_eq!(violations(&members), Vec::<String>::new());
}
