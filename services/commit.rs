//! The commit that `--version` shows: that of `BUILD_COMMIT`, or git's in a release build of a
//! working copy. Other builds show none, because they would be rebuilt at each commit.

#![allow(
    clippy::print_stdout,
    reason = "this is how a build script tells cargo what it knows"
)]

use std::path::Path;
use std::process::Command;

const ROOT: &str = "../..";

fn main() {
    println!("cargo::rerun-if-env-changed=BUILD_COMMIT");
    let given = std::env::var("BUILD_COMMIT").ok();
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let found = || is_release.then(of_git).flatten();
    // A build that does not know the commit may set an empty one.
    let commit = given.filter(|commit| !commit.is_empty()).or_else(found);
    println!(
        "cargo::rustc-env=BUILD_COMMIT={}",
        commit.unwrap_or_default()
    );
}

/// The commit, and whether something that is built has changed since.
fn of_git() -> Option<String> {
    // Otherwise it might be the repository of someone who unpacked this inside it.
    if !Path::new(ROOT).join(".git").exists() {
        return None;
    }
    let moves = git(&[
        "rev-parse",
        "--path-format=absolute",
        "--git-path",
        "logs/HEAD",
    ])?;
    for changed in [&moves, "../../crates", "../../services", "../../Cargo.lock"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(match changed.is_empty() {
        true => commit,
        false => format!("{commit}-changed"),
    })
}

fn git(words: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    let output = command
        .args(["--no-optional-locks", "-C", ROOT])
        .args(words)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
