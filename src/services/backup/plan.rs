//! Backup plans: their rules, and what they select.

use aws_sdk_backup::types;
use macro_rules_attribute::apply;
use serde_json::json;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A backup plan, as ListBackupPlans and GetBackupPlan tell it.
#[apply(row!)]
#[table("aws_backup_plan", key(arn))]
pub struct Plan {
    /// ARN of the plan.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the plan.
    pub backup_plan_id: String,
    /// Its name.
    pub backup_plan_name: String,
    /// When it was made.
    pub creation_date: Time,
    /// When it last ran, or ''.
    #[is(churn)]
    pub last_execution_date: Time,
    /// How many rules it has; they are in `aws_backup_plan_rule`.
    #[is(derived)]
    pub rule_count: Fact<i64>,
    /// How many selections it has; they are in `aws_backup_selection`. Without one it backs up nothing.
    #[is(derived)]
    pub selection_count: Fact<i64>,
}

/// A rule of a backup plan: when, to where, for how long.
#[apply(row!)]
#[table("aws_backup_plan_rule", key(arn, rule_id), guard("aws_backup_plan", "rule_count"), part_of("aws_backup_plan", arn = arn))]
pub struct PlanRule {
    /// ARN of the plan.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the rule; its name where AWS tells none.
    pub rule_id: String,
    /// Its name.
    pub rule_name: String,
    /// When it runs, as an expression; '' for AWS's own default, daily at 5:00 UTC.
    pub schedule_expression: String,
    /// Vault that takes the recovery points.
    pub target_backup_vault_name: String,
    /// Days after which a recovery point is deleted; 0 for never.
    pub delete_after_days: i64,
    /// Whether it allows a restore to any moment, where the resource can.
    pub enable_continuous_backup: bool,
    /// ARNs of vaults that get a copy, a list.
    pub copy_destination_vault_arns: Json,
}

/// A selection of a backup plan: what it backs up. ListBackupSelections and GetBackupSelection tell it.
#[apply(row!)]
#[table("aws_backup_selection", key(arn, selection_id), guard("aws_backup_plan", "selection_count"), part_of("aws_backup_plan", arn = arn))]
pub struct Selection {
    /// ARN of the plan.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the selection.
    pub selection_id: String,
    /// Its name.
    pub selection_name: String,
    /// Role with which AWS Backup works, or ''.
    pub iam_role_arn: String,
    /// ARNs that it selects, wildcards too, a list.
    pub resources: Fact<Json>,
    /// ARNs that it leaves out, wildcards too, a list.
    pub not_resources: Fact<Json>,
    /// Tags of which a resource needs one, a list of `{"key", "value"}`.
    pub list_of_tags: Fact<Json>,
    /// Conditions that all must hold, a list of `{"operator", "key", "value"}`.
    pub conditions: Fact<Json>,
}

const SELECTED: &[&str] = &["resources", "not_resources", "list_of_tags", "conditions"];

reader! {
    "backup/plan", Regional, fills [Plan::TABLE, PlanRule::TABLE, Selection::TABLE],
    calls [call::ListBackupPlans, call::GetBackupPlan, call::ListBackupSelections, call::GetBackupSelection], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let backup: aws_sdk_backup::Client = cx.client();
    let mut pages = cx.pages(call::ListBackupPlans, |token| backup.list_backup_plans().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        let mut found = Vec::new();
        for plan in page.backup_plans_list() {
            let arn = identified!(cx, call::ListBackupPlans, plan.backup_plan_arn());
            let id = identified!(cx, call::ListBackupPlans, plan.backup_plan_id());
            found.push((arn.to_owned(), id.to_owned(), plan.clone()));
        }
        cx.each(found, |(arn, id, plan)| read_one(&cx, arn, id, plan)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, arn: String, id: String, plan: types::BackupPlansListMember) {
    let backup: aws_sdk_backup::Client = cx.client();
    let about = cx.about(Plan::TABLE, &arn, &["rule_count"]);
    let told = about.call(call::GetBackupPlan, backup.get_backup_plan().backup_plan_id(&id).send()).await;
    let rules = Fact::from(told).and_then(|told| Fact::told(told.backup_plan)).map(|plan| plan.rules);
    let rule_count = match &rules {
        Fact::Known(rules) => {
            for rule in rules {
                cx.emit(rule_of(cx, &arn, rule)).await;
            }
            Fact::Known(rules.len() as i64)
        }
        Fact::Unread => Fact::Unread,
    };
    let selection_count = Fact::from(emit_selections(cx, &arn, &id).await);
    cx.emit(Plan {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        backup_plan_id: id,
        backup_plan_name: text(plan.backup_plan_name()),
        creation_date: time(plan.creation_date()),
        last_execution_date: time(plan.last_execution_date()),
        rule_count,
        selection_count,
        arn,
    })
    .await;
}

fn rule_of(cx: &Cx, arn: &str, rule: &types::BackupRule) -> PlanRule {
    PlanRule {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        rule_id: rule.rule_id().unwrap_or(rule.rule_name()).to_owned(),
        rule_name: rule.rule_name().to_owned(),
        schedule_expression: text(rule.schedule_expression()),
        target_backup_vault_name: rule.target_backup_vault_name().to_owned(),
        delete_after_days: match rule.lifecycle().and_then(|life| life.delete_after_days()) {
            Some(days) if days > 0 => days,
            _ => 0,
        },
        enable_continuous_backup: rule.enable_continuous_backup() == Some(true),
        copy_destination_vault_arns: Json::set(rule.copy_actions().iter().map(|copy| copy.destination_backup_vault_arn())),
    }
}

async fn emit_selections(cx: &Cx, arn: &str, plan_id: &str) -> Result<i64, Unread> {
    let backup: aws_sdk_backup::Client = cx.client();
    let about = cx.about(Plan::TABLE, arn, &["selection_count"]);
    let mut count = 0;
    let mut pages = about.pages(call::ListBackupSelections, |token| {
        backup.list_backup_selections().backup_plan_id(plan_id).max_results(1000).set_next_token(token).send()
    });
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for selection in page.backup_selections_list() {
            let Some(id) = selection.selection_id() else {
                return Err(about.malformed(call::ListBackupSelections, "lacks selection_id").await);
            };
            emit_selection(cx, arn, plan_id, id, selection).await;
            count += 1;
        }
    }
    Ok(count)
}

async fn emit_selection(cx: &Cx, arn: &str, plan_id: &str, id: &str, listed: &types::BackupSelectionsListMember) {
    let backup: aws_sdk_backup::Client = cx.client();
    let ask = backup.get_backup_selection().backup_plan_id(plan_id).selection_id(id).send();
    let told = cx.about(Selection::TABLE, arn, SELECTED).call(call::GetBackupSelection, ask).await;
    let told = Fact::from(told).and_then(|told| Fact::told(told.backup_selection));
    cx.emit(Selection {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        selection_id: id.to_owned(),
        selection_name: text(listed.selection_name()),
        iam_role_arn: text(listed.iam_role_arn()),
        resources: told.as_ref().map(|told| Json::set(told.resources())),
        not_resources: told.as_ref().map(|told| Json::set(told.not_resources())),
        list_of_tags: told.as_ref().map(|told| Json(told.list_of_tags().iter().map(tag).collect())),
        conditions: told.as_ref().map(|told| Json(told.conditions().map(conditions).into_iter().flatten().collect())),
    })
    .await;
}

fn tag(condition: &types::Condition) -> serde_json::Value {
    json!({ "key": condition.condition_key(), "value": condition.condition_value() })
}

fn conditions(all: &types::Conditions) -> Vec<serde_json::Value> {
    let of = |operator: &'static str, list: &[types::ConditionParameter]| -> Vec<serde_json::Value> {
        let one = |one: &types::ConditionParameter| json!({ "operator": operator, "key": text(one.condition_key()), "value": text(one.condition_value()) });
        list.iter().map(one).collect()
    };
    [
        of("StringEquals", all.string_equals()),
        of("StringNotEquals", all.string_not_equals()),
        of("StringLike", all.string_like()),
        of("StringNotLike", all.string_not_like()),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const LIST: &str = r#"{"BackupPlansList": [{"BackupPlanArn": "arn:aws:backup:us-east-1:1:backup-plan:p", "BackupPlanId": "p",
        "BackupPlanName": "daily", "CreationDate": 1700000000}]}"#;
    const PLAN: &str = r#"{"BackupPlan": {"BackupPlanName": "daily", "Rules": [
        {"RuleName": "night", "RuleId": "r1", "TargetBackupVaultName": "vault", "ScheduleExpression": "cron(0 3 * * ? *)",
         "Lifecycle": {"DeleteAfterDays": 35}, "EnableContinuousBackup": true,
         "CopyActions": [{"DestinationBackupVaultArn": "arn:aws:backup:eu-west-1:1:backup-vault:far"}]},
        {"RuleName": "year", "TargetBackupVaultName": "vault"}]}}"#;
    const SELECTIONS: &str = r#"{"BackupSelectionsList": [{"SelectionId": "s", "SelectionName": "databases", "IamRoleArn": "role"}]}"#;
    const SELECTION: &str = r#"{"BackupSelection": {"SelectionName": "databases", "IamRoleArn": "role", "Resources": ["arn:aws:rds:*"],
        "ListOfTags": [{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "daily"}],
        "Conditions": {"StringLike": [{"ConditionKey": "aws:ResourceTag/env", "ConditionValue": "prod*"}]}}}"#;

    fn script() -> Script {
        Script::default()
            .on("ListBackupPlans", LIST)
            .on("GetBackupPlan", PLAN)
            .on("ListBackupSelections", SELECTIONS)
            .on("GetBackupSelection", SELECTION)
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::ListBackupPlans, r#"{"BackupPlansList": []}"#, 1).await;
    }

    #[tokio::test]
    async fn tells_rules_and_selections() {
        let read = script().read(READER).await;
        assert_eq!(read.one("select rule_count, selection_count from aws_backup_plan"), "2|1");
        let sql =
            "select rule_id, delete_after_days, enable_continuous_backup, copy_destination_vault_arns from aws_backup_plan_rule order by 1";
        assert_eq!(read.all(sql), [r#"r1|35|1|["arn:aws:backup:eu-west-1:1:backup-vault:far"]"#, "year|0|0|[]"]);
        let sql = "select resources, list_of_tags, conditions from aws_backup_selection";
        let conditions = r#"[{"operator":"StringLike","key":"aws:ResourceTag/env","value":"prod*"}]"#;
        assert_eq!(read.one(sql), format!(r#"["arn:aws:rds:*"]|[{{"key":"backup","value":"daily"}}]|{conditions}"#));
    }

    #[tokio::test]
    async fn what_is_denied_is_unread() {
        let denied = |call| async move { script().read_with(READER, call, Fault::Denied).await };
        let sql = "select rule_count, selection_count from aws_backup_plan";
        assert_eq!(denied(call::GetBackupPlan).await.one(sql), "unread|1");
        assert_eq!(denied(call::ListBackupSelections).await.one(sql), "2|unread");
        assert_eq!(denied(call::GetBackupSelection).await.one("select resources, conditions from aws_backup_selection"), "unread|unread");
    }
}
