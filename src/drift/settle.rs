//! What of a declared and a found value is compared: without what others put there and nobody has to declare.

use serde_json::{Map, Value};

use super::same::same;
use super::wanted::Cell;

/// A list with what parts put into it besides (groups of a user).
pub(super) fn with_parts(wanted: Value, parts: &[Value]) -> Value {
    let Value::Array(mut items) = wanted else { return wanted };
    for part in parts {
        if !items.iter().any(|item| same(part, item, false)) {
            items.push(part.clone());
        }
    }
    items.into()
}

/// Tags that a service puts on what others declared: ECS on the Auto Scaling groups of its capacity providers.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/asg-capacity-providers.html>
const OF_SERVICES: &[&str] = &["AmazonECSManaged"];

/// Tags are compared without those that AWS and the stack put there besides the declared ones.
pub(super) fn settle(column: &str, wanted: &Cell, found: Value, other_tags: &Map<String, Value>) -> (Value, Value) {
    if let (true, Value::Array(items)) = (wanted.is_among, &found) {
        let is_there = items.iter().any(|item| same(&wanted.value, item, false));
        let all = items.iter().cloned().chain((!is_there).then(|| wanted.value.clone()));
        return (all.collect(), found);
    }
    let (Value::Object(declared), Value::Object(mut tags), "tags") = (&wanted.value, found.clone(), column) else {
        return (wanted.value.clone(), found);
    };
    tags.retain(|name, value| {
        let is_others = || OF_SERVICES.contains(&name.as_str()) || other_tags.get(name).is_some_and(|other| same(other, value, false));
        // A state may hold those of AWS as well: they are dropped on both sides.
        !name.starts_with("aws:") && (declared.contains_key(name) || !is_others())
    });
    let declared = declared.iter().filter(|(name, _)| !name.starts_with("aws:")).map(|(name, value)| (name.clone(), value.clone()));
    (declared.collect(), tags.into())
}
