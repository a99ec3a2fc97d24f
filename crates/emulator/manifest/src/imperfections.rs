//! What is to be wrong, as JSON: a share for each fault, or an object with a share and more.

use emulator_domain::imperfection::{
    CorruptKind, Corruption, Fault, Imperfections, Injected, Late, Nearby, Share,
};
use emulator_domain::plan::EmulationPlan;
use emulator_domain::{InvalidValue, Span, listed};
use serde_json::{Map, Value, json};

use crate::time;

/// Seconds by which a record is late at most, unless it is said.
const BOUND: f64 = 60.0;
/// Records that come in between at most, unless it is said.
const WINDOW: u32 = 100;

/// Which id a record has the second time.
const SAME: &str = "same";
const NEW: &str = "new";

/// What the object of a fault may have beside its share.
const fn settings(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::Missing => &["share"],
        Fault::Late => &["share", "bound", "mean"],
        Fault::OutOfOrder => &["share", "window"],
        Fault::Duplicate => &["share", "window", "id"],
        Fault::Corrupt => &["share", "fields", "kinds"],
    }
}

/// What may be said, for people.
pub(crate) fn expected() -> String {
    let names = Fault::ALL.map(Fault::name);
    format!(
        "an object with {}, each a share or an object with one",
        listed(&names)
    )
}

/// Reads what is to be wrong.
///
/// # Errors
/// What of it cannot be, with its place.
pub fn read(value: &Value) -> Result<Imperfections, InvalidValue> {
    let faults = value
        .as_object()
        .ok_or_else(|| InvalidValue::json(value, expected()))?;
    let mut all = Imperfections::default();
    for (name, value) in faults {
        let fault = exactly(name, &Fault::ALL, Fault::name)?;
        let fields = match value {
            Value::Null => continue,
            Value::Object(fields) => fields.clone(),
            share => Map::from_iter([("share".to_owned(), share.clone())]),
        };
        for field in fields.keys() {
            exactly(field, settings(fault), |name| name).map_err(|error| {
                let got = format!("{name}.{}", error.got());
                InvalidValue::shown(got, error.expected())
            })?;
        }
        let read = Settings {
            fault: name,
            fields: &fields,
        };
        let share = read.share()?;
        match fault {
            Fault::Missing => all.missing = share,
            Fault::Late => {
                all.late = Some(Late {
                    share,
                    bound: match read.span("bound")? {
                        Some(bound) => bound,
                        None => Span::seconds(BOUND)?,
                    },
                    mean: read.span("mean")?,
                });
            }
            Fault::OutOfOrder => all.out_of_order = Some(read.nearby(share)?),
            Fault::Duplicate => {
                all.duplicate = Some(read.nearby(share)?);
                all.new_ids = read.id()? == NEW && share != Share::default();
            }
            Fault::Corrupt => {
                let kinds = read.texts("kinds")?;
                let kinds = kinds.iter().map(|kind| {
                    exactly(kind, &CorruptKind::ALL, CorruptKind::name)
                        .map_err(|error| read.at("kinds", error))
                });
                all.corrupt = Some(Corruption {
                    share,
                    fields: read.texts("fields")?,
                    kinds: kinds.collect::<Result<_, _>>()?,
                });
            }
        }
    }
    Ok(all)
}

/// The one of `all` of that very name.
fn exactly<T: Copy>(
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, InvalidValue> {
    let found = InvalidValue::one_of(text, all, &name)?;
    match name(found) == text {
        true => Ok(found),
        false => Err(InvalidValue::text(text, name(found))),
    }
}

/// Writes it so that [`read`] gives the same; null if nothing is to be wrong.
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
            more["id"] = if all.new_ids { NEW } else { SAME }.into();
        }
        add(fault, more);
    }
    if let Some(corrupt) = &all.corrupt {
        let kinds: Vec<_> = corrupt.kinds.iter().map(|kind| kind.name()).collect();
        let more = json!({"fields": corrupt.fields, "kinds": kinds});
        add(Fault::Corrupt, more);
    }
    match value.is_empty() {
        true => Value::Null,
        false => value.into(),
    }
}

/// A line of the truth: what was wrong with which record of the run, the record as it would have
/// been, and as it is delivered under another id, if it is; both are JSON.
pub fn line(plan: &EmulationPlan, fault: &Injected, record: &str, renamed: Option<&str>) -> String {
    let mut value = json!({
        "index": fault.index,
        "kind": fault.fault.name(),
        "deliveries": fault.deliveries,
        "event_time": fault.event_time.map(time::rfc3339),
        "due": fault.due.map(time::rfc3339),
    });
    if let Some((position, kind)) = fault.corrupt {
        let field = &plan.dataset().schema().fields()[position];
        value["field"] = json!(field.name);
        value["how"] = kind.name().into();
    }
    // The record as it was encoded: its numbers keep all their digits.
    let mut line = value.to_string();
    line.pop();
    line = line + ",\"record\":" + record;
    if let Some(renamed) = renamed {
        line = line + ",\"renamed\":" + renamed;
    }
    line + "}\n"
}

/// The settings of a fault.
struct Settings<'f> {
    fault: &'f str,
    fields: &'f Map<String, Value>,
}

impl Settings<'_> {
    fn given(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, value: &Value, expected: impl Into<String>) -> InvalidValue {
        InvalidValue::json(format!("{}.{name} {value}", self.fault), expected)
    }

    fn at(&self, name: &str, error: InvalidValue) -> InvalidValue {
        let got = format!("{}.{name} {}", self.fault, error.got());
        InvalidValue::shown(got, error.expected())
    }

    fn share(&self) -> Result<Share, InvalidValue> {
        let Some(value) = self.given("share") else {
            let got = format!("{} without a share", self.fault);
            return Err(InvalidValue::shown(got, Share::EXPECTED));
        };
        let share = value.as_f64().and_then(|share| Share::new(share).ok());
        share.ok_or_else(|| self.wrong("share", value, Share::EXPECTED))
    }

    fn span(&self, name: &str) -> Result<Option<Span>, InvalidValue> {
        let Some(value) = self.given(name) else {
            return Ok(None);
        };
        let span = value.as_f64().and_then(|span| Span::seconds(span).ok());
        span.map(Some)
            .ok_or_else(|| self.wrong(name, value, Span::expected()))
    }

    fn nearby(&self, share: Share) -> Result<Nearby, InvalidValue> {
        let window = match self.given("window") {
            None => WINDOW,
            Some(value) => {
                let whole = value.as_f64().filter(|window| window.fract() == 0.0);
                let whole = whole.filter(|window| (0.0..=f64::from(Nearby::MOST)).contains(window));
                let expected = || format!("a whole number from 0 to {} records", Nearby::MOST);
                whole.ok_or_else(|| self.wrong("window", value, expected()))? as u32
            }
        };
        Ok(Nearby { share, window })
    }

    fn id(&self) -> Result<&'static str, InvalidValue> {
        let Some(value) = self.given("id") else {
            return Ok(SAME);
        };
        let words = [SAME, NEW];
        let word = words.into_iter().find(|word| value == *word);
        word.ok_or_else(|| self.wrong("id", value, listed(&words)))
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, InvalidValue> {
        let Some(value) = self.given(name) else {
            return Ok(Vec::new());
        };
        let texts = value.as_array().map(|all| all.iter().map(Value::as_str));
        let texts = texts.and_then(|all| all.map(|text| Some(text?.to_owned())).collect());
        texts.ok_or_else(|| self.wrong(name, value, "a list of names"))
    }
}

/// What the OpenAPI document says of it.
#[cfg(feature = "openapi")]
pub(crate) fn schema() -> Value {
    let share = || json!({"type": "number", "minimum": 0, "maximum": 1});
    let mut properties = Map::new();
    for fault in Fault::ALL {
        let fields = settings(fault).iter().map(|name| {
            let seconds = |text: &str| json!({"type": ["number", "null"], "exclusiveMinimum": 0, "description": text});
            let field = match *name {
                "share" => share(),
                "bound" => seconds("Seconds by which a record is late at most; 60 if absent."),
                "mean" => seconds("The mean of exponential delays, which are cut at the bound; if absent, delays are evenly spread up to it."),
                "window" => {
                    let least = u8::from(fault == Fault::OutOfOrder);
                    json!({"type": ["integer", "null"], "minimum": least, "maximum": Nearby::MOST, "description": "Records that come in between at most; 100 if absent."})
                }
                "id" => json!({"type": ["string", "null"], "enum": [SAME, NEW, null], "description": "The id that a record has the second time: its own, or another. `same` if absent."}),
                "fields" => json!({"type": ["array", "null"], "items": {"type": "string"}, "description": "The fields that are damaged; any that can be if absent, but those of id and key."}),
                _ => json!({"type": ["array", "null"], "items": {"type": "string", "enum": CorruptKind::ALL.map(CorruptKind::name)}, "description": "What may befall a value; anything that suits it if absent."}),
            };
            ((*name).to_owned(), field)
        });
        let object = json!({"type": "object", "required": ["share"], "properties": fields.collect::<Map<_, _>>(), "additionalProperties": false});
        let description = match fault {
            Fault::Missing => "Records that are not delivered.",
            Fault::Late => "Records that are delivered some time after they happened.",
            Fault::OutOfOrder => "Records that are delivered behind some that come after them.",
            Fault::Duplicate => "Records that are delivered twice.",
            Fault::Corrupt => "Records with a damaged value.",
        };
        let value =
            json!({"description": description, "oneOf": [share(), object, {"type": "null"}]});
        properties.insert(fault.name().to_owned(), value);
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
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
            "corrupt": {"share": 0.02, "fields": ["amount"], "kinds": ["null", "extreme"]},
        });
        assert_eq!(write(&read(&whole).unwrap()), whole);
        let short = json!({"late": 0.5, "duplicate": 0.25, "missing": 0, "corrupt": null});
        let long = json!({
            "late": {"share": 0.5, "bound": 60.0, "mean": null},
            "duplicate": {"share": 0.25, "window": 100, "id": "same"},
        });
        assert_eq!(write(&read(&short).unwrap()), long);
        assert_eq!(write(&read(&json!({"late": 0})).unwrap()), Value::Null);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let share = "expected 0, or a share of the records from 0.000001 to 1";
        for (value, told) in [
            (json!(0.1), "0.1; expected an object with missing, late, out_of_order, duplicate or corrupt, each a share or an object with one".to_owned()),
            (json!({"lates": 0.1}), "'lates'; expected missing, late, out_of_order, duplicate or corrupt; did you mean 'late'?".to_owned()),
            (json!({"Late": 0.1}), "'Late'; expected late".to_owned()),
            (json!({"late": -0.1}), format!("late.share -0.1; {share}")),
            (json!({"late": "NaN"}), format!("late.share \"NaN\"; {share}")),
            (json!({"missing": 1.5}), format!("missing.share 1.5; {share}")),
            (json!({"missing": {"share": 1e-9}}), format!("missing.share 1e-9; {share}")),
            (json!({"late": {"bound": 3}}), format!("late without a share; {share}")),
            (json!({"late": {"share": 0.1, "bond": 3}}), "late.'bond'; expected share, bound or mean".to_owned()),
            (json!({"late": {"share": 0.1, "bound": -3}}), "late.bound -3; expected 0 to 3155760000 seconds".to_owned()),
            (json!({"duplicate": {"share": 0.1, "window": 1.5}}), "duplicate.window 1.5; expected a whole number from 0 to 1000000000 records".to_owned()),
            (json!({"duplicate": {"share": 0.1, "window": 10_000_000_000_u64}}), "duplicate.window 10000000000; expected a whole number from 0 to 1000000000 records".to_owned()),
            (json!({"corrupt": {"share": 0.1, "kinds": ["nul"]}}), "corrupt.kinds 'nul'; expected null, empty, truncated, garbled, negative or extreme".to_owned()),
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
            let properties = &schema["properties"][fault.name()]["oneOf"][1]["properties"];
            for name in settings(fault) {
                assert!(properties[*name].is_object(), "{fault}.{name}");
            }
        }
    }
}
