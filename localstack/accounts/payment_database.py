"""The payment platform's databases: an Aurora cluster over three zones, a ledger, and the PostgreSQL of the migration; their backups."""

from lib import DAY
from payment_site import DATABASE_PASSWORD, fails, fault

TAGS = [{"Key": "env", "Value": "production"}]
CLUSTER, LEDGER, MIGRATION, ARCHIVE = "payment-prod", "payment-prod-ledger", "payment-migration", "payment-prod-archive"
LOGIN = {"MasterUsername": "payment", "MasterUserPassword": DATABASE_PASSWORD}
IN_ORDER = {"BackupRetentionPeriod": 35, "DeletionProtection": True, "StorageEncrypted": True, "Tags": TAGS}
# Engine, version: the major one, the minor version to which AWS upgrades, until when both supports last.
VERSIONS = {
    ("aurora-postgresql", "15.8"): ("15", "", "2028-02-29", "2031-02-28"),
    ("aurora-postgresql", "15.4"): ("15", "15.8", "2028-02-29", "2031-02-28"),
    ("postgres", "15.8"): ("15", "", "2028-02-29", "2031-02-28"),
    ("postgres", "12.17"): ("12", "12.22", "2025-02-28", "2028-02-29"),
}


def build(site):
    """T2: the cluster by API, since moto makes none from a template; what AWS says of versions, backups and jobs is T3."""
    bed, rds = site.bed, site.bed.rds
    facts(bed)
    main = site.vpcs["main"]
    group = {
        "DBSubnetGroupName": CLUSTER,
        "DBSubnetGroupDescription": "isolated subnets of three zones",
        "SubnetIds": [main.subnets["Isolated", zone] for zone in "abc"],
    }
    bed.stack("payment-prod-database", {"Subnets": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": group}}, env="production")
    placed = place(site)
    version = {"Engine": "aurora-postgresql", "EngineVersion": "15.8"}
    rds.create_db_cluster(DBClusterIdentifier=CLUSTER, **version, **LOGIN, **IN_ORDER, **placed)
    for zone in "ab":
        name = {"DBInstanceIdentifier": f"{CLUSTER}-{zone}", "DBClusterIdentifier": CLUSTER}
        rds.create_db_instance(**name, **version, DBInstanceClass="db.r6g.large", Tags=TAGS)
    instance(bed, LEDGER, **placed)
    plan(bed)
    recovery_points(bed, LEDGER)


def recovery_points(bed, name):
    """T3. What AWS Backup made of a database in the last nights."""
    arn, nights = bed.arn("rds", f"db:{name}"), (bed.now - day * DAY - DAY // 2 for day in range(3))
    last = {"ResourceArn": arn, "ResourceType": "RDS", "LastBackupTime": bed.now - DAY // 2}
    vault = {"Status": "COMPLETED", "BackupVaultName": "payment-prod"}
    points = [{"RecoveryPointArn": bed.arn("rds", f"snapshot:awsbackup:job-{at}"), "CreationDate": at, **vault} for at in nights]
    bed.rule("backup", "ListProtectedResources", region=bed.region, lasting=True, answer={"Results": [last]})
    points = {"RecoveryPoints": points}
    bed.rule("backup", "ListRecoveryPointsByResource", lasting=True, match={"ResourceArn": arn}, answer=points)


def place(site):
    return {"DBSubnetGroupName": CLUSTER, "VpcSecurityGroupIds": [site.database_group]}


def facts(bed):
    """T3: what AWS says of the versions in use; moto knows none of the calls."""
    majors = {}  # By engine, then by version: an engine's minor versions share one.
    for (engine, version), (major, newer, standard, extended) in VERSIONS.items():
        targets = [{"Engine": engine, "EngineVersion": newer, "AutoUpgrade": True, "IsMajorVersionUpgrade": False}] if newer else []
        told = {"Engine": engine, "EngineVersion": version, "MajorEngineVersion": major, "Status": "available"}
        answer = {"DBEngineVersions": [{**told, "ValidUpgradeTarget": targets}]}
        asked = {"Engine": engine, "EngineVersion": version}
        bed.rule("rds", "DescribeDBEngineVersions", lasting=True, match=asked, answer=answer)
        lives = [
            {"LifecycleSupportName": f"open-source-rds-{name}-support", "LifecycleSupportEndDate": f"{end}T23:59:59Z"}
            for name, end in (("standard", standard), ("extended", extended))
        ]
        life = {"Engine": engine, "MajorEngineVersion": major, "SupportedEngineLifecycles": lives}
        majors.setdefault(engine, {})[major] = life
    for engine, lives in majors.items():
        answer = {"DBMajorEngineVersions": list(lives.values())}
        bed.rule("rds", "DescribeDBMajorEngineVersions", lasting=True, match={"Engine": engine}, answer=answer)


def instance(bed, name, **arguments):
    """A PostgreSQL instance that is in order."""
    wanted = {"Engine": "postgres", "EngineVersion": "15.8", "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 100}
    wanted.update(LOGIN, **IN_ORDER)
    made = bed.rds.create_db_instance(DBInstanceIdentifier=name, **{**wanted, "AutoMinorVersionUpgrade": True, **arguments})
    return made["DBInstance"]["DBInstanceArn"]


def plan(bed):
    """T2: a daily plan of AWS Backup. What it selects is T3."""
    rule = {"RuleName": "daily", "TargetBackupVaultName": CLUSTER, "Lifecycle": {"DeleteAfterDays": 35}}
    bed.backup.create_backup_vault(BackupVaultName=CLUSTER)
    made = bed.backup.create_backup_plan(BackupPlan={"BackupPlanName": "payment-prod-daily", "Rules": [rule]})
    chosen = {"SelectionName": "databases", "IamRoleArn": bed.arn("iam", "role/payment-prod-backup", "")}
    listed = {"BackupSelectionsList": [{**chosen, "SelectionId": "databases", "BackupPlanId": made["BackupPlanId"]}]}
    told = {"BackupSelection": {**chosen, "Resources": [database(bed, LEDGER)]}, "SelectionId": "databases"}
    match = {"BackupPlanId": made["BackupPlanId"]}
    bed.rule("backup", "ListBackupSelections", lasting=True, match=match, answer=listed)
    bed.rule("backup", "GetBackupSelection", lasting=True, match=match, answer=told)
    bed.backup_plan = made["BackupPlanArn"]


def job(bed, state, message=""):
    """T3: what ListBackupJobs tells of last night."""
    told = {
        "BackupJobId": "0f6f4a0e-last-night", "ResourceArn": database(bed, LEDGER), "ResourceType": "RDS", "State": state,
        "CreationDate": bed.now - DAY // 2, "CompletionDate": bed.now - DAY // 2 + 900, "BackupVaultName": CLUSTER,
        "CreatedBy": {"BackupPlanArn": bed.backup_plan}, "IamRoleArn": bed.arn("iam", "role/payment-prod-backup", ""),
    }  # fmt: skip
    return {"BackupJobs": [{**told, **({"StatusMessage": message} if message else {})}]}


def database(bed, name):
    return bed.arn("rds", f"db:{name}")


# ---------------------------------------------------------------- A8: backups for finance


@fault("A8")
def a_week_of_backups(site):
    """T2. Seven days, where finance was promised 35."""
    rds = site.bed.rds
    rds.modify_db_cluster(DBClusterIdentifier=CLUSTER, BackupRetentionPeriod=7, ApplyImmediately=True)

    def repair():
        rds.modify_db_cluster(DBClusterIdentifier=CLUSTER, BackupRetentionPeriod=35, ApplyImmediately=True)

    return [fails("rds/db_cluster_backup_too_short", site.bed.arn("rds", f"cluster:{CLUSTER}"), "too_short")], repair


@fault("A8")
def ledger_that_cannot_be_restored(site):
    """T3. 35 days are kept, and the log has not been saved for three."""
    path = f"DBInstances[DBInstanceIdentifier={LEDGER}].LatestRestorableTime"
    site.bed.rule("rds", "DescribeDBInstances", set={path: site.bed.now - 3 * DAY})
    return [fails("rds/db_instance_not_restorable", database(site.bed, LEDGER), "pitr_lag")], None


@fault("A8")
def ledger_jobs_fail(site):
    """T3. The plan selects the ledger; its role lost a permission, and each night's job fails."""
    failed = job(site.bed, "FAILED", "The role is not authorized to perform rds:CreateDBSnapshot")
    site.bed.rule("backup", "ListBackupJobs", region=site.bed.region, answer=failed)

    def repair():
        site.bed.rule("backup", "ListBackupJobs", region=site.bed.region, lasting=True, answer=job(site.bed, "COMPLETED"))

    return [fails("rds/db_instance_backup_job_failed", database(site.bed, LEDGER), "backup_job_failed")], repair


# ---------------------------------------------------------------- B4: the agreed version


@fault("B4")
def migration_on_whatever_it_became(site):
    """T2; that 15 became 15.8 is T3. The template says `15`, the agreement 15.4, and AWS upgrades as it sees fit."""
    bed, vpc = site.bed, site.vpcs["migration"]
    group = bed.group(vpc.id, "payment-migration-database", ("10.20.0.0/16", "tcp", 5432, 5432))
    subnets = {
        "DBSubnetGroupDescription": "private subnets of three zones",
        "SubnetIds": [vpc.subnets["Private", zone] for zone in "abc"],
        "DBSubnetGroupName": MIGRATION,
    }
    properties = {
        "DBInstanceIdentifier": MIGRATION, "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": "100", "Engine": "postgres",
        "EngineVersion": "15", "MasterUsername": "payment", "ManageMasterUserPassword": True, "BackupRetentionPeriod": 35,
        "AutoMinorVersionUpgrade": True, "StorageEncrypted": True, "DBSubnetGroupName": {"Ref": "Subnets"}, "Port": 5432,
        "VPCSecurityGroups": [group],
        "Tags": [*TAGS, {"Key": "agreed-engine-version", "Value": "15.4"}],
    }  # fmt: skip
    resources = {
        "Subnets": {"Type": "AWS::RDS::DBSubnetGroup", "Properties": subnets},
        "Database": {"Type": "AWS::RDS::DBInstance", "Properties": properties},
    }
    bed.stack("payment-migration-database", resources, env="production")
    path = f"DBInstances[DBInstanceIdentifier={MIGRATION}].EngineVersion"
    bed.rule("rds", "DescribeDBInstances", lasting=True, set={path: "15.8"})

    def repair():
        agreed = [{"Key": "agreed-engine-version", "Value": "15.8"}]
        bed.rds.add_tags_to_resource(ResourceName=database(bed, MIGRATION), Tags=agreed)
        bed.rds.modify_db_instance(DBInstanceIdentifier=MIGRATION, AutoMinorVersionUpgrade=False, ApplyImmediately=True)

    return [
        fails("rds/db_instance_version_pin_contradicted", database(bed, MIGRATION), "auto_upgrade_against_pin"),
        fails("rds/db_instance_version_not_agreed", database(bed, MIGRATION), "version_ahead"),
    ], repair


# ---------------------------------------------------------------- others


@fault()
def migration_that_one_call_deletes(site):
    """T2. The template says nothing about deletion protection, and so there is none."""

    def repair():
        site.bed.rds.modify_db_instance(DBInstanceIdentifier=MIGRATION, DeletionProtection=True, ApplyImmediately=True)

    return [fails("rds/db_instance_deletion_protection_off", database(site.bed, MIGRATION), "no_deletion_protection")], repair


@fault()
def archive_on_an_old_version(site):
    """T2; the dates are T3. Closed years, on a version for which AWS now asks money by the hour, and that nobody upgrades."""
    bed = site.bed
    arn = instance(bed, ARCHIVE, EngineVersion="12.17", AutoMinorVersionUpgrade=False, **place(site))

    def repair():
        wanted = {"EngineVersion": "15.8", "AllowMajorVersionUpgrade": True, "AutoMinorVersionUpgrade": True}
        bed.rds.modify_db_instance(DBInstanceIdentifier=ARCHIVE, ApplyImmediately=True, **wanted)

    return [
        fails("rds/db_instance_version_unsupported", arn, "extended_support"),
        fails("rds/db_instance_minor_upgrade_off", arn, "minor_pinned"),
    ], repair


@fault()
def archive_is_full(site):
    """T3. Its disk filled up, and since then AWS makes no backups of it."""
    path = f"DBInstances[DBInstanceIdentifier={ARCHIVE}].DBInstanceStatus"
    site.bed.rule("rds", "DescribeDBInstances", set={path: "storage-full"})
    return [fails("rds/db_instance_not_restorable", database(site.bed, ARCHIVE), "backups_suspended")], None


@fault()
def upgrade_that_stopped_half_way(site):
    """T3. AWS was to upgrade the cluster six weeks ago; one member is still on the old version, and the upgrade still waits."""
    bed, cluster = site.bed, site.bed.arn("rds", f"cluster:{CLUSTER}")
    path = f"DBInstances[DBInstanceIdentifier={CLUSTER}-b].EngineVersion"
    bed.rule("rds", "DescribeDBInstances", set={path: "15.4"})
    upgrade = {"Action": "db-upgrade", "Description": "Upgrade to 15.8", "AutoAppliedAfterDate": bed.now - 42 * DAY}
    waiting = {"ResourceIdentifier": cluster, "PendingMaintenanceActionDetails": [upgrade]}
    answer = {"PendingMaintenanceActions": [waiting]}
    bed.rule("rds", "DescribePendingMaintenanceActions", region=bed.region, answer=answer)
    return [
        fails("rds/db_cluster_versions_mixed", cluster, "mixed_versions"),
        fails("rds/db_cluster_upgrade_overdue", cluster, "auto_upgrade_not_happening"),
    ], None
