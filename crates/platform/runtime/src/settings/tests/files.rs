//! Files of settings.

use std::fs;
use std::time::{Duration, Instant};

use super::*;

#[test]
fn toml_yaml_and_json_say_the_same() {
    for (name, text) in [
        ("a.toml", "kafka.partitions = 6\nemulation.rate = 1.5"),
        (
            "a.yaml",
            "kafka:\n  partitions: 6\nemulation:\n  rate: 1.5\n",
        ),
        ("a.yml", "{kafka: {partitions: 6}, emulation: {rate: 1.5}}"),
        (
            "a.json",
            r#"{"kafka": {"partitions": 6}, "emulation": {"rate": 1.5}}"#,
        ),
    ] {
        let (_folder, sources) = file(name, text);
        let settings = Settings::load(TABLE, &sources).unwrap();
        assert_eq!(settings.whole::<u16>("kafka.partitions"), 6, "{name}");
        assert_eq!(settings.decimal("emulation.rate"), 1.5, "{name}");
    }
}

#[test]
fn a_file_is_refused_with_what_to_do() {
    let cases = [
        (
            "a.toml",
            "kafka.partition = 6",
            "a.toml: unknown setting kafka.partition. Did you mean kafka.partitions?",
        ),
        (
            "a.toml",
            "minio.username = 'me'",
            "a.toml: unknown setting minio.username. Did you mean kafka.username?",
        ),
        (
            "a.toml",
            "zzz = 6",
            "a.toml: unknown setting zzz. There are: kafka.bootstrap_servers, kafka.partitions, kafka.username, kafka.password, minio.secure, emulation.rate, log.level",
        ),
        (
            "a.toml",
            "kafka.password = 'hunter2'",
            "a.toml: kafka.password is a secret and is not read from a file. Take it out of the file and set the environment variable KAFKA_PASSWORD",
        ),
        (
            "a.toml",
            "kafka.password = 'hunter2",
            "a.toml: the settings cannot be understood: TOML parse error at line 1, column 26",
        ),
        (
            "a.ini",
            "",
            "a.ini: its name must end in .toml, .yaml, .yml or .json",
        ),
    ];
    for (name, text, error) in cases {
        let (_folder, sources) = file(name, text);
        assert_eq!(refused(&sources), error);
    }
    let missing = Sources {
        file: Some("/nowhere/a.toml".into()),
        ..Sources::default()
    };
    assert!(refused(&missing).starts_with("a.toml: the settings cannot be read: "));
}

#[test]
fn a_broken_line_of_a_dotenv_file_is_found_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(
        &path,
        "KAFKA_USERNAME=me\nKAFKA_PASSWORD=hunter2 and more\n",
    )
    .unwrap();
    let sources = Sources {
        dotenv: Some(path),
        ..Sources::default()
    };
    assert_eq!(
        refused(&sources),
        ".env: a line behind that of KAFKA_USERNAME is not NAME=value; quote a value that has spaces"
    );
}

/// Nine aliases, each of nine of the ones before: four thousand million values at the end.
fn alias_bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text += &format!("a{level}: &a{level} [{before}]\n");
    }
    text
}

#[test]
fn files_that_are_made_to_take_memory_are_refused_at_once() {
    let nested = |open: &str, close: &str| open.repeat(200_000) + &close.repeat(200_000);
    let begin = Instant::now();
    for (name, text, says) in [
        ("a.yaml", alias_bomb(), "line 2: got the alias *a0"),
        (
            "a.yaml",
            "kafka: &a\n  b: *a\n".to_owned(),
            "line 2: got the alias *a",
        ),
        (
            "a.yaml",
            format!("a: {}", nested("[", "]")),
            "cannot be understood",
        ),
        (
            "a.yaml",
            format!("a:\n {}x", "- ".repeat(200_000)),
            "nested more than 32 deep",
        ),
        (
            "a.toml",
            format!("a = {}", nested("[", "]")),
            "cannot be understood",
        ),
        (
            "a.toml",
            format!("{}a = 1", "a.".repeat(200_000)),
            "cannot be understood",
        ),
        (
            "a.toml",
            format!("[{}a]", "a.".repeat(200_000)),
            "cannot be understood",
        ),
        (
            "a.json",
            format!("{{\"a\": {}}}", nested("[", "]")),
            "cannot be understood",
        ),
        (
            "a.json",
            // Below the limit of bytes: it is the depth that is refused.
            format!("{}1{}", "{\"a\":".repeat(150_000), "}".repeat(150_000)),
            "cannot be understood",
        ),
        (
            "a.toml",
            "#".repeat((1 << 20) + 1),
            "larger than the 1048576 bytes",
        ),
    ] {
        let text = refused(&file(name, &text).1);
        assert!(text.contains(says), "{name}: {text}");
    }
    let sources = Sources {
        dotenv: Some("/dev/zero".into()),
        ..Sources::default()
    };
    assert!(refused(&sources).contains("larger than the 1048576 bytes"));
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
}
