//! What a YAML file of settings may not have.

use yaml_rust2::scanner::{Scanner, Token, TokenType};

/// How many tables and lists may be within each other. Settings are two deep.
const DEPTH: usize = 32;

/// Refuses what would take memory without bound when it is loaded: an alias, which stands for a
/// value that may have aliases itself, and deep nesting. What else is wrong, loading says.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut depth = 0usize;
    for Token(place, token) in Scanner::new(text.chars()) {
        match token {
            TokenType::Alias(name) => {
                return Err(format!(
                    "line {}: got the alias *{name}, but aliases are not allowed; write the value \
                     itself",
                    place.line()
                ));
            }
            TokenType::BlockSequenceStart
            | TokenType::BlockMappingStart
            | TokenType::FlowSequenceStart
            | TokenType::FlowMappingStart => depth += 1,
            TokenType::BlockEnd | TokenType::FlowSequenceEnd | TokenType::FlowMappingEnd => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
        if depth > DEPTH {
            return Err(format!(
                "line {}: tables are nested more than {DEPTH} deep",
                place.line()
            ));
        }
    }
    Ok(())
}
