//! The contract of [`ObjectStores`].

use bytes::Bytes;
use compute_domain::{MediaType, ObjectKey};

use crate::{ObjectStores, StoreAccess, StoreErrorKind};

/// Runs the suite on an existing bucket without any of the suite's objects. `elsewhere` is an
/// access to the same store with a wrong secret.
///
/// # Panics
/// With the sentence of the contract that is violated.
pub async fn keep_their_contract(
    stores: &dyn ObjectStores,
    access: &StoreAccess,
    elsewhere: &StoreAccess,
) {
    stores.check(access).expect("the store is allowed");
    let key = |text| ObjectKey::parse(text).expect("it is a key");

    let missing = stores.open(access, &key("missing")).await;
    assert_eq!(
        missing.map(drop).expect_err("it is not there").kind,
        StoreErrorKind::NotFound
    );
    let bucket = StoreAccess {
        bucket: "no-such-bucket".to_owned(),
        ..access.clone()
    };
    let missing = stores.open(&bucket, &key("missing")).await;
    assert_eq!(
        missing.map(drop).expect_err("it is not there").kind,
        StoreErrorKind::NotFound
    );

    // Empty, small, larger than a single request; and a name that must be encoded in URLs.
    for (name, len) in [
        ("empty.csv", 0),
        ("a + ä.csv", 300),
        ("large.csv", 20_000_000),
    ] {
        let content: Vec<u8> = (0..len)
            .map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let mut writer = stores
            .create(access, &key(name), MediaType::Csv)
            .await
            .expect("an object is begun");
        for piece in content.chunks(700_001) {
            writer
                .write(Bytes::copy_from_slice(piece))
                .await
                .expect("bytes are taken");
        }
        let early = stores.open(access, &key(name)).await;
        assert_eq!(
            early.map(drop).expect_err("it is not finished").kind,
            StoreErrorKind::NotFound
        );
        writer.finish().await.expect("the object is stored");
        let found = read(stores, access, &key(name)).await;
        assert!(found == content, "{name} comes back as it was written");
    }

    let mut writer = stores
        .create(access, &key("a + ä.csv"), MediaType::Csv)
        .await
        .expect("an object is begun");
    writer
        .write(Bytes::from_static(b"dropped"))
        .await
        .expect("bytes are taken");
    drop(writer);
    assert_eq!(
        read(stores, access, &key("a + ä.csv")).await.len(),
        300,
        "dropped, not stored"
    );

    let mut writer = stores
        .create(access, &key("a + ä.csv"), MediaType::Csv)
        .await
        .expect("an object is begun");
    writer
        .write(Bytes::from_static(b"second"))
        .await
        .expect("bytes are taken");
    writer.finish().await.expect("the object is stored");
    let found = read(stores, access, &key("a + ä.csv")).await;
    assert_eq!(found, b"second", "a repetition replaces");

    let forbidden = stores.open(elsewhere, &key("large.csv")).await;
    let error = forbidden.map(drop).expect_err("the secret is wrong");
    assert_eq!(error.kind, StoreErrorKind::Forbidden, "{error}");
}

async fn read(stores: &dyn ObjectStores, access: &StoreAccess, key: &ObjectKey) -> Vec<u8> {
    let mut reader = stores.open(access, key).await.expect("it is there");
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next().await.expect("it is read") {
        assert!(!piece.is_empty(), "no piece is empty");
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(
        reader.size(),
        bytes.len() as u64,
        "the length is known before"
    );
    bytes
}
