//! Provisioned concurrency: what a version or an alias keeps ready, and what of it there really is.

use macro_rules_attribute::apply;

use super::call;
use super::function::Function;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row};
use crate::services::{identified, text};

/// Provisioned concurrency of a version or an alias, as ListProvisionedConcurrencyConfigs tells it.
#[apply(row!)]
#[table(
    "aws_lambda_provisioned_concurrency", key(arn),
    guard("aws_lambda_function", "provisioned_concurrency_count"),
    part_of("aws_lambda_function", function_arn = arn)
)]
pub struct ProvisionedConcurrency {
    /// ARN of the version or the alias.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// ARN of the function.
    pub function_arn: String,
    /// The version's number or the alias's name.
    pub qualifier: String,
    /// Environments that were asked for.
    pub requested: Fact<i64>,
    /// Environments that there are.
    #[is(churn)]
    pub allocated: Fact<i64>,
    /// Environments that are ready and idle or at work.
    #[is(churn)]
    pub available: Fact<i64>,
    /// `READY`, `IN_PROGRESS` or `FAILED`.
    #[is(churn)]
    pub status: Fact<String>,
    /// Why, AWS's words, or ''.
    #[is(churn)]
    pub status_reason: String,
    /// When it was changed, as AWS writes it.
    #[is(churn)]
    pub last_modified: String,
}

/// Asks what a function has of it, stores that, and tells how many there are.
pub async fn emit(cx: &Cx, arn: &str, name: &str) -> Result<i64, Unread> {
    let lambda: aws_sdk_lambda::Client = cx.client();
    let about = cx.about(Function::TABLE, arn, &["provisioned_concurrency_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::ListProvisionedConcurrencyConfigs, |token| {
        lambda.list_provisioned_concurrency_configs().function_name(name).max_items(50).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for config in page.provisioned_concurrency_configs() {
            let qualified = identified!(about, call::ListProvisionedConcurrencyConfigs, config.function_arn());
            let status = match config.status() {
                None => Fact::Unread,
                status => cx.word(ProvisionedConcurrency::TABLE, qualified, &["status"], status, &[]).await,
            };
            cx.emit(ProvisionedConcurrency {
                arn: qualified.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                function_arn: arn.to_owned(),
                qualifier: qualified.trim_start_matches(arn).trim_start_matches(':').to_owned(),
                requested: Fact::told(config.requested_provisioned_concurrent_executions().map(i64::from)),
                allocated: Fact::told(config.allocated_provisioned_concurrent_executions().map(i64::from)),
                available: Fact::told(config.available_provisioned_concurrent_executions().map(i64::from)),
                status,
                status_reason: text(config.status_reason()),
                last_modified: text(config.last_modified()),
            })
            .await;
            count += 1;
        }
    }
    Ok(count)
}
