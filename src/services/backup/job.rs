//! Backup jobs: AWS tells those of the last 30 days.

use macro_rules_attribute::apply;

use super::call;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Row, Time};
use crate::services::{identified, reader, text, time};

/// A backup job of the last 30 days, as ListBackupJobs tells it.
#[apply(row!)]
#[table("aws_backup_job", key(arn, backup_job_id), is(churn))]
pub struct Job {
    /// ARN of the resource that was to be backed up.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Id of the job.
    pub backup_job_id: String,
    /// `RDS`, `Aurora`, `EBS`, …
    pub resource_type: String,
    /// `COMPLETED`, `FAILED`, `EXPIRED`, `ABORTED`, `PARTIAL`, `RUNNING`, …
    pub state: Fact<String>,
    /// Why, in words, or ''.
    pub status_message: String,
    /// When it was made.
    pub creation_date: Time,
    /// When it ended, or ''.
    pub completion_date: Time,
    /// Plan that made it; '' for one that somebody asked for.
    pub backup_plan_arn: String,
    /// Vault that it writes to.
    pub backup_vault_name: String,
    /// What it made, or ''.
    pub recovery_point_arn: String,
    /// Role with which it works, or ''.
    pub iam_role_arn: String,
}

reader! {
    "backup/job", Regional, fills [Job::TABLE], calls [call::ListBackupJobs], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let backup: aws_sdk_backup::Client = cx.client();
    let mut pages = cx.pages(call::ListBackupJobs, |token| backup.list_backup_jobs().max_results(1000).set_next_token(token).send());
    while let Some(page) = pages.next(|page| page.next_token()).await? {
        for job in page.backup_jobs() {
            let id = identified!(cx, call::ListBackupJobs, job.backup_job_id());
            let arn = identified!(cx, call::ListBackupJobs, job.resource_arn());
            cx.emit(Job {
                arn: arn.to_owned(),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                backup_job_id: id.to_owned(),
                resource_type: text(job.resource_type()),
                state: cx.word(Job::TABLE, arn, &["state"], job.state(), &[]).await,
                status_message: text(job.status_message()),
                creation_date: time(job.creation_date()),
                completion_date: time(job.completion_date()),
                backup_plan_arn: text(job.created_by().and_then(|plan| plan.backup_plan_arn())),
                backup_vault_name: text(job.backup_vault_name()),
                recovery_point_arn: text(job.recovery_point_arn()),
                iam_role_arn: text(job.iam_role_arn()),
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

    const TWO: &str = r#"{"BackupJobs": [
        {"BackupJobId": "j1", "ResourceArn": "arn:aws:rds:us-east-1:1:db:pay", "ResourceType": "RDS", "State": "FAILED",
         "StatusMessage": "no role", "CreationDate": 1700000000, "CreatedBy": {"BackupPlanArn": "arn:plan"}},
        {"BackupJobId": "j2", "ResourceArn": "arn:aws:rds:us-east-1:1:db:pay", "State": "DREAMING"}]}"#;

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("ListBackupJobs", TWO);
        script.four_answers(READER, call::ListBackupJobs, r#"{"BackupJobs": []}"#, 2).await;
    }

    #[tokio::test]
    async fn tells_how_jobs_ended() {
        let read = Script::default().on("ListBackupJobs", TWO).read(READER).await;
        let sql = "select backup_job_id, state, status_message, backup_plan_arn from aws_backup_job order by 1";
        assert_eq!(read.all(sql), ["j1|FAILED|no role|arn:plan", "j2|unread||"]);
    }
}
