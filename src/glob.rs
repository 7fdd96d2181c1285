//! WHAT IS MEANT: patterns that users write (`vpc/nat_*`), bounded before they are compiled.
//!
//! `globset` makes a regular expression of a pattern, and panics where that one grows too large or lies too deep. What users need stays
//! far below these bounds; no ARN is longer than 2,048 bytes.

use globset::{Glob, GlobMatcher};

/// Bytes that a pattern may have.
const LONGEST: usize = 4_096;
/// Braces in one another.
const DEEPEST: usize = 8;

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// It is not written as one.
    #[error(transparent)]
    Syntax(#[from] globset::Error),
    /// It is longer than anybody needs.
    #[error("a pattern of {0} bytes is too long: {LONGEST} are the most; write several")]
    Long(usize),
    /// Braces stand in one another, many times.
    #[error("a pattern with braces in one another more than {DEEPEST} times: write several")]
    Deep,
}

/// Makes a pattern ready to be asked.
///
/// # Errors
/// When it is no pattern, or one without measure.
///
/// ```
/// use driftlead::glob::matcher;
/// assert!(matcher("vpc/nat_*").unwrap().is_match("vpc/nat_gateway_idle"));
/// assert!(matcher("[a").unwrap_err().to_string().contains("unclosed character class"));
/// ```
pub fn matcher(pattern: &str) -> Result<GlobMatcher, GlobError> {
    if pattern.len() > LONGEST {
        return Err(GlobError::Long(pattern.len()));
    }
    let mut depth = 0_usize;
    for byte in pattern.bytes() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(GlobError::Deep);
        }
    }
    Ok(Glob::new(pattern)?.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_measure_is_refused_and_no_panic() {
        assert_eq!(matcher(&"?".repeat(1 << 20)).unwrap_err(), GlobError::Long(1 << 20));
        assert_eq!(matcher(&format!("{}a{}", "{".repeat(300), "}".repeat(300))).unwrap_err(), GlobError::Deep);
        let long = "{a,[!b]}".repeat(LONGEST / 8);
        assert!(matcher(&long).unwrap().is_match("a".repeat(LONGEST / 8)));
    }
}
