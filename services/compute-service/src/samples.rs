//! Sample tasks for `run`.

/// A sample task for a service.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    /// Names and contents, in the order of the service's fields.
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
}

/// 64 x 64 pixels, blue above green.
const PICTURE: &[u8] = include_bytes!("samples/picture.png");

const PLAN: &[u8] = include_bytes!("samples/plan.json");

/// Some transactions that look honest, and some that do not.
const TRANSACTIONS: &[u8] = include_bytes!("samples/transactions.csv");

/// The samples of a service; none for a service from outside this workspace.
pub(crate) fn of(slug: &str) -> Vec<Sample> {
    let picture = || ("picture.png", PICTURE.to_vec());
    match slug {
        "image-thumbnail" => vec![Sample {
            name: "64 x 64 to 16 x 16",
            files: vec![
                picture(),
                ("options.json", br#"{"width": 16, "height": 16}"#.to_vec()),
            ],
        }],
        "average-colour" => vec![Sample {
            name: "64 x 64",
            files: vec![picture()],
        }],
        "emulate" => vec![Sample {
            name: "1,000 transactions",
            files: vec![("plan.json", PLAN.to_vec())],
        }],
        "profile-table" => vec![Sample {
            name: "6 transactions",
            files: vec![("transactions.csv", TRANSACTIONS.to_vec())],
        }],
        "score-fraud" => vec![Sample {
            name: "6 transactions",
            files: vec![("transactions.csv", TRANSACTIONS.to_vec())],
        }],
        _ => Vec::new(),
    }
}
