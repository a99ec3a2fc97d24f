//! The gate's figures by other people's libraries, and the notebook of the tutorial.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::readers::{env, script};
use crate::gate::measured;
use crate::process::run;

/// Of the same runs, by pandas and scikit-learn.
#[test]
fn the_gates_figures_are_those_of_pandas_and_scikit_learn() {
    let folder = tempfile::tempdir().unwrap();
    // As many as are needed for the figures that are shown of every number of payments.
    let (report, _) = measured(folder.path(), "--records 300000");
    let people = report["people"].to_string();
    let program = env!("CARGO_BIN_EXE_data-emulator");
    let theirs = script(
        "realism.py",
        &[program, "--customers", &people, "--seeds", "1,2", "--json"],
    );
    let [theirs] = theirs.try_into().unwrap();
    assert_eq!(theirs["payments"], report["payments"][0]);
    let ours = report["rows"].as_array().unwrap();
    let mut compared = 0;
    for (measure, theirs) in theirs["figures"].as_object().unwrap() {
        let ours = ours.iter().find(|row| row["measure"] == **measure);
        let Some(ours) = ours.and_then(|row| row["value"].as_f64()) else {
            continue;
        };
        let theirs = theirs.as_f64().unwrap();
        compared += 1;
        // Trees of another library, and all honest payments instead of a part of them.
        let within = match &**measure {
            "boosted trees: before, after, another seed: AUC"
            | "two runs of other seeds told apart: AUC" => 0.03,
            // Of 300 frauds; twice as much, or nothing, would be something else.
            "what history adds to PR-AUC" => 0.9 * theirs,
            // Classes are not put in order there.
            "best single feature, F1" => 0.05,
            // Pandas divides a variance by n - 1.
            _ => 2e-3 * theirs.abs() + 1e-9,
        };
        assert!(
            (ours - theirs).abs() <= within,
            "{measure}: {ours}, {theirs} there"
        );
    }
    assert_eq!(compared, 13, "{report:#} {theirs:#}");
}

#[test]
fn the_notebook_of_the_tutorial_runs_and_finds_fraud() {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fraud");
    for file in ["fraud.yaml", "fraud.ipynb"] {
        std::fs::copy(example.join(file), folder.path().join(file)).unwrap();
    }
    let made = run(
        folder.path(),
        "emulate fraud.yaml --to file:lake --format parquet --seed 7",
    );
    assert_eq!(
        made.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let jupyter = Path::new(&env("LOCAL_PYTHON")).with_file_name("jupyter-execute");
    let executed = Command::new(jupyter)
        .args(["fraud.ipynb", "--inplace"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&executed.stderr);
    assert!(executed.status.success(), "{told}");
    let text = std::fs::read_to_string(folder.path().join("fraud.ipynb")).unwrap();
    let notebook: Value = serde_json::from_str(&text).unwrap();
    let area = |model: &str| {
        let cells = notebook["cells"].as_array().unwrap().iter();
        let outputs = cells.flat_map(|cell| cell["outputs"].as_array().into_iter().flatten());
        let lines = outputs.flat_map(|output| {
            output["data"]["text/plain"]
                .as_array()
                .into_iter()
                .flatten()
        });
        let mut lines = lines.filter_map(|line| line.as_str()?.strip_prefix(model));
        let figures = lines
            .next()
            .unwrap_or_else(|| panic!("no line {model}: {told}"));
        figures
            .split_whitespace()
            .next()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    let (alone, past) = (area("the payment alone"), area("with the customer's past"));
    assert!(
        0.6 < alone && alone + 0.03 < past && past < 0.95,
        "{alone} {past}"
    );
}
