//! Traffic as JSON: a number, or an object that names a shape.

mod fields;

use emulator_domain::{Burst, InvalidValue, Rate, Shape, Span, Step, Traffic, listed};
use serde_json::{Map, Value, json};

use fields::Fields;

/// The names of shapes, each with its required and its optional fields.
const SHAPES: [(&str, &[&str], &[&str]); 7] = [
    ("constant", &["rate"], &[]),
    ("steps", &["steps"], &["repeat"]),
    ("ramp", &["from", "to", "over"], &[]),
    ("week", &["rate"], &["hours", "days", "utc_offset"]),
    ("bursts", &["rate", "bursts"], &["every"]),
    ("sine", &["rate", "amplitude", "period"], &[]),
    ("replay", &["counts", "every"], &["repeat"]),
];

/// The allowed rates, for people.
pub(crate) fn expected() -> String {
    let names = SHAPES.map(|(name, ..)| name);
    format!(
        "a number, {}, or an object whose shape is {}",
        Rate::expected(),
        listed(&names)
    )
}

/// Reads a rate.
///
/// # Errors
/// The invalid part, with its place.
pub fn read(value: &Value) -> Result<Traffic, InvalidValue> {
    match value {
        Value::Number(number) => {
            let rate = number
                .as_f64()
                .ok_or_else(|| InvalidValue::json(value, expected()));
            Ok(Rate::new(rate?)?.into())
        }
        Value::Object(fields) => read_shape(fields),
        other => Err(InvalidValue::json(other, expected())),
    }
}

/// Writes traffic in the form that [`read`] takes.
pub fn write(traffic: &Traffic) -> Value {
    if let Some(rate) = traffic.constant() {
        return rate.get().into();
    }
    let mut value = written(traffic.shape());
    if traffic.is_poisson() {
        value["noise"] = POISSON.into();
    }
    value
}

const POISSON: &str = "poisson";

fn written(shape: &Shape) -> Value {
    let step = |step: &Step| json!({"rate": step.rate.get(), "for": step.lasting.get()});
    match shape {
        Shape::Constant(rate) => json!({"shape": "constant", "rate": rate.get()}),
        Shape::Steps { steps, repeat } => {
            let steps: Vec<_> = steps.iter().map(step).collect();
            json!({"shape": "steps", "steps": steps, "repeat": repeat})
        }
        Shape::Ramp { from, to, over } => {
            json!({"shape": "ramp", "from": from.get(), "to": to.get(), "over": over.get()})
        }
        Shape::Week {
            mean,
            hours,
            days,
            utc_offset,
        } => json!({
            "shape": "week", "rate": mean.get(), "hours": hours, "days": days,
            "utc_offset": offset(*utc_offset)
        }),
        Shape::Bursts {
            rate,
            bursts,
            every,
        } => {
            let bursts: Vec<_> = bursts
                .iter()
                .map(|burst| {
                    let mut value = step(&burst.step);
                    value["at"] = burst.at.get().into();
                    value
                })
                .collect();
            let every = every.map(Span::get);
            json!({"shape": "bursts", "rate": rate.get(), "bursts": bursts, "every": every})
        }
        Shape::Sine {
            mean,
            amplitude,
            period,
        } => json!({
            "shape": "sine", "rate": mean.get(), "amplitude": amplitude.get(),
            "period": period.get()
        }),
        Shape::Replay {
            counts,
            every,
            repeat,
        } => json!({
            "shape": "replay", "counts": counts, "every": every.get(), "repeat": repeat
        }),
    }
}

fn read_shape(fields: &Map<String, Value>) -> Result<Traffic, InvalidValue> {
    let names = SHAPES.map(|(name, ..)| name);
    let missing = || InvalidValue::shown("without a shape", format!("shape: {}", listed(&names)));
    let name = fields.get("shape").ok_or_else(missing)?;
    let name = name
        .as_str()
        .ok_or_else(|| InvalidValue::json(format!("shape {name}"), listed(&names)))?;
    let name = InvalidValue::one_of(name, &names, |name| name)?;
    let (_, needs, may) = SHAPES
        .into_iter()
        .find(|(other, ..)| *other == name)
        .expect("it was found");
    let known: Vec<&'static str> = ["shape", "noise"]
        .iter()
        .chain(needs)
        .chain(may)
        .copied()
        .collect();
    for field in fields.keys() {
        if !known.contains(&field.as_str()) {
            InvalidValue::one_of(field, &known, |name| name)?;
            return Err(InvalidValue::text(field, listed(&known)));
        }
    }
    let read = Fields {
        at: String::new(),
        fields,
    };
    let every = || read.number("every", Span::expected(), Span::seconds);
    let shape = match name {
        "constant" => Shape::Constant(read.number("rate", Rate::expected(), Rate::new)?),
        "steps" => Shape::Steps {
            steps: read.each("steps", |step| step.step())?,
            repeat: read.flag("repeat")?,
        },
        "ramp" => Shape::Ramp {
            from: read.level("from")?,
            to: read.level("to")?,
            over: read.number("over", Span::expected(), Span::seconds)?,
        },
        "week" => Shape::Week {
            mean: read.number("rate", Rate::expected(), Rate::new)?,
            hours: read.shares("hours", 24)?,
            days: read.shares("days", 7)?,
            utc_offset: read.offset()?,
        },
        "bursts" => Shape::Bursts {
            rate: read.level("rate")?,
            bursts: read.each("bursts", |burst| {
                Ok(Burst {
                    at: burst.number("at", Span::expected(), Span::seconds)?,
                    step: burst.step()?,
                })
            })?,
            every: read.given("every").map(|_| every()).transpose()?,
        },
        "sine" => Shape::Sine {
            mean: read.number("rate", Rate::expected(), Rate::new)?,
            amplitude: read.level("amplitude")?,
            period: read.number("period", Span::expected(), Span::seconds)?,
        },
        _ => Shape::Replay {
            counts: read.counts()?,
            every: every()?,
            repeat: read.flag("repeat")?,
        },
    };
    let poisson = match read.given("noise") {
        None => false,
        Some(Value::String(noise)) if noise == POISSON => true,
        Some(other) => return Err(InvalidValue::json(format!("noise {other}"), POISSON)),
    };
    Traffic::new(shape, poisson).map_err(|error| {
        InvalidValue::shown(
            format!("{} {}", error.at, error.value.got()),
            error.value.expected(),
        )
    })
}

fn offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The OpenAPI schemas of a rate: of a number and of each shape.
#[cfg(feature = "openapi")]
pub(crate) fn schemas() -> Vec<Value> {
    let rate = || json!({"type": "number", "minimum": 0, "maximum": Rate::FASTEST.get()});
    let seconds = || json!({"type": "number", "minimum": 0, "description": "Seconds."});
    let step = |more: &str| {
        let mut fields = json!({"rate": rate(), "for": seconds()});
        let mut required = vec!["rate", "for"];
        if !more.is_empty() {
            fields[more] = seconds();
            required.push(more);
        }
        json!({"type": "array", "minItems": 1, "items": {
            "type": "object", "required": required, "properties": fields, "additionalProperties": false
        }})
    };
    let shapes = SHAPES.map(|(name, needs, may)| {
        let mut properties = json!({
            "shape": {"type": "string", "enum": [name]},
            "noise": {"type": ["string", "null"], "enum": [POISSON, null], "description": "`poisson`: records at random intervals."}
        });
        for field in needs.iter().chain(may) {
            properties[*field] = match *field {
                "steps" => step(""),
                "bursts" => step("at"),
                "repeat" => json!({"type": "boolean", "description": "Whether it repeats."}),
                "hours" => json!({"type": "array", "minItems": 24, "maxItems": 24, "items": {"type": "number", "minimum": 0}, "description": "Shares of the hours of a day, from midnight on."}),
                "days" => json!({"type": "array", "minItems": 7, "maxItems": 7, "items": {"type": "number", "minimum": 0}, "description": "Shares of the days, from Monday on."}),
                "utc_offset" => json!({"type": "string", "pattern": "^[+-][0-9]{2}:[0-5][0-9]$"}),
                "counts" => json!({"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": u32::MAX}}),
                "over" | "every" | "period" => seconds(),
                _ => rate(),
            };
        }
        let required: Vec<_> = ["shape"].iter().chain(needs).collect();
        json!({"type": "object", "title": name, "required": required, "properties": properties, "additionalProperties": false})
    });
    let number = json!({"type": "number", "format": "double", "minimum": Rate::SLOWEST.get(), "maximum": Rate::FASTEST.get()});
    [number].into_iter().chain(shapes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> [Value; 8] {
        [
            json!(12.5),
            json!({"shape": "constant", "rate": 5.0, "noise": "poisson"}),
            json!({"shape": "steps", "repeat": true, "steps": [{"rate": 1.0, "for": 2.5}, {"rate": 0.0, "for": 1.0}]}),
            json!({"shape": "ramp", "from": 0.0, "to": 10.0, "over": 60.0}),
            json!({"shape": "week", "rate": 3.0, "hours": vec![1.0; 24], "days": vec![0.5; 7], "utc_offset": "-03:30"}),
            json!({"shape": "bursts", "rate": 0.0, "every": null, "bursts": [{"at": 1.0, "rate": 9.0, "for": 1.0}]}),
            json!({"shape": "sine", "rate": 2.0, "amplitude": 1.0, "period": 86400.0}),
            json!({"shape": "replay", "counts": [1, 0, 7], "every": 60.0, "repeat": false}),
        ]
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for value in shapes() {
            assert_eq!(write(&read(&value).unwrap()), value);
        }
    }

    #[test]
    fn what_is_no_shape_is_refused_with_its_place() {
        for (value, told) in [
            (
                json!("fast"),
                "\"fast\"; expected a number, 0.000001 to 100000000 records a second, or an object whose shape is constant, steps, ramp, week, bursts, sine or replay",
            ),
            (
                json!({"rate": 1}),
                "without a shape; expected shape: constant, steps, ramp, week, bursts, sine or replay",
            ),
            (
                json!({"shape": "step"}),
                "'step'; expected constant, steps, ramp, week, bursts, sine or replay; did you mean 'steps'?",
            ),
            (
                json!({"shape": "ramp", "from": 1, "to": 2}),
                "without over; expected over: 0 to 3155760000 seconds",
            ),
            (
                json!({"shape": "ramp", "from": -1, "to": 2, "over": 1}),
                "from -1; expected 0 to 100000000 records a second",
            ),
            (
                json!({"shape": "ramp", "form": 1, "to": 2, "over": 1}),
                "'form'; expected shape, noise, from, to or over; did you mean 'from'?",
            ),
            (
                json!({"shape": "steps", "steps": [{"rate": 1, "for": 1}, {"rate": 1, "for": "1"}]}),
                "steps[1].for \"1\"; expected 0 to 3155760000 seconds",
            ),
            (
                json!({"shape": "steps", "steps": [{"rate": 1, "fro": 1}]}),
                "'steps[0].fro'; expected rate, for or at",
            ),
            (
                json!({"shape": "replay", "counts": [1, 2.5], "every": 1}),
                "counts[1] 2.5; expected a whole number from 0 to 4294967295",
            ),
            (
                json!({"shape": "replay", "counts": [1, -2], "every": 1}),
                "counts[1] -2; expected a whole number from 0 to 4294967295",
            ),
            (
                json!({"shape": "week", "rate": 1, "utc_offset": "2:00"}),
                "utc_offset \"2:00\"; expected an offset from UTC such as +02:00",
            ),
            (
                json!({"shape": "sine", "rate": 1, "amplitude": 2, "period": 1}),
                "amplitude 2; expected 0 to the mean, 1: there are no negative rates",
            ),
            (
                json!({"shape": "constant", "rate": 1, "noise": "white"}),
                "noise \"white\"; expected poisson",
            ),
        ] {
            assert_eq!(read(&value).unwrap_err().to_string(), told);
        }
    }

    /// The document must take what is taken.
    #[cfg(feature = "openapi")]
    #[test]
    fn the_schema_names_the_fields_of_each_shape() {
        let schemas = schemas();
        for value in shapes().iter().filter(|value| value.is_object()) {
            let is_named = |shape: &&Value| shape["title"] == value["shape"];
            let shape = schemas.iter().find(is_named).unwrap();
            let properties = &shape["properties"];
            for field in value.as_object().unwrap().keys() {
                assert!(properties[field].is_object(), "{field} of {value}");
            }
        }
    }
}
