//! Checks for dangerous YAML in settings files.

use yaml_rust2::scanner::{Scanner, Token, TokenType};

/// The maximum nesting depth of tables and lists. Settings have two levels.
const DEPTH: usize = 32;

/// Rejects what would use unbounded memory when loaded: aliases, which stand for values that may
/// contain aliases themselves, and deep nesting. Other errors are found when the file is loaded.
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
