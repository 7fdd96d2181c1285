"""Types of storage, secrets, logs and databases in stacks: what the emulator's CloudFormation forgets, and what it cannot make."""

import json

from botocore.config import Config
from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from .stacks import PHYSICAL, makes, mends, named, prepares, tell, truth


@prepares("AWS::S3::Bucket")
def private_bucket(wanted):
    # The emulator opens a bucket to the world where the template says nothing.
    wanted.setdefault("AccessControl", "Private")


@mends("AWS::S3::Bucket")
def bucket(api, wanted, request, made):
    s3, name = api.s3, made["BucketName"]
    encryption = (wanted.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration")
    if encryption:
        rules = [_encryption(rule) for rule in encryption]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if wanted.get("PublicAccessBlockConfiguration"):
        # AWS takes what a template leaves out for false.
        names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        block = {one: truth(wanted["PublicAccessBlockConfiguration"].get(one, False)) for one in names}
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    if wanted.get("OwnershipControls"):
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=wanted["OwnershipControls"])
    if wanted.get("LifecycleConfiguration"):
        rules = [_lifecycle(rule) for rule in wanted["LifecycleConfiguration"]["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    if wanted.get("LoggingConfiguration"):
        to = wanted["LoggingConfiguration"]
        enabled = {"TargetBucket": to.get("DestinationBucketName", name), "TargetPrefix": to.get("LogFilePrefix", "")}
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": enabled})
    if wanted.get("ReplicationConfiguration"):
        s3.put_bucket_replication(Bucket=name, ReplicationConfiguration=_replication(wanted["ReplicationConfiguration"]))


def _encryption(rule):
    default = rule["ServerSideEncryptionByDefault"]
    by = {"SSEAlgorithm": default["SSEAlgorithm"]}
    if default.get("KMSMasterKeyID"):
        by["KMSMasterKeyID"] = default["KMSMasterKeyID"]
    return {"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": truth(rule.get("BucketKeyEnabled", False))}


def _lifecycle(rule):
    said = {"ID": rule.get("Id", ""), "Status": rule["Status"]}
    said["Filter"] = {"Prefix": rule.get("Prefix", "")}
    if rule.get("ExpirationInDays"):
        said["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    moves = rule.get("Transitions") or ([rule["Transition"]] if rule.get("Transition") else [])
    if moves:
        said["Transitions"] = [{"StorageClass": one["StorageClass"], "Days": int(one["TransitionInDays"])} for one in moves]
    old = rule.get("NoncurrentVersionExpiration") or {}
    days = old.get("NoncurrentDays") or rule.get("NoncurrentVersionExpirationInDays")
    if days:
        said["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(days)}
    if rule.get("AbortIncompleteMultipartUpload"):
        said["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return said


def _replication(given):
    rules = []
    for rule in given["Rules"]:
        said = {("ID" if key == "Id" else key): value for key, value in rule.items()}
        if "Filter" in said:
            # AWS wants all three in a rule of the second version, or none.
            said.setdefault("Priority", 0)
            said.setdefault("DeleteMarkerReplication", {"Status": "Disabled"})
        rules.append(said)
    return {"Role": given["Role"], "Rules": rules}


@makes("AWS::S3::BucketPolicy")
def bucket_policy(api, wanted, request):
    api.s3.put_bucket_policy(Bucket=wanted["Bucket"], Policy=json.dumps(wanted["PolicyDocument"]))
    return {PHYSICAL: wanted["Bucket"]}


@makes("AWS::Logs::LogGroup")
def log_group(api, wanted, request):
    name = named(request, wanted, "LogGroupName")
    key = {"kmsKeyId": wanted["KmsKeyId"]} if wanted.get("KmsKeyId") else {}
    tags = {one["Key"]: one["Value"] for one in wanted.get("Tags") or []}
    api.logs.create_log_group(logGroupName=name, **key, **({"tags": tags} if tags else {}))
    if wanted.get("RetentionInDays"):
        api.logs.put_retention_policy(logGroupName=name, retentionInDays=int(wanted["RetentionInDays"]))
    arn = f"arn:aws:logs:{request.region_name}:{request.account_id}:log-group:{name}:*"
    return {PHYSICAL: name, "LogGroupName": name, "Arn": arn}


@makes("AWS::SecretsManager::RotationSchedule")
def rotation_schedule(api, wanted, request):
    rules = {key: value for key, value in (wanted.get("RotationRules") or {}).items() if key != "Duration"}
    if "AutomaticallyAfterDays" in rules:
        rules["AutomaticallyAfterDays"] = int(rules["AutomaticallyAfterDays"])
    now = truth(wanted.get("RotateImmediatelyOnUpdate", True))
    given = {"SecretId": wanted["SecretId"], "RotationLambdaARN": wanted["RotationLambdaARN"], "RotationRules": rules}
    # The emulator keeps the schedule and then fails, where a rotation is to wait for its day: to ask again would not help.
    once = Config(retries={"max_attempts": 0})
    place = {"aws_access_key_id": request.account_id, "region_name": request.region_name}
    try:
        connect_to(**place, config=once).secretsmanager.rotate_secret(**given, RotateImmediately=now)
    except ClientError:
        if now:
            raise
    return {PHYSICAL: wanted["SecretId"], "Id": wanted["SecretId"]}


@makes("AWS::RDS::DBCluster")
def db_cluster(api, wanted, request):
    name = named(request, wanted, "DBClusterIdentifier").lower()
    made = api.rds.create_db_cluster(**{**wanted, "DBClusterIdentifier": name})["DBCluster"]
    endpoint = {"Address": made["Endpoint"], "Port": str(made.get("Port", ""))}
    return {
        PHYSICAL: name, "DBClusterIdentifier": name, "DBClusterArn": made["DBClusterArn"], "Endpoint": endpoint,
        "DBClusterResourceId": made.get("DbClusterResourceId", ""), "ReadEndpoint": {"Address": made.get("ReaderEndpoint", "")},
    }  # fmt: skip


@makes("AWS::RDS::DBInstance")
def db_instance(api, wanted, request):
    name = named(request, wanted, "DBInstanceIdentifier").lower()
    given = {**wanted, "DBInstanceIdentifier": name}
    # The secret that the emulator would keep for RDS is not RDS's own there, and is never rotated.
    given.pop("ManageMasterUserPassword", None)
    if wanted.get("VPCSecurityGroups"):
        given["VpcSecurityGroupIds"] = wanted["VPCSecurityGroups"]
    if wanted.get("Engine"):
        given["Engine"] = wanted["Engine"].lower()
    if wanted.get("SourceDBInstanceIdentifier"):
        made = api.rds.create_db_instance_read_replica(**given)["DBInstance"]
    else:
        made = api.rds.create_db_instance(**given)["DBInstance"]
    endpoint = made.get("Endpoint") or {}
    return {
        PHYSICAL: name, "DBInstanceIdentifier": name, "DBInstanceArn": made["DBInstanceArn"],
        "DbiResourceId": made.get("DbiResourceId", ""),
        "Endpoint": {"Address": endpoint.get("Address", ""), "Port": str(endpoint.get("Port", ""))},
    }  # fmt: skip


@makes("AWS::Backup::BackupVault")
def backup_vault(api, wanted, request):
    made = api.backup.create_backup_vault(**wanted)
    return {PHYSICAL: wanted["BackupVaultName"], "BackupVaultArn": made["BackupVaultArn"]}


@makes("AWS::Backup::BackupPlan")
def backup_plan(api, wanted, request):
    plan = wanted["BackupPlan"]
    rules = []
    for rule in plan["BackupPlanRule"]:
        said = {("TargetBackupVaultName" if key == "TargetBackupVault" else key): value for key, value in rule.items()}
        rules.append(said)
    made = api.backup.create_backup_plan(BackupPlan={"BackupPlanName": plan["BackupPlanName"], "Rules": rules})
    return {PHYSICAL: made["BackupPlanId"], "BackupPlanId": made["BackupPlanId"], "BackupPlanArn": made["BackupPlanArn"]}


@makes("AWS::Backup::BackupSelection")
def backup_selection(api, wanted, request):
    """moto knows no selections: what AWS would say of this one becomes a rule (tier T3)."""
    chosen, plan = wanted["BackupSelection"], wanted["BackupPlanId"]
    selection = f"{abs(hash((request.stack_id, request.logical_resource_id))):032x}"[:32]
    listed = {"SelectionId": selection, "SelectionName": chosen["SelectionName"], "BackupPlanId": plan, "IamRoleArn": chosen["IamRoleArn"]}
    told = {"SelectionName": chosen["SelectionName"], "IamRoleArn": chosen["IamRoleArn"], "Resources": chosen.get("Resources") or []}
    whole = {"BackupSelection": told, "SelectionId": selection, "BackupPlanId": plan}
    tell(request, "backup", "ListBackupSelections", match={"BackupPlanId": plan}, answer={"BackupSelectionsList": [listed]})
    tell(request, "backup", "GetBackupSelection", match={"SelectionId": selection}, answer=whole)
    return {PHYSICAL: f"{selection}_{plan}", "SelectionId": selection, "Id": f"{selection}_{plan}"}
