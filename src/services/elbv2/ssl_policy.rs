//! Security policies: which versions of TLS and which ciphers a listener takes.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Json, Row};
use crate::services::{identified, reader};

/// A security policy of AWS's, as DescribeSSLPolicies tells it.
#[apply(row!)]
#[table("aws_elbv2_ssl_policy", key(arn), is(reference))]
pub struct SslPolicy {
    /// AWS gives it no ARN; this one is made of its name.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Its name (`ELBSecurityPolicy-…`).
    pub name: String,
    /// Versions that it allows (`TLSv1`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`), a list.
    pub ssl_protocols: Json,
    /// Ciphers that it allows, a list.
    pub ciphers: Json,
    /// Kinds of load balancers that can use it, a list.
    pub supported_load_balancer_types: Json,
}

reader! { "elbv2/ssl_policy", Regional, fills [SslPolicy::TABLE], calls [call::DescribeSSLPolicies], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let client: aws_sdk_elasticloadbalancingv2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeSSLPolicies, |token| client.describe_ssl_policies().page_size(400).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for policy in page.ssl_policies() {
            let name = identified!(cx, call::DescribeSSLPolicies, policy.name());
            cx.emit(SslPolicy {
                arn: cx.arn_of("elasticloadbalancing", "aws", &format!("ssl-policy/{name}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name: name.to_owned(),
                ssl_protocols: Json::set(policy.ssl_protocols()),
                ciphers: Json::set(policy.ciphers().iter().filter_map(|cipher| cipher.name())),
                supported_load_balancer_types: Json::set(policy.supported_load_balancer_types()),
            })
            .await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ONE: &str = "<SslPolicies><member><Name>ELBSecurityPolicy-2016-08</Name>
        <SslProtocols><member>TLSv1.2</member><member>TLSv1</member></SslProtocols>
        <Ciphers><member><Name>AES128-SHA</Name><Priority>1</Priority></member></Ciphers></member></SslPolicies>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeSSLPolicies", ONE);
        script.clone().four_answers(READER, call::DescribeSSLPolicies, "<SslPolicies/>", 1).await;
        let read = script.read(READER).await;
        let sql = "select name, ssl_protocols, ciphers from aws_elbv2_ssl_policy";
        assert_eq!(read.one(sql), r#"ELBSecurityPolicy-2016-08|["TLSv1","TLSv1.2"]|["AES128-SHA"]"#);
    }
}
