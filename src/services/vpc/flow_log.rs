//! VPC flow logs, and whether AWS can deliver them.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Json, Row, Time};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text, time};

/// A flow log, as DescribeFlowLogs tells it.
#[apply(row!)]
#[table("aws_vpc_flow_log", key(arn))]
pub struct FlowLog {
    /// ARN of the flow log.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `fl-…`.
    pub flow_log_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// VPC, subnet or network interface whose traffic it tells.
    pub resource_id: String,
    /// `ACCEPT`, `REJECT` or `ALL`.
    pub traffic_type: String,
    /// `ACTIVE`, or another word when it was stopped.
    pub flow_log_status: String,
    /// `SUCCESS` or `FAILED`; '' until the first delivery was tried.
    #[is(churn)]
    pub deliver_logs_status: String,
    /// Why delivery fails, AWS's words, or ''.
    #[is(churn)]
    pub deliver_logs_error_message: String,
    /// `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    pub log_destination_type: String,
    /// ARN of the bucket, delivery stream or log group, or ''.
    pub log_destination: String,
    /// Log group, or ''.
    pub log_group_name: String,
    /// Role that delivers to CloudWatch Logs, or ''.
    pub deliver_logs_permission_arn: String,
    /// When it was made.
    pub creation_time: Time,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "vpc/flow_log", Regional, fills [FlowLog::TABLE], calls [call::DescribeFlowLogs], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let mut pages = cx.pages(call::DescribeFlowLogs, |token| ec2.describe_flow_logs().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for log in page.flow_logs() {
            let id = identified!(cx, call::DescribeFlowLogs, log.flow_log_id());
            cx.emit(FlowLog {
                arn: cx.arn("ec2", &format!("vpc-flow-log/{id}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                flow_log_id: id.to_owned(),
                name: name(log.tags()),
                resource_id: text(log.resource_id()),
                traffic_type: text(log.traffic_type().map(|kind| kind.as_str())),
                flow_log_status: text(log.flow_log_status()),
                deliver_logs_status: text(log.deliver_logs_status()),
                deliver_logs_error_message: text(log.deliver_logs_error_message()),
                log_destination_type: text(log.log_destination_type().map(|kind| kind.as_str())),
                log_destination: text(log.log_destination()),
                log_group_name: text(log.log_group_name()),
                deliver_logs_permission_arn: text(log.deliver_logs_permission_arn()),
                creation_time: time(log.creation_time()),
                tags: tags(log.tags()),
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

    const ONE: &str = "<flowLogSet><item><flowLogId>fl-1</flowLogId><resourceId>vpc-1</resourceId><flowLogStatus>ACTIVE</flowLogStatus>
        <deliverLogsStatus>FAILED</deliverLogsStatus><deliverLogsErrorMessage>Access error</deliverLogsErrorMessage>
        <trafficType>ALL</trafficType><logDestinationType>cloud-watch-logs</logDestinationType><logGroupName>/flow</logGroupName></item></flowLogSet>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeFlowLogs", ONE);
        script.four_answers(READER, call::DescribeFlowLogs, "<flowLogSet/>", 1).await;
    }

    #[tokio::test]
    async fn tells_that_delivery_fails() {
        let read = Script::default().on("DescribeFlowLogs", ONE).read(READER).await;
        let sql = "select resource_id, deliver_logs_status, deliver_logs_error_message, log_group_name from aws_vpc_flow_log";
        assert_eq!(read.one(sql), "vpc-1|FAILED|Access error|/flow");
    }
}
