//! The rules.

use std::collections::BTreeSet;

use crate::Member;

/// The layers that each layer may use.
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

/// The context of crates that every context may use.
const ANY: &str = "any";

/// The external dependencies that a domain may use: nothing that does I/O, blocks or reads a clock.
const PURE: &[&str] = &[
    "memchr",
    "rand_chacha",
    "rand_core",
    "serde",
    "thiserror",
    "uuid",
];

/// A message for every violation; empty if `members` follow all rules.
pub fn violations(members: &[Member]) -> Vec<String> {
    let mut broken = Vec::new();
    for member in members {
        let Some((_, layers)) = MAY_USE.iter().find(|(layer, _)| *layer == member.layer) else {
            let layers: Vec<&str> = MAY_USE.iter().map(|(layer, _)| *layer).collect();
            broken.push(format!(
                "{} declares no layer: [package.metadata.hexagon] layer = one of {}",
                member.name,
                layers.join(", ")
            ));
            continue;
        };
        check_layers(member, layers, members, &mut broken);
        check_context(member, members, &mut broken);
        check_technologies(member, members, &mut broken);
        check_purity(member, members, &mut broken);
    }
    broken
}

/// Those of `members` that are among `names`.
fn used<'a>(members: &'a [Member], names: &'a [String]) -> impl Iterator<Item = &'a Member> {
    members.iter().filter(|other| names.contains(&other.name))
}

fn check_layers(member: &Member, layers: &[&str], members: &[Member], broken: &mut Vec<String>) {
    let Member { name, layer, .. } = member;
    for other in used(members, &member.uses) {
        if !layers.contains(&other.layer.as_str()) {
            broken.push(format!(
                "{name} ({layer}) uses {} ({})",
                other.name, other.layer
            ));
        }
    }
    for other in used(members, &member.tests_use) {
        if other.layer == "service" {
            broken.push(format!(
                "the tests of {name} use the service {}",
                other.name
            ));
        }
    }
}

/// Contexts may be combined only in services and in adapters that serve several contexts.
fn check_context(member: &Member, members: &[Member], broken: &mut Vec<String>) {
    let Member { name, context, .. } = member;
    if context.is_empty() {
        broken.push(format!("{name} declares no context: its own, or \"{ANY}\""));
        return;
    }
    if member.layer == "service" {
        return;
    }
    if member.layer == "adapter" {
        let uses = used(members, &member.uses).map(|other| other.context.as_str());
        let served: BTreeSet<&str> = uses.filter(|context| *context != ANY).collect();
        let fits = match served.first() {
            Some(only) if served.len() == 1 => context == only,
            _ => context == ANY,
        };
        if !fits {
            let served = served.into_iter().collect::<Vec<_>>().join(", ");
            broken.push(format!(
                "{name} declares the context {context} and serves {served}: an adapter declares \
                 the one context that it serves, or \"{ANY}\" if there are several"
            ));
        }
        return;
    }
    let uses = used(members, &member.uses).chain(used(members, &member.tests_use));
    for other in uses.filter(|other| other.layer != "adapter") {
        if other.context != ANY && other.context != *context {
            broken.push(format!(
                "{name} of {context} uses {} of {}",
                other.name, other.context
            ));
        }
    }
}

/// A technology stays within the crates that declare it; tests may use any, for cross-checks.
fn check_technologies(member: &Member, members: &[Member], broken: &mut Vec<String>) {
    let name = &member.name;
    for technology in member
        .uses
        .iter()
        .filter(|used| !member.owns.contains(used))
    {
        let owners = members
            .iter()
            .filter(|other| other.owns.contains(technology));
        let owners: Vec<&str> = owners.map(|owner| owner.name.as_str()).collect();
        if !owners.is_empty() {
            broken.push(format!(
                "{name} uses {technology}, which belongs to {}",
                owners.join(", ")
            ));
        }
    }
    for technology in member
        .owns
        .iter()
        .filter(|owned| !member.uses.contains(owned))
    {
        broken.push(format!("{name} owns {technology} and does not use it"));
    }
}

fn check_purity(member: &Member, members: &[Member], broken: &mut Vec<String>) {
    let Member { name, layer, .. } = member;
    let is_domain = layer == "domain";
    for also in &member.also_uses {
        if !is_domain || !member.uses.contains(also) {
            broken.push(format!(
                "{name} declares also_uses {also}, but is no domain that uses it"
            ));
        }
    }
    for other in &member.uses {
        let is_member = members.iter().any(|member| member.name == *other);
        let allowed = PURE.contains(&other.as_str()) || member.also_uses.contains(other);
        if is_domain && !is_member && !allowed {
            broken.push(format!("{name} is a domain and uses {other}"));
        }
    }
}
