//! Custom domain names as version 2 tells them. Regional ones can be in both versions' lists, with mappings of their own in each.

use macro_rules_attribute::apply;

use super::v2::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{identified, reader, text};

/// A custom domain name, as version 2's GetDomainNames tells it.
#[apply(row!)]
#[table("aws_api_gatewayv2_domain_name", key(arn))]
pub struct DomainName {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// The name.
    pub name: String,
    /// `REGIONAL`, `EDGE`, …, or ''.
    pub endpoint_type: String,
    /// `AVAILABLE`, `UPDATING`, `PENDING_…`, or ''.
    pub domain_name_status: String,
    /// ARN of the server's certificate, or ''.
    pub certificate_arn: String,
    /// TLS policy, or ''.
    pub security_policy: String,
    /// Where the CAs of accepted clients are (`s3://…`); '' without mutual TLS.
    pub truststore_uri: String,
    /// Pinned version of that object, or ''.
    pub truststore_version: String,
    /// What was wrong with it when the domain was last updated, a list.
    pub truststore_warnings: Json,
    /// How requests find their API: by mapping, by rule, or both; '' means by mapping.
    pub routing_mode: String,
    /// Mappings; they are in `aws_api_gatewayv2_api_mapping`.
    #[is(derived)]
    pub mapping_count: Fact<i64>,
    /// Routing rules in force; they are in `aws_api_gatewayv2_routing_rule`. 0 where requests find their API by mapping only.
    #[is(derived)]
    pub routing_rule_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Json,
}

/// What a path of a custom domain name leads to, as GetApiMappings tells it. It can lead to REST APIs too.
#[apply(row!)]
#[table(
    "aws_api_gatewayv2_api_mapping", key(arn, api_mapping_id),
    guard("aws_api_gatewayv2_domain_name", "mapping_count"),
    part_of("aws_api_gatewayv2_domain_name", arn = arn)
)]
pub struct ApiMapping {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// The domain name.
    #[is(derived)]
    pub domain_name: String,
    /// Id of the mapping.
    pub api_mapping_id: String,
    /// Path; '' for the root.
    pub api_mapping_key: String,
    /// Id of the API.
    pub api_id: String,
    /// Stage.
    pub stage: String,
}

/// A rule by which a custom domain name sends requests to an API, as ListRoutingRules tells it. Listed only where rules are in force.
#[apply(row!)]
#[table(
    "aws_api_gatewayv2_routing_rule", key(arn, routing_rule_id),
    guard("aws_api_gatewayv2_domain_name", "routing_rule_count"),
    part_of("aws_api_gatewayv2_domain_name", arn = arn)
)]
pub struct RoutingRule {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// The domain name.
    #[is(derived)]
    pub domain_name: String,
    /// Id of the rule.
    pub routing_rule_id: String,
    /// Rules are tried from the lowest to the highest.
    pub priority: Fact<i64>,
    /// Whether it matches every request: it has no conditions.
    pub is_catch_all: bool,
    /// Id of the API that it leads to, or ''.
    pub api_id: String,
    /// Stage, or ''.
    pub stage: String,
}

reader! {
    "apigateway/http_domain_name", Regional, fills [DomainName::TABLE, ApiMapping::TABLE, RoutingRule::TABLE],
    calls [call::GetDomainNames, call::GetApiMappings, call::ListRoutingRules], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let gateway: aws_sdk_apigatewayv2::Client = cx.client();
    let mut pages = cx.pages(call::GetDomainNames, |token| gateway.get_domain_names().max_results("500").set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut domains = Vec::new();
        for domain in page.items() {
            let name = identified!(cx, call::GetDomainNames, domain.domain_name());
            domains.push((name.to_owned(), domain.clone()));
        }
        cx.each(domains, |(name, domain)| emit(&cx, name, domain)).await;
    }
    Ok(())
}

async fn emit(cx: &Cx, name: String, domain: aws_sdk_apigatewayv2::types::DomainName) {
    let arn = match domain.domain_name_arn() {
        Some(arn) => arn.to_owned(),
        None => cx.arn_of("apigateway", "", &format!("/domainnames/{name}")),
    };
    let first = domain.domain_name_configurations().first();
    let tls = domain.mutual_tls_authentication();
    let routing_mode = text(domain.routing_mode().map(|mode| mode.as_str()));
    let (mapping_count, routing_rule_count) = tokio::join!(mappings(cx, &arn, &name), rules(cx, &arn, &name, &routing_mode));
    cx.emit(DomainName {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        endpoint_type: text(first.and_then(|one| one.endpoint_type()).map(|kind| kind.as_str())),
        domain_name_status: text(first.and_then(|one| one.domain_name_status()).map(|status| status.as_str())),
        certificate_arn: text(first.and_then(|one| one.certificate_arn())),
        security_policy: text(first.and_then(|one| one.security_policy()).map(|policy| policy.as_str())),
        truststore_uri: text(tls.and_then(|tls| tls.truststore_uri())),
        truststore_version: text(tls.and_then(|tls| tls.truststore_version())),
        truststore_warnings: Json::set(tls.into_iter().flat_map(|tls| tls.truststore_warnings())),
        routing_mode,
        mapping_count: mapping_count.into(),
        routing_rule_count: routing_rule_count.into(),
        tags: Json::tags(domain.tags()),
        name: name.clone(),
        arn: arn.clone(),
    })
    .await;
}

async fn mappings(cx: &Cx, arn: &str, name: &str) -> Result<i64, Unread> {
    let gateway: aws_sdk_apigatewayv2::Client = cx.client();
    let about = cx.about(DomainName::TABLE, arn, &["mapping_count"]);
    let mut count = 0;
    let mut pages = about
        .pages(call::GetApiMappings, |token| gateway.get_api_mappings().domain_name(name).max_results("500").set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for mapping in page.items() {
            count += 1;
            cx.emit(ApiMapping {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                domain_name: name.to_owned(),
                api_mapping_id: text(mapping.api_mapping_id()),
                api_mapping_key: text(mapping.api_mapping_key()),
                api_id: text(mapping.api_id()),
                stage: text(mapping.stage()),
            })
            .await;
        }
    }
    Ok(count)
}

async fn rules(cx: &Cx, arn: &str, name: &str, routing_mode: &str) -> Result<i64, Unread> {
    if !routing_mode.contains("ROUTING_RULE") {
        return Ok(0);
    }
    let gateway: aws_sdk_apigatewayv2::Client = cx.client();
    let about = cx.about(DomainName::TABLE, arn, &["routing_rule_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::ListRoutingRules, |token| {
        gateway.list_routing_rules().domain_name(name).max_results(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for rule in page.routing_rules() {
            count += 1;
            let api = rule.actions().iter().find_map(|action| action.invoke_api());
            cx.emit(RoutingRule {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                domain_name: name.to_owned(),
                routing_rule_id: text(rule.routing_rule_id()),
                priority: Fact::told(rule.priority().map(i64::from)),
                is_catch_all: rule.conditions().is_empty(),
                api_id: text(api.and_then(|api| api.api_id())),
                stage: text(api.and_then(|api| api.stage())),
            })
            .await;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    fn script() -> Script {
        Script::default()
            .on("GetDomainNames", r#"{"items": [{"domainName": "hook.example.com", "domainNameConfigurations": [{"endpointType": "REGIONAL", "domainNameStatus": "AVAILABLE"}]}]}"#)
            .on("GetApiMappings", r#"{"items": [{"apiMappingId": "m", "apiId": "h1", "stage": "$default", "apiMappingKey": "v1"}]}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::GetDomainNames, r#"{"items": []}"#, 1).await;
        let read = script().read(READER).await;
        assert_eq!(
            read.one("select name, endpoint_type, truststore_uri, mapping_count from aws_api_gatewayv2_domain_name"),
            "hook.example.com|REGIONAL||1"
        );
        assert_eq!(read.one("select api_id, api_mapping_key from aws_api_gatewayv2_api_mapping"), "h1|v1");
        let denied = script().read_with(READER, call::GetApiMappings, Fault::Denied).await;
        assert_eq!(denied.one("select mapping_count from aws_api_gatewayv2_domain_name"), "unread");
    }

    #[tokio::test]
    async fn rules_are_asked_for_where_they_are_in_force() {
        let sql = "select mapping_count, routing_rule_count from aws_api_gatewayv2_domain_name";
        let read = script().read(READER).await;
        assert_eq!((read.one(sql).as_str(), read.count("aws_api_gatewayv2_routing_rule")), ("1|0", 0));
        let domain = r#"{"items": [{"domainName": "hook.example.com", "routingMode": "ROUTING_RULE_THEN_API_MAPPING"}]}"#;
        let rules = r#"{"routingRules": [{"routingRuleId": "r1", "priority": 10, "conditions": [{"matchBasePaths": {"anyOf": ["a"]}}],
            "actions": [{"invokeApi": {"apiId": "a1", "stage": "prod"}}]}]}"#;
        let ruled = Script::default().on("GetDomainNames", domain).on("ListRoutingRules", rules).followed_by(script());
        let read = ruled.read(READER).await;
        assert_eq!(read.one(sql), "1|1");
        let rule = "select routing_rule_id, priority, is_catch_all, api_id, stage from aws_api_gatewayv2_routing_rule";
        assert_eq!(read.one(rule), "r1|10|0|a1|prod");
        assert_eq!(ruled.read_with(READER, call::ListRoutingRules, Fault::Denied).await.one(sql), "1|unread");
    }
}
