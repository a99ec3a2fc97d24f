//! Ten thousand models that somebody mangled: each is read or refused with its place, quickly, and
//! nothing panics.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::ops::Range;
use std::time::{Duration, Instant};

use adapter_models::{Syntax, node, read_text};
use emulator_model::{Entry, Node, NodeValue};
use proptest::prelude::*;

const EXAMPLES: [&str; 5] = [
    include_str!("../../../../examples/models/shop.yaml"),
    include_str!("../../../../examples/models/iot.yaml"),
    include_str!("../../../../examples/models/payments.yaml"),
    include_str!("../../../../examples/models/hr.yaml"),
    include_str!("../../../../examples/models/clickstream.yaml"),
];

/// What comes into mangled places: marks of all syntaxes, and values at borders.
const PIECES: [&str; 60] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    ",",
    "\"",
    "'",
    "#",
    "-",
    "- ",
    "&a ",
    "*a",
    "!!x ",
    "|",
    ">",
    "?",
    "%",
    "@",
    "`",
    "=",
    "\n",
    "\n\n",
    "\t",
    " ",
    "\r",
    "\u{feff}",
    "\u{2028}",
    "ä",
    "🦀",
    "\\",
    "\\u12",
    "null",
    "true",
    "-1",
    "0",
    "1e308",
    "9223372036854775808",
    ".nan",
    "1_0",
    "0x",
    "<<: ",
    "---\n",
    "...\n",
    "[[a]]\n",
    "(((((((((",
    "{1000000000}",
    "(a{99}){99}",
    "|",
    "*",
    "min: ",
    "max: ",
    "unique: true",
    "ref: order.order_id",
    "each: order_line",
    "total + ",
    "== null",
    " ? 1 : 'a'",
    "\\d",
];

/// In a debug build of a busy machine; a text of twelve kilobytes takes milliseconds.
const LIMIT: Duration = Duration::from_secs(5);

/// Whether it is a model; if not, all that is said about it has its place and is no riddle.
fn try_to_read(text: &str, syntax: Syntax) -> bool {
    let start = Instant::now();
    let read = read_text(text, syntax);
    let took = start.elapsed();
    assert!(took < LIMIT, "{took:?} for {syntax:?}:\n{text:.2000}");
    let Err(errors) = read else { return true };
    // YAML counts a carriage return, too, and the end as a line of its own.
    let lines = text.split(['\n', '\r']).count() as u32 + 1;
    for error in errors.iter() {
        assert!(error.message.len() > 8, "{error}");
        assert!(
            (1..=lines).contains(&error.place.line),
            "{error}\n{text:.2000}"
        );
    }
    false
}

/// A place between two letters.
fn boundary(random: &mut fastrand::Rng, text: &str) -> usize {
    let mut offset = random.usize(..=text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn stretch(random: &mut fastrand::Rng, text: &str, longest: usize) -> Range<usize> {
    let start = boundary(random, text);
    let mut end = (start + random.usize(..longest)).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

fn mangle(random: &mut fastrand::Rng, text: &mut String) {
    match random.u8(..8) {
        0 => {
            let range = stretch(random, text, 40);
            text.replace_range(range, "");
        }
        1 => {
            let range = stretch(random, text, 200);
            let copy = text[range].to_owned();
            text.insert_str(boundary(random, text), &copy);
        }
        2 => {
            let range = stretch(random, text, 4);
            text.replace_range(range, PIECES[random.usize(..PIECES.len())]);
        }
        3 => {
            let piece = PIECES[random.usize(..PIECES.len())];
            let count = [1, 2, 100][random.usize(..3)];
            text.insert_str(boundary(random, text), &piece.repeat(count));
        }
        4 => text.truncate(boundary(random, text)),
        // A number that may be as good as the one before.
        5 | 6 => {
            let digits = text.match_indices(|letter: char| letter.is_ascii_digit());
            let places: Vec<_> = digits.map(|(place, _)| place).collect();
            if let Some(place) = places.get(random.usize(..=places.len())) {
                text.replace_range(place..&(place + 1), &random.u8(..10).to_string());
            }
        }
        _ => {
            let other = EXAMPLES[random.usize(..EXAMPLES.len())];
            let range = stretch(random, other, 300);
            text.insert_str(boundary(random, text), &other[range]);
        }
    }
}

/// The same model as TOML: a table a stream, and the short form within it.
fn toml(model: &Node) -> String {
    let (Some(name), Some(streams)) = (model.get("model"), model.get("streams")) else {
        panic!("{model:?}");
    };
    let streams = entries(streams).iter().map(|stream| {
        let keys = entries(&stream.node).iter();
        let keys = keys.map(|entry| format!("{} = {}\n", entry.name, inline(&entry.node)));
        format!("\n[streams.{}]\n{}", stream.name, keys.collect::<String>())
    });
    format!("model = {}\n{}", inline(name), streams.collect::<String>())
}

fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        NodeValue::Map(entries) => entries,
        _ => panic!("{node:?}"),
    }
}

fn inline(node: &Node) -> String {
    match &node.value {
        NodeValue::List(nodes) => {
            let nodes: Vec<_> = nodes.iter().map(inline).collect();
            format!("[{}]", nodes.join(", "))
        }
        NodeValue::Map(entries) => {
            let entries = entries.iter().map(|entry| {
                let name = Node::new(NodeValue::Text(entry.name.clone())).to_json();
                format!("{name} = {}", inline(&entry.node))
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        _ => node.to_json(),
    }
}

#[test]
fn ten_thousand_mangled_models_are_read_or_refused_with_their_place() {
    let mut random = fastrand::Rng::with_seed(13);
    let mut originals = Vec::new();
    for yaml in EXAMPLES {
        let tree = node(yaml, Syntax::Yaml, None).unwrap();
        originals.push((Syntax::Yaml, yaml.to_owned()));
        originals.push((Syntax::Json, tree.to_json()));
        originals.push((Syntax::Toml, toml(&tree)));
    }
    for (syntax, text) in &originals {
        assert!(try_to_read(text, *syntax), "{syntax:?}");
    }
    let (mut read, cases) = (0, 10_000);
    for case in 0..cases {
        let (syntax, text) = &originals[case % originals.len()];
        let mut text = text.clone();
        for _ in 0..=random.usize(..2) * random.usize(..4) {
            mangle(&mut random, &mut text);
        }
        read += usize::from(try_to_read(&text, *syntax));
    }
    // Both happen often: a test in which all are refused at once would see nothing.
    assert!(
        (1_000..cases - 1_000).contains(&read),
        "{read} of {cases} are still models"
    );
}

#[test]
fn what_would_take_memory_or_time_without_bound_is_refused_at_once() {
    // A billion laughs.
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let aliases = format!("*a{},", level - 1).repeat(9);
        laughs += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    let long = 300_000;
    let mega = |piece: &str| piece.repeat((1 << 20) / piece.len());
    for (syntax, text) in [
        (Syntax::Yaml, laughs),
        (Syntax::Yaml, mega("[")),
        (Syntax::Yaml, mega("{a: ")),
        (Syntax::Yaml, mega("- ")),
        (Syntax::Yaml, mega("? ")),
        (Syntax::Yaml, mega("a: |\n")),
        (Syntax::Yaml, mega("'")),
        (Syntax::Yaml, mega("a: 1\n")),
        (Syntax::Yaml, mega("!")),
        (Syntax::Yaml, mega("a ")),
        (Syntax::Yaml, mega("\n")),
        (Syntax::Yaml, mega("#")),
        (
            Syntax::Yaml,
            format!("a: \"{}", mega("\\u0041")[..long].to_owned()),
        ),
        (Syntax::Json, mega("[")),
        (Syntax::Json, mega("{\"a\":")),
        (Syntax::Json, mega("[0,")),
        (Syntax::Json, format!("[{}", "9".repeat(long))),
        (Syntax::Toml, format!("a = {}", "[".repeat(long))),
        (Syntax::Toml, format!("{} = 1", vec!["a"; long].join("."))),
        (Syntax::Toml, mega("[a]\n")),
        (
            Syntax::Toml,
            (0..40_000).map(|i| format!("[a.b{i}.c]\n")).collect(),
        ),
        (
            Syntax::Toml,
            (0..40_000).map(|i| format!("a.b{i} = 1\n")).collect(),
        ),
        (Syntax::Toml, "[[a]]\n".repeat(100_000)),
    ] {
        try_to_read(&text, syntax);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|[ \\n\\t{}\\[\\]:,'\"&*!|>#=-]){0,80}") {
        for syntax in [Syntax::Yaml, Syntax::Json, Syntax::Toml] {
            try_to_read(&text, syntax);
        }
    }

    #[test]
    fn what_was_read_is_written_and_read_to_the_same(text in "[a-z0-9 .:,{}\\[\\]\"\\n-]{0,60}") {
        if let Ok(tree) = node(&text, Syntax::Yaml, None) {
            let json = tree.to_json();
            let again = node(&json, Syntax::Json, None);
            prop_assert_eq!(again.map(|tree| tree.to_json()), Ok(json));
        }
    }
}
