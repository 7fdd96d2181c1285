//! Dashboards.

use macro_rules_attribute::apply;

use super::call;
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
    pub last_modified: Time,
    /// Size of the body in bytes.
    pub size: Fact<i64>,
    /// The body, a JSON document with the widgets.
    pub body: Fact<String>,
}

reader! {
    "cloudwatch/dashboard", Global, fills [Dashboard::TABLE], calls [call::ListDashboards, call::GetDashboard], by read
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
            let about = cx.about(Dashboard::TABLE, &arn, &["body"]);
            let body = about.call(call::GetDashboard, cloudwatch.get_dashboard().dashboard_name(name).send()).await;
            cx.emit(Dashboard {
                account_id: cx.account_id().to_owned(),
                region: GLOBAL.to_owned(),
                name: name.to_owned(),
                last_modified: time(dashboard.last_modified()),
                size: Fact::told(dashboard.size()),
                body: Fact::from(body).map(|body| text(body.dashboard_body())),
                arn,
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

    fn script() -> Script {
        let list = r#"{"DashboardEntries": [{"DashboardName": "ops", "DashboardArn": "arn:aws:cloudwatch::1:dashboard/ops"}]}"#;
        Script::default().on("ListDashboards", list).on("GetDashboard", r#"{"DashboardBody": "{}"}"#)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListDashboards, r#"{"DashboardEntries": []}"#, 1).await;
    }

    #[tokio::test]
    async fn a_body_that_is_denied_is_unread() {
        assert_eq!(script().read(READER).await.one("select body from aws_cloudwatch_dashboard"), "{}");
        let read = script().read_with(READER, call::GetDashboard, crate::aws::fault::Fault::Denied).await;
        assert_eq!(read.one("select body from aws_cloudwatch_dashboard"), "unread");
        let gap = ("aws_cloudwatch_dashboard", "arn:aws:cloudwatch::1:dashboard/ops", "cloudwatch:GetDashboard", "denied");
        assert_eq!(read.gaps(), [(gap.0.into(), gap.1.into(), gap.2.into(), gap.3.into())]);
    }
}
