//! What is on a dashboard: its body, a JSON document, taken apart into widgets, metrics and alarms.
//!
//! Metrics come in a shorthand: `"."` repeats what stands there in the metric before, `"..."` all of it but the end.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use serde_json::Value;

use crate::inventory::Json;
use crate::inventory::table::row;

/// A widget of a dashboard, by GetDashboard.
#[apply(row!)]
#[table(
    "aws_cloudwatch_dashboard_widget", key(arn, widget_index),
    guard("aws_cloudwatch_dashboard", "widget_count"),
    part_of("aws_cloudwatch_dashboard", arn = arn),
    is(derived)
)]
pub struct Widget {
    /// ARN of the dashboard.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`, as the dashboard's.
    pub region: String,
    /// Its place in the body, from 0.
    pub widget_index: i64,
    /// `metric`, `log`, `text`, `alarm`, `explorer`, `custom`.
    pub widget_type: String,
    /// Title, or ''.
    pub title: String,
    /// Region that it looks at, or '' where the body names none.
    pub widget_region: String,
    /// Account that it looks at, or '' for the dashboard's own.
    pub widget_account_id: String,
    /// Metrics on it; they are in `aws_cloudwatch_dashboard_metric`. Searches and formulas are no metrics.
    pub metric_count: i64,
    /// Searches and formulas on it: what they find is known when somebody looks.
    pub expression_count: i64,
}

/// A metric on a dashboard, by GetDashboard, its shorthand written out.
#[apply(row!)]
#[table(
    "aws_cloudwatch_dashboard_metric", key(arn, widget_index, metric_index),
    guard("aws_cloudwatch_dashboard", "widget_count"),
    part_of("aws_cloudwatch_dashboard", arn = arn),
    is(derived)
)]
pub struct WidgetMetric {
    /// ARN of the dashboard.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`, as the dashboard's.
    pub region: String,
    /// The widget's place in the body, from 0.
    pub widget_index: i64,
    /// The metric's place on the widget, from 0.
    pub metric_index: i64,
    /// Namespace (`AWS/Lambda`).
    pub namespace: String,
    /// Metric (`Errors`).
    pub metric_name: String,
    /// Dimensions, a map.
    pub dimensions: Json,
    /// Region that it is taken from: the metric's own, else the widget's, or ''.
    pub metric_region: String,
    /// Account that it is taken from: the metric's own, else the widget's, or '' for the dashboard's own.
    pub metric_account_id: String,
}

/// An alarm that a dashboard shows, as a widget or as a line in one, by GetDashboard.
#[apply(row!)]
#[table(
    "aws_cloudwatch_dashboard_alarm", key(arn, alarm_arn),
    guard("aws_cloudwatch_dashboard", "widget_count"),
    part_of("aws_cloudwatch_dashboard", arn = arn),
    is(derived)
)]
pub struct WidgetAlarm {
    /// ARN of the dashboard.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region of the alarm, by its ARN.
    pub region: String,
    /// ARN of the alarm as the dashboard names it.
    pub alarm_arn: String,
    /// Account of the alarm, by its ARN.
    pub alarm_account_id: String,
    /// Name of the alarm, by its ARN.
    pub alarm_name: String,
}

/// Everything on one dashboard.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    pub widgets: Vec<Widget>,
    pub metrics: Vec<WidgetMetric>,
    pub alarms: Vec<WidgetAlarm>,
}

/// Takes a body apart; `None` if it is no dashboard's.
pub(super) fn content(arn: &str, account_id: &str, region: &str, body: &str) -> Option<Content> {
    let body: Value = serde_json::from_str(body).ok()?;
    let mut content = Content::default();
    let (arn, account_id, region) = (arn.to_owned(), account_id.to_owned(), region.to_owned());
    let mut alarms = BTreeSet::new();
    // A dashboard without widgets is one of its own kind: the member may be missing.
    let widgets = match body.as_object()?.get("widgets") {
        None => &[][..],
        Some(widgets) => widgets.as_array()?,
    };
    for (widget_index, widget) in widgets.iter().enumerate() {
        let widget_index = widget_index as i64;
        let properties = &widget["properties"];
        let (lines, expression_count) = metrics(&properties["metrics"]);
        let own = |options: &Value, name: &str| {
            let of = |value: &Value| value[name].as_str().map(str::to_owned);
            of(options).or_else(|| of(properties)).unwrap_or_else(|| "".to_owned())
        };
        for (metric_index, (path, options)) in lines.iter().enumerate() {
            let dimensions = path[2..].chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            content.metrics.push(WidgetMetric {
                arn: arn.clone(),
                account_id: account_id.clone(),
                region: region.clone(),
                widget_index,
                metric_index: metric_index as i64,
                namespace: path[0].clone(),
                metric_name: path[1].clone(),
                dimensions: Json::map(dimensions),
                metric_region: own(options, "region"),
                metric_account_id: own(options, "accountId"),
            });
        }
        for list in [&properties["alarms"], &properties["annotations"]["alarms"]] {
            alarms.extend(list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        content.widgets.push(Widget {
            arn: arn.clone(),
            account_id: account_id.clone(),
            region: region.clone(),
            widget_index,
            widget_type: widget["type"].as_str().map_or_else(|| "".to_owned(), str::to_owned),
            title: own(&Value::Null, "title"),
            widget_region: own(&Value::Null, "region"),
            widget_account_id: own(&Value::Null, "accountId"),
            metric_count: lines.len() as i64,
            expression_count,
        });
    }
    for alarm in alarms {
        let fields: Vec<&str> = alarm.splitn(7, ':').collect();
        let [_, _, "cloudwatch", alarm_region, alarm_account, "alarm", name] = fields[..] else { continue };
        let (alarm_region, alarm_account, name) = (alarm_region.to_owned(), alarm_account.to_owned(), name.to_owned());
        content.alarms.push(WidgetAlarm {
            account_id: account_id.clone(),
            region: alarm_region,
            alarm_account_id: alarm_account,
            alarm_name: name,
            arn: arn.clone(),
            alarm_arn: alarm,
        });
    }
    Some(content)
}

/// A metric written out, namespace and name first, and its options.
type Line = (Vec<String>, Value);

/// The metrics of a widget, and how many searches and formulas are among them.
fn metrics(list: &Value) -> (Vec<Line>, i64) {
    let (mut lines, mut expressions): (Vec<Line>, i64) = (Vec::new(), 0);
    for item in list.as_array().into_iter().flatten() {
        let parts = item.as_array().map_or(&[][..], Vec::as_slice);
        let options = parts.iter().find(|part| part.is_object()).cloned().unwrap_or(Value::Null);
        if options.get("expression").is_some() {
            expressions += 1;
            continue;
        }
        let short: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
        let before = lines.last().map_or(&[][..], |(path, _)| path.as_slice());
        let path = written_out(&short, before);
        // Less than a namespace and a name, or half a dimension, is not understood; CloudWatch would not have taken it.
        if path.len() >= 2 && path.len().is_multiple_of(2) {
            lines.push((path, options));
        }
    }
    (lines, expressions)
}

fn written_out(short: &[&str], before: &[String]) -> Vec<String> {
    match short {
        ["...", end @ ..] => {
            let kept = before.len().saturating_sub(end.len());
            let end = end.iter().zip(&before[kept..]).map(|(part, same)| if *part == "." { same.clone() } else { (*part).to_owned() });
            before[..kept].iter().cloned().chain(end).collect()
        }
        parts => {
            let part = |(i, part): (usize, &&str)| match (*part, before.get(i)) {
                (".", Some(same)) => same.clone(),
                (part, _) => part.to_owned(),
            };
            parts.iter().enumerate().map(part).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shorthand_is_written_out() {
        let list = serde_json::json!([
            ["AWS/Lambda", "Errors", "FunctionName", "a"],
            ["...", "b", {"region": "eu-west-1"}],
            [".", "Duration", ".", "."],
            [{"expression": "SUM(METRICS())"}],
            ["Own", "Count"],
        ]);
        let (lines, expressions) = metrics(&list);
        let paths: Vec<String> = lines.iter().map(|(path, _)| path.join(" ")).collect();
        assert_eq!(
            paths,
            ["AWS/Lambda Errors FunctionName a", "AWS/Lambda Errors FunctionName b", "AWS/Lambda Duration FunctionName b", "Own Count"]
        );
        assert_eq!((expressions, lines[1].1["region"].as_str()), (1, Some("eu-west-1")));
    }

    #[test]
    fn widgets_without_metrics_are_widgets() {
        let body = r##"{"widgets": [{"type": "text", "properties": {"markdown": "# hi"}},
            {"type": "alarm", "properties": {"alarms": ["arn:aws:cloudwatch:eu-west-1:1:alarm:a:b"]}}]}"##;
        let content = content("d", "1", "global", body).unwrap();
        assert_eq!((content.widgets.len(), content.metrics.len()), (2, 0));
        assert_eq!((content.alarms[0].alarm_name.as_str(), content.alarms[0].region.as_str()), ("a:b", "eu-west-1"));
        assert!(super::content("d", "1", "global", "nonsense").is_none());
    }
}
