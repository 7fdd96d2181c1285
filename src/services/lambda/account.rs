//! Limits of Lambda in a region of the account.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::reader;

/// Limits of Lambda, as GetAccountSettings tells them.
#[apply(row!)]
#[table("aws_lambda_account_settings", key(arn))]
pub struct Settings {
    /// `arn:PARTITION:lambda:REGION:ACCOUNT:settings`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Most invocations at a time, all functions together.
    pub concurrent_executions: Fact<i64>,
    /// What the reservations leave of it.
    #[is(churn)]
    pub unreserved_concurrent_executions: Fact<i64>,
    /// Functions.
    #[is(churn)]
    pub function_count: Fact<i64>,
    /// Bytes of code that are stored.
    #[is(churn)]
    pub total_code_size: Fact<i64>,
}

reader! { "lambda/account", Regional, fills [Settings::TABLE], calls [call::GetAccountSettings], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let lambda: aws_sdk_lambda::Client = cx.client();
    let told = cx.call(call::GetAccountSettings, lambda.get_account_settings().send()).await?;
    // The SDK reads a number that is missing as 0, and no account has a limit of 0: that is no answer.
    let limit = Fact::told(told.account_limit().map(|limit| limit.concurrent_executions()).filter(|limit| *limit > 0));
    let unreserved = told.account_limit().and_then(|limit| limit.unreserved_concurrent_executions());
    cx.emit(Settings {
        arn: cx.arn("lambda", "settings"),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        concurrent_executions: limit.map(i64::from),
        unreserved_concurrent_executions: Fact::told(unreserved.map(i64::from)),
        function_count: Fact::told(told.account_usage().map(|usage| usage.function_count())),
        total_code_size: Fact::told(told.account_usage().map(|usage| usage.total_code_size())),
    })
    .await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    #[tokio::test]
    async fn a_missing_limit_is_unread_not_zero() {
        let sql = "select concurrent_executions, unreserved_concurrent_executions, function_count from aws_lambda_account_settings";
        let full =
            r#"{"AccountLimit": {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}, "AccountUsage": {"FunctionCount": 2}}"#;
        assert_eq!(Script::default().on("GetAccountSettings", full).read(READER).await.one(sql), "10|10|2");
        assert_eq!(
            Script::default().on("GetAccountSettings", r#"{"AccountLimit": {}}"#).read(READER).await.one(sql),
            "unread|unread|unread"
        );
        let denied = Script::default().read_with(READER, call::GetAccountSettings, Fault::Denied).await;
        assert_eq!((denied.is_complete, denied.gaps()[0].2.as_str()), (false, "lambda:GetAccountSettings"));
    }
}
