"""Answers of a fresh account to calls that no emulator here knows (tier T3).

A rule with `answer` comes before them. Each is what AWS answers where nothing was ever configured.
"""

ANSWERS = {
    ("apigatewayv2", "GetAuthorizers"): {"Items": []},
    ("backup", "ListBackupJobs"): {"BackupJobs": []},
    ("backup", "ListBackupSelections"): {"BackupSelectionsList": []},
    ("backup", "ListProtectedResources"): {"Results": []},
    ("backup", "ListRecoveryPointsByResource"): {"RecoveryPoints": []},
    ("ec2", "GetAllowedImagesSettings"): {"State": "disabled"},
    ("ec2", "GetImageBlockPublicAccessState"): {"ImageBlockPublicAccessState": "block-new-sharing"},
    ("ec2", "GetInstanceMetadataDefaults"): {"AccountLevel": {}},
    ("ec2", "GetSerialConsoleAccessStatus"): {"SerialConsoleAccessEnabled": False},
    ("ec2", "GetSnapshotBlockPublicAccessState"): {"State": "unblocked"},
    ("ecs", "ListServiceDeployments"): {"serviceDeployments": []},
    ("lambda", "GetRuntimeManagementConfig"): {"UpdateRuntimeOn": "Auto"},
    ("logs", "DescribeAccountPolicies"): {"accountPolicies": []},
    ("rds", "DescribeDBClusterAutomatedBackups"): {"DBClusterAutomatedBackups": []},
    # moto makes some of its own, and leaves out what they belong to.
    ("rds", "DescribeDBInstanceAutomatedBackups"): {"DBInstanceAutomatedBackups": []},
    ("rds", "DescribePendingMaintenanceActions"): {"PendingMaintenanceActions": []},
}


def serve(context):
    return ANSWERS.get((context.service.service_name, context.operation.name))
