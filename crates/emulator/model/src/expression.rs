//! Expressions in CEL, the Common Expression Language (<https://cel.dev>).
//!
//! The `cel` crate parses them. Their types are checked once against the types of the fields. They
//! are evaluated column by column, for many records at once.

mod check;
mod evaluate;
mod vectors;

use cel::parser::Parser;

pub(crate) use self::check::Type;
use self::check::{Checked, check};
use crate::Node;
use crate::compile::Context;

/// The maximum length of an expression, and its maximum depth.
const LONGEST: usize = 2_000;
const DEEPEST: u16 = 40;

/// An expression with checked types.
#[derive(Debug)]
pub(crate) struct Expression {
    step: Checked,
    scale: Option<u8>,
}

impl Expression {
    /// Reads an expression over the fields before the current one.
    ///
    /// # Errors
    /// With a message, if the expression is invalid or has a type error; with an empty one, if that
    /// was already reported.
    pub(crate) fn parse(
        text: &str,
        context: &mut Context<'_>,
        node: &Node,
    ) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!(
                "the expression is {} bytes long; expected at most {LONGEST}",
                text.len()
            ));
        }
        // The parser recurses into brackets and signs; this limit keeps its stack small.
        let nesting = text.bytes().filter(|byte| b"([{!-?".contains(byte)).count();
        if nesting > 200 {
            return Err("the expression nests too deep; expected a simpler one".to_owned());
        }
        let parsed = Parser::new()
            .max_recursion_depth(DEEPEST)
            .parse(text)
            .map_err(|errors| {
                let all = errors.to_string();
                let reason = all
                    .lines()
                    .find(|line| !line.trim().is_empty())
                    .unwrap_or_default();
                format!(
                    "this is no expression: {}",
                    reason.trim_start_matches("ERROR: ")
                )
            })?;
        let step = check(&parsed.expr, context, node)?;
        Ok(Self { step, scale: None })
    }

    /// The type of its values.
    pub(crate) const fn result(&self) -> Type {
        self.step.result
    }

    /// Whether it may have no value.
    pub(crate) const fn may_fail(&self) -> bool {
        self.step.may_fail
    }

    /// The same, as a decimal with this many digits after the point.
    pub(crate) const fn scaled(mut self, scale: Option<u8>) -> Self {
        // A decimal may be out of range.
        self.scale = scale;
        self
    }
}
