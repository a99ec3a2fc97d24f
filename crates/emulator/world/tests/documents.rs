//! The reference of the world, made from what it declares.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use emulator_domain::record::LogicalType;
use emulator_world::declared::{CATEGORIES, CITIES, RHYTHMS};
use emulator_world::{PATTERNS, Settings};

const INTRODUCTION: &str = "# The world of payments

People with habits pay in shops, and fraud campaigns rob some of them. The world is a built-in model that needs no file (`emulate payments:payment`; in a request, `payments/payment` as `emulation_domain`). A file with `world: payments` can change any of the settings below. This page is generated from the program; [how the world is computed](../adr/0018-the-world-is-computed.md).

**Use it for** pipelines that need records which refer to each other over months, for features from a customer's history, and for fraud models and their tests. **Limits**: it has been compared only with published figures, not with a bank's payments, so a model trained on it has learnt this world. It has no declined payments, no currency but the euro, and no daylight saving time.

**The domains of the contract** (`transaction`, `user-profile`, `device-log`) test pipelines, not models: they have no daily or weekly rhythm of their own, every user pays equally often, and fraud concerns single transactions, without a history. Its [rules](../../crates/emulator/domain/src/rules/fraud.rs) test the amount, the user and the merchant of a transaction, and change its amount, merchant or location. `data-emulator gate` [measures both](../explanation/realism.md).

";

fn type_name(logical_type: &LogicalType) -> String {
    match logical_type {
        LogicalType::Enum(words) => words.join(", "),
        LogicalType::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[test]
fn the_reference_of_the_world_is_current() {
    let mut page = INTRODUCTION.to_owned();
    let Settings {
        customers,
        merchants,
        population_seed,
        payments_a_month,
        fraud_share,
        difficulty,
        start,
        days,
        ..
    } = Settings::default();
    write!(
        page,
        "## Settings

| key | default | allowed |
|---|---|---|
| `world` | | `payments` |
| `model` | payments | the model's name |
| `customers` | {customers} | 1000 to 100000000 people over the whole period |
| `merchants` | {merchants} | 2000 to 4000000 shops |
| `population_seed` | {population_seed} | determines the people and shops; the seed of a run determines what they do |
| `payments_a_month` | {payments_a_month} | 1 to 1000, for a person with mean activity |
| `fraud_share` | {fraud_share} | 0.0005 to 0.035 of all payments |
| `difficulty` | {difficulty} | 0 to 1: how well fraud is hidden |
| `start` | {start} | the first day |
| `days` | {days} | 1 to 3660 |
| `streams` | | `imperfections` for any of the streams below, [as in a model](../how-to/dirty-data.md#in-a-model) |

## Streams
"
    )
    .unwrap();
    let node = emulator_world::builtin("payments").unwrap();
    let model = emulator_world::compile(&node).unwrap();
    for stream in model.streams() {
        let name = stream.name();
        write!(page, "\n### {name}\n\n{}\n", model.description(name)).unwrap();
        let relations = model.relations(name);
        page.push_str("\n| field | type | |\n|---|---|---|\n");
        for field in stream.schema().fields() {
            let leads = relations
                .iter()
                .find(|relation| relation.field == field.name);
            let leads = leads.map_or(String::new(), |to| format!("; references {}", to.stream));
            let absent = if field.nullable {
                "; may have no value"
            } else {
                ""
            };
            let (kind, meaning) = (type_name(&field.logical_type), &field.meaning);
            writeln!(
                page,
                "| `{}` | {kind} | {meaning}{leads}{absent} |",
                field.name
            )
            .unwrap();
        }
    }
    page.push_str(
        "\n## Categories\n\nThe logarithm of an amount is normally distributed; a person's income accounts for a quarter of its variance. One in a hundred amounts comes from a Pareto tail instead, which begins at three medians and has an exponent of 2.5. Prices are then rounded as shops do.\n\n| category | ISO 18245 | weight | median, euros | sigma | share online |\n|---|---|---|---|---|---|\n",
    );
    for category in CATEGORIES {
        writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            category.name,
            category.code,
            category.weight,
            category.median,
            category.sigma,
            category.online
        )
        .unwrap();
    }
    page.push_str("\n## Patterns of fraud\n\nA campaign has 32 payments in eight steps over five days.\n\n| pattern | weight |\n|---|---|\n");
    for pattern in PATTERNS {
        writeln!(page, "| {} | {} |", pattern.name, pattern.weight).unwrap();
    }
    let rhythms = RHYTHMS.map(|rhythm| format!("{} ({:.0} %)", rhythm.name, rhythm.share * 100.0));
    writeln!(
        page,
        "\n## Cities and rhythms\n\n{} cities: {}. People's rhythms are {}; [declared.rs](../../crates/emulator/world/src/declared.rs) lists the hours of each, paydays, seasons, and the sources of all figures.",
        CITIES.len(),
        CITIES.map(|city| city.name).join(", "),
        rhythms.join(", "),
    )
    .unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/reference/payments.md");
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/reference/payments.md is not current: UPDATE_DOCUMENTS=1 cargo test --workspace --test documents"
    );
}
