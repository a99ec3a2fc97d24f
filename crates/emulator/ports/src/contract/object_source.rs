//! The contract of [`ObjectSource`] and its [`ObjectReader`](crate::ObjectReader).

use std::collections::BTreeSet;

use emulator_domain::plan::Format;
use futures::future::join_all;

use super::object_store::{content, write};
use crate::{DestinationErrorKind, ObjectReader, ObjectSource, ObjectStore};

/// More than stores list in one response.
const MANY: usize = 1003;

/// Runs the suite on a store that can be reached, and reads what it has written there. `container`
/// need not exist; there must be no container named `missing`.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub async fn keeps_its_contract(
    store: &(impl ObjectStore + ObjectSource),
    container: &str,
    missing: &str,
) {
    let source: &dyn ObjectSource = store;
    assert!(
        source.concurrency() >= 1,
        "at least one object can be opened at a time"
    );
    let prepared = store.prepare(container).await;
    prepared.expect("a container is made");
    let opened = source.open(missing, "any.json").await;
    assert_eq!(
        opened.err().map(|error| error.kind),
        Some(DestinationErrorKind::NotFound),
        "a container that is not there is not found by who opens an object"
    );
    let listed = source.list(missing, "", &mut |_| {}).await;
    assert_eq!(
        listed.err().map(|error| error.kind),
        Some(DestinationErrorKind::NotFound),
        "nor by who lists its objects"
    );
    let told = source.len(container, "none.json").await;
    assert_eq!(
        told.expect("there is a container"),
        None,
        "no object has no length"
    );
    assert_eq!(
        names(source, container, "").await,
        BTreeSet::new(),
        "a container that was just made lists nothing"
    );
    objects_are_read_as_they_were_written(store, container).await;
    names_are_listed_by_what_they_begin_with(store, container).await;
    what_is_not_finished_is_not_there(store, container).await;
}

async fn objects_are_read_as_they_were_written(
    store: &(impl ObjectStore + ObjectSource),
    container: &str,
) {
    for (name, len) in [
        ("read/empty.csv", 0),
        ("read/small.json", 3),
        // The end of the object coincides with the end of a read.
        ("read/even.ndjson", 16 << 20),
        ("read/large.ndjson", (17 << 20) + 311),
    ] {
        let content = content(len, 23);
        let written = write(store, container, name, &content).await;
        written.expect("an object is stored");
        let mut other = open(store, container, name).await.expect("it is there");
        let mut begun = Vec::new();
        other.read(&mut begun).await.expect("it is read");
        let mut reader = open(store, container, name).await.expect("it is there");
        let mut found = b"before".to_vec();
        while reader.read(&mut found).await.expect("it is read") {}
        assert!(
            found.strip_prefix(b"before") == Some(&content),
            "{name} is appended as it was written"
        );
        while other.read(&mut begun).await.expect("it is read") {}
        assert!(begun == content, "{name} is read by two at once");
        let source: &dyn ObjectSource = store;
        let told = source.len(container, name).await;
        assert_eq!(told.expect("it has a length"), Some(len as u64), "{name}");
        for range in [0..len, len / 3..len / 2, len.saturating_sub(8)..len] {
            let part = range.start as u64..range.end as u64;
            let part = source.read_at(container, name, part).await;
            let part = part.expect("a part of it is read");
            assert!(part == content[range], "{name} is read from anywhere");
        }
    }
}

async fn names_are_listed_by_what_they_begin_with(
    store: &(impl ObjectStore + ObjectSource),
    container: &str,
) {
    let all: Vec<_> = (0..MANY).map(|i| format!("list/many/{i}.json")).collect();
    let more = [
        "list/a.json",
        "list/ab.json",
        "list/a/b/c.json",
        "list/b.json",
    ];
    let names_to_be: Vec<_> = all.iter().map(String::as_str).chain(more).collect();
    for some in names_to_be.chunks(50) {
        let writing = some.iter().map(|name| write(store, container, name, b"[]"));
        for written in join_all(writing).await {
            written.expect("an object is stored");
        }
    }
    for (prefix, expected) in [
        (
            "list/a",
            &["list/a.json", "list/ab.json", "list/a/b/c.json"][..],
        ),
        ("list/a/", &["list/a/b/c.json"]),
        ("list/a.json", &["list/a.json"]),
        ("list/c", &[]),
        ("nowhere/", &[]),
    ] {
        let expected = expected.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            names(store, container, prefix).await,
            expected,
            "names that begin with {prefix:?} are listed, and no others"
        );
    }
    assert!(
        names(store, container, "list/many/").await == all.into_iter().collect(),
        "all of many names are listed once"
    );
}

async fn what_is_not_finished_is_not_there(
    store: &(impl ObjectStore + ObjectSource),
    container: &str,
) {
    let name = "unfinished/a.json";
    assert!(
        open(store, container, name).await.is_none(),
        "an object that was never written is not there"
    );
    let begun = store.create(container, name, Format::Json).await;
    let mut writer = begun.expect("an object is begun");
    let content = content(6 << 20, 3);
    writer.write(&content).await.expect("bytes are taken");
    assert!(
        open(store, container, name).await.is_none(),
        "an object that is being written is not there"
    );
    assert_eq!(
        names(store, container, "unfinished/").await,
        BTreeSet::new(),
        "nor is it listed"
    );
    writer.finish().await.expect("an object is stored");
    assert_eq!(
        names(store, container, "unfinished/").await,
        BTreeSet::from([name.to_owned()]),
        "once it is finished, it is listed"
    );
}

async fn open(
    source: &dyn ObjectSource,
    container: &str,
    name: &str,
) -> Option<Box<dyn ObjectReader>> {
    let opened = source.open(container, name).await;
    opened.expect("a store that can be reached answers")
}

async fn names(source: &dyn ObjectSource, container: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut once = true;
    let listed = source
        .list(container, prefix, &mut |name| {
            once &= names.insert(name.to_owned());
        })
        .await;
    listed.expect("a store that can be reached lists its objects");
    assert!(once, "each name is told once");
    names
}
