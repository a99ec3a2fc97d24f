//! TOML.

use emulator_model::{ModelError, Node, NodeValue};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::lines::Lines;
use crate::scalar;
use crate::tree::Tree;

pub(crate) fn read(text: &str) -> Result<Node, ModelError> {
    let source = Source {
        text,
        lines: Lines::of(text),
    };
    let mut tree = Tree::default();
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let message = format!("this is no TOML: {}", error.message());
        tree.error(source.lines.place(offset), message)
    })?;
    source.add_table(&mut tree, table.span().start, table.into_inner())?;
    Ok(tree.finish())
}

struct Source<'t> {
    text: &'t str,
    lines: Lines<'t>,
}

impl Source<'_> {
    fn add_table(
        &self,
        tree: &mut Tree,
        start: usize,
        table: DeTable<'_>,
    ) -> Result<(), ModelError> {
        tree.open_map(self.lines.place(start))?;
        // The parser sorts by name; restore the order in which fields were written.
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (name, value) in entries {
            let place = self.lines.place(name.span().start);
            tree.name(name.into_inner().into_owned(), place)?;
            self.add(tree, value)?;
        }
        tree.close();
        Ok(())
    }

    /// Recursive as deep as the tree allows.
    fn add(&self, tree: &mut Tree, value: Spanned<DeValue<'_>>) -> Result<(), ModelError> {
        let span = value.span();
        let place = self.lines.place(span.start);
        let value = match value.into_inner() {
            DeValue::Table(table) => return self.add_table(tree, span.start, table),
            DeValue::Array(array) => {
                tree.open_list(place)?;
                for element in array {
                    self.add(tree, element)?;
                }
                tree.close();
                return Ok(());
            }
            DeValue::Boolean(value) => NodeValue::Boolean(value),
            DeValue::String(text) => NodeValue::Text(text.into_owned()),
            // Verbatim, because a date is a string in the other syntaxes too.
            DeValue::Datetime(_) => NodeValue::Text(self.text[span].to_owned()),
            DeValue::Integer(number) => {
                let read = scalar::whole(&self.text[span], number.as_str(), number.radix());
                match read {
                    Ok(Some(number)) => number,
                    Ok(None) => return Err(tree.error(place, "expected a whole number")),
                    Err(message) => return Err(tree.error(place, message)),
                }
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => NodeValue::Float(number),
                _ => return Err(tree.error(place, scalar::not_finite(&self.text[span]))),
            },
        };
        tree.value(place, value)
    }
}
