//! What of a declared resource is compared with what is there.

use crate::declared::template::Keep;

/// The properties of a type that are compared; `None` if it is not compared at all.
pub fn keep(_resource_type: &str) -> Option<Vec<Keep>> {
    None
}
