//! Maintenance that waits: upgrades, patches, certificates.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::{identified, reader, text, time};

/// An action that waits for a database, as DescribePendingMaintenanceActions tells it. The list follows changes with some delay.
#[apply(row!)]
#[table(
    "aws_rds_pending_maintenance_action", key(arn, action, description),
    part_of("aws_rds_db_instance", arn = arn),
    part_of("aws_rds_db_cluster", arn = arn),
    is(churn)
)]
pub struct PendingMaintenanceAction {
    /// ARN of the instance or cluster.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `db-upgrade`, `system-update`, `os-upgrade`, `ca-certificate-rotation`, `hardware-maintenance`, …
    pub action: String,
    /// What it is, in words.
    pub description: String,
    /// What was said about when to do it: `immediate`, `next-maintenance`, `undo-opt-in`, or ''.
    pub opt_in_status: String,
    /// From when on the next maintenance window does it, or ''.
    pub auto_applied_after_date: Time,
    /// When it is done whatever the window, or ''.
    pub forced_apply_date: Time,
    /// When it will be done, all things considered, or ''.
    pub current_apply_date: Time,
}

reader! {
    "rds/pending_maintenance", Regional, fills [PendingMaintenanceAction::TABLE], calls [call::DescribePendingMaintenanceActions], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribePendingMaintenanceActions, |token| {
        rds.describe_pending_maintenance_actions().max_records(100).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for resource in page.pending_maintenance_actions() {
            let arn = identified!(cx, call::DescribePendingMaintenanceActions, resource.resource_identifier());
            for action in resource.pending_maintenance_action_details() {
                cx.emit(PendingMaintenanceAction {
                    arn: arn.to_owned(),
                    account_id: cx.account_id().to_owned(),
                    region: cx.region().to_owned(),
                    action: text(action.action()),
                    description: text(action.description()),
                    opt_in_status: text(action.opt_in_status()),
                    auto_applied_after_date: time(action.auto_applied_after_date()),
                    forced_apply_date: time(action.forced_apply_date()),
                    current_apply_date: time(action.current_apply_date()),
                })
                .await;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const ONE: &str = "<PendingMaintenanceActions><ResourcePendingMaintenanceActions>
        <ResourceIdentifier>arn:aws:rds:us-east-1:1:db:pay</ResourceIdentifier><PendingMaintenanceActionDetails>
            <PendingMaintenanceAction><Action>db-upgrade</Action><AutoAppliedAfterDate>2026-10-01T00:00:00Z</AutoAppliedAfterDate></PendingMaintenanceAction>
            <PendingMaintenanceAction><Action>system-update</Action><Description>New OS</Description></PendingMaintenanceAction>
        </PendingMaintenanceActionDetails></ResourcePendingMaintenanceActions></PendingMaintenanceActions>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribePendingMaintenanceActions", ONE);
        script.four_answers(READER, call::DescribePendingMaintenanceActions, "<PendingMaintenanceActions/>", 2).await;
    }

    #[tokio::test]
    async fn tells_what_waits_and_since_when() {
        let read = Script::default().on("DescribePendingMaintenanceActions", ONE).read(READER).await;
        let sql = "select action, description, auto_applied_after_date from aws_rds_pending_maintenance_action order by 1";
        assert_eq!(read.all(sql), ["db-upgrade||2026-10-01T00:00:00Z", "system-update|New OS|"]);
    }
}
