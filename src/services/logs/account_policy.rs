//! Account-level policies, which hold over the groups' own settings.

use aws_sdk_cloudwatchlogs::types::PolicyType;
use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::{identified, reader, text};

/// An account-level policy of CloudWatch Logs, as DescribeAccountPolicies tells it.
#[apply(row!)]
#[table("aws_cloudwatch_log_account_policy", key(arn))]
pub struct AccountPolicy {
    /// `arn:PARTITION:logs:REGION:ACCOUNT:account-policy:TYPE:NAME`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the policy.
    pub name: String,
    /// `RETENTION_POLICY`, `DATA_PROTECTION_POLICY`, `SUBSCRIPTION_FILTER_POLICY`, …
    pub policy_type: String,
    /// Document as JSON.
    pub document: String,
    /// `ALL`, or ''.
    pub scope: String,
    /// Which groups it holds for, an expression; '' for all.
    pub selection_criteria: String,
    /// When it was changed.
    #[is(churn)]
    pub last_updated_time: Time,
}

/// The types are asked for one by one: the API wants it so.
const TYPES: [PolicyType; 3] = [PolicyType::RetentionPolicy, PolicyType::DataProtectionPolicy, PolicyType::SubscriptionFilterPolicy];

reader! { "logs/account_policy", Regional, fills [AccountPolicy::TABLE], calls [call::DescribeAccountPolicies], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let logs: aws_sdk_cloudwatchlogs::Client = cx.client();
    for policy_type in TYPES {
        let mut pages = cx.pages(call::DescribeAccountPolicies, |token| {
            logs.describe_account_policies().policy_type(policy_type.clone()).set_next_token(token).send()
        });
        while let Some(page) = pages.next(|page| page.next_token()).await? {
            for policy in page.account_policies() {
                let name = identified!(cx, call::DescribeAccountPolicies, policy.policy_name());
                cx.emit(AccountPolicy {
                    arn: cx.arn("logs", &format!("account-policy:{}:{name}", policy_type.as_str())),
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    name: name.to_owned(),
                    policy_type: policy_type.as_str().to_owned(),
                    document: text(policy.policy_document()),
                    scope: text(policy.scope().map(|scope| scope.as_str())),
                    selection_criteria: text(policy.selection_criteria()),
                    last_updated_time: policy.last_updated_time().map_or_else(Time::never, |millis| Time::from_unix(millis / 1000)),
                })
                .await;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    #[tokio::test]
    async fn stands_all_answers() {
        let one = r#"{"accountPolicies": [{"policyName": "keep", "policyDocument": "{}", "scope": "ALL"}]}"#;
        let script = Script::default().on_match("DescribeAccountPolicies", "RETENTION_POLICY", one);
        let script = script.on("DescribeAccountPolicies", r#"{"accountPolicies": []}"#);
        script.clone().four_answers(READER, call::DescribeAccountPolicies, r#"{"accountPolicies": []}"#, 1).await;
        let read = script.read(READER).await;
        assert_eq!(read.one("select name, policy_type, scope from aws_cloudwatch_log_account_policy"), "keep|RETENTION_POLICY|ALL");
    }
}
