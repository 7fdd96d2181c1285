//! Target groups, and how their targets are.
//!
//! An Application Load Balancer with nothing but unhealthy targets sends traffic to all of them: an answer from outside is no proof of
//! health, the state of the targets is.

use aws_sdk_elasticloadbalancingv2::types;
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{identified, reader, text};

/// A target group, as DescribeTargetGroups tells it.
#[apply(row!)]
#[table("aws_elbv2_target_group", key(arn))]
pub struct TargetGroup {
    /// ARN of the target group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name.
    pub name: String,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, …; '' for a function.
    pub protocol: String,
    /// `HTTP1`, `HTTP2` or `GRPC`; '' for what is not of the web.
    pub protocol_version: String,
    /// Port of its targets; -1 for a function.
    pub port: i64,
    /// VPC, or ''.
    pub vpc_id: String,
    /// `instance`, `ip`, `lambda` or `alb`.
    pub target_type: String,
    /// Whether targets are asked for their health. For a function they need not be.
    pub health_check_enabled: Fact<bool>,
    /// Protocol of the health check, or ''.
    pub health_check_protocol: String,
    /// Port of the health check: a number, or `traffic-port`.
    pub health_check_port: String,
    /// Path of the health check; '' where it asks for none.
    pub health_check_path: String,
    /// Seconds between health checks of a target.
    pub health_check_interval_seconds: Fact<i64>,
    /// Seconds after which a health check has failed that was not answered.
    pub health_check_timeout_seconds: Fact<i64>,
    /// Health checks in a row that must succeed before an unhealthy target is healthy.
    pub healthy_threshold_count: Fact<i64>,
    /// Health checks in a row that must fail before a healthy target is unhealthy.
    pub unhealthy_threshold_count: Fact<i64>,
    /// HTTP status codes that count as healthy (`200`, `200,301-302`), or ''.
    pub matcher_http_code: String,
    /// gRPC status codes that count as healthy, or ''.
    pub matcher_grpc_code: String,
    /// Load balancers that use it, a list.
    #[is(churn)]
    pub load_balancer_arns: Json,
    /// Its targets; they are in `aws_elbv2_target_health`.
    #[is(churn)]
    pub target_count: Fact<i64>,
}

/// A target and its state, as DescribeTargetHealth tells it.
#[apply(row!)]
#[table(
    "aws_elbv2_target_health", key(arn, target_id, port),
    guard("aws_elbv2_target_group", "target_count"),
    part_of("aws_elbv2_target_group", arn = arn),
    is(churn)
)]
pub struct TargetHealth {
    /// ARN of the target group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Instance, address, function or load balancer.
    pub target_id: String,
    /// Port; -1 for a function.
    pub port: i64,
    /// Zone, or '' where it is not told.
    pub availability_zone: String,
    /// `healthy`, `initial`, `unhealthy`, `unhealthy.draining`, `unused`, `draining` or `unavailable`.
    pub state: Fact<String>,
    /// Why (`Target.ResponseCodeMismatch`, `Target.Timeout`, …); '' for a healthy one.
    pub reason: Fact<String>,
    /// The same in AWS's words, or ''.
    pub description: String,
    /// What an administrator set in its place (`zonal_shift_active`, …), or ''.
    pub administrative_override: String,
}

reader! {
    "elbv2/target_group", Regional, fills [TargetGroup::TABLE, TargetHealth::TABLE],
    calls [call::DescribeTargetGroups, call::DescribeTargetHealth], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let elb: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeTargetGroups, |marker| elb.describe_target_groups().page_size(400).set_marker(marker).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        let mut found = Vec::new();
        for group in page.target_groups() {
            let arn = identified!(cx, call::DescribeTargetGroups, group.target_group_arn());
            found.push((arn.to_owned(), group.clone()));
        }
        cx.each(found, |(arn, group)| read_one(&cx, arn, group)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, group: types::TargetGroup) {
    let elb: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let about = cx.about(TargetGroup::TABLE, &arn, &["target_count"]);
    let health = about.call(call::DescribeTargetHealth, elb.describe_target_health().target_group_arn(&arn).send()).await;
    let target_count = match health {
        Ok(told) => {
            for target in told.target_health_descriptions() {
                emit_target(cx, &arn, target).await;
            }
            Fact::Known(told.target_health_descriptions().len() as i64)
        }
        Err(Unread) => Fact::Unread,
    };
    cx.emit(TargetGroup {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(group.target_group_name()),
        protocol: text(group.protocol().map(|protocol| protocol.as_str())),
        protocol_version: text(group.protocol_version()),
        port: group.port().map_or(-1, i64::from),
        vpc_id: text(group.vpc_id()),
        target_type: text(group.target_type().map(|kind| kind.as_str())),
        health_check_enabled: Fact::told(group.health_check_enabled()),
        health_check_protocol: text(group.health_check_protocol().map(|protocol| protocol.as_str())),
        health_check_port: text(group.health_check_port()),
        health_check_path: text(group.health_check_path()),
        health_check_interval_seconds: Fact::told(group.health_check_interval_seconds().map(i64::from)),
        health_check_timeout_seconds: Fact::told(group.health_check_timeout_seconds().map(i64::from)),
        healthy_threshold_count: Fact::told(group.healthy_threshold_count().map(i64::from)),
        unhealthy_threshold_count: Fact::told(group.unhealthy_threshold_count().map(i64::from)),
        matcher_http_code: text(group.matcher().and_then(|matcher| matcher.http_code())),
        matcher_grpc_code: text(group.matcher().and_then(|matcher| matcher.grpc_code())),
        load_balancer_arns: Json::set(group.load_balancer_arns().iter().cloned()),
        target_count,
        arn: arn.clone(),
    })
    .await;
}

async fn emit_target(cx: &Cx, arn: &str, told: &types::TargetHealthDescription) {
    let (target, health) = (told.target(), told.target_health());
    let overridden = told.administrative_override().and_then(|set| set.state()).map(|state| state.as_str());
    let table = TargetHealth::TABLE;
    cx.emit(TargetHealth {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        target_id: text(target.and_then(|target| target.id())),
        port: target.and_then(|target| target.port()).map_or(-1, i64::from),
        availability_zone: text(target.and_then(|target| target.availability_zone())),
        state: cx.word(table, arn, &["state"], health.and_then(|health| health.state()), &[]).await,
        reason: cx.word(table, arn, &["reason"], health.and_then(|health| health.reason()), &[]).await,
        description: text(health.and_then(|health| health.description())),
        administrative_override: text(overridden),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const GROUPS: &str = "<TargetGroups>
        <member><TargetGroupArn>arn:tg/a</TargetGroupArn><TargetGroupName>a</TargetGroupName><Protocol>HTTP</Protocol><Port>80</Port>
            <HealthCheckEnabled>true</HealthCheckEnabled><HealthCheckPath>/health</HealthCheckPath>
            <HealthCheckIntervalSeconds>30</HealthCheckIntervalSeconds><HealthyThresholdCount>5</HealthyThresholdCount>
            <Matcher><HttpCode>200-499</HttpCode></Matcher>
            <LoadBalancerArns><member>arn:lb</member></LoadBalancerArns></member>
        <member><TargetGroupArn>arn:tg/b</TargetGroupArn><TargetGroupName>b</TargetGroupName><TargetType>lambda</TargetType></member>
    </TargetGroups>";
    const HEALTH: &str = "<TargetHealthDescriptions>
        <member><Target><Id>10.0.0.1</Id><Port>80</Port></Target><TargetHealth><State>unhealthy</State>
            <Reason>Target.ResponseCodeMismatch</Reason><Description>Health checks failed with these codes: [404]</Description></TargetHealth></member>
        <member><Target><Id>10.0.0.2</Id><Port>80</Port></Target><TargetHealth><State>sleepy</State></TargetHealth></member>
    </TargetHealthDescriptions>";

    fn script() -> Script {
        Script::default()
            .on("DescribeTargetGroups", GROUPS)
            .on_match("DescribeTargetHealth", "tg%2Fa", HEALTH)
            .on("DescribeTargetHealth", "<TargetHealthDescriptions/>")
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::DescribeTargetGroups, "<TargetGroups/>", 2).await;
    }

    #[tokio::test]
    async fn a_state_that_is_not_known_is_unread() {
        let read = script().read(READER).await;
        let sql = "select name, health_check_path, matcher_http_code, port, target_count from aws_elbv2_target_group order by 1";
        assert_eq!(read.all(sql), ["a|/health|200-499|80|2", "b|||-1|0"]);
        let sql = "select health_check_interval_seconds, healthy_threshold_count from aws_elbv2_target_group order by name";
        assert_eq!(read.all(sql), ["30|5", "unread|unread"]);
        let sql = "select target_id, state, reason from aws_elbv2_target_health order by 1";
        assert_eq!(read.all(sql), ["10.0.0.1|unhealthy|Target.ResponseCodeMismatch", "10.0.0.2|unread|"]);
        let denied = script().read_with(READER, call::DescribeTargetHealth, Fault::Denied).await;
        assert_eq!(denied.all("select target_count from aws_elbv2_target_group"), ["unread", "unread"]);
    }
}
