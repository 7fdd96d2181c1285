//! Dashboards.

use macro_rules_attribute::apply;

use super::call;
use super::widget::{Widget, WidgetAlarm, WidgetMetric, content};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, GLOBAL, Row, Time};
use crate::services::{identified, reader, text, time};

/// A dashboard, as ListDashboards and GetDashboard tell it. Dashboards belong to the account, not to a region.
#[apply(row!)]
#[table("aws_cloudwatch_dashboard", key(arn))]
pub struct Dashboard {
    /// ARN of the dashboard.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Always `global`; a widget has a region of its own.
    pub region: String,
    /// Name of the dashboard.
    pub name: String,
    /// When it was changed.
    #[is(churn)]
    pub last_modified: Time,
    /// Size of the body in bytes.
    #[is(derived)]
    pub size: Fact<i64>,
    /// The body, a JSON document with the widgets.
    pub body: Fact<String>,
    /// How many widgets it has; they are in `aws_cloudwatch_dashboard_widget`.
    #[is(derived)]
    pub widget_count: Fact<i64>,
}

reader! {
    "cloudwatch/dashboard", Global, fills [Dashboard::TABLE, Widget::TABLE, WidgetMetric::TABLE, WidgetAlarm::TABLE],
    calls [call::ListDashboards, call::GetDashboard], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let cloudwatch: aws_sdk_cloudwatch::Client = cx.client();
    let mut pages = cx.pages(call::ListDashboards, |token| cloudwatch.list_dashboards().set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for dashboard in page.dashboard_entries() {
            let name = identified!(cx, call::ListDashboards, dashboard.dashboard_name());
            let arn = match dashboard.dashboard_arn() {
                Some(arn) => arn.to_owned(),
                None => cx.global_arn("cloudwatch", cx.account_id(), &format!("dashboard/{name}")),
            };
            let about = cx.about(Dashboard::TABLE, &arn, &["body", "widget_count"]);
            let body = about.call(call::GetDashboard, cloudwatch.get_dashboard().dashboard_name(name).send()).await;
            let body = Fact::from(body).map(|body| text(body.dashboard_body()));
            let widget_count = match body.as_ref().known() {
                None => Fact::Unread,
                Some(body) => emit_content(&cx, &arn, body).await,
            };
            cx.emit(Dashboard {
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                name: name.to_owned(),
                last_modified: time(dashboard.last_modified()),
                size: Fact::told(dashboard.size()),
                body,
                widget_count,
                arn,
            })
            .await;
        }
    }
    Ok(())
}

/// Stores what is on a dashboard and says how many widgets it has.
async fn emit_content(cx: &Cx, arn: &str, body: &str) -> Fact<i64> {
    let Some(content) = content(arn, cx.account_id(), GLOBAL, body) else {
        let about = cx.about(Dashboard::TABLE, arn, &["widget_count"]);
        about.malformed(call::GetDashboard, "holds a body that is no dashboard's").await;
        return Fact::Unread;
    };
    let count = content.widgets.len() as i64;
    for widget in content.widgets {
        cx.emit(widget).await;
    }
    for metric in content.metrics {
        cx.emit(metric).await;
    }
    for alarm in content.alarms {
        cx.emit(alarm).await;
    }
    Fact::Known(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    fn script() -> Script {
        let list = r#"{"DashboardEntries": [{"DashboardName": "ops", "DashboardArn": "arn:aws:cloudwatch::1:dashboard/ops"}]}"#;
        Script::default().on("ListDashboards", list).on("GetDashboard", BODY)
    }

    const BODY: &str = r#"{"DashboardBody": "{\"widgets\": [{\"type\": \"metric\", \"properties\": {\"region\": \"eu-west-1\", \"metrics\": [[\"N\", \"M\"]]}}]}"}"#;

    #[tokio::test]
    async fn widgets_and_metrics_are_rows() {
        let read = script().read(READER).await;
        assert_eq!(read.one("select widget_count from aws_cloudwatch_dashboard"), "1");
        assert_eq!(read.one("select widget_type, widget_region, metric_count from aws_cloudwatch_dashboard_widget"), "metric|eu-west-1|1");
        assert_eq!(read.one("select namespace, metric_name, metric_region from aws_cloudwatch_dashboard_metric"), "N|M|eu-west-1");
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListDashboards, r#"{"DashboardEntries": []}"#, 1).await;
    }

    #[tokio::test]
    async fn a_body_that_is_denied_is_unread() {
        let read = script().read_with(READER, call::GetDashboard, crate::aws::fault::Fault::Denied).await;
        assert_eq!(read.one("select body from aws_cloudwatch_dashboard"), "unread");
        let gap = ("aws_cloudwatch_dashboard", "arn:aws:cloudwatch::1:dashboard/ops", "cloudwatch:GetDashboard", "denied");
        assert_eq!(read.gaps(), [(gap.0.into(), gap.1.into(), gap.2.into(), gap.3.into())]);
    }
}
