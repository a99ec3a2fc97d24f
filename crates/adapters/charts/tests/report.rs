//! Reports of pipelines, from none at all to large ones.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;

use adapter_charts::ReportFolder;
use pipeline_domain::analysis::{Analysis, Recorder};
use pipeline_domain::source::Source;
use pipeline_ports::{AnalysisReport, PortErrorKind, Reports};

/// Ids one after the other, each on three topics at different times, and acknowledged a while
/// after the last. `delay` is of an id.
fn analysis(ids: i64, gap: i64, delay: impl Fn(i64) -> i64) -> Analysis {
    let mut recorder = Recorder::default();
    for id in 1..=ids {
        let created = Source::ALL.map(|source| {
            let drift = id * 7919 * (source.number() as i64 + 1) % (3 * gap + 1);
            1_700_000_000_000 + id * gap + drift
        });
        for (source, created) in Source::ALL.into_iter().zip(created) {
            recorder.record_arrival(source, id, created);
        }
        recorder.record_acknowledgement(id, created.into_iter().max().unwrap() + delay(id));
    }
    recorder.finish(100_000)
}

struct Written {
    page: String,
    timestamps: String,
    delay: String,
    figures: serde_json::Value,
}

fn write(folder: &Path, analysis: &Analysis) -> Written {
    let report = ReportFolder::new(folder.to_owned())
        .write(analysis)
        .unwrap();
    let expected = AnalysisReport {
        page: folder.join("analysis.html"),
        pictures: vec![folder.join("timestamps.svg"), folder.join("delay.svg")],
        figures: folder.join("figures.json"),
    };
    assert_eq!(report, expected);
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        4,
        "nothing else is left"
    );
    let text = |path: &Path| fs::read_to_string(path).unwrap();
    Written {
        page: text(&report.page),
        timestamps: text(&report.pictures[0]),
        delay: text(&report.pictures[1]),
        figures: serde_json::from_str(&text(&report.figures)).unwrap(),
    }
}

/// From none to many, with usual and unusual delays.
fn cases() -> Vec<(&'static str, Analysis)> {
    let mut unfinished = Recorder::default();
    unfinished.record_arrival(Source::Second, i64::MAX, 0);
    unfinished.record_arrival(Source::Third, i64::MIN, 1 << 41);
    unfinished.record_acknowledgement(7, 5);
    let mut beyond_floats = Recorder::default();
    for id in (1 << 60)..(1 << 60) + 50 {
        for source in Source::ALL {
            beyond_floats.record_arrival(source, id, id % 50);
        }
        beyond_floats.record_acknowledgement(id, if id % 2 == 0 { 1 << 50 } else { -(1 << 50) });
    }
    vec![
        ("none", Recorder::default().finish(1000)),
        ("unfinished", unfinished.finish(1000)),
        ("beyond floats", beyond_floats.finish(1000)),
        ("one", analysis(1, 1, |_| 7)),
        ("usual", analysis(50, 200, |id| 5 + id * id % 11)),
        ("same", analysis(50, 200, |_| 12)),
        (
            "same but one",
            analysis(1000, 2, |id| if id == 9 { 5000 } else { 12 }),
        ),
        ("negative", analysis(50, 200, |id| id - 20)),
        ("at once", analysis(50, 0, |_| 0)),
        (
            "large",
            analysis(100_000, 1, |id| {
                if id % 50 == 0 {
                    100 + id % 900
                } else {
                    3 + id % 37
                }
            }),
        ),
        ("sample", analysis(300_000, 1, |id| 100_000 + id)),
    ]
}

/// What a page says, without the script that draws it.
fn charts(page: &str) -> &str {
    let body = page.split_once("<body>").unwrap().1;
    body.split_once("id=\"plotly\"").unwrap().0
}

/// A picture as markup: names of elements that open, and all texts.
fn read_svg(svg: &str) -> (Vec<String>, Vec<String>) {
    let (mut open, mut names, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = svg.trim();
    while let Some((text, tag)) = rest.split_once('<') {
        if !text.trim().is_empty() && open.last() != Some(&"style") {
            texts.push(text.trim().to_owned());
        }
        let (tag, behind) = tag.split_once('>').expect("a tag ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_matches('/').split_whitespace().next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "what is closed was opened last");
        } else {
            names.push(name.to_owned());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = behind;
    }
    assert!(
        open.is_empty() && rest.is_empty(),
        "all that was opened is closed"
    );
    (names, texts)
}

#[test]
fn all_kinds_of_analyses_are_drawn() {
    let temporary = tempfile::tempdir().unwrap();
    for (name, analysis) in cases() {
        let written = write(&temporary.path().join(name), &analysis);
        let drawn = |series: &Vec<_>| series.len().min(2_000);
        let points =
            analysis.arrivals.iter().map(drawn).sum::<usize>() + drawn(&analysis.acknowledgements);
        let (elements, texts) = read_svg(&written.timestamps);
        // Each point is in its own panel, and grey in the others.
        let circles = elements
            .iter()
            .filter(|element| *element == "circle")
            .count();
        assert_eq!(circles, 4 * points, "{name}");
        let titles = texts.iter().filter(|text| {
            ["topic1: ", "topic2: ", "topic3: ", "ack: "]
                .iter()
                .any(|title| text.starts_with(title))
        });
        assert_eq!(titles.count(), 4, "{name}");
        for number in [&written.timestamps, &written.delay, charts(&written.page)] {
            assert!(
                !number.contains("NaN") && !number.contains("inf\""),
                "{name}"
            );
        }

        let (_, texts) = read_svg(&written.delay);
        let sentence =
            "No id has arrived on all topics and been acknowledged, so there is no delay to show.";
        let missing = texts.iter().any(|text| text == sentence);
        assert_eq!(missing, analysis.delay.is_none(), "{name}");
        assert_eq!(written.page.contains(sentence), missing, "{name}");
    }
}

#[test]
fn the_delay_is_written_on_its_picture_and_in_the_page() {
    let temporary = tempfile::tempdir().unwrap();
    for (name, labels) in [
        (
            "usual",
            [
                "median: 9 ms",
                "95th percentile: 14 ms",
                "99th percentile: 14 ms",
            ],
        ),
        (
            "negative",
            [
                "median: 5.5 ms",
                "95th percentile: 28 ms",
                "99th percentile: 30 ms",
            ],
        ),
        (
            "large",
            [
                "median: 21 ms",
                "95th percentile: 38 ms",
                "99th percentile: 500 ms",
            ],
        ),
    ] {
        let (_, analysis) = cases().into_iter().find(|(case, _)| *case == name).unwrap();
        let written = write(&temporary.path().join(name), &analysis);
        let (_, texts) = read_svg(&written.delay);
        for label in labels {
            assert!(texts.iter().any(|text| text == label), "{name}: {texts:?}");
            assert!(written.page.contains(label), "{name}: {label}");
        }
        assert!(
            texts[0].ends_with(&labels[0].replace(':', "")),
            "{}",
            texts[0]
        );
    }
}

#[test]
fn the_page_and_the_pictures_say_what_they_leave_out() {
    let temporary = tempfile::tempdir().unwrap();
    let sample = "Points and delays are of a sample: one id in 2.";
    let all = "The bar stands for all delays of 12 to 5,000 ms.";
    let last = "The last, lighter bar stands for all delays of 500 to 950 ms.";
    let clocks = "A negative delay means that clocks differ.";
    for (name, analysis) in cases() {
        let written = write(&temporary.path().join(name), &analysis);
        for (note, text) in [
            (sample, name == "sample"),
            (all, name == "same but one"),
            (last, name == "large"),
            (clocks, ["negative", "beyond floats"].contains(&name)),
        ] {
            assert_eq!(written.delay.contains(note), text, "{name}: {note}");
            assert_eq!(written.page.contains(note), text, "{name}: {note}");
        }
        assert_eq!(written.timestamps.contains(sample), name == "sample");
        let downsampled = "topic1: 2,000 of 100,000 drawn";
        assert_eq!(written.timestamps.contains(downsampled), name == "large");
    }
}

#[test]
fn the_page_loads_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let written = write(temporary.path(), &analysis(50, 200, |_| 12));
    assert!(
        written
            .page
            .contains("content=\"default-src 'none'; script-src 'unsafe-inline';")
    );
    // What is not within a script or a style: the page's own markup.
    let mut markup = String::new();
    let mut rest = &written.page[..];
    while let Some((before, script)) = rest.split_once("<script") {
        markup += before;
        let (attributes, content) = script.split_once('>').unwrap();
        assert!(!attributes.contains("src"), "{attributes}");
        rest = content.split_once("</script>").unwrap().1;
    }
    markup += rest;
    for loaded in [
        "http:", "https:", "src=", "href", "<link", "@import", "url(",
    ] {
        assert!(!markup.contains(loaded), "{loaded}");
    }
    assert_eq!(written.page.matches("class=\"plot\"").count(), 2);
    assert!(written.page.len() < 800_000, "it can be sent by mail");
}

#[test]
fn the_page_says_when_it_was_and_pictures_know_the_night() {
    let temporary = tempfile::tempdir().unwrap();
    let written = write(temporary.path(), &analysis(50, 200, |_| 12));
    // `date -u -d @1700000000`
    assert!(
        written
            .page
            .contains("Created from 2023-11-14 22:13:20 UTC to")
    );
    for picture in [&written.timestamps, &written.delay] {
        let style = picture.split_once("<style>").unwrap().1;
        assert!(
            style.starts_with("@media (prefers-color-scheme:dark){"),
            "{style}"
        );
    }
}

#[test]
fn the_figures_are_those_of_the_analysis() {
    let temporary = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::default();
    for id in 1..=4 {
        for source in Source::ALL {
            recorder.record_arrival(source, id, 1000 * id);
        }
        recorder.record_acknowledgement(id, 1000 * id + 10 * id);
    }
    recorder.record_arrival(Source::Second, 5, 9000);
    recorder.record_acknowledgement(4, 9001);
    let written = write(temporary.path(), &recorder.finish(100));
    assert_eq!(
        written.figures,
        serde_json::json!({
            "events": {"topic1": 4, "topic2": 5, "topic3": 4},
            "acknowledgements": 5,
            "repeated_acknowledgements": 1,
            "share": 1.0,
            "delay_ms": {
                "count": 4, "shortest": 10, "median": 25.0, "p95": 40, "p99": 40, "longest": 40
            },
        })
    );
    // A later report takes the place of this one.
    let written = write(temporary.path(), &Recorder::default().finish(100));
    assert_eq!(written.figures["delay_ms"], serde_json::Value::Null);
    assert_eq!(written.figures["events"]["topic2"], 0);
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "").unwrap();
    let reports = ReportFolder::new(file.join("folder"));
    let error = reports.write(&Recorder::default().finish(1)).unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Refused);
    let expected = format!("cannot write {}", file.join("folder").display());
    assert!(error.message.starts_with(&expected), "{error}");
}
