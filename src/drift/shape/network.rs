//! Shapes of network rules.

use serde_json::{Value, json};

use crate::declared::is_hole;

/// Rules of a security group, one for each peer, as `protocol`, `from`, `to`, `cidr4`, `cidr6`, `prefix_list`, `group` and
/// `description`: from CloudFormation's lists and resources, and from Terraform's blocks, which have several peers each.
pub(super) fn group_rules(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    items.iter().flat_map(group_rule).collect()
}

fn group_rule(item: &Value) -> Vec<Value> {
    if is_hole(item).is_some() {
        return vec![item.clone()];
    }
    let first = |names: &[&str]| names.iter().filter_map(|name| item.get(*name)).find(|value| !value.is_null()).cloned();
    let protocol = protocol(&first(&["IpProtocol", "protocol", "ip_protocol"]).unwrap_or_else(|| "-1".into()));
    // All protocols have all ports, whatever is written.
    let is_all = protocol == Value::from("-1");
    let port = |names: &[&str], all: i64| match first(names) {
        Some(port) if !is_all => port,
        _ => all.into(),
    };
    let (from, to) = (port(&["FromPort", "from_port"], 0), port(&["ToPort", "to_port"], 65_535));
    let rule = |peer: &str, value: Value, item: &Value| {
        let description = ["Description", "description"].iter().find_map(|name| item.get(*name)).filter(|text| !text.is_null());
        let mut rule = json!({
            "protocol": protocol, "from": from, "to": to, "cidr4": "", "cidr6": "", "prefix_list": "", "group": "",
            "description": description.cloned().unwrap_or_else(|| "".into()),
        });
        rule[peer] = value;
        rule
    };
    let peers: [(&str, &[&str]); 4] = [
        ("cidr4", &["CidrIp", "cidr_blocks", "cidr_ipv4"]),
        ("cidr6", &["CidrIpv6", "ipv6_cidr_blocks", "cidr_ipv6"]),
        ("prefix_list", &["SourcePrefixListId", "DestinationPrefixListId", "prefix_list_ids", "prefix_list_id"]),
        (
            "group",
            &[
                "SourceSecurityGroupId", "DestinationSecurityGroupId", "security_groups", "source_security_group_id",
                "referenced_security_group_id",
            ],
        ),
    ];
    let mut rules = Vec::new();
    for (peer, names) in peers {
        for value in names.iter().filter_map(|name| item.get(*name)) {
            match value {
                Value::Array(several) => rules.extend(several.iter().map(|one| rule(peer, peer_of(peer, one), item))),
                Value::Null => {}
                Value::String(text) if text.is_empty() => {}
                one => rules.push(rule(peer, peer_of(peer, one), item)),
            }
        }
    }
    // `self` of Terraform, and a group that is named instead of identified: which one it is, the rule alone does not tell.
    if item.get("self") == Some(&Value::Bool(true)) {
        rules.push(rule("group", super::ITSELF.into(), item));
    }
    if let Some(name) = item.get("SourceSecurityGroupName").filter(|name| !name.is_null()) {
        rules.push(rule("group", crate::declared::hole(&format!("a security group by its name {name}")), item));
    }
    rules
}

/// A group of another account is written `account/sg-…`.
fn peer_of(peer: &str, value: &Value) -> Value {
    match value.as_str().filter(|_| peer == "group") {
        Some(text) => text.rsplit('/').next().unwrap_or(text).into(),
        None => value.clone(),
    }
}

/// Numbers that AWS gives names to.
fn protocol(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.to_lowercase(),
        Value::Number(number) => number.to_string(),
        other => return other.clone(),
    };
    let name = match text.as_str() {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "all" => "-1",
        other => other,
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_is_a_rule() {
        let terraform = json!([{
            "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8", "10.1.0.0/16"], "ipv6_cidr_blocks": [],
            "security_groups": ["sg-1"], "self": false, "prefix_list_ids": [], "description": "",
        }]);
        assert_eq!(group_rules(&terraform).as_array().unwrap().len(), 3);
        let all = json!([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "FromPort": -1}]);
        let rule = &group_rules(&all)[0];
        assert_eq!((&rule["from"], &rule["to"], &rule["cidr4"]), (&json!(0), &json!(65_535), &json!("0.0.0.0/0")));
        assert_eq!(
            group_rules(&json!([{"IpProtocol": 6, "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": "1/sg-2"}]))[0]["group"],
            "sg-2"
        );
    }
}
