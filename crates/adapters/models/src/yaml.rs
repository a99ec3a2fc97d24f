//! YAML 1.2 without indirections: anchors, aliases and tags are rejected.

use emulator_model::{ModelError, Node, NodeValue, Place};
use yaml_rust2::parser::{Event, Parser, Tag};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use crate::scalar;
use crate::tree::Tree;

pub(crate) fn read(text: &str) -> Result<Node, ModelError> {
    let mut parser = Parser::new_from_str(text);
    let mut tree = Tree::default();
    let mut documents = 0;
    loop {
        let (event, marker) = parser.next_token().map_err(|error| {
            let message = format!("this is no YAML: {}", error.info());
            tree.error(place(*error.marker()), message)
        })?;
        let place = place(marker);
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
            Event::DocumentStart => {
                documents += 1;
                if documents > 1 {
                    let message = "a second document begins here; a file holds one model";
                    return Err(tree.error(place, message));
                }
            }
            Event::StreamEnd => return Ok(tree.finish()),
            Event::Alias(_) => {
                let message = "aliases (*name) are not allowed; write the value itself";
                return Err(tree.error(place, message));
            }
            Event::Scalar(text, style, anchor, tag) => {
                plain(&tree, place, anchor, tag.as_ref())?;
                if tree.expects_name() {
                    tree.name(text, place)?;
                    continue;
                }
                let value = match style {
                    TScalarStyle::Plain => {
                        scalar::yaml(&text).map_err(|message| tree.error(place, message))?
                    }
                    _ => NodeValue::Text(text),
                };
                tree.value(place, value)?;
            }
            Event::SequenceStart(anchor, tag) => {
                plain(&tree, place, anchor, tag.as_ref())?;
                no_name(&tree, place, "a list")?;
                tree.open_list(place)?;
            }
            Event::MappingStart(anchor, tag) => {
                plain(&tree, place, anchor, tag.as_ref())?;
                no_name(&tree, place, "a map")?;
                tree.open_map(place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => tree.close(),
        }
    }
}

fn plain(tree: &Tree, place: Place, anchor: usize, tag: Option<&Tag>) -> Result<(), ModelError> {
    if anchor > 0 {
        let message = "anchors (&name) are not allowed; write the value wherever it is needed";
        return Err(tree.error(place, message));
    }
    match tag {
        None => Ok(()),
        Some(Tag { handle, suffix }) => Err(tree.error(
            place,
            format!("tags ({handle}{suffix}) are not allowed; write a text in quotation marks"),
        )),
    }
}

fn no_name(tree: &Tree, place: Place, kind: &str) -> Result<(), ModelError> {
    if tree.expects_name() {
        return Err(tree.error(place, format!("got {kind} as a name; expected a word")));
    }
    Ok(())
}

fn place(marker: Marker) -> Place {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Place {
        line: number(marker.line()),
        column: number(marker.col() + 1),
    }
}
