//! Alarms.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A metric or composite alarm, as DescribeAlarms tells it.
#[apply(row!)]
#[table("aws_cloudwatch_alarm", key(arn))]
pub struct Alarm {
    /// ARN of the alarm.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the alarm.
    pub name: String,
    /// `metric` or `composite`.
    pub alarm_type: String,
    /// Namespace of the metric; '' for metric math and composite alarms.
    pub namespace: String,
    /// Metric, or ''.
    pub metric_name: String,
    /// Dimensions, a map.
    pub dimensions: Json,
    /// Threshold; 0 for composite alarms, and for those that compare with a band of expected values.
    pub threshold: Fact<f64>,
    /// Statistic or percentile (`Average`, `p99`); '' for metric math and composite alarms.
    pub statistic: String,
    /// Seconds of a period; 0 for metric math and composite alarms.
    pub period: Fact<i64>,
    /// How many periods are looked at; 0 for composite alarms.
    pub evaluation_periods: Fact<i64>,
    /// In how many of them it must be beyond the threshold; 0 where nobody said so, which means in all.
    pub datapoints_to_alarm: Fact<i64>,
    /// Operator of the comparison, or ''.
    pub comparison_operator: String,
    /// How missing points are taken: `missing`, `notBreaching`, `breaching` or `ignore`; '' means missing.
    pub treat_missing_data: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    #[is(churn)]
    pub state_value: Fact<String>,
    /// When the state changed.
    #[is(churn)]
    pub state_updated_timestamp: Time,
    /// Whether it acts at all.
    pub actions_enabled: Fact<bool>,
    /// What it does on `ALARM`, a list of ARNs.
    pub alarm_actions: Json,
    /// What it does when all is well again, a list of ARNs.
    pub ok_actions: Json,
    /// What it does when there is too little to tell, a list of ARNs.
    pub insufficient_data_actions: Json,
    /// The rule of a composite alarm over other alarms; '' for metric alarms.
    pub alarm_rule: String,
}

reader! { "cloudwatch/alarm", Regional, fills [Alarm::TABLE], calls [call::DescribeAlarms], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    use aws_sdk_cloudwatch::types::AlarmType;
    let cloudwatch: aws_sdk_cloudwatch::Client = cx.client();
    let mut pages = cx.pages(call::DescribeAlarms, |token| {
        // Without both types the answer leaves composite alarms out.
        let types = vec![AlarmType::MetricAlarm, AlarmType::CompositeAlarm];
        cloudwatch.describe_alarms().set_alarm_types(Some(types)).max_records(100).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for alarm in page.metric_alarms() {
            let arn = identified!(cx, call::DescribeAlarms, alarm.alarm_arn());
            let dimensions = alarm.dimensions().iter().map(|one| (text(one.name()), text(one.value())));
            cx.emit(Alarm {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name: text(alarm.alarm_name()),
                alarm_type: "metric".to_owned(),
                namespace: text(alarm.namespace()),
                metric_name: text(alarm.metric_name()),
                dimensions: Json::map(dimensions),
                threshold: threshold(alarm),
                statistic: text(alarm.statistic().map(|statistic| statistic.as_str()).or(alarm.extended_statistic())),
                period: Fact::told_or(alarm.period().map(i64::from), 0),
                evaluation_periods: Fact::told_or(alarm.evaluation_periods().map(i64::from), 0),
                datapoints_to_alarm: Fact::told_or(alarm.datapoints_to_alarm().map(i64::from), 0),
                alarm_rule: String::new(),
                comparison_operator: text(alarm.comparison_operator().map(|operator| operator.as_str())),
                treat_missing_data: text(alarm.treat_missing_data()),
                state_value: cx.word(Alarm::TABLE, arn, &["state_value"], alarm.state_value(), &[]).await,
                state_updated_timestamp: time(alarm.state_updated_timestamp()),
                actions_enabled: Fact::told(alarm.actions_enabled()),
                alarm_actions: Json::set(alarm.alarm_actions()),
                ok_actions: Json::set(alarm.ok_actions()),
                insufficient_data_actions: Json::set(alarm.insufficient_data_actions()),
            })
            .await;
        }
        for alarm in page.composite_alarms() {
            let arn = identified!(cx, call::DescribeAlarms, alarm.alarm_arn());
            cx.emit(Alarm {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                name: text(alarm.alarm_name()),
                alarm_type: "composite".to_owned(),
                namespace: String::new(),
                metric_name: String::new(),
                dimensions: Json::tags(None),
                threshold: Fact::Known(0.0),
                statistic: String::new(),
                period: Fact::Known(0),
                evaluation_periods: Fact::Known(0),
                datapoints_to_alarm: Fact::Known(0),
                alarm_rule: text(alarm.alarm_rule()),
                comparison_operator: String::new(),
                treat_missing_data: String::new(),
                state_value: cx.word(Alarm::TABLE, arn, &["state_value"], alarm.state_value(), &[]).await,
                state_updated_timestamp: time(alarm.state_updated_timestamp()),
                actions_enabled: Fact::told(alarm.actions_enabled()),
                alarm_actions: Json::set(alarm.alarm_actions()),
                ok_actions: Json::set(alarm.ok_actions()),
                insufficient_data_actions: Json::set(alarm.insufficient_data_actions()),
            })
            .await;
        }
    }
    Ok(())
}

/// A fixed threshold; an alarm with a band names the metric that makes the band instead.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html>
fn threshold(alarm: &aws_sdk_cloudwatch::types::MetricAlarm) -> Fact<f64> {
    match (alarm.threshold(), alarm.threshold_metric_id()) {
        (Some(threshold), _) => Fact::Known(threshold),
        (None, Some(_)) => Fact::Known(0.0),
        (None, None) => Fact::Unread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = r#"{
        "MetricAlarms": [{"AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:a", "AlarmName": "a", "Namespace": "AWS/Lambda",
            "MetricName": "Errors", "Threshold": 1, "StateValue": "OK", "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:x"],
            "Dimensions": [{"Name": "FunctionName", "Value": "f"}], "ExtendedStatistic": "p99", "Period": 60, "EvaluationPeriods": 5,
            "OKActions": ["arn:aws:sns:y"]}],
        "CompositeAlarms": [{"AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:b", "AlarmName": "b", "StateValue": "ALARM",
            "AlarmRule": "ALARM(a)"}]
    }"#;

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeAlarms", TWO);
        script.four_answers(READER, call::DescribeAlarms, r#"{"MetricAlarms": []}"#, 2).await;
    }

    #[tokio::test]
    async fn tells_both_kinds() {
        let read = Script::default().on("DescribeAlarms", TWO).read(READER).await;
        let sql = "select name, alarm_type, state_value, actions_enabled, dimensions from aws_cloudwatch_alarm order by 1";
        assert_eq!(read.all(sql), [r#"a|metric|OK|1|{"FunctionName":"f"}"#, "b|composite|ALARM|unread|{}"]);
        let sql = "select statistic, period, evaluation_periods, datapoints_to_alarm, ok_actions, insufficient_data_actions, alarm_rule
            from aws_cloudwatch_alarm order by name";
        assert_eq!(read.all(sql), [r#"p99|60|5|0|["arn:aws:sns:y"]|[]|"#, "|0|0|0|[]|[]|ALARM(a)"]);
    }
}
