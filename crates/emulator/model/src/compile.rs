//! From the tree of a model to its program. Reports all errors at once.

mod field;
mod order;
mod stream;

pub(crate) use field::{BESIDE_ALL, Context, FieldNode};

use emulator_domain::record::ModelText;
use sha2::{Digest, Sha256};

use self::order::in_order;
use self::stream::read_stream;
use crate::error::{Faults, ModelErrors};
use crate::node::{Entry, Node};
use crate::program::Program;

/// The maximum number of streams of a model.
const MOST_STREAMS: usize = 5_000;

/// A model that was read.
pub(crate) struct Compiled {
    pub(crate) text: ModelText,
    pub(crate) program: Program,
    /// The properties of each stream that the program does not need, in the same order.
    pub(crate) surfaces: Vec<stream::Surface>,
}

/// Compiles a model. Errors in a stream or field do not prevent the others from being read; if
/// there are any, no program is used.
pub(crate) fn compile(document: &Node) -> Result<Compiled, ModelErrors> {
    let mut faults = Faults::default();
    let compiled = read_model(&mut faults, document);
    ModelErrors::none_of(faults.into_errors())?;
    Ok(compiled.expect("what could not be read was noted"))
}

fn read_model(faults: &mut Faults, document: &Node) -> Option<Compiled> {
    let entries = faults.map(document, "a model: a map with 'model' and 'streams'")?;
    faults.only(entries, &["model", "description", "streams"]);
    let named = match document.get("model") {
        None => {
            faults.missing(document, "model", "the model's name");
            None
        }
        Some(node) => faults.within("model", |faults| {
            let name = faults.text(node, "the model's name")?;
            faults.name(name, node.place, "model").then_some(name)
        }),
    };
    if let Some(node) = document.get("description") {
        faults.within("description", |faults| faults.text(node, "a text"));
    }
    let Some(streams) = document.get("streams") else {
        faults.missing(document, "streams", "a map of streams by their names");
        return None;
    };
    let streams: &[Entry] = faults.within("streams", |faults| {
        let entries = faults.map(streams, "a map of streams by their names")?;
        if entries.is_empty() || entries.len() > MOST_STREAMS {
            faults.at(
                streams.place,
                format!("{} streams; expected 1 to {MOST_STREAMS}", entries.len()),
            );
            return None;
        }
        Some(entries)
    })?;
    let name = named.unwrap_or("model");
    let mut program = Program {
        name: name.to_owned(),
        streams: Vec::with_capacity(streams.len()),
    };
    let mut surfaces = Vec::with_capacity(streams.len());
    faults.enter("streams".to_owned());
    for position in in_order(faults, streams) {
        let entry = &streams[position];
        match read_stream(faults, name, &program, &surfaces, entry) {
            Some((stream, surface)) => {
                program.streams.push(stream);
                surfaces.push(surface);
            }
            None => faults.unread_stream(&entry.name),
        }
    }
    faults.leave();
    let json = document.to_json();
    let digest = Sha256::digest(json.as_bytes());
    named.map(|name| Compiled {
        text: ModelText {
            name: name.to_owned(),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            json: json.into(),
        },
        program,
        surfaces,
    })
}
