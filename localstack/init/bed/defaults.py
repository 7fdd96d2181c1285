"""Answers of a fresh account to calls that no emulator here knows (tier T3).

A rule with `answer` comes before them. Each is what AWS answers where nothing was ever configured.
"""

ANSWERS = {
    ("ec2", "GetAllowedImagesSettings"): {"State": "disabled"},
    ("ec2", "GetImageBlockPublicAccessState"): {"ImageBlockPublicAccessState": "block-new-sharing"},
    ("ec2", "GetInstanceMetadataDefaults"): {"AccountLevel": {}},
    ("ec2", "GetSerialConsoleAccessStatus"): {"SerialConsoleAccessEnabled": False},
    ("ec2", "GetSnapshotBlockPublicAccessState"): {"State": "unblocked"},
    ("lambda", "GetRuntimeManagementConfig"): {"UpdateRuntimeOn": "Auto"},
    ("logs", "DescribeAccountPolicies"): {"accountPolicies": []},
}


def serve(context):
    return ANSWERS.get((context.service.service_name, context.operation.name))
