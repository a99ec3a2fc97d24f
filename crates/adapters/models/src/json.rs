//! Strict JSON (RFC 8259).

use emulator_model::{ModelError, Node, NodeValue};
use jsonc_parser::ast::Value;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::lines::Lines;
use crate::scalar;
use crate::tree::Tree;

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(crate) fn read(text: &str) -> Result<Node, ModelError> {
    let lines = Lines::of(text);
    let mut tree = Tree::default();
    let parsed = parse(text);
    let parsed = parsed.map_err(|(offset, message)| tree.error(lines.place(offset), message))?;
    if let Some(value) = parsed {
        add(&mut tree, &lines, value)?;
    }
    Ok(tree.finish())
}

/// Parses a text, or says where and why it is invalid.
pub(crate) fn parse(text: &str) -> Result<Option<Value<'_>>, (usize, String)> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT);
    let parsed = parsed.map_err(|error| {
        let message = format!("this is no JSON: {}", error.kind());
        (error.range().start, message)
    })?;
    Ok(parsed.value)
}

/// Recursive as deep as the tree allows.
fn add(tree: &mut Tree, lines: &Lines<'_>, value: Value<'_>) -> Result<(), ModelError> {
    let start = |range: Range| lines.place(range.start);
    let place = start(value.range());
    let value = match value {
        Value::Object(object) => {
            tree.open_map(place)?;
            for property in object.properties {
                let place = start(property.name.range());
                tree.name(property.name.into_string(), place)?;
                add(tree, lines, property.value)?;
            }
            tree.close();
            return Ok(());
        }
        Value::Array(array) => {
            tree.open_list(place)?;
            for element in array.elements {
                add(tree, lines, element)?;
            }
            tree.close();
            return Ok(());
        }
        Value::NullKeyword(_) => NodeValue::Null,
        Value::BooleanLit(literal) => NodeValue::Boolean(literal.value),
        Value::StringLit(literal) => NodeValue::Text(literal.value.into_owned()),
        Value::NumberLit(literal) => match scalar::number(literal.value) {
            Ok(Some(number)) => number,
            Ok(None) => return Err(tree.error(place, scalar::not_finite(literal.value))),
            Err(message) => return Err(tree.error(place, message)),
        },
    };
    tree.value(place, value)
}
