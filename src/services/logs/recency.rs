//! When a log group last received something, by its newest stream.
//!
//! That costs a call a group, and an account can have hundreds of thousands: asked are those that a function or a stage logs to, since
//! only of them is it known that something should arrive.

use macro_rules_attribute::apply;

use super::call;
use super::group::LogGroup;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::apigateway::http_api::Stage as HttpStage;
use crate::services::apigateway::rest_api::Stage;
use crate::services::lambda::function::Function;
use crate::services::{Found, reader, text};

/// The newest stream of a log group that a function or an API's stage logs to, as DescribeLogStreams tells it. The times are up to an hour late.
#[apply(row!)]
#[table("aws_cloudwatch_log_group_recency", key(arn), part_of("aws_cloudwatch_log_group", arn = arn), is(churn))]
pub struct Recency {
    /// ARN of the log group.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the log group.
    pub name: String,
    /// Whether it has a stream at all.
    pub has_stream: Fact<bool>,
    /// Name of the stream with the newest event, or ''.
    pub stream_name: Fact<String>,
    /// Time of its newest event, or ''.
    pub last_event_timestamp: Fact<Time>,
    /// When it was written to, or ''.
    pub last_ingestion_time: Fact<Time>,
}

const COLUMNS: &[&str] = &["has_stream", "stream_name", "last_event_timestamp", "last_ingestion_time"];

reader! {
    "logs/recency", Regional, fills [Recency::TABLE], calls [call::DescribeLogStreams],
    needs [LogGroup::TABLE, Function::TABLE, Stage::TABLE, HttpStage::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select arn, name from aws_cloudwatch_log_group as g
        where account_id = ?1 and region = ?2 and arn > ?3 and name in (
            select log_group from aws_lambda_function where account_id = ?1 and region = ?2
            union all select access_log_group from aws_api_gateway_stage where account_id = ?1 and region = ?2
            union all select access_log_group from aws_api_gatewayv2_stage where account_id = ?1 and region = ?2
        )
        order by arn limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(groups) = found.next(|row| Ok((row.get(0)?, row.get(1)?))).await? {
        cx.each(groups, |(arn, name): (String, String)| read_one(&cx, arn, name)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, name: String) {
    use aws_sdk_cloudwatchlogs::types::OrderBy;
    let logs: aws_sdk_cloudwatchlogs::Client = cx.client();
    let about = cx.about(Recency::TABLE, &arn, COLUMNS);
    // By identifier, since a name alone cannot tell a linked account's group of the same name apart.
    let mut pages = about.pages(call::DescribeLogStreams, |token| {
        let streams = logs.describe_log_streams().log_group_name(&name).order_by(OrderBy::LastEventTime);
        streams.descending(true).limit(1).set_next_token(token).send()
    });
    let page = pages.next(|page| page.next_token()).await;
    // The newest stream is all that is wanted.
    pages.stop().await;
    let stream = Fact::from(page).map(|page| page.and_then(|page| page.log_streams().first().cloned()));
    let moment = |millis: Option<i64>| millis.map_or_else(Time::never, |millis| Time::from_unix(millis / 1000));
    let of = |get: fn(&aws_sdk_cloudwatchlogs::types::LogStream) -> Option<i64>| {
        stream.as_ref().map(|stream| moment(stream.as_ref().and_then(get)))
    };
    cx.emit(Recency {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        has_stream: stream.as_ref().map(Option::is_some),
        stream_name: stream.as_ref().map(|stream| text(stream.as_ref().and_then(|stream| stream.log_stream_name()))),
        last_event_timestamp: of(|stream| stream.last_event_timestamp()),
        last_ingestion_time: of(|stream| stream.last_ingestion_time()),
        name: name.clone(),
        arn: arn.clone(),
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::{ACCOUNT, Script};

    const SQL: &str = "select has_stream, stream_name, last_event_timestamp from aws_cloudwatch_log_group_recency";

    fn script(streams: &str) -> Script {
        let here = format!("'{ACCOUNT}', 'us-east-1'");
        Script::default()
            .on("DescribeLogStreams", streams)
            .seed("aws_cloudwatch_log_group (arn, account_id, region, name)", &format!("'arn:/a', {here}, '/a'"))
            .seed("aws_lambda_function (arn, account_id, region, log_group)", &format!("'arn:f', {here}, '/a'"))
    }

    #[tokio::test]
    async fn tells_the_newest_stream_or_that_there_is_none() {
        let one = r#"{"logStreams": [{"logStreamName": "s", "lastEventTimestamp": 1795348800000}], "nextToken": "more"}"#;
        let read = script(one).read(READER).await;
        assert_eq!(read.one(SQL), "1|s|2026-11-22T12:00:00Z");
        assert!(read.is_complete, "a sample is wanted, not the list");
        assert_eq!(script(r#"{"logStreams": []}"#).read(READER).await.one(SQL), "0||");
    }

    #[tokio::test]
    async fn a_group_that_nothing_is_known_to_log_to_is_not_asked_about() {
        let here = format!("'{ACCOUNT}', 'us-east-1'");
        let logs = |name: &str| format!("'arn:{name}', {here}, '{name}'");
        let read = script(r#"{"logStreams": []}"#)
            .seed("aws_cloudwatch_log_group (arn, account_id, region, name)", &logs("/nobody"))
            .seed("aws_cloudwatch_log_group (arn, account_id, region, name)", &logs("/rest"))
            .seed("aws_cloudwatch_log_group (arn, account_id, region, name)", &logs("/http"))
            .seed("aws_api_gateway_stage (arn, account_id, region, access_log_group)", &logs("/rest"))
            .seed("aws_api_gatewayv2_stage (arn, account_id, region, access_log_group)", &logs("/http"))
            .read(READER)
            .await;
        assert_eq!(read.all("select name from aws_cloudwatch_log_group_recency order by 1"), ["/a", "/http", "/rest"]);
    }

    #[tokio::test]
    async fn a_denial_is_not_silence() {
        let read = script("{}").read_with(READER, call::DescribeLogStreams, Fault::Denied).await;
        assert_eq!((read.one(SQL).as_str(), read.gaps()[0].1.as_str()), ("unread|unread|unread", "arn:/a"));
        let nothing = Script::default().read(READER).await;
        assert!(nothing.is_complete);
    }
}
