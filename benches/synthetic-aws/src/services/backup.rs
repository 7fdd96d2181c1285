//! AWS Backup.

use super::{Does, Service};
use crate::wire::Wire;

/// The card.
pub const SERVICE: Service = Service {
    name: "backup",
    id: "Backup",
    scope: "backup",
    wire: Wire::RestJson,
    target: None,
    namespace: "",
    calls: &[
        ("GetBackupPlan", Does::Says(r#""BackupPlan":{"BackupPlanName":"none","Rules":[]}"#)),
        ("GetBackupSelection", Does::Says(r#""BackupSelection":{}"#)),
        ("ListBackupJobs", Does::Says(r#""BackupJobs":[]"#)),
        ("ListBackupPlans", Does::Says(r#""BackupPlansList":[]"#)),
        ("ListBackupSelections", Does::Says(r#""BackupSelectionsList":[]"#)),
        ("ListProtectedResources", Does::Says(r#""Results":[]"#)),
        ("ListRecoveryPointsByResource", Does::Says(r#""RecoveryPoints":[]"#)),
    ],
};
