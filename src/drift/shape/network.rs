//! Shapes of network rules.

use serde_json::{Map, Value, json};

use crate::declared::is_hole;

/// A range as AWS keeps it: `10.0.1.7/24` becomes `10.0.1.0/24`, IPv6 gets its short spelling. Anything else stays.
pub(super) fn cidr(value: &Value) -> Value {
    let net = value.as_str().filter(|text| text.contains('/')).and_then(|text| text.parse::<ipnet::IpNet>().ok());
    net.map_or_else(|| value.clone(), |net| net.trunc().to_string().into())
}

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
    // All protocols have all ports, whatever is written, and so have those that know none. -1 stands for all, too.
    let has_ports = protocol.as_str().is_none_or(|name| matches!(name, "tcp" | "udp" | "icmp" | "icmpv6"));
    let port = |names: &[&str], all: i64| match first(names) {
        Some(port) if has_ports && !is_negative(&port) => port,
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
        let own = item.get("security_group_id").filter(|id| id.is_string()).cloned();
        rules.push(rule("group", own.unwrap_or_else(|| super::ITSELF.into()), item));
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
        None => cidr(value),
    }
}

fn is_negative(port: &Value) -> bool {
    port.as_i64().or_else(|| port.as_str()?.parse().ok()).is_some_and(|port| port < 0)
}

/// Entries of a network ACL as `egress`, `number`, `action`, `protocol`, `cidr`, `from` and `to`: from CloudFormation's resource, from
/// Terraform's, and from its blocks. Without ports where the protocol knows none: AWS lets all through then, whatever is written.
pub(super) fn acl_entries(value: &Value) -> Value {
    let Value::Array(items) = value else { return value.clone() };
    items.iter().map(acl_entry).collect()
}

fn acl_entry(item: &Value) -> Value {
    if is_hole(item).is_some() {
        return item.clone();
    }
    let is_set = |value: &&Value| !value.is_null() && value.as_str() != Some("");
    let first = |names: &[&str]| names.iter().filter_map(|name| item.get(*name)).find(is_set).cloned();
    let number = |protocol: Value| match protocol.as_str() {
        Some("tcp") => "6".into(),
        Some("udp") => "17".into(),
        Some("icmp") => "1".into(),
        Some("icmpv6") => "58".into(),
        Some("all") => "-1".into(),
        _ => {
            if let Value::Number(number) = &protocol {
                number.to_string().into()
            } else {
                protocol
            }
        }
    };
    let protocol = first(&["Protocol", "protocol"]).map(number);
    let has_ports = protocol.as_ref().and_then(Value::as_str).is_some_and(|name| matches!(name, "6" | "17"));
    let ports = item.get("PortRange");
    let port = |member: &str, name: &str| {
        let told = ports.map_or_else(
            || first(&[name]),
            |range| if is_hole(range).is_some() { Some(range.clone()) } else { range.get(member).cloned() },
        );
        told.filter(|port| has_ports && !port.is_null())
    };
    let members = [
        ("egress", Some(first(&["Egress", "egress"]).unwrap_or(Value::Bool(false)))),
        ("number", first(&["RuleNumber", "rule_number", "rule_no"])),
        ("action", first(&["RuleAction", "rule_action", "action"])),
        ("cidr", first(&["CidrBlock", "cidr_block", "Ipv6CidrBlock", "ipv6_cidr_block"]).map(|range| cidr(&range))),
        ("from", port("From", "from_port")),
        ("to", port("To", "to_port")),
        ("protocol", protocol.clone()),
    ];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<String, Value>>().into()
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

    #[test]
    fn ports_and_ranges_are_as_aws_keeps_them() {
        let ping = json!([{"IpProtocol": "icmp", "FromPort": "8", "ToPort": "-1", "CidrIp": "10.0.1.7/24"}]);
        let rule = &group_rules(&ping)[0];
        assert_eq!((&rule["from"], &rule["to"], &rule["cidr4"]), (&json!("8"), &json!(65_535), &json!("10.0.1.0/24")));
        let esp = json!([{"protocol": "50", "from_port": 0, "to_port": 0, "ipv6_cidr_blocks": ["2001:DB8::1/32"]}]);
        let rule = &group_rules(&esp)[0];
        assert_eq!((&rule["to"], &rule["cidr6"]), (&json!(65_535), &json!("2001:db8::/32")));
        let own = json!([{"protocol": "-1", "self": true, "security_group_id": "sg-7"}]);
        assert_eq!(group_rules(&own)[0]["group"], "sg-7");
        assert_eq!(cidr(&json!("pl-1")), "pl-1");
    }

    #[test]
    fn entries_of_an_acl_have_ports_where_the_protocol_does() {
        let entry = json!([{"NetworkAclId": "acl-1", "RuleNumber": 100, "Protocol": 6, "RuleAction": "allow", "CidrBlock": "10.0.0.9/8",
            "PortRange": {"From": 443, "To": 444}}]);
        let told =
            json!([{"egress": false, "number": 100, "action": "allow", "protocol": "6", "cidr": "10.0.0.0/8", "from": 443, "to": 444}]);
        assert_eq!(acl_entries(&entry), told);
        let block = json!([{"action": "allow", "cidr_block": "", "from_port": 0, "icmp_code": 0, "icmp_type": 0, "ipv6_cidr_block": "::/0",
            "protocol": "-1", "rule_no": 7, "to_port": 0}]);
        let told = json!([{"egress": false, "number": 7, "action": "allow", "protocol": "-1", "cidr": "::/0"}]);
        assert_eq!(acl_entries(&block), told);
    }
}
