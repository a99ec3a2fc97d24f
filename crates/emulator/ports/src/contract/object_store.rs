//! The contract of [`ObjectStore`].

use emulator_domain::plan::Format;
use futures::future::join_all;

use crate::{DestinationError, DestinationErrorKind, ObjectStore};

/// More than three parts of the minimum size of S3 (5 MiB), and no multiple of it.
const LARGE: usize = (17 << 20) + 311;
/// The size of one write.
const PIECE: usize = 256 << 10;

/// Runs the suite on a store that can be reached. `container` need not exist; `read` returns an
/// object of it as another client sees it.
///
/// # Panics
/// With the sentence of the contract that does not hold.
pub async fn keeps_its_contract(
    store: &dyn ObjectStore,
    container: &str,
    read: impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    store
        .probe()
        .await
        .expect("a store that can be reached answers a probe");
    let missing = format!("{container}-missing");
    let written = write(store, &missing, "any.json", b"[]").await;
    assert_eq!(
        written.err().map(|error| error.kind),
        Some(DestinationErrorKind::NotFound),
        "nothing is stored in a container that is not there"
    );
    assert_eq!(
        store.location(),
        store.location(),
        "a store has one location"
    );
    for _ in 0..2 {
        let prepared = store.prepare(container).await;
        prepared.expect("a container is made, and left alone when it is there");
    }
    assert!(
        store.concurrency() >= 1,
        "at least one object can be finished at a time"
    );

    objects_are_read_as_they_were_written(store, container, &read).await;
    an_object_is_seen_once_it_is_finished(store, container, &read).await;
    an_object_is_replaced_by_its_next_writing(store, container, &read).await;
    a_dropped_writer_leaves_nothing(store, container, &read).await;
    objects_are_finished_at_the_same_time(store, container, &read).await;
    only_unwanted_objects_are_removed(store, container, &read).await;
}

async fn only_unwanted_objects_are_removed(
    store: &dyn ObjectStore,
    container: &str,
    read: &impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    let names = ["removed/1.json", "removed/2.json", "removedness.json"];
    for name in names {
        let stored = write(store, container, name, b"[]").await;
        stored.expect("an object is stored");
    }
    for removed in [1, 0] {
        let unwanted = |name: &str| !name.ends_with("/1.json");
        let told = store.remove(container, "removed/", &unwanted).await;
        assert_eq!(told.ok(), Some(removed), "as many are told as were removed");
    }
    for (name, is_there) in names.into_iter().zip([true, false, true]) {
        let found = read(name).await.is_some();
        assert_eq!(found, is_there, "{name} after the removal");
    }
}

async fn objects_are_read_as_they_were_written(
    store: &dyn ObjectStore,
    container: &str,
    read: &impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    for (name, len) in [
        ("empty.csv", 0),
        ("small.json", 1),
        ("run/part-00000.ndjson", PIECE + 1),
        ("run/deeper/part-00001.ndjson", 3),
        ("8d1f_1767225600123.json", 300),
        ("large.ndjson", LARGE),
    ] {
        let content = content(len, 7);
        write(store, container, name, &content)
            .await
            .expect("an object is stored");
        let found = read(name)
            .await
            .unwrap_or_else(|| panic!("{name} is seen when it is finished"));
        assert!(found == content, "{name} is read as it was written");
    }
}

async fn an_object_is_seen_once_it_is_finished(
    store: &dyn ObjectStore,
    container: &str,
    read: &impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    for (name, len) in [
        ("unfinished/small.json", 10),
        ("unfinished/large.json", LARGE),
    ] {
        let content = content(len, 11);
        let mut writer = store
            .create(container, name, Format::Json)
            .await
            .expect("an object is begun");
        for piece in content.chunks(PIECE) {
            writer.write(piece).await.expect("bytes are taken");
        }
        assert!(
            read(name).await.is_none(),
            "{name} is not seen before it is finished"
        );
        writer.finish().await.expect("an object is stored");
        assert!(
            read(name).await == Some(content),
            "{name} is seen when it is finished"
        );
    }
}

async fn an_object_is_replaced_by_its_next_writing(
    store: &dyn ObjectStore,
    container: &str,
    read: &impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    let name = "replaced.json";
    for (len, salt) in [(LARGE, 1), (500, 2), (LARGE + 1, 3), (0, 4)] {
        let content = content(len, salt);
        write(store, container, name, &content)
            .await
            .expect("an object is written again");
        assert!(
            read(name).await == Some(content),
            "the last writing is what is seen"
        );
    }
}

async fn a_dropped_writer_leaves_nothing(
    store: &dyn ObjectStore,
    container: &str,
    read: &impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    let kept = content(40, 5);
    write(store, container, "kept.json", &kept)
        .await
        .expect("an object is stored");
    for (name, len) in [
        ("dropped/small.json", 10),
        ("dropped/large.json", LARGE),
        ("kept.json", LARGE),
    ] {
        let mut writer = store
            .create(container, name, Format::Json)
            .await
            .expect("an object is begun");
        for piece in content(len, 13).chunks(PIECE) {
            writer.write(piece).await.expect("bytes are taken");
        }
        drop(writer);
    }
    assert!(
        read("dropped/small.json").await.is_none(),
        "a dropped small object is not seen"
    );
    assert!(
        read("dropped/large.json").await.is_none(),
        "a dropped large object is not seen"
    );
    assert!(
        read("kept.json").await == Some(kept),
        "a dropped writer leaves the former object"
    );
    let again = content(20, 17);
    write(store, container, "dropped/large.json", &again)
        .await
        .expect("it can be written again");
    assert!(
        read("dropped/large.json").await == Some(again),
        "and is then seen"
    );
}

async fn objects_are_finished_at_the_same_time(
    store: &dyn ObjectStore,
    container: &str,
    read: &impl AsyncFn(&str) -> Option<Vec<u8>>,
) {
    let objects: Vec<_> = (0..20_usize)
        .map(|i| (format!("many/{i}.json"), content(i * 1000, i)))
        .collect();
    let mut finishing = Vec::new();
    for (name, content) in &objects {
        let mut writer = store
            .create(container, name, Format::Json)
            .await
            .expect("an object is begun");
        writer.write(content).await.expect("bytes are taken");
        finishing.push(writer.finish());
    }
    for finished in join_all(finishing).await {
        finished.expect("an object is stored beside others");
    }
    for (name, content) in objects {
        assert!(
            read(&name).await == Some(content),
            "{name} is stored beside others"
        );
    }
}

/// Writes an object from beginning to end.
///
/// # Errors
/// Those of the store.
pub async fn write(
    store: &dyn ObjectStore,
    container: &str,
    name: &str,
    content: &[u8],
) -> Result<(), DestinationError> {
    let mut writer = store.create(container, name, Format::Ndjson).await?;
    for piece in content.chunks(PIECE) {
        writer.write(piece).await?;
    }
    writer.finish().await
}

/// Bytes in which a lost, repeated or swapped part is detected.
pub fn content(len: usize, salt: usize) -> Vec<u8> {
    (0..len)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 11).wrapping_add(salt) as u8)
        .collect()
}
