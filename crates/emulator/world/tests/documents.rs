//! The reference of the world, made from what it declares.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use emulator_domain::record::LogicalType;
use emulator_world::declared::{CATEGORIES, CITIES, RHYTHMS};
use emulator_world::{PATTERNS, Settings};

const INTRODUCTION: &str = "# The world of payments

People with habits pay in shops; campaigns of fraud rob some of them. It is a model that is there without a file (`emulate payments:payment`; as `emulation_domain` of a request `payments/payment`), or a file with `world: payments` and any of the settings below. This page is made from the program; [how it is computed](../adr/0018-the-world-is-computed.md).

**What it is good for**: pipelines that need records which refer to each other over months; features from a customer's history; models of fraud and their tests. **What not**: it has been compared with published figures only, not with payments of a bank, so a model that was trained on it has learnt this world. It has no declined payments, no currencies but the euro, no daylight saving time.

**The domains of the contract** (`transaction`, `user-profile`, `device-log`) test pipelines, not models: their hours and weekdays are flat, every user pays as often as any other, and fraud shows in the amount alone. `data-emulator gate` [measures both](../explanation/realism.md).

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
| `customers` | {customers} | 1000 to 100000000 people, over all its time |
| `merchants` | {merchants} | 2000 to 4000000 |
| `population_seed` | {population_seed} | names the people and shops; the seed of a run names what they do |
| `payments_a_month` | {payments_a_month} | 1 to 1000, of a person of mean activity |
| `fraud_share` | {fraud_share} | 0.0005 to 0.035 of payments |
| `difficulty` | {difficulty} | 0 to 1: how much fraud hides |
| `start` | {start} | the first day |
| `days` | {days} | 1 to 3660 |
| `streams` | | for some of the streams below `imperfections`, [as in a model](../how-to/dirty-data.md#in-a-model) |

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
            let leads = leads.map_or(String::new(), |to| format!("; leads to {}", to.stream));
            let absent = if field.nullable {
                "; may be absent"
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
        "\n## Categories\n\nThe logarithm of an amount is normal (the body; a quarter of its variance is the person's income), and one in a hundred amounts comes from a Pareto tail that begins at three medians, with an exponent of 2.5. Prices are then rounded as shops do.\n\n| category | ISO 18245 | weight | median, euros | sigma | share online |\n|---|---|---|---|---|---|\n",
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
        "\n## Cities and rhythms\n\n{} cities: {}. People are {}; [declared.rs](../../crates/emulator/world/src/declared.rs) has their hours, paydays, seasons, and the sources of all figures.",
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
