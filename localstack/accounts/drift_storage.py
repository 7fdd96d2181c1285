"""Changes by hand to buckets, logs, secrets, databases, backups and alarms of the platform that drifts.

All are T1, databases T2, and what a backup plan says is T3.
"""

import json

from drift_site import FAR, HOME, change

STACK = "drift-storage"


def bucket_arn(site, stem):
    return f"arn:aws:s3:::{site.bucket(stem)}"


def group_arn(site, name, region=HOME):
    return site.arn("logs", f"log-group:{name}", region)


@change("aws_s3_bucket", "changed", "drift-artifacts", "Artifacts", "VersioningConfiguration", ["versioning"])
def versioning_suspended(site):
    """The bill."""
    name = f"drift-artifacts-{site.account}-{HOME}"
    site.bed.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    return f"arn:aws:s3:::{name}"


@change("aws_s3_bucket", "changed", STACK, "Statements", "BucketEncryption", ["encryption"])
def encrypted_otherwise(site):
    """By AWS's own key of the account."""
    by = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    site.bed.s3.put_bucket_encryption(Bucket=site.bucket("statements"), ServerSideEncryptionConfiguration={"Rules": [by]})
    return bucket_arn(site, "statements")


@change("aws_s3_bucket", "changed", STACK, "Statements", "Tags", ["tags"])
def bucket_tag_edited(site):
    """It was for a report."""
    site.bed.s3.put_bucket_tagging(Bucket=site.bucket("statements"), Tagging={"TagSet": [{"Key": "scratch", "Value": "yes"}]})
    return bucket_arn(site, "statements")


OPEN = ["block_public_policy", "restrict_public_buckets"]


@change("aws_s3_bucket", "changed", STACK, "AccessLogs", "PublicAccessBlockConfiguration", OPEN)
def public_access_loosened(site):
    """A tool wanted to read the logs."""
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
    site.bed.s3.put_public_access_block(Bucket=site.bucket("access"), PublicAccessBlockConfiguration=block)
    return bucket_arn(site, "access")


@change("aws_s3_bucket", "changed", STACK, "AccessLogs", "LifecycleConfiguration", ["lifecycle_rules"])
def lifecycle_dropped(site):
    """Everything is kept."""
    site.bed.s3.delete_bucket_lifecycle(Bucket=site.bucket("access"))
    return bucket_arn(site, "access")


@change("aws_s3_bucket", "changed", STACK, "DocumentsPolicy", "PolicyDocument", ["policy"])
def bucket_policy_widened(site):
    """As many statements as before."""
    s3, name = site.bed.s3, site.bucket("documents")
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    policy["Statement"][1].update(Action="s3:*", Resource=f"arn:aws:s3:::{name}/*")
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return bucket_arn(site, "documents")


@change("aws_s3_bucket", "changed", STACK, "Documents", "LoggingConfiguration", ["logging_target_bucket", "logging_target_prefix"])
def access_logs_off(site):
    """Nobody read them."""
    site.bed.s3.put_bucket_logging(Bucket=site.bucket("documents"), BucketLoggingStatus={})
    return bucket_arn(site, "documents")


@change("aws_s3_bucket_replication_rule", "changed", STACK, "Documents", "ReplicationConfiguration", ["status"])
def replication_paused(site):
    """For a migration, which is over."""
    s3, name = site.bed.s3, site.bucket("documents")
    given = s3.get_bucket_replication(Bucket=name)["ReplicationConfiguration"]
    given["Rules"][0]["Status"] = "Disabled"
    s3.put_bucket_replication(Bucket=name, ReplicationConfiguration=given)
    return bucket_arn(site, "documents"), {"rule_index": 0}


@change("aws_s3_bucket", "changed", "drift-far", "Copies", "OwnershipControls", ["object_ownership"], region=FAR)
def ownership_loosened(site):
    """Writers own what they write."""
    name = f"drift-copies-{site.account}-{FAR}"
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    site.far.s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=controls)
    return f"arn:aws:s3:::{name}"


@change("aws_s3_bucket", "missing", STACK, "Obsolete")
def bucket_deleted(site):
    """It was empty."""
    site.bed.s3.delete_bucket(Bucket=site.bucket("obsolete"))
    return bucket_arn(site, "obsolete")


@change("aws_s3_bucket", "unmanaged", "", "")
def bucket_by_hand(site):
    """An export."""
    site.bed.s3.create_bucket(Bucket=site.bucket("by-hand"))
    return bucket_arn(site, "by-hand")


@change("aws_cloudwatch_log_group", "changed", STACK, "AuditLog", "RetentionInDays", ["retention_in_days"])
def audit_log_shortened(site):
    """Seven years were declared, by a parameter of Systems Manager."""
    site.bed.logs.put_retention_policy(logGroupName="/drift/audit", retentionInDays=90)
    return group_arn(site, "/drift/audit")


@change("aws_cloudwatch_log_group", "changed", STACK, "AuditLog", "Tags", ["tags"])
def audit_log_tag_removed(site):
    """What it holds is not said any more."""
    site.bed.logs.untag_log_group(logGroupName="/drift/audit", tags=["data"])
    return group_arn(site, "/drift/audit")


@change("aws_cloudwatch_log_group", "changed", STACK, "AccessLog", "RetentionInDays", ["retention_in_days"])
def access_log_for_ever(site):
    """Retention removed."""
    site.bed.logs.delete_retention_policy(logGroupName="/drift/access")
    return group_arn(site, "/drift/access")


@change("aws_cloudwatch_log_group", "missing", STACK, "OldLog")
def log_group_deleted(site):
    """Nobody remembered what it was for."""
    site.bed.logs.delete_log_group(logGroupName="/drift/old")
    return group_arn(site, "/drift/old")


@change("aws_cloudwatch_log_group", "changed", "drift-far", "CopyLog", "RetentionInDays", ["retention_in_days"], region=FAR)
def far_log_shortened(site):
    """In the second region."""
    site.far.logs.put_retention_policy(logGroupName="/drift/far/copies", retentionInDays=1)
    return group_arn(site, "/drift/far/copies", FAR)


@change("aws_cloudwatch_log_group", "unmanaged", "", "")
def log_group_by_hand(site):
    """A trial's."""
    site.bed.logs.create_log_group(logGroupName="/by-hand")
    return group_arn(site, "/by-hand")


@change("aws_secretsmanager_secret", "changed", STACK, "Provider", "Description", ["description"])
def secret_described_otherwise(site):
    """A hint for those who look for it."""
    arn = site.of(STACK, "Provider")
    site.bed.secretsmanager.update_secret(SecretId=arn, Description="ask Ann")
    return arn


@change("aws_secretsmanager_secret", "changed", STACK, "Webhook", "", ["deleted_date"])
def secret_deleted(site):
    """It can be restored for a month, and nobody can read it until then."""
    arn = site.of(STACK, "Webhook")
    site.bed.secretsmanager.delete_secret(SecretId=arn, RecoveryWindowInDays=30)
    return arn


@change("aws_secretsmanager_secret", "changed", "drift-workload", "Rotation", "RotationRules", ["rotation", "rotation_interval_days"])
def rotation_off(site):
    """It failed at night."""
    arn = site.of(STACK, "Provider")
    site.bed.secretsmanager.cancel_rotate_secret(SecretId=arn)
    return arn


@change("aws_secretsmanager_secret", "changed", "drift-workload", "PartnerRotation", "RotationRules", ["rotation_interval_days"])
def rotated_once_a_year(site):
    """The emulator keeps the schedule and then fails, as when the stack was made."""
    arn, lambda_arn = site.of(STACK, "Partner"), site.arn("lambda", "function:drift-rotator")
    rules = {"AutomaticallyAfterDays": 365}
    try:
        site.bed.secretsmanager.rotate_secret(SecretId=arn, RotationLambdaARN=lambda_arn, RotationRules=rules, RotateImmediately=False)
    except site.bed.secretsmanager.exceptions.ClientError:
        pass
    return arn


def ledger(site, **given):
    site.bed.rds.modify_db_instance(DBInstanceIdentifier="drift-ledger", ApplyImmediately=True, **given)
    return site.arn("rds", "db:drift-ledger")


@change("aws_rds_db_instance", "changed", STACK, "Ledger", "BackupRetentionPeriod", ["backup_retention_period"])
def backups_for_a_day(site):
    """The bill."""
    return ledger(site, BackupRetentionPeriod=1)


@change("aws_rds_db_instance", "changed", STACK, "Ledger", "DeletionProtection", ["deletion_protection"])
def ledger_can_be_deleted(site):
    """For a migration that was called off."""
    return ledger(site, DeletionProtection=False)


@change("aws_rds_db_instance", "changed", STACK, "Ledger", "MultiAZ", ["multi_az"])
def ledger_in_one_zone(site):
    """The bill."""
    return ledger(site, MultiAZ=False)


@change("aws_rds_db_instance", "changed", STACK, "Ledger", "PubliclyAccessible", ["publicly_accessible"])
def ledger_in_public(site):
    """An analyst works from home."""
    return ledger(site, PubliclyAccessible=True)


def cluster(site, **given):
    site.bed.rds.modify_db_cluster(DBClusterIdentifier="drift-events", ApplyImmediately=True, **given)
    return site.arn("rds", "cluster:drift-events")


@change("aws_rds_db_cluster", "changed", STACK, "Events", "BackupRetentionPeriod", ["backup_retention_period"])
def cluster_backups_for_a_day(site):
    """The bill."""
    return cluster(site, BackupRetentionPeriod=1)


@change("aws_rds_db_cluster", "changed", STACK, "Events", "Tags", ["tags"])
def cluster_tag_removed(site):
    """Nobody's any more."""
    arn = site.arn("rds", "cluster:drift-events")
    site.bed.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"])
    return arn


@change("aws_backup_plan_rule", "changed", STACK, "Plan", "BackupPlan", ["delete_after_days"])
def recovery_points_for_a_week(site):
    """T3: moto updates no plan."""
    plan = site.of(STACK, "Plan")
    site.bed.rule(
        "backup", "GetBackupPlan", match={"BackupPlanId": plan}, lasting=True,
        set={"BackupPlan.Rules[RuleName=daily].Lifecycle.DeleteAfterDays": 7},
    )  # fmt: skip
    rule = site.bed.backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"][0]["RuleId"]
    return site.arn("backup", f"backup-plan:{plan}"), {"rule_id": rule}


def alarm(site, name, **given):
    """Puts an alarm anew, as the console does when one of its fields is edited."""
    cloudwatch = site.bed.cloudwatch
    found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    kept = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    cloudwatch.put_metric_alarm(**{**{key: value for key, value in found.items() if key in kept}, **given})
    return site.arn("cloudwatch", f"alarm:{name}")


@change("aws_cloudwatch_alarm", "changed", STACK, "CapturesOld", "Threshold", ["threshold"])
def alarm_that_never_rings(site):
    """It woke somebody twice."""
    return alarm(site, "drift-captures-old", Threshold=90_000)


@change("aws_cloudwatch_alarm", "changed", STACK, "LedgerFull", "AlarmActions", ["alarm_actions"])
def alarm_that_tells_nobody(site):
    """It woke somebody twice."""
    return alarm(site, "drift-ledger-full", AlarmActions=[])


@change("aws_cloudwatch_alarm", "changed", STACK, "CapturesMissing", "ActionsEnabled", ["actions_enabled"])
def alarm_switched_off(site):
    """For the holidays."""
    site.bed.cloudwatch.disable_alarm_actions(AlarmNames=["drift-captures-missing"])
    return site.arn("cloudwatch", "alarm:drift-captures-missing")


@change("aws_cloudwatch_dashboard", "changed", STACK, "Board", "DashboardBody", ["body"])
def dashboard_edited(site):
    """In the console, where it can be saved."""
    widgets = [{"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Payments, all of them"}}]
    site.bed.cloudwatch.put_dashboard(DashboardName="drift-operations", DashboardBody=json.dumps({"widgets": widgets}))
    return f"arn:aws:cloudwatch::{site.account}:dashboard/drift-operations"
