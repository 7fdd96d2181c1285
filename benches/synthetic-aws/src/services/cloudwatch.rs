//! CloudWatch: CBOR as the Rust SDK speaks it, JSON and query as others do.

use serde_json::Value;

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::{Dice, mix, of_bytes};
use crate::wire::{Body, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "cloudwatch",
    id: "CloudWatch",
    scope: "monitoring",
    wire: Wire::RpcCbor,
    target: Some("GraniteServiceVersion20100801"),
    namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
    calls: &[
        ("DescribeAlarms", Does::Makes(alarms)),
        ("GetDashboard", Does::Makes(dashboard)),
        ("GetMetricData", Does::Makes(metric_data)),
        ("ListDashboards", Does::Makes(dashboards)),
    ],
};

/// Metric alarms: of ten, one is in alarm, one has no data, and one in twenty does nothing when it goes off.
fn alarms(ask: &Ask<'_>, body: &mut Body) -> Made {
    let size = ask.num("MaxRecords").unwrap_or(50).clamp(1, 100);
    let (range, next) = ask.page(Kind::Alarm, "NextToken", size)?;
    body.list("MetricAlarms", "member", range, |body, index| {
        let dice = ask.dice(Kind::Alarm, index);
        let name = format!("service-{}", ask.hex(Kind::Alarm, index));
        body.text("AlarmName", &name);
        body.text("AlarmArn", &ask.arn("cloudwatch", &format!("alarm:{name}")));
        body.flag("ActionsEnabled", true);
        let topic = ask.arn("sns", "on-call");
        body.texts("OKActions", "member", [] as [&str; 0]);
        body.texts("AlarmActions", "member", (!dice.percent(1, 5)).then_some(&topic));
        body.texts("InsufficientDataActions", "member", [] as [&str; 0]);
        body.text("StateValue", dice.pick(2, &["OK", "OK", "OK", "OK", "OK", "OK", "OK", "OK", "ALARM", "INSUFFICIENT_DATA"]));
        body.text("StateReason", "as it was drawn");
        body.time("StateUpdatedTimestamp", ask.days_ago(1 + dice.below(3, 200)));
        body.text("MetricName", "Errors");
        body.text("Namespace", "AWS/Lambda");
        body.text("Statistic", "Sum");
        body.list("Dimensions", "member", [()], |body, ()| {
            body.text("Name", "FunctionName");
            body.fmt("Value", format_args!("service-{}", ask.hex(Kind::Function, dice.below(4, ask.count(Kind::Function).max(1)))));
        });
        body.num("Period", 300);
        body.num("EvaluationPeriods", 1);
        body.num("DatapointsToAlarm", 1);
        body.float("Threshold", 1.0);
        body.text("ComparisonOperator", "GreaterThanOrEqualToThreshold");
        body.text("TreatMissingData", "notBreaching");
    });
    body.list("CompositeAlarms", "member", [] as [u64; 0], |_, _| {});
    if let Some(next) = next {
        body.text("NextToken", &next);
    }
    Ok(())
}

/// Seconds between the points of a metric.
const PERIOD: i64 = 21_600;

fn dashboard(_: &Ask<'_>, body: &mut Body) -> Made {
    body.text("DashboardBody", "{}");
    Ok(())
}

fn dashboards(_: &Ask<'_>, body: &mut Body) -> Made {
    body.list("DashboardEntries", "member", [] as [u64; 0], |_, _| {});
    Ok(())
}

/// Every metric that is asked for is complete. It has a number every six hours for two weeks in nine cases of ten; in the tenth it has
/// none, which is what AWS says of a metric that nobody wrote.
fn metric_data(ask: &Ask<'_>, body: &mut Body) -> Made {
    let queries = ask.json().get("MetricDataQueries").and_then(Value::as_array);
    let queries = queries.into_iter().flatten().filter_map(|query| Some((query.get("Id")?.as_str()?, query)));
    body.list("MetricDataResults", "member", queries, |body, (id, query)| {
        let dice = Dice::new(mix(&[ask.world.seed, ask.account_number, of_bytes(query["MetricStat"]["Metric"].to_string().as_bytes())]));
        // Failures and throttles are rare.
        let metric = query["MetricStat"]["Metric"]["MetricName"].as_str().unwrap_or_default();
        let is_bad = ["Error", "Throttle", "Fail", "Drop", "Spill"].iter().any(|word| metric.contains(word));
        let points = if (is_bad && !dice.percent(1, 3)) || dice.percent(2, 10) { 0 } else { 14 * 4 };
        let newest = ask.now - ask.now % PERIOD;
        body.text("Id", id);
        body.text("Label", if metric.is_empty() { id } else { metric });
        body.times("Timestamps", "member", (0..points).map(|point| newest - point * PERIOD));
        body.floats("Values", "member", (0..points).map(|point| dice.below(10 + point as u64, 1_000) as f64));
        body.text("StatusCode", "Complete");
    });
    body.list("Messages", "member", [] as [u64; 0], |_, _| {});
    Ok(())
}
