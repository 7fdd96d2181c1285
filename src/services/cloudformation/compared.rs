//! What of a declared resource is compared with what is there: only that is kept of a template.

use serde_json::Value;

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

/// Takes away what the rows of record sets have not either: the values of texts, some of which are passwords. Of a record whose type
/// is computed nobody knows what it is.
pub fn withhold(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(withhold),
        Value::Object(members) => {
            let is_shown = members.get("Type").and_then(Value::as_str).is_some_and(|kind| kind != "TXT");
            if let Some(values) = members.get_mut("ResourceRecords").filter(|_| !is_shown) {
                *values = Value::Null;
            }
            members.values_mut().for_each(withhold);
        }
        _ => {}
    }
}
