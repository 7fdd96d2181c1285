//! Why something cannot be told.

/// Causes, as people read them in a list with a number beside each.
pub(super) mod cause {
    pub const ATTRIBUTE: &str = "attribute that is not told";
    pub const CONDITION: &str = "condition that cannot be decided";
    pub const DEPTH: &str = "nested too deeply, or in a circle";
    pub const DYNAMIC: &str = "dynamic reference";
    pub const EXPORT: &str = "export that is not told";
    pub const MACRO: &str = "macro";
    pub const MALFORMED: &str = "function that is not understood";
    pub const MAPPING: &str = "key that a mapping does not have";
    pub const NAME: &str = "name that the template does not have";
    pub const OTHER: &str = "other";
    pub const PARAMETER: &str = "parameter that is not told";
    pub const PSEUDO: &str = "pseudo parameter that is not told";
    pub const RESOURCE: &str = "resource that is not deployed";
    pub const ZONES: &str = "availability zones that are not told";
}

/// What cannot be told: the cause, of a few, and what it is about. Neither holds a value.
#[derive(Debug, Clone)]
pub(super) struct Gap {
    pub cause: String,
    pub why: String,
}

impl Gap {
    pub fn new(cause: &str, why: &str) -> Self {
        Self { cause: cause.to_owned(), why: why.to_owned() }
    }

    pub fn malformed(function: &str, what: &str) -> Self {
        Self::new(cause::MALFORMED, &format!("{function} {what}"))
    }
}
