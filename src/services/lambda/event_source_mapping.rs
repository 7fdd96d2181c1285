//! Event source mappings: what feeds functions.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::{identified, reader, text, time};

/// An event source mapping, as ListEventSourceMappings tells it.
#[apply(row!)]
#[table("aws_lambda_event_source_mapping", key(arn))]
pub struct Mapping {
    /// ARN of the mapping.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the mapping.
    pub uuid: String,
    /// ARN of the function.
    pub function_arn: String,
    /// ARN of the queue, stream or cluster, or ''.
    pub event_source_arn: String,
    /// Records at most that the function is given at once; -1 where AWS says nothing.
    pub batch_size: i64,
    /// Seconds that it waits for more of them; -1 where AWS says nothing.
    pub maximum_batching_window_seconds: i64,
    /// `Enabled`, `Disabled`, `Enabling`, …
    pub state: String,
    /// Why it is in that state.
    #[is(churn)]
    pub state_transition_reason: String,
    /// What came of the last batch, or ''.
    #[is(churn)]
    pub last_processing_result: String,
    /// When it was changed.
    #[is(churn)]
    pub last_modified: Time,
}

reader! {
    "lambda/event_source_mapping", Regional, fills [Mapping::TABLE], calls [call::ListEventSourceMappings], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let lambda: aws_sdk_lambda::Client = cx.client();
    let mut pages =
        cx.pages(call::ListEventSourceMappings, |token| lambda.list_event_source_mappings().max_items(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.next_marker()).await? {
        for mapping in page.event_source_mappings() {
            let uuid = identified!(cx, call::ListEventSourceMappings, mapping.uuid());
            let arn = mapping.event_source_mapping_arn();
            cx.emit(Mapping {
                arn: arn.map_or_else(|| cx.arn("lambda", &format!("event-source-mapping:{uuid}")), str::to_owned),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                uuid: uuid.to_owned(),
                function_arn: text(mapping.function_arn()),
                event_source_arn: text(mapping.event_source_arn()),
                batch_size: mapping.batch_size().map_or(-1, i64::from),
                maximum_batching_window_seconds: mapping.maximum_batching_window_in_seconds().map_or(-1, i64::from),
                state: text(mapping.state()),
                state_transition_reason: text(mapping.state_transition_reason()),
                last_processing_result: text(mapping.last_processing_result()),
                last_modified: time(mapping.last_modified()),
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

    #[tokio::test]
    async fn stands_all_answers() {
        let one = r#"{"EventSourceMappings": [{"UUID": "u1", "FunctionArn": "arn:f", "State": "Disabled", "BatchSize": 10}]}"#;
        let script = Script::default().on("ListEventSourceMappings", one);
        script.clone().four_answers(READER, call::ListEventSourceMappings, r#"{"EventSourceMappings": []}"#, 1).await;
        let sql = "select uuid, state, batch_size, maximum_batching_window_seconds from aws_lambda_event_source_mapping";
        assert_eq!(script.read(READER).await.one(sql), "u1|Disabled|10|-1");
    }
}
