//! Shapes of names: those of DNS, and ids that are parts of others.

use serde_json::Value;

use crate::declared::is_hole;

/// A name as people write it: in lower case, without the last dot, `*` for Route 53's `\\052`.
pub(super) fn dns_name(value: &Value) -> Value {
    let plain = |name: &str| name.trim_end_matches('.').replace("\\052", "*").to_lowercase();
    value.as_str().map_or_else(|| value.clone(), |name| plain(name).into())
}

/// The values of a record set; nothing for a text, whose values nobody keeps: some are passwords. Terraform writes none as an empty list.
pub(super) fn record_values(value: &Value) -> Value {
    let kind = value.get("Type").or_else(|| value.get("type"));
    let is_shown = kind.and_then(Value::as_str).is_some_and(|kind| kind != "TXT");
    let values = value.get("ResourceRecords").or_else(|| value.get("records"));
    let is_set = |values: &&Value| values.as_array().is_some_and(|values| !values.is_empty()) || is_hole(values).is_some();
    values.filter(is_set).filter(|_| is_shown).map_or(Value::Null, Value::clone)
}

/// The id in a web ACL's physical id, which is `name|id|scope`.
pub(super) fn web_acl_id(value: &Value) -> Value {
    value.as_str().and_then(|id| id.split('|').nth(1)).map_or_else(|| value.clone(), Value::from)
}

/// The first part of a physical id that may be made of several: an address, or `address|allocation`.
pub(super) fn first_of_id(value: &Value) -> Value {
    value.as_str().and_then(|id| id.split('|').next()).map_or_else(|| value.clone(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declared::hole;
    use serde_json::json;

    #[test]
    fn names_have_one_form() {
        assert_eq!(dns_name(&json!("\\052.Pay.example.com.")), "*.pay.example.com");
        assert_eq!(web_acl_id(&json!("pay|a1b2|REGIONAL")), "a1b2");
        assert_eq!(web_acl_id(&json!("a1b2")), "a1b2");
        assert_eq!(first_of_id(&json!("192.0.2.1|eipalloc-1")), first_of_id(&json!("192.0.2.1")));
    }

    #[test]
    fn texts_have_no_values() {
        assert_eq!(record_values(&json!({"Type": "TXT", "ResourceRecords": ["hunter2"]})), Value::Null);
        assert_eq!(record_values(&json!({"Type": hole("x"), "ResourceRecords": ["hunter2"]})), Value::Null);
        assert_eq!(record_values(&json!({"Type": "A", "ResourceRecords": ["192.0.2.1"]})), json!(["192.0.2.1"]));
        assert_eq!(record_values(&json!({"type": "A", "records": ["192.0.2.1"]})), json!(["192.0.2.1"]));
        assert_eq!(record_values(&json!({"type": "A", "records": []})), Value::Null);
    }
}
