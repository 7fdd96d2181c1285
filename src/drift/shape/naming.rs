//! Shapes of names: those of DNS, and ids that are parts of others.

use serde_json::Value;

use crate::declared::is_hole;

/// A name as people write it: in lower case, without the last dot, `*` for Route 53's `\\052`.
pub(super) fn dns_name(value: &Value) -> Value {
    let plain = |name: &str| name.trim_end_matches('.').replace("\\052", "*").to_lowercase();
    value.as_str().map_or_else(|| value.clone(), |name| plain(name).into())
}

/// Record sets without the values of texts, which nobody keeps: some are passwords.
pub(super) fn record_sets(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    let shown = |item: &Value| {
        let mut item = item.clone();
        let is_text = item.get("Type").is_none_or(|kind| kind == "TXT" || is_hole(kind).is_some());
        if let Some(members) = item.as_object_mut().filter(|_| is_text) {
            members.remove("ResourceRecords");
        }
        item
    };
    items.iter().map(shown).collect()
}

/// The id in a web ACL's physical id, which is `name|id|scope`.
pub(super) fn web_acl_id(value: &Value) -> Value {
    value.as_str().and_then(|id| id.split('|').nth(1)).map_or_else(|| value.clone(), Value::from)
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
    }

    #[test]
    fn texts_have_no_values() {
        let sets = json!([{"Type": "TXT", "ResourceRecords": ["hunter2"]}, {"Type": "A", "ResourceRecords": ["192.0.2.1"]}, hole("x")]);
        assert_eq!(record_sets(&sets), json!([{"Type": "TXT"}, {"Type": "A", "ResourceRecords": ["192.0.2.1"]}, hole("x")]));
    }
}
