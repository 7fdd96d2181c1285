//! Load balancers. What hangs on one of them is asked with it: its listeners, their certificates and rules.

use std::collections::HashMap;

use aws_sdk_elasticloadbalancingv2::types;
use macro_rules_attribute::apply;

use super::call;
use super::listener::{Listener, ListenerCertificate, emit_listeners};
use super::listener_rule::ListenerRule;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A load balancer, as DescribeLoadBalancers and DescribeTags tell it.
#[apply(row!)]
#[table("aws_elbv2_load_balancer", key(arn))]
pub struct LoadBalancer {
    /// ARN of the load balancer.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// `application`, `network` or `gateway`.
    pub load_balancer_type: Fact<String>,
    /// `internet-facing` or `internal`; '' for a gateway load balancer.
    pub scheme: Fact<String>,
    /// Name that AWS gave it; '' for a gateway load balancer.
    pub dns_name: String,
    /// `provisioning`, `active`, `active_impaired` or `failed`.
    pub state_code: Fact<String>,
    /// Why, in words, or ''.
    #[is(churn)]
    pub state_reason: String,
    /// VPC.
    pub vpc_id: String,
    /// Subnets that it has nodes in, a list.
    pub subnet_ids: Json,
    /// Its security groups, a list; '[]' for one that has none.
    pub security_group_ids: Json,
    /// `ipv4`, `dualstack`, …
    pub ip_address_type: String,
    /// When it was made.
    pub created_time: Time,
    /// Listeners; they are in `aws_elbv2_listener`.
    #[is(derived)]
    pub listener_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Fact<Json>,
}

/// Load balancers that DescribeTags answers for at once, AWS's limit.
const ARNS_A_CALL: usize = 20;

reader! {
    "elbv2/load_balancer", Regional,
    fills [LoadBalancer::TABLE, Listener::TABLE, ListenerCertificate::TABLE, ListenerRule::TABLE],
    calls [call::DescribeLoadBalancers, call::DescribeTags, call::DescribeListeners, call::DescribeListenerCertificates, call::DescribeRules],
    by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let client: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeLoadBalancers, |token| client.describe_load_balancers().page_size(400).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        let mut balancers = Vec::new();
        for balancer in page.load_balancers() {
            let arn = identified!(cx, call::DescribeLoadBalancers, balancer.load_balancer_arn());
            balancers.push((arn.to_owned(), balancer.clone()));
        }
        for some in balancers.chunks(ARNS_A_CALL) {
            let arns: Vec<String> = some.iter().map(|(arn, _)| arn.clone()).collect();
            let tags = Fact::from(tags_of(&cx, arns).await);
            cx.each(some.to_vec(), |(arn, balancer)| {
                // What has no tags is left out of no answer: a load balancer without a line was not told.
                let own = tags.as_ref().and_then(|tags| Fact::told(tags.get(&arn).cloned()));
                emit(&cx, arn, balancer, own)
            })
            .await;
        }
    }
    Ok(())
}

async fn tags_of(cx: &Cx, arns: Vec<String>) -> Result<HashMap<String, Json>, Unread> {
    let client: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let about = cx.about_all(LoadBalancer::TABLE, arns.clone(), &["tags"]);
    let told = about.call(call::DescribeTags, client.describe_tags().set_resource_arns(Some(arns)).send()).await?;
    let pair = |tag: &types::Tag| Some((tag.key()?.to_owned(), text(tag.value())));
    let tags = |one: &types::TagDescription| Some((one.resource_arn()?.to_owned(), Json::map(one.tags().iter().filter_map(pair))));
    Ok(told.tag_descriptions().iter().filter_map(tags).collect())
}

async fn emit(cx: &Cx, arn: String, balancer: types::LoadBalancer, tags: Fact<Json>) {
    let (table, arn) = (LoadBalancer::TABLE, arn.as_str());
    let load_balancer_type = cx.word(table, arn, &["load_balancer_type"], balancer.r#type(), &[]).await;
    let state = balancer.state();
    let listener_count = emit_listeners(cx, arn, &load_balancer_type).await.into();
    cx.emit(LoadBalancer {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        name: text(balancer.load_balancer_name()),
        load_balancer_type,
        scheme: cx.word(table, arn, &["scheme"], balancer.scheme(), &[]).await,
        dns_name: text(balancer.dns_name()),
        state_code: cx.word(table, arn, &["state_code"], state.and_then(|state| state.code()), &[]).await,
        state_reason: text(state.and_then(|state| state.reason())),
        vpc_id: text(balancer.vpc_id()),
        subnet_ids: Json::set(balancer.availability_zones().iter().filter_map(|zone| zone.subnet_id())),
        security_group_ids: Json::set(balancer.security_groups()),
        ip_address_type: text(balancer.ip_address_type().map(|kind| kind.as_str())),
        created_time: time(balancer.created_time()),
        listener_count,
        tags,
        arn: arn.to_owned(),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{Read, Script};

    const BALANCERS: &str = "<LoadBalancers><member><LoadBalancerArn>lb/app</LoadBalancerArn><LoadBalancerName>pay</LoadBalancerName>
        <Type>application</Type><Scheme>internet-facing</Scheme><DNSName>pay-1.us-east-1.elb.amazonaws.com</DNSName>
        <State><Code>active_impaired</Code><Reason>no room</Reason></State><CreatedTime>2026-01-01T00:00:00Z</CreatedTime>
        <SecurityGroups><member>sg-1</member></SecurityGroups></member></LoadBalancers>";
    const LISTENERS: &str = "<Listeners><member><ListenerArn>l/443</ListenerArn><Protocol>HTTPS</Protocol><Port>443</Port><SslPolicy>P</SslPolicy>
        <Certificates><member><CertificateArn>c1</CertificateArn></member></Certificates>
        <MutualAuthentication><Mode>verify</Mode><TrustStoreArn>t</TrustStoreArn><TrustStoreAssociationStatus>removed</TrustStoreAssociationStatus></MutualAuthentication>
        <DefaultActions><member><Type>forward</Type></member></DefaultActions></member></Listeners>";
    // A default certificate that is in the list as well comes twice.
    const CERTIFICATES: &str = "<Certificates><member><CertificateArn>c1</CertificateArn><IsDefault>true</IsDefault></member>
        <member><CertificateArn>c1</CertificateArn><IsDefault>false</IsDefault></member>
        <member><CertificateArn>c2</CertificateArn><IsDefault>false</IsDefault></member></Certificates>";
    const RULES: &str = "<Rules><member><RuleArn>r1</RuleArn><Priority>10</Priority><IsDefault>false</IsDefault>
        <Conditions><member><Field>host-header</Field><HostHeaderConfig><Values><member>a.example.com</member></Values></HostHeaderConfig></member>
        <member><Field>http-header</Field><HttpHeaderConfig><HttpHeaderName>x-origin</HttpHeaderName><Values><member>shared-password</member></Values></HttpHeaderConfig></member></Conditions>
        <Actions><member><Type>redirect</Type><Order>2</Order><RedirectConfig><StatusCode>HTTP_301</StatusCode></RedirectConfig></member>
        <member><Type>authenticate-oidc</Type><Order>1</Order></member></Actions></member></Rules>";

    fn script() -> Script {
        script_of(LISTENERS)
    }

    fn script_of(listeners: &str) -> Script {
        Script::default()
            .on("DescribeLoadBalancers", BALANCERS)
            .on("DescribeTags", "<TagDescriptions><member><ResourceArn>lb/app</ResourceArn><Tags><member><Key>env</Key><Value>prod</Value></member></Tags></member></TagDescriptions>")
            .on("DescribeListeners", listeners)
            .on("DescribeListenerCertificates", CERTIFICATES)
            .on("DescribeRules", RULES)
    }

    async fn denied(call: &'static crate::aws::Call) -> Read {
        script().read_with(READER, call, Fault::Denied).await
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::DescribeLoadBalancers, "<LoadBalancers/>", 1).await;
    }

    #[tokio::test]
    async fn tells_where_a_listener_leads() {
        let sql = "select default_target_group_arns, default_redirect from aws_elbv2_listener";
        assert_eq!(script().read(READER).await.one(sql), "[]|{}");
        let action = |action: &str| script_of(&LISTENERS.replace("<Type>forward</Type>", action));
        let forward = action("<Type>forward</Type><TargetGroupArn>tg/a</TargetGroupArn>").read(READER).await;
        assert_eq!(forward.one(sql), r#"["tg/a"]|{}"#);
        let config = "<Port>443</Port><Query>token=hunter2</Query><StatusCode>HTTP_301</StatusCode>";
        let redirect = action(&format!("<Type>redirect</Type><RedirectConfig>{config}</RedirectConfig>")).read(READER).await;
        let told = r##"[]|{"host":"#{host}","port":"443","protocol":"#{protocol}","status_code":"HTTP_301"}"##;
        assert_eq!(redirect.one(sql), told);
    }

    #[tokio::test]
    async fn tells_a_load_balancer() {
        let read = script().read(READER).await;
        let sql = "select name, load_balancer_type, scheme, state_code, state_reason, security_group_ids, listener_count, tags from aws_elbv2_load_balancer";
        assert_eq!(read.one(sql), r#"pay|application|internet-facing|active_impaired|no room|["sg-1"]|1|{"env":"prod"}"#);
        assert_eq!(denied(call::DescribeTags).await.one("select tags from aws_elbv2_load_balancer"), "unread");
        assert_eq!(denied(call::DescribeListeners).await.one("select listener_count from aws_elbv2_load_balancer"), "unread");
    }

    #[tokio::test]
    async fn tells_listeners_and_each_certificate_once() {
        let read = script().read(READER).await;
        let sql = "select port, protocol, ssl_policy, default_certificate_arn, mutual_authentication_mode, trust_store_association_status,
            certificate_count, rule_count from aws_elbv2_listener";
        assert_eq!(read.one(sql), "443|HTTPS|P|c1|verify|removed|2|1");
        let certificates = "select certificate_arn, is_default from aws_elbv2_listener_certificate order by 1";
        assert_eq!(read.all(certificates), ["c1|1", "c2|0"]);
        assert_eq!(denied(call::DescribeListenerCertificates).await.one("select certificate_count from aws_elbv2_listener"), "unread");
    }

    #[tokio::test]
    async fn tells_what_a_rule_does_last_and_no_value_of_a_header() {
        let read = script().read(READER).await;
        let sql = "select priority, is_default, condition_fields, host_headers, action_types, action_type, redirect_protocol from aws_elbv2_listener_rule";
        let told = r##"10|0|["host-header","http-header"]|["a.example.com"]|["authenticate-oidc","redirect"]|redirect|#{protocol}"##;
        assert_eq!(read.one(sql), told);
        assert_eq!(denied(call::DescribeRules).await.one("select rule_count from aws_elbv2_listener"), "unread");
    }

    #[tokio::test]
    async fn a_second_page_that_is_cut_leaves_its_list_unread() {
        for (call, sql) in [
            (call::DescribeListeners, "select listener_count from aws_elbv2_load_balancer"),
            (call::DescribeListenerCertificates, "select certificate_count from aws_elbv2_listener"),
            (call::DescribeRules, "select rule_count from aws_elbv2_listener"),
        ] {
            assert_eq!(script().read_with(READER, call, Fault::CutAfterFirstPage).await.one(sql), "unread", "{}", call.action);
        }
    }

    #[tokio::test]
    async fn a_word_of_tomorrow_is_unread() {
        let tomorrow = BALANCERS.replace("active_impaired", "hibernating");
        let read = Script::default().on("DescribeLoadBalancers", &tomorrow).followed_by(script()).read(READER).await;
        assert_eq!(read.one("select state_code from aws_elbv2_load_balancer"), "unread");
    }
}
