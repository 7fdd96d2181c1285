//! Settings of API Gateway in a region of the account.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::{reader, text};

/// Settings of API Gateway, as GetAccount tells them.
#[apply(row!)]
#[table("aws_api_gateway_account_settings", key(arn))]
pub struct Settings {
    /// `arn:PARTITION:apigateway:REGION::/account`.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Role with which REST APIs write logs; '' without one, and then none writes any.
    pub cloudwatch_role_arn: String,
    /// Requests a second that all APIs together may get.
    pub throttle_rate_limit: Fact<f64>,
    /// Requests at once after a pause.
    pub throttle_burst_limit: Fact<i64>,
}

reader! { "apigateway/account", Regional, fills [Settings::TABLE], calls [call::GetAccount], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let gateway: aws_sdk_apigateway::Client = cx.client();
    let told = cx.call(call::GetAccount, gateway.get_account().send()).await?;
    let throttle = told.throttle_settings();
    cx.emit(Settings {
        arn: cx.arn_of("apigateway", "", "/account"),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        cloudwatch_role_arn: text(told.cloudwatch_role_arn()),
        throttle_rate_limit: Fact::told(throttle.map(|throttle| throttle.rate_limit())),
        throttle_burst_limit: Fact::told(throttle.map(|throttle| i64::from(throttle.burst_limit()))),
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
    async fn no_role_is_known_and_a_denial_is_a_gap() {
        let sql = "select cloudwatch_role_arn, throttle_burst_limit from aws_api_gateway_account_settings";
        let none = Script::default().on("GetAccount", r#"{"throttleSettings": {"burstLimit": 5000, "rateLimit": 10000}}"#);
        assert_eq!(none.read(READER).await.one(sql), "|5000");
        let denied = Script::default().read_with(READER, call::GetAccount, Fault::Denied).await;
        assert_eq!((denied.is_complete, denied.gaps()[0].2.as_str()), (false, "apigateway:GET"));
    }
}
