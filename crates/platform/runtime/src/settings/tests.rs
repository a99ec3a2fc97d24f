mod files;

use std::fs;

use proptest::prelude::*;

use super::*;

const TABLE: &[Setting] = &[
    Setting::new(
        "kafka.bootstrap_servers",
        Some("localhost:9092"),
        Shape::Text("host:port"),
        "",
    ),
    Setting::new(
        "kafka.partitions",
        Some("5"),
        Shape::Whole {
            from: 1,
            to: 10_000,
            unit: "partitions",
        },
        "Partitions of a topic.",
    ),
    Setting::new("kafka.username", None, Shape::Text("a text"), ""),
    Setting::secret("kafka.password", None, "Password."),
    Setting::new("minio.secure", Some("false"), Shape::Switch, ""),
    Setting::new(
        "emulation.rate",
        Some("10000"),
        Shape::Decimal {
            from: 0.5,
            to: 1e8,
            unit: "records",
        },
        "",
    ),
    Setting::new(
        "log.level",
        Some("INFO"),
        Shape::OneOf(&["DEBUG", "INFO"]),
        "",
    ),
];

fn environment(pairs: &[(&str, &str)]) -> Sources {
    Sources {
        environment: pairs
            .iter()
            .map(|(name, text)| (name.into(), text.into()))
            .collect(),
        ..Sources::default()
    }
}

fn file(name: &str, text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let sources = Sources {
        file: Some(path),
        ..Sources::default()
    };
    (folder, sources)
}

/// The error's text, without the temporary folder.
fn refused(sources: &Sources) -> String {
    let text = Settings::load(TABLE, sources).unwrap_err().to_string();
    match sources.file.as_ref().or(sources.dotenv.as_ref()) {
        Some(path) => text.replace(&format!("{}/", path.parent().unwrap().display()), ""),
        None => text,
    }
}

#[test]
fn each_source_is_stronger_than_the_one_before() {
    let (folder, mut sources) = file(
        "a.toml",
        "[kafka]\npartitions = 6\nusername = 'file'\n[minio]\nsecure = true",
    );
    let partitions = |sources: &Sources| {
        let settings = Settings::load(TABLE, sources).unwrap();
        (
            settings.whole::<i32>("kafka.partitions"),
            settings.origin("kafka.partitions").unwrap().to_string(),
        )
    };
    assert_eq!(
        partitions(&Sources::default()),
        (5, "the defaults".to_owned())
    );
    assert_eq!(partitions(&sources).0, 6);
    let dotenv = folder.path().join(".env");
    fs::write(
        &dotenv,
        "KAFKA_PARTITIONS=7\nKAFKA_PASSWORD='from $dotenv'\n",
    )
    .unwrap();
    sources.dotenv = Some(dotenv);
    assert_eq!(partitions(&sources).0, 7);
    sources.environment =
        environment(&[("KAFKA_PARTITIONS", "8"), ("KAFKA_USERNAME", "")]).environment;
    assert_eq!(partitions(&sources), (8, "the environment".to_owned()));
    sources.arguments = vec![Argument {
        key: "kafka.partitions",
        option: "--partitions",
        text: "9".to_owned(),
    }];
    assert_eq!(
        partitions(&sources),
        (9, "the command line (--partitions)".to_owned())
    );

    let settings = Settings::load(TABLE, &sources).unwrap();
    assert!(settings.switch("minio.secure"));
    assert_eq!(
        settings.text("kafka.username"),
        Some("file"),
        "an empty variable sets nothing"
    );
    assert_eq!(
        settings.secret("kafka.password").unwrap().expose_secret(),
        "from $dotenv"
    );
    assert_eq!(settings.decimal("emulation.rate"), 10_000.0);
    assert!(
        !format!("{settings:?}").contains("dotenv'"),
        "Debug shows a secret"
    );
}

#[test]
fn a_wrong_value_names_the_setting_where_it_came_from_its_shape_and_the_mend() {
    let cases: [(&str, &str, &str); 6] = [
        (
            "KAFKA_PARTITIONS",
            "many",
            r#"setting kafka.partitions: got "many" from the environment; expected a whole number, 1 to 10000 partitions. Set KAFKA_PARTITIONS to such a value, or leave it out for "5""#,
        ),
        (
            "KAFKA_PARTITIONS",
            "0",
            r#"setting kafka.partitions: got "0" from the environment; expected a whole number, 1 to 10000 partitions. Set KAFKA_PARTITIONS to such a value, or leave it out for "5""#,
        ),
        (
            "KAFKA_PARTITIONS",
            "99999999999999999999",
            r#"setting kafka.partitions: got "99999999999999999999" from the environment; expected a whole number, 1 to 10000 partitions. Set KAFKA_PARTITIONS to such a value, or leave it out for "5""#,
        ),
        (
            "EMULATION_RATE",
            "NaN",
            r#"setting emulation.rate: got "NaN" from the environment; expected a number, 0.5 to 100000000 records. Set EMULATION_RATE to such a value, or leave it out for "10000""#,
        ),
        (
            "MINIO_SECURE",
            "yes",
            r#"setting minio.secure: got "yes" from the environment; expected true or false. Set MINIO_SECURE to such a value, or leave it out for "false""#,
        ),
        (
            "LOG_LEVEL",
            "TRACE",
            r#"setting log.level: got "TRACE" from the environment; expected DEBUG or INFO. Set LOG_LEVEL to such a value, or leave it out for "INFO""#,
        ),
    ];
    for (name, text, error) in cases {
        assert_eq!(refused(&environment(&[(name, text)])), error);
    }
    let (_folder, sources) = file("a.toml", "kafka.partitions = [1, 2]");
    assert_eq!(
        refused(&sources),
        r#"setting kafka.partitions: got "a list" from the file a.toml; expected a whole number, 1 to 10000 partitions. Set kafka.partitions there to such a value, or leave it out for "5""#
    );
}

#[test]
fn all_wrong_values_are_told_at_once() {
    let wrong = [
        ("KAFKA_PARTITIONS", "0"),
        ("KAFKA_BOOTSTRAP_SERVERS", "me:hunter2@kafka"),
        ("LOG_LEVEL", "me:hunter2@host"),
    ];
    assert_eq!(
        refused(&environment(&wrong)),
        "2 settings cannot be used:\n  \
         setting kafka.partitions: got \"0\" from the environment; expected a whole number, 1 to 10000 partitions. Set KAFKA_PARTITIONS to such a value, or leave it out for \"5\"\n  \
         setting log.level: got a text with @, perhaps a password, from the environment; expected DEBUG or INFO. Set LOG_LEVEL to such a value, or leave it out for \"INFO\""
    );
    let settings = Settings::load(TABLE, &environment(&wrong[1..2])).unwrap();
    assert_eq!(
        settings.refused("kafka.bootstrap_servers").to_string(),
        "setting kafka.bootstrap_servers: got a text with @, perhaps a password, from the environment; expected host:port. Set KAFKA_BOOTSTRAP_SERVERS to such a value, or leave it out for \"localhost:9092\""
    );
}

#[test]
fn a_word_is_taken_in_any_case() {
    let settings = Settings::load(
        TABLE,
        &environment(&[("LOG_LEVEL", "debug"), ("MINIO_SECURE", "True")]),
    )
    .unwrap();
    assert_eq!(settings.required("log.level"), "DEBUG");
    assert!(settings.switch("minio.secure"));
}

#[test]
fn text_that_is_not_utf_8_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let mut sources = environment(&[("OTHER", "")]);
    let text = std::ffi::OsStr::from_bytes(b"\xff").to_owned();
    sources.environment.insert("OTHER".into(), text.clone());
    assert!(Settings::load(TABLE, &sources).is_ok());
    sources.environment.insert("KAFKA_USERNAME".into(), text);
    assert!(refused(&sources).contains("setting kafka.username: got \"text that is not UTF-8\""));
}

#[test]
fn a_misspelt_variable_gives_a_hint() {
    let settings = Settings::load(
        TABLE,
        &environment(&[
            ("KAFKA_PARTITION", "6"),
            ("MINIO_PORT", "1"),
            ("LOG_LEVELS", "x"),
        ]),
    )
    .unwrap();
    assert_eq!(
        settings.hints(),
        [
            "unknown setting KAFKA_PARTITION in the environment; did you mean KAFKA_PARTITIONS?",
            "unknown setting LOG_LEVELS in the environment; did you mean LOG_LEVEL?"
        ]
    );
}

#[test]
fn the_reference_page_has_a_line_for_each_setting() {
    let page = reference(&TABLE[1..4]);
    assert_eq!(
        page,
        "\n## kafka\n\n\
         | in a file | in the environment | default | allowed | meaning |\n\
         |---|---|---|---|---|\n\
         | `kafka.partitions` | `KAFKA_PARTITIONS` | `5` | a whole number, 1 to 10000 partitions | Partitions of a topic. |\n\
         | `kafka.username` | `KAFKA_USERNAME` | unset | a text |  |\n\
         | (environment only) | `KAFKA_PASSWORD` | unset | a text | Password. |\n"
    );
}

proptest! {
    #[test]
    fn no_file_makes_the_reader_panic(
        text in "[a-z.:=\\[\\]{}&*\"'#\\-|>!%@` \n\t0-9\u{0}-\u{1f}]{0,80}",
        ending in "toml|yaml|json",
    ) {
        let (_folder, sources) = file(&format!("a.{ending}"), &text);
        let _ = Settings::load(TABLE, &sources);
    }

    #[test]
    fn no_environment_file_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        fs::write(&path, bytes).unwrap();
        let _ = Settings::load(TABLE, &Sources { dotenv: Some(path), ..Sources::default() });
    }
}
