//! AWS Backup: what is to be backed up, and what really was.

use aws_sdk_backup::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};

pub mod job;
pub mod plan;
pub mod protected_resource;

/// The AWS Backup API. Its rates are not documented.
pub const BACKUP: &Api = &Api { id: "Backup", prefix: "backup", quota: Quota::shared(10.0, 20), wire: Wire::RestJson };

calls! { BACKUP "backup":
    GetBackupPlan,
    GetBackupSelection,
    ListBackupJobs,
    ListBackupPlans,
    ListBackupSelections,
    ListProtectedResources,
    ListRecoveryPointsByResource,
}

client!(aws_sdk_backup, BACKUP);

words!(types::BackupJobState, types::RecoveryPointStatus);

/// The card.
pub const SERVICE: Service =
    Service { name: "backup", title: "AWS Backup", readers: &[plan::READER, protected_resource::READER, job::READER], views: &[] };
