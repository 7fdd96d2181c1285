//! Security groups and their rules.

use macro_rules_attribute::apply;

use super::bounds;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::ec2::{call, tags};
use crate::services::{identified, reader, text};

/// A security group, as DescribeSecurityGroups tells it. Its rules are in `aws_vpc_security_group_rule`.
#[apply(row!)]
#[table("aws_vpc_security_group", key(arn))]
pub struct SecurityGroup {
    /// ARN of the group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `sg-…`.
    pub group_id: String,
    /// Name of the group.
    pub name: String,
    /// Its description.
    pub description: String,
    /// VPC.
    pub vpc_id: String,
    /// Account that owns it.
    pub owner_id: String,
    /// Tags, a map.
    pub tags: Json,
}

/// A rule of a security group, as DescribeSecurityGroupRules tells it.
#[apply(row!)]
#[table("aws_vpc_security_group_rule", key(arn), part_of("aws_vpc_security_group", group_id = group_id))]
pub struct Rule {
    /// ARN of the rule.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `sgr-…`.
    pub security_group_rule_id: String,
    /// Security group.
    pub group_id: String,
    /// Whether it lets traffic out.
    pub is_egress: Fact<bool>,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub ip_protocol: String,
    /// First port; 0 for all. ICMP: the type.
    pub from_port: i64,
    /// Last port; 65535 for all. ICMP: the code.
    pub to_port: i64,
    /// IPv4 range, or ''.
    pub cidr_ipv4: String,
    /// IPv6 range, or ''.
    pub cidr_ipv6: String,
    /// First address of the range in hexadecimal, or ''.
    #[is(derived)]
    pub cidr_first: String,
    /// Last address of the range in hexadecimal, or ''.
    #[is(derived)]
    pub cidr_last: String,
    /// Prefix list, or ''.
    pub prefix_list_id: String,
    /// Security group that is let in or out, or ''.
    pub referenced_group_id: String,
    /// Its description.
    pub description: String,
}

reader! { "vpc/security_group", Regional, fills [SecurityGroup::TABLE], calls [call::DescribeSecurityGroups], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages =
        cx.pages(call::DescribeSecurityGroups, |token| ec2.describe_security_groups().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for group in page.security_groups() {
            let id = identified!(cx, call::DescribeSecurityGroups, group.group_id());
            let owner_id = group.owner_id().unwrap_or(cx.account_id());
            cx.emit(SecurityGroup {
                arn: cx.arn_of("ec2", owner_id, &format!("security-group/{id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                group_id: id.to_owned(),
                name: text(group.group_name()),
                description: text(group.description()),
                vpc_id: text(group.vpc_id()),
                owner_id: owner_id.to_owned(),
                tags: tags(group.tags()),
            })
            .await;
        }
    }
    Ok(())
}

/// The rules, which have a call of their own that gives each an id.
pub mod rule {
    use super::*;

    reader! { "vpc/security_group_rule", Regional, fills [Rule::TABLE], calls [call::DescribeSecurityGroupRules], by read }

    async fn read(cx: Cx) -> Result<(), Unread> {
        let ec2: aws_sdk_ec2::Client = cx.client();
        let mut pages = cx.pages(call::DescribeSecurityGroupRules, |token| {
            ec2.describe_security_group_rules().max_results(1000).set_next_token(token).send()
        });
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            for rule in page.security_group_rules() {
                let id = identified!(cx, call::DescribeSecurityGroupRules, rule.security_group_rule_id());
                let cidr = rule.cidr_ipv4().or(rule.cidr_ipv6()).unwrap_or("");
                let bounds = bounds(&cx, call::DescribeSecurityGroupRules, cidr).await;
                cx.emit(row(&cx, id, rule, bounds)).await;
            }
        }
        Ok(())
    }

    fn row(cx: &Cx, id: &str, rule: &aws_sdk_ec2::types::SecurityGroupRule, (cidr_first, cidr_last): (String, String)) -> Rule {
        let protocol = text(rule.ip_protocol());
        // -1 stands for every port, and so does a rule for every protocol.
        let port = |port: Option<i32>, all: i64| port.filter(|port| *port >= 0).map_or(all, i64::from);
        Rule {
            arn: rule.security_group_rule_arn().map_or_else(|| cx.arn("ec2", &format!("security-group-rule/{id}")), str::to_owned),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            security_group_rule_id: id.to_owned(),
            group_id: text(rule.group_id()),
            is_egress: Fact::told(rule.is_egress()),
            from_port: port(rule.from_port(), 0),
            to_port: port(rule.to_port(), 65_535),
            ip_protocol: protocol,
            cidr_ipv4: text(rule.cidr_ipv4()),
            cidr_ipv6: text(rule.cidr_ipv6()),
            cidr_first,
            cidr_last,
            prefix_list_id: text(rule.prefix_list_id()),
            referenced_group_id: text(rule.referenced_group_info().and_then(|group| group.group_id())),
            description: text(rule.description()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const GROUP: &str = "<securityGroupInfo><item><groupId>sg-1</groupId><groupName>web</groupName><vpcId>vpc-1</vpcId>
        <ownerId>111122223333</ownerId></item></securityGroupInfo>";
    const RULES: &str = "<securityGroupRuleSet>
        <item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol>
            <fromPort>22</fromPort><toPort>22</toPort><cidrIpv4>0.0.0.0/0</cidrIpv4></item>
        <item><securityGroupRuleId>sgr-2</securityGroupRuleId><groupId>sg-1</groupId><ipProtocol>-1</ipProtocol>
            <fromPort>-1</fromPort><toPort>-1</toPort><referencedGroupInfo><groupId>sg-2</groupId></referencedGroupInfo></item>
    </securityGroupRuleSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeSecurityGroups", GROUP);
        script.four_answers(READER, call::DescribeSecurityGroups, "<securityGroupInfo/>", 1).await;
        let script = Script::default().on("DescribeSecurityGroupRules", RULES);
        script.four_answers(rule::READER, call::DescribeSecurityGroupRules, "<securityGroupRuleSet/>", 2).await;
    }

    #[tokio::test]
    async fn all_ports_are_a_range() {
        let read = Script::default().on("DescribeSecurityGroupRules", RULES).read(rule::READER).await;
        let sql =
            "select security_group_rule_id, from_port, to_port, is_egress, referenced_group_id from aws_vpc_security_group_rule order by 1";
        assert_eq!(read.all(sql), ["sgr-1|22|22|0|", "sgr-2|0|65535|unread|sg-2"]);
    }
}
