//! Imperfections as a tree: for each fault a share, or a map with a share and further settings.

use emulator_domain::imperfection::{
    CorruptKind, Corruption, Drift, Fault, Imperfections, Late, Nearby, Share, Skew,
};
use emulator_domain::{InvalidValue, Span, listed};

use crate::error::Faults;
use crate::node::{Entry, Node, NodeValue, Place};

/// The default bound of late records, in seconds.
const BOUND: f64 = 60.0;
/// The default bound of clock skew, in seconds.
const SKEW: f64 = 300.0;
/// The default window, in records.
const WINDOW: u32 = 100;
/// The default field that identifies the device.
const DEVICE: &str = "device_id";

/// Which id a duplicate has the second time.
pub const IDS: [&str; 2] = [SAME, NEW];
const SAME: &str = "same";
const NEW: &str = "new";

/// An invalid setting and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The place of the value.
    pub place: Place,
    /// What was found, with its path, and what is allowed.
    pub value: InvalidValue,
}

/// The settings that a fault has.
pub const fn settings(fault: Fault) -> &'static [&'static str] {
    match fault {
        Fault::Missing => &["share"],
        Fault::Late => &["share", "bound", "mean"],
        Fault::OutOfOrder => &["share", "window"],
        Fault::Duplicate => &["share", "window", "id"],
        Fault::Corrupt => &["share", "fields", "kinds"],
        Fault::ClockSkew => &["share", "bound", "device"],
        Fault::Drift => &["from", "remove", "rename", "retype", "add"],
    }
}

/// The allowed faults, for people.
pub fn expected() -> String {
    let names = Fault::ALL.map(Fault::name);
    format!(
        "an object with {}, each a share or an object with one; drift has from",
        listed(&names)
    )
}

/// Reads imperfections.
///
/// # Errors
/// The first invalid setting.
pub fn read(node: &Node) -> Result<Imperfections, Refused> {
    let mut all = Imperfections::default();
    for Entry { name, place, node } in map(node).ok_or_else(|| refused(node, expected()))? {
        let fault = exactly(name, &Fault::ALL, Fault::name).map_err(|value| Refused {
            place: *place,
            value,
        })?;
        let share_alone;
        let node = match &node.value {
            NodeValue::Null => continue,
            NodeValue::Map(_) => node,
            _ if fault == Fault::Drift => {
                let got = format!("drift {}", node.to_json());
                let value = InvalidValue::json(got, "an object with from and what changes");
                let place = node.place;
                return Err(Refused { place, value });
            }
            _ => {
                share_alone = Node {
                    place: node.place,
                    value: NodeValue::Map(vec![Entry {
                        name: "share".to_owned(),
                        place: node.place,
                        node: node.clone(),
                    }]),
                };
                &share_alone
            }
        };
        for entry in map(node).unwrap_or_default() {
            exactly(&entry.name, settings(fault), |name| name).map_err(|error| Refused {
                place: entry.place,
                value: error.of(&format!("{name}.")),
            })?;
        }
        Settings { fault: name, node }.read(fault, &mut all)?;
    }
    Ok(all)
}

/// Reads the imperfections in the description of a stream. Whether they are compatible with the
/// stream is checked once it exists.
pub fn of_stream(faults: &mut Faults, stream: &Node) -> Option<Imperfections> {
    let node = stream.get("imperfections")?;
    faults.within("imperfections", |faults| {
        read(node)
            .map_err(|refused| faults.at(refused.place, format!("got {}", refused.value)))
            .ok()
    })
}

fn map(node: &Node) -> Option<&[Entry]> {
    match &node.value {
        NodeValue::Map(entries) => Some(entries),
        _ => None,
    }
}

fn refused(node: &Node, expected: impl Into<String>) -> Refused {
    Refused {
        place: node.place,
        value: InvalidValue::json(node.to_json(), expected),
    }
}

/// The one of `all` with exactly that name.
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

/// The settings of a fault.
struct Settings<'f> {
    fault: &'f str,
    node: &'f Node,
}

impl Settings<'_> {
    fn read(&self, fault: Fault, all: &mut Imperfections) -> Result<(), Refused> {
        match fault {
            Fault::Missing => all.missing = self.share()?,
            Fault::Late => {
                all.late = Some(Late {
                    share: self.share()?,
                    bound: self.span("bound")?.unwrap_or(seconds(BOUND)),
                    mean: self.span("mean")?,
                });
            }
            Fault::OutOfOrder => all.out_of_order = Some(self.nearby()?),
            Fault::Duplicate => {
                let nearby = self.nearby()?;
                all.duplicate = Some(nearby);
                all.new_ids = self.id()? == NEW && nearby.share != Share::default();
            }
            Fault::Corrupt => {
                all.corrupt = Some(Corruption {
                    share: self.share()?,
                    fields: self.names("fields")?,
                    kinds: self.kinds()?,
                });
            }
            Fault::ClockSkew => {
                let device = match self.given("device") {
                    None => DEVICE.to_owned(),
                    Some(node) => self.text("device", node)?,
                };
                all.clock_skew = Some(Skew {
                    share: self.share()?,
                    bound: self.span("bound")?.unwrap_or(seconds(SKEW)),
                    device,
                });
            }
            Fault::Drift => all.drift = Some(self.drift()?),
        }
        Ok(())
    }

    fn given(&self, name: &str) -> Option<&Node> {
        self.node
            .get(name)
            .filter(|node| node.value != NodeValue::Null)
    }

    fn wrong(&self, name: &str, node: &Node, expected: impl Into<String>) -> Refused {
        let got = format!("{}.{name} {}", self.fault, node.to_json());
        Refused {
            place: node.place,
            value: InvalidValue::json(got, expected),
        }
    }

    fn without(&self, what: &str, expected: impl Into<String>) -> Refused {
        let got = format!("{} without {what}", self.fault);
        Refused {
            place: self.node.place,
            value: InvalidValue::shown(got, expected),
        }
    }

    fn share(&self) -> Result<Share, Refused> {
        let Some(node) = self.given("share") else {
            return Err(self.without("a share", Share::EXPECTED));
        };
        let share = number(node).and_then(|share| Share::new(share).ok());
        share.ok_or_else(|| self.wrong("share", node, Share::EXPECTED))
    }

    fn span(&self, name: &str) -> Result<Option<Span>, Refused> {
        let Some(node) = self.given(name) else {
            return Ok(None);
        };
        let span = number(node).and_then(|span| Span::seconds(span).ok());
        span.map(Some)
            .ok_or_else(|| self.wrong(name, node, Span::expected()))
    }

    fn nearby(&self) -> Result<Nearby, Refused> {
        let window = self.whole("window", u64::from(Nearby::MOST), " records")?;
        Ok(Nearby {
            share: self.share()?,
            window: window.map_or(WINDOW, |window| window as u32),
        })
    }

    fn whole(&self, name: &str, most: u64, of: &str) -> Result<Option<u64>, Refused> {
        let Some(node) = self.given(name) else {
            return Ok(None);
        };
        let whole = number(node).filter(|number| number.fract() == 0.0);
        let whole = whole.filter(|number| (0.0..=most as f64).contains(number));
        let expected = || format!("a whole number from 0 to {most}{of}");
        let whole = whole.ok_or_else(|| self.wrong(name, node, expected()))?;
        Ok(Some(whole as u64))
    }

    fn id(&self) -> Result<&'static str, Refused> {
        let Some(node) = self.given("id") else {
            return Ok(SAME);
        };
        let word = IDS
            .into_iter()
            .find(|word| node.value == NodeValue::Text((*word).to_owned()));
        word.ok_or_else(|| self.wrong("id", node, listed(&IDS)))
    }

    fn kinds(&self) -> Result<Vec<CorruptKind>, Refused> {
        let names = self.names("kinds")?;
        let kinds = names.iter().map(|kind| {
            exactly(kind, &CorruptKind::ALL, CorruptKind::name).map_err(|error| {
                let place = self.given("kinds").unwrap_or(self.node).place;
                let value = error.of(&format!("{}.kinds ", self.fault));
                Refused { place, value }
            })
        });
        kinds.collect()
    }

    fn text(&self, name: &str, node: &Node) -> Result<String, Refused> {
        match &node.value {
            NodeValue::Text(text) => Ok(text.clone()),
            _ => Err(self.wrong(name, node, "the name of a field")),
        }
    }

    fn names(&self, name: &str) -> Result<Vec<String>, Refused> {
        let Some(node) = self.given(name) else {
            return Ok(Vec::new());
        };
        let NodeValue::List(nodes) = &node.value else {
            return Err(self.wrong(name, node, "a list of names"));
        };
        let texts = nodes.iter().map(|node| match &node.value {
            NodeValue::Text(text) => Some(text.clone()),
            _ => None,
        });
        let texts: Option<_> = texts.collect();
        texts.ok_or_else(|| self.wrong(name, node, "a list of names"))
    }

    /// Named values.
    fn entries(&self, name: &str, expected: &str) -> Result<&[Entry], Refused> {
        match self.given(name) {
            None => Ok(&[]),
            Some(node) => map(node).ok_or_else(|| self.wrong(name, node, expected)),
        }
    }

    fn drift(&self) -> Result<Drift, Refused> {
        const MOST: u64 = 1 << 53;
        let from = self.whole("from", MOST, ", the first record that has drifted")?;
        let rename = self.entries("rename", "an object of names, each with a new one")?;
        let rename = rename
            .iter()
            .map(|entry| Ok((entry.name.clone(), self.text("rename", &entry.node)?)));
        let add = self.entries("add", "an object of new fields, each with its value")?;
        let add = add
            .iter()
            .map(|entry| (entry.name.clone(), entry.node.to_json()));
        Ok(Drift {
            from: from.ok_or_else(|| self.without("from", "the first record that has drifted"))?,
            remove: self.names("remove")?,
            rename: rename.collect::<Result<_, _>>()?,
            retype: self.names("retype")?,
            add: add.collect(),
        })
    }
}

fn seconds(seconds: f64) -> Span {
    Span::seconds(seconds).expect("a default is in range")
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        NodeValue::Integer(value) => Some(value as f64),
        NodeValue::Float(value) => Some(value),
        _ => None,
    }
}

/// Its JSON Schema.
pub fn json_schema() -> String {
    let share = r#"{"type":"number","minimum":0,"maximum":1}"#;
    let properties = Fault::ALL.map(|fault| {
        let fields: Vec<String> = (settings(fault).iter())
            .map(|name| format!("\"{name}\":{}", setting_schema(fault, name)))
            .collect();
        let (required, alone, description) = match fault {
            Fault::Missing => ("share", share, "Records that are not delivered."),
            Fault::Late => ("share", share, "Records that are delivered some time after they happened."),
            Fault::OutOfOrder => ("share", share, "Records that are delivered after later ones."),
            Fault::Duplicate => ("share", share, "Records that are delivered twice."),
            Fault::Corrupt => ("share", share, "Records with a damaged value."),
            Fault::ClockSkew => ("share", share, "Devices whose clock is wrong, each by as much as it always is, in all of their records; the share is one of devices."),
            Fault::Drift => ("from", "", "From one record on, all records have other fields; only json and ndjson can have it."),
        };
        let comma = if alone.is_empty() { "" } else { "," };
        format!(
            r#""{fault}":{{"description":"{description}","oneOf":[{alone}{comma}{{"type":"object","required":["{required}"],"properties":{{{}}},"additionalProperties":false}},{{"type":"null"}}]}}"#,
            fields.join(",")
        )
    });
    format!(
        r#"{{"type":"object","properties":{{{}}},"additionalProperties":false}}"#,
        properties.join(",")
    )
}

fn setting_schema(fault: Fault, name: &str) -> String {
    let seconds = |text: &str| {
        format!(r#"{{"type":["number","null"],"exclusiveMinimum":0,"description":"{text}"}}"#)
    };
    let names = |text: &str, items: &str| {
        format!(r#"{{"type":["array","null"],"items":{items},"description":"{text}"}}"#)
    };
    let fields = |text: &str, values: &str| {
        format!(
            r#"{{"type":["object","null"],"additionalProperties":{values},"description":"{text}"}}"#
        )
    };
    let text = r#"{"type":"string"}"#;
    match (fault, name) {
        (_, "share") => r#"{"type":"number","minimum":0,"maximum":1}"#.to_owned(),
        (Fault::ClockSkew, "bound") => seconds("Seconds by which a clock is wrong at most; 300 if absent."),
        (_, "bound") => seconds("Seconds by which a record is late at most; 60 if absent."),
        (_, "mean") => seconds("The mean of exponential delays, which are cut at the bound; if absent, delays are evenly spread up to it."),
        (_, "window") => {
            let least = u8::from(fault == Fault::OutOfOrder);
            let most = Nearby::MOST;
            format!(r#"{{"type":["integer","null"],"minimum":{least},"maximum":{most},"description":"Maximum number of records in between; 100 if absent."}}"#)
        }
        (_, "id") => format!(r#"{{"type":["string","null"],"enum":["{SAME}","{NEW}",null],"description":"The id that a record has the second time: its own, or another. `same` if absent."}}"#),
        (_, "fields") => names("The fields that are damaged, such as `amount`, within a struct `ship_to.city`, an element of an array `tags[]`, a value of a map `labels[]`; any that can be if absent, but those of id and key.", text),
        (_, "kinds") => {
            let all = CorruptKind::ALL.map(|kind| format!("\"{kind}\"")).join(",");
            names("How a value may be damaged; in any way that suits it if absent.", &format!(r#"{{"type":"string","enum":[{all}]}}"#))
        }
        (_, "device") => format!(r#"{{"type":["string","null"],"description":"The field that says whose clock it is; `{DEVICE}` if absent."}}"#),
        (_, "from") => r#"{"type":"integer","minimum":0,"description":"The first record that has drifted, counted along the timeline."}"#.to_owned(),
        (_, "remove") => names("Fields that are removed.", text),
        (_, "retype") => names("Fields whose values are of another type: a number or a boolean is a text, anything else in a list.", text),
        (_, "rename") => fields("Fields with another name, each with that name.", text),
        _ => fields(
            "Fields that are added, each with its value.",
            "true",
        ),
    }
}
