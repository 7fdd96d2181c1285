"""Databases that look unprotected, and are in order."""

from lib import DAY
from payment_database import LOGIN, facts, instance
from payment_network import Vpc, flow_log

PRODUCTION = [{"Key": "env", "Value": "production"}]
AURORA = {"Engine": "aurora-postgresql", "EngineVersion": "15.8"}
PROTECTED = {"BackupRetentionPeriod": 35, "DeletionProtection": True, "StorageEncrypted": True, "Tags": PRODUCTION}


def build(site):
    bed = site.bed
    facts(bed)
    vpc = Vpc(bed, "orders-data/Vpc", "10.69", "ab", ("Isolated",))
    bed.close_default_group(vpc.id)
    flow_log(site, vpc, "/orders/vpc-flow-logs")
    subnets = [vpc.subnets["Isolated", zone] for zone in "ab"]
    bed.rds.create_db_subnet_group(DBSubnetGroupName="orders", DBSubnetGroupDescription="isolated subnets", SubnetIds=subnets)
    group = bed.group(vpc.id, "orders-database", ("10.69.0.0/16", "tcp", 5432, 5432))
    placed = {"DBSubnetGroupName": "orders", "VpcSecurityGroupIds": [group]}
    replica(bed, placed)
    stopped(bed, placed)
    backed_up_elsewhere(bed, placed)
    for_developers(bed, placed)
    clusters(bed, placed)
    other_services(bed)


def told(bed, name, **members):
    """T3: what moto says otherwise of an instance."""
    path = f"DBInstances[DBInstanceIdentifier={name}]"
    bed.rule("rds", "DescribeDBInstances", lasting=True, set={f"{path}.{member}": value for member, value in members.items()})


def replica(bed, placed):
    """To mislead backup_too_short, not_restorable, deletion_protection_off: a read replica keeps no backups; its source does."""
    instance(bed, "orders", **placed)
    bed.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="orders-reader", SourceDBInstanceIdentifier="orders", DBInstanceClass="db.t4g.medium", **placed
    )
    told(bed, "orders-reader", BackupRetentionPeriod=0, LatestRestorableTime=None, DeletionProtection=False)


def stopped(bed, placed):
    """To mislead not_restorable: AWS makes no backups of what is stopped until the end of the quarter, and keeps the old ones."""
    instance(bed, "quarter-end", **placed)
    bed.rds.stop_db_instance(DBInstanceIdentifier="quarter-end")
    told(bed, "quarter-end", LatestRestorableTime=bed.now - 5 * DAY)


def backed_up_elsewhere(bed, placed):
    """To mislead backup_too_short: automated backups are off, and AWS Backup makes a recovery point every night."""
    arn = instance(bed, "reports", **{**placed, "BackupRetentionPeriod": 0})
    told(bed, "reports", LatestRestorableTime=None)
    last = {"ResourceArn": arn, "ResourceType": "RDS", "LastBackupTime": bed.now - DAY // 2}
    points = [
        {
            "RecoveryPointArn": bed.arn("rds", f"snapshot:awsbackup:job-{day}"), "Status": "COMPLETED", "BackupVaultName": "orders",
            "CreationDate": bed.now - day * DAY - DAY // 2,
        }
        for day in range(3)
    ]  # fmt: skip
    bed.rule("backup", "ListProtectedResources", region=bed.region, lasting=True, answer={"Results": [last]})
    points = {"RecoveryPoints": points}
    bed.rule("backup", "ListRecoveryPointsByResource", lasting=True, match={"ResourceArn": arn}, answer=points)


def for_developers(bed, placed):
    """To mislead deletion_protection_off and the 35 days of finance: a database of developers, by its tag."""
    tags = [{"Key": "env", "Value": "dev"}]
    instance(bed, "orders-dev", **{**placed, "BackupRetentionPeriod": 7, "DeletionProtection": False, "Tags": tags})


def clusters(bed, placed):
    """To mislead backup_too_short: members say 1 where the cluster says 35; a global secondary without a writer."""
    rds = bed.rds
    for cluster in ("invoices", "invoices-secondary"):
        rds.create_db_cluster(DBClusterIdentifier=cluster, **AURORA, **LOGIN, **PROTECTED, **placed)
        name = {"DBInstanceIdentifier": f"{cluster}-a", "DBClusterIdentifier": cluster}
        rds.create_db_instance(**name, **AURORA, DBInstanceClass="db.r6g.large", Tags=PRODUCTION)
        told(bed, f"{cluster}-a", BackupRetentionPeriod=1, LatestRestorableTime=None, DeletionProtection=False)
    path = "DBClusters[DBClusterIdentifier=invoices-secondary]"
    world = {f"{path}.GlobalClusterIdentifier": "invoices-world", f"{path}.DBClusterMembers[].IsClusterWriter": False}
    bed.rule("rds", "DescribeDBClusters", lasting=True, set=world)


def other_services(bed):
    """To mislead every check of clusters: Neptune and DocumentDB answer the same call. That one is DocumentDB's is T3."""
    bed.rds.create_db_cluster(DBClusterIdentifier="graph", Engine="neptune")
    bed.rds.create_db_cluster(DBClusterIdentifier="documents", **AURORA, **LOGIN)
    engine = {"DBClusters[DBClusterIdentifier=documents].Engine": "docdb"}
    bed.rule("rds", "DescribeDBClusters", lasting=True, set=engine)
