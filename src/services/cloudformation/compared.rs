//! What of a declared resource is compared with what is there: only that is kept of a template.

use crate::declared::template::Keep;
use crate::inventory::kind::Words;
use crate::services::kinds;

/// The properties of a type that are compared; `None` if it is not compared at all.
pub fn keep(resource_type: &str) -> Option<Vec<Keep>> {
    let of = kinds().iter().filter(|kind| kind.types(Words::CloudFormation).iter().any(|name| name == resource_type));
    let keep = |(path, names_only)| Keep { path, names_only };
    let mut known = None;
    for kind in of {
        known.get_or_insert_with(Vec::new).extend(kind.properties().into_iter().map(keep));
    }
    known
}
