//! Imperfections as JSON: for each fault a share, or an object with a share and further settings.

use emulator_domain::imperfection::{Fault, Imperfections, Injected, Share};
use emulator_domain::plan::EmulationPlan;
use emulator_domain::record::field_at;
use emulator_domain::{InvalidValue, Span};
use emulator_model::{Node, imperfections};
use serde_json::{Map, Value, json};

use crate::time;

/// Reads imperfections.
///
/// # Errors
/// The invalid part, with its place.
pub fn read(value: &Value) -> Result<Imperfections, InvalidValue> {
    let node: Node = serde_json::from_value(value.clone())
        .map_err(|_| InvalidValue::json(value, imperfections::expected()))?;
    imperfections::read(&node).map_err(|refused| refused.value)
}

/// Writes imperfections in the form that [`read`] takes; null if there are none.
pub fn write(all: &Imperfections) -> Value {
    let mut value = Map::new();
    let mut add = |fault: Fault, more: Value| {
        let share = all.share(fault);
        let mut fields = Map::from_iter([("share".to_owned(), json!(share.get()))]);
        if let Value::Object(more) = more {
            fields.extend(more);
        }
        if share != Share::default() {
            value.insert(fault.name().to_owned(), fields.into());
        }
    };
    add(Fault::Missing, Value::Null);
    if let Some(late) = all.late {
        let mean = late.mean.map(Span::get);
        add(
            Fault::Late,
            json!({"bound": late.bound.get(), "mean": mean}),
        );
    }
    let nearby = [
        (Fault::OutOfOrder, all.out_of_order),
        (Fault::Duplicate, all.duplicate),
    ];
    for (fault, nearby) in nearby {
        let Some(nearby) = nearby else { continue };
        let mut more = json!({"window": nearby.window});
        if fault == Fault::Duplicate {
            more["id"] = imperfections::IDS[usize::from(all.new_ids)].into();
        }
        add(fault, more);
    }
    if let Some(corrupt) = &all.corrupt {
        let kinds: Vec<_> = corrupt.kinds.iter().map(|kind| kind.name()).collect();
        let more = json!({"fields": corrupt.fields, "kinds": kinds});
        add(Fault::Corrupt, more);
    }
    if let Some(skew) = &all.clock_skew {
        let more = json!({"bound": skew.bound.get(), "device": skew.device});
        add(Fault::ClockSkew, more);
    }
    if let Some(drift) = &all.drift {
        let rename = drift.rename.iter();
        let rename = rename.map(|(old, new)| (old.clone(), json!(new)));
        let add = drift.add.iter().map(|(name, value)| {
            let value = serde_json::from_str(value).expect("it was read from JSON");
            (name.clone(), value)
        });
        let drift = json!({
            "from": drift.from,
            "remove": drift.remove,
            "rename": rename.collect::<Map<_, _>>(),
            "retype": drift.retype,
            "add": add.collect::<Map<String, Value>>(),
        });
        value.insert(Fault::Drift.name().to_owned(), drift);
    }
    match value.is_empty() {
        true => Value::Null,
        false => value.into(),
    }
}

/// A line of the truth: the fault of a record, the record as it would have been and, if it was
/// delivered under another id, that version. Both records are JSON.
pub fn line(plan: &EmulationPlan, fault: &Injected, record: &str, renamed: Option<&str>) -> String {
    let mut value = json!({
        "index": fault.index,
        "kind": fault.fault.name(),
        "deliveries": fault.deliveries,
        "event_time": fault.event_time.map(time::rfc3339),
        "due": fault.due.map(time::rfc3339),
    });
    if let Some((path, kind)) = &fault.corrupt {
        let (_, name) = field_at(plan.dataset().schema().fields(), path);
        value["field"] = name.into();
        value["how"] = kind.name().into();
    }
    if let Some(micros) = fault.skew {
        value["seconds"] = json!(micros as f64 / 1e6);
    }
    // The record is inserted as encoded, so that its numbers keep all digits.
    let mut line = value.to_string();
    line.pop();
    line = line + ",\"record\":" + record;
    if let Some(renamed) = renamed {
        line = line + ",\"renamed\":" + renamed;
    }
    line + "}\n"
}

/// The OpenAPI schema.
#[cfg(feature = "openapi")]
pub(crate) fn schema() -> Value {
    serde_json::from_str(&imperfections::json_schema()).expect("a schema is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let whole = json!({
            "missing": {"share": 0.01},
            "late": {"share": 0.05, "bound": 3600.0, "mean": 30.5},
            "out_of_order": {"share": 0.1, "window": 7},
            "duplicate": {"share": 0.000_001, "window": 0, "id": "new"},
            "corrupt": {"share": 0.02, "fields": ["amount", "ship_to.city"], "kinds": ["null", "type"]},
            "clock_skew": {"share": 0.03, "bound": 7.5, "device": "sensor"},
            "drift": {
                "from": 5, "remove": ["a"], "rename": {"b": "c"}, "retype": ["d"],
                "add": {"version": 2, "nested": {"x": [1.5, null, "\\u00e4\""]}},
            },
        });
        assert_eq!(write(&read(&whole).unwrap()), whole);
        let short = json!({"late": 0.5, "duplicate": 0.25, "missing": 0, "corrupt": null, "clock_skew": 0.1, "drift": {"from": 0}});
        let long = json!({
            "late": {"share": 0.5, "bound": 60.0, "mean": null},
            "duplicate": {"share": 0.25, "window": 100, "id": "same"},
            "clock_skew": {"share": 0.1, "bound": 300.0, "device": "device_id"},
            "drift": {"from": 0, "remove": [], "rename": {}, "retype": [], "add": {}},
        });
        assert_eq!(write(&read(&short).unwrap()), long);
        assert_eq!(write(&read(&json!({"late": 0})).unwrap()), Value::Null);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let share = "expected 0, or a share of the records from 0.000001 to 1";
        for (value, told) in [
            (json!(0.1), "0.1; expected an object with missing, late, out_of_order, duplicate, corrupt, clock_skew or drift, each a share or an object with one; drift has from".to_owned()),
            (json!({"lates": 0.1}), "'lates'; expected missing, late, out_of_order, duplicate, corrupt, clock_skew or drift; did you mean 'late'?".to_owned()),
            (json!({"Late": 0.1}), "'Late'; expected late".to_owned()),
            (json!({"late": -0.1}), format!("late.share -0.1; {share}")),
            (json!({"late": "NaN"}), format!("late.share \"NaN\"; {share}")),
            (json!({"missing": 1.5}), format!("missing.share 1.5; {share}")),
            (json!({"missing": {"share": 1e-9}}), format!("missing.share 1e-9; {share}")),
            (json!({"late": {"bound": 3}}), format!("late without a share; {share}")),
            (json!({"late": {"share": 0.1, "bond": 3}}), "late.'bond'; expected share, bound or mean; did you mean 'bound'?".to_owned()),
            (json!({"late": {"share": 0.1, "bound": -3}}), "late.bound -3; expected 0 to 3155760000 seconds".to_owned()),
            (json!({"duplicate": {"share": 0.1, "window": 1.5}}), "duplicate.window 1.5; expected a whole number from 0 to 1000000000 records".to_owned()),
            (json!({"duplicate": {"share": 0.1, "window": 10_000_000_000_u64}}), "duplicate.window 10000000000; expected a whole number from 0 to 1000000000 records".to_owned()),
            (json!({"corrupt": {"share": 0.1, "kinds": ["nul"]}}), "corrupt.kinds 'nul'; expected null, empty, truncated, garbled, negative, extreme, type or unknown; did you mean 'null'?".to_owned()),
            (json!({"clock_skew": {"share": 0.1, "bound": -1}}), "clock_skew.bound -1; expected 0 to 3155760000 seconds".to_owned()),
            (json!({"clock_skew": {"share": 0.1, "device": 7}}), "clock_skew.device 7; expected the name of a field".to_owned()),
            (json!({"drift": 0.1}), "drift 0.1; expected an object with from and what changes".to_owned()),
            (json!({"drift": {"remove": ["a"]}}), "drift without from; expected the first record that has drifted".to_owned()),
            (json!({"drift": {"from": -1}}), "drift.from -1; expected a whole number from 0 to 9007199254740992, the first record that has drifted".to_owned()),
            (json!({"drift": {"from": 0, "rename": ["a"]}}), "drift.rename [\"a\"]; expected an object of names, each with a new one".to_owned()),
            (json!({"drift": {"from": 0, "rename": {"a": 1}}}), "drift.rename 1; expected the name of a field".to_owned()),
            (json!({"corrupt": {"share": 0.1, "fields": "amount"}}), "corrupt.fields \"amount\"; expected a list of names".to_owned()),
        ] {
            assert_eq!(read(&value).unwrap_err().to_string(), told);
        }
    }

    /// The document must take what is taken.
    #[cfg(feature = "openapi")]
    #[test]
    fn the_schema_names_all_faults_and_their_settings() {
        let schema = schema();
        for fault in Fault::ALL {
            let forms = schema["properties"][fault.name()]["oneOf"]
                .as_array()
                .unwrap();
            let object = forms.iter().find(|form| form["type"] == "object").unwrap();
            let properties = &object["properties"];
            for name in imperfections::settings(fault) {
                assert!(properties[*name].is_object(), "{fault}.{name}");
            }
        }
    }
}
