//! Rules of application load balancers' listeners: who goes where.

use aws_sdk_elasticloadbalancingv2::types;
use macro_rules_attribute::apply;

use super::call;
use super::listener::{Listener, action_types, in_order};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::text;

/// A rule of a listener, as DescribeRules tells it. Values of headers and queries that it asks for are not kept: some are passwords.
#[apply(row!)]
#[table("aws_elbv2_listener_rule", key(arn), guard("aws_elbv2_listener", "rule_count"), part_of("aws_elbv2_listener", listener_arn = arn))]
pub struct ListenerRule {
    /// ARN of the rule.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the listener.
    pub listener_arn: String,
    /// ARN of the load balancer.
    pub load_balancer_arn: String,
    /// Its number, as text: the lowest is tried first; `default` for the one that is tried last.
    pub priority: String,
    /// Whether it is the default rule.
    #[is(derived)]
    pub is_default: bool,
    /// What its conditions are about (`host-header`, `path-pattern`, `http-header`, …), a list; '[]' for the default rule.
    pub condition_fields: Json,
    /// Host names that it asks for, a list.
    pub host_headers: Json,
    /// Paths that it asks for, a list.
    pub path_patterns: Json,
    /// Types of its actions, a list in their order: logging in comes before what is done with the request.
    #[is(ordered)]
    pub action_types: Json,
    /// What is done with the request in the end: `forward`, `redirect` or `fixed-response`.
    #[is(derived)]
    pub action_type: Fact<String>,
    /// Where a redirect leads: `HTTP`, `HTTPS`, or `#{protocol}` for the protocol of the request, also when AWS leaves it out; '' for
    /// another action.
    pub redirect_protocol: String,
    /// Port of a redirect, `#{port}` for that of the request, also when AWS leaves it out; '' for another action.
    pub redirect_port: String,
    /// Host of a redirect, `#{host}` for that of the request, also when AWS leaves it out; '' for another action.
    pub redirect_host: String,
    /// `HTTP_301` or `HTTP_302`, or ''.
    pub redirect_status_code: String,
    /// Target groups that it forwards to, a list.
    pub target_group_arns: Json,
}

/// Stores a listener's rules, and tells how many there are.
pub(super) async fn emit_rules(cx: &Cx, balancer: &str, listener: &str) -> Result<i64, Unread> {
    let client: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let about = cx.about(Listener::TABLE, listener, &["rule_count"]);
    let mut count = 0;
    let mut pages =
        about.pages(call::DescribeRules, |token| client.describe_rules().listener_arn(listener).page_size(400).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for rule in page.rules() {
            let Some(arn) = rule.rule_arn() else {
                return Err(about.malformed(call::DescribeRules, "lacks the ARN of a rule").await);
            };
            emit(cx, balancer, listener, arn, rule).await;
            count += 1;
        }
    }
    Ok(count)
}

async fn emit(cx: &Cx, balancer: &str, listener: &str, arn: &str, rule: &types::Rule) {
    let conditions = rule.conditions();
    let last = in_order(rule.actions()).into_iter().next_back();
    let redirect = last.and_then(|action| action.redirect_config());
    let hosts = conditions.iter().filter_map(|one| one.host_header_config()).flat_map(|one| one.values());
    let paths = conditions.iter().filter_map(|one| one.path_pattern_config()).flat_map(|one| one.values());
    cx.emit(ListenerRule {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        listener_arn: listener.to_owned(),
        load_balancer_arn: balancer.to_owned(),
        priority: text(rule.priority()),
        is_default: rule.priority() == Some("default"),
        condition_fields: Json::set(conditions.iter().filter_map(|one| one.field())),
        host_headers: Json::set(hosts),
        path_patterns: Json::set(paths),
        action_types: action_types(rule.actions()),
        action_type: cx.word(ListenerRule::TABLE, arn, &["action_type"], last.and_then(|action| action.r#type()), &[]).await,
        redirect_protocol: redirect.map_or_else(String::new, |one| one.protocol().unwrap_or("#{protocol}").to_owned()),
        redirect_port: redirect.map_or_else(String::new, |one| one.port().unwrap_or("#{port}").to_owned()),
        redirect_host: redirect.map_or_else(String::new, |one| one.host().unwrap_or("#{host}").to_owned()),
        redirect_status_code: text(redirect.and_then(|one| one.status_code()).map(|code| code.as_str())),
        target_group_arns: Json::set(rule.actions().iter().flat_map(target_groups)),
    })
    .await;
}

/// The target groups of an action: AWS tells a single one in two places.
pub(super) fn target_groups(action: &types::Action) -> Vec<String> {
    let weighted = action.forward_config().map(|config| config.target_groups()).unwrap_or(&[]);
    let groups: Vec<String> = weighted.iter().filter_map(|group| group.target_group_arn()).map(str::to_owned).collect();
    if groups.is_empty() { action.target_group_arn().map(str::to_owned).into_iter().collect() } else { groups }
}
