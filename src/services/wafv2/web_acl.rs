//! Web ACLs of a region, and the load balancers and API stages that they guard.

use aws_sdk_wafv2::types::{ResourceType, Scope};
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::{identified, reader, text};

/// A web ACL for resources of a region, as ListWebACLs tells it. Those for CloudFront are not read.
#[apply(row!)]
#[table("aws_wafv2_web_acl", key(arn))]
pub struct WebAcl {
    /// ARN of the web ACL.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub web_acl_id: String,
    /// Its description, or ''.
    pub description: String,
    /// Load balancers and API stages that it guards; they are in `aws_wafv2_web_acl_association`.
    #[is(derived)]
    pub association_count: Fact<i64>,
}

/// What a web ACL guards, as ListResourcesForWebACL tells it for load balancers and API stages.
#[apply(row!)]
#[table(
    "aws_wafv2_web_acl_association", key(arn, resource_arn),
    guard("aws_wafv2_web_acl", "association_count"),
    part_of("aws_wafv2_web_acl", arn = arn)
)]
pub struct Association {
    /// ARN of the web ACL.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the load balancer or the stage.
    pub resource_arn: String,
    /// `APPLICATION_LOAD_BALANCER` or `API_GATEWAY`.
    pub resource_type: String,
}

/// What is asked for: AWS tells load balancers only, unless another kind is named.
const KINDS: &[ResourceType] = &[ResourceType::ApplicationLoadBalancer, ResourceType::ApiGateway];

reader! {
    "wafv2/web_acl", Regional, fills [WebAcl::TABLE, Association::TABLE],
    calls [call::ListWebACLs, call::ListResourcesForWebACL], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let waf: aws_sdk_wafv2::Client = cx.client();
    let mut pages =
        cx.pages(call::ListWebACLs, |token| waf.list_web_acls().scope(Scope::Regional).limit(100).set_next_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for acl in page.web_acls() {
            let arn = identified!(cx, call::ListWebACLs, acl.arn());
            cx.emit(WebAcl {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name: text(acl.name()),
                web_acl_id: text(acl.id()),
                description: text(acl.description()),
                association_count: associations(&cx, arn).await.into(),
            })
            .await;
        }
    }
    Ok(())
}

async fn associations(cx: &Cx, arn: &str) -> Result<i64, Unread> {
    let waf: aws_sdk_wafv2::Client = cx.client();
    let about = cx.about(WebAcl::TABLE, arn, &["association_count"]);
    let mut count = 0;
    for kind in KINDS {
        let ask = waf.list_resources_for_web_acl().web_acl_arn(arn).resource_type(kind.clone()).send();
        let told = about.call(call::ListResourcesForWebACL, ask).await?;
        for resource in told.resource_arns() {
            count += 1;
            cx.emit(Association {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                resource_arn: resource.clone(),
                resource_type: kind.as_str().to_owned(),
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
            .on("ListWebACLs", r#"{"WebACLs": [{"Name": "edge", "Id": "1", "ARN": "arn:acl"}]}"#)
            .on_match("ListResourcesForWebACL", "API_GATEWAY", r#"{"ResourceArns": ["arn:stage"]}"#)
            .on("ListResourcesForWebACL", r#"{"ResourceArns": ["arn:lb"]}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListWebACLs, r#"{"WebACLs": []}"#, 1).await;
        let read = script().read(READER).await;
        assert_eq!(read.one("select name, association_count from aws_wafv2_web_acl"), "edge|2");
        let sql = "select resource_arn, resource_type from aws_wafv2_web_acl_association order by 1";
        assert_eq!(read.all(sql), ["arn:lb|APPLICATION_LOAD_BALANCER", "arn:stage|API_GATEWAY"]);
        let denied = script().read_with(READER, call::ListResourcesForWebACL, Fault::Denied).await;
        assert_eq!(denied.one("select association_count from aws_wafv2_web_acl"), "unread");
    }
}
