//! Custom domain names as version 1 tells them, with their mutual TLS and what they lead to.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{identified, reader, text};

/// A custom domain name, as GetDomainNames tells it.
#[apply(row!)]
#[table("aws_api_gateway_domain_name", key(arn))]
pub struct DomainName {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// The name.
    pub name: String,
    /// `EDGE`, `REGIONAL` or `PRIVATE`, a list.
    pub endpoint_types: Json,
    /// `AVAILABLE`, `UPDATING`, `PENDING`, `PENDING_CERTIFICATE_REIMPORT`, `PENDING_OWNERSHIP_VERIFICATION`, `FAILED`, or ''.
    pub domain_name_status: Fact<String>,
    /// Why, in words.
    #[is(churn)]
    pub domain_name_status_message: String,
    /// TLS policy.
    pub security_policy: String,
    /// ARN of the server's certificate.
    pub certificate_arn: String,
    /// ARN of the certificate that proves ownership, or ''.
    pub ownership_verification_certificate_arn: String,
    /// Where the CAs of accepted clients are (`s3://…`); '' without mutual TLS.
    pub truststore_uri: String,
    /// Pinned version of that object, or ''.
    pub truststore_version: String,
    /// What was wrong with it when the domain was last updated, a list. Says nothing about today.
    pub truststore_warnings: Json,
    /// Regional name behind it, to which DNS must point, or ''.
    pub regional_domain_name: String,
    /// How requests find their API: by mapping, by rule, or both; '' means by mapping.
    pub routing_mode: String,
    /// Mappings; they are in `aws_api_gateway_base_path_mapping`.
    #[is(derived)]
    pub mapping_count: Fact<i64>,
    /// Tags, a map.
    pub tags: Json,
}

/// What a path of a custom domain name leads to, as GetBasePathMappings tells it.
#[apply(row!)]
#[table(
    "aws_api_gateway_base_path_mapping", key(arn, base_path),
    guard("aws_api_gateway_domain_name", "mapping_count"),
    part_of("aws_api_gateway_domain_name", arn = arn)
)]
pub struct BasePathMapping {
    /// ARN of the domain name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// The domain name.
    #[is(derived)]
    pub domain_name: String,
    /// Path; '' for the root.
    pub base_path: String,
    /// Id of the REST API.
    pub rest_api_id: String,
    /// Stage; '' when the path names it.
    pub stage: String,
}

reader! {
    "apigateway/domain_name", Regional, fills [DomainName::TABLE, BasePathMapping::TABLE],
    calls [call::GetDomainNames, call::GetBasePathMappings], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let gateway: aws_sdk_apigateway::Client = cx.client();
    let mut pages = cx.pages(call::GetDomainNames, |token| gateway.get_domain_names().limit(500).set_position(token).send());
    while let Some(page) = pages.next(|page| page.position()).await? {
        let mut domains = Vec::new();
        for domain in page.items() {
            let name = identified!(cx, call::GetDomainNames, domain.domain_name());
            domains.push((name.to_owned(), domain.clone()));
        }
        cx.each(domains, |(name, domain)| emit(&cx, name, domain)).await;
    }
    Ok(())
}

async fn emit(cx: &Cx, name: String, domain: aws_sdk_apigateway::types::DomainName) {
    let arn = match domain.domain_name_arn() {
        Some(arn) => arn.to_owned(),
        None => cx.arn_of("apigateway", "", &format!("/domainnames/{name}")),
    };
    let types = domain.endpoint_configuration().map(|endpoint| endpoint.types()).unwrap_or(&[]);
    let tls = domain.mutual_tls_authentication();
    cx.emit(DomainName {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        endpoint_types: Json::set(types.iter().map(|kind| kind.as_str())),
        domain_name_status: cx.word(DomainName::TABLE, &arn, &["domain_name_status"], domain.domain_name_status(), &[]).await,
        domain_name_status_message: text(domain.domain_name_status_message()),
        security_policy: text(domain.security_policy().map(|policy| policy.as_str())),
        certificate_arn: text(domain.regional_certificate_arn().or(domain.certificate_arn())),
        ownership_verification_certificate_arn: text(domain.ownership_verification_certificate_arn()),
        truststore_uri: text(tls.and_then(|tls| tls.truststore_uri())),
        truststore_version: text(tls.and_then(|tls| tls.truststore_version())),
        truststore_warnings: Json::set(tls.into_iter().flat_map(|tls| tls.truststore_warnings())),
        regional_domain_name: text(domain.regional_domain_name()),
        routing_mode: text(domain.routing_mode().map(|mode| mode.as_str())),
        mapping_count: mappings(cx, &arn, &name).await.into(),
        tags: Json::tags(domain.tags()),
        name: name.clone(),
        arn: arn.clone(),
    })
    .await;
}

async fn mappings(cx: &Cx, arn: &str, name: &str) -> Result<i64, Unread> {
    let gateway: aws_sdk_apigateway::Client = cx.client();
    let about = cx.about(DomainName::TABLE, arn, &["mapping_count"]);
    let mut count = 0;
    let mut pages = about
        .pages(call::GetBasePathMappings, |token| gateway.get_base_path_mappings().domain_name(name).limit(500).set_position(token).send());
    while let Some(page) = pages.next(|page| page.position()).await? {
        for mapping in page.items() {
            count += 1;
            let path = text(mapping.base_path());
            cx.emit(BasePathMapping {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                domain_name: name.to_owned(),
                // (none) is the API's word for the root.
                base_path: if path == "(none)" { String::new() } else { path },
                rest_api_id: text(mapping.rest_api_id()),
                stage: text(mapping.stage()),
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
            .on(
                "GetDomainNames",
                r#"{"item": [{"domainName": "pay.example.com", "domainNameStatus": "AVAILABLE",
                "mutualTlsAuthentication": {"truststoreUri": "s3://ca/bundle.pem", "truststoreWarnings": ["old"]}}]}"#,
            )
            .on("GetBasePathMappings", r#"{"item": [{"basePath": "(none)", "restApiId": "a1", "stage": "prod"}]}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::GetDomainNames, r#"{"item": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_mutual_tls_and_mappings() {
        let read = script().read(READER).await;
        let sql = "select name, domain_name_status, truststore_uri, truststore_version, truststore_warnings, mapping_count from aws_api_gateway_domain_name";
        assert_eq!(read.one(sql), r#"pay.example.com|AVAILABLE|s3://ca/bundle.pem||["old"]|1"#);
        assert_eq!(read.one("select base_path, rest_api_id, stage from aws_api_gateway_base_path_mapping"), "|a1|prod");
        let denied = script().read_with(READER, call::GetBasePathMappings, Fault::Denied).await;
        assert_eq!(denied.one("select mapping_count from aws_api_gateway_domain_name"), "unread");
    }
}
