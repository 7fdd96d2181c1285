//! DB clusters and their members.

use aws_sdk_rds::types;
use macro_rules_attribute::apply;

use super::{call, pending, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A cluster of Aurora or a Multi-AZ DB cluster, as DescribeDBClusters tells it. That call also lists clusters of Neptune and DocumentDB.
#[apply(row!)]
#[table("aws_rds_db_cluster", key(arn))]
pub struct Cluster {
    /// ARN of the cluster.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Its name.
    pub db_cluster_identifier: String,
    /// `cluster-…`: stays the same when the cluster is renamed.
    pub db_cluster_resource_id: String,
    /// `aurora-postgresql`, `aurora-mysql`, `postgres`, `mysql`, `neptune`, `docdb`, …
    pub engine: String,
    /// `provisioned`, `serverless`, …, or ''.
    pub engine_mode: String,
    /// Version that runs; NULL while there is none yet.
    pub engine_version: Fact<String>,
    /// Whether it is enrolled in extended support: `open-source-rds-extended-support` or `open-source-rds-extended-support-disabled`,
    /// or ''. It does not say that extended support is in use.
    pub engine_lifecycle_support: String,
    /// `available`, `stopped`, …
    #[is(churn)]
    pub status: String,
    /// When it was made; '' while it is being made.
    pub cluster_create_time: Time,
    /// Cluster or instance of which it is a read replica, or ''.
    pub replication_source_identifier: String,
    /// Global database that it belongs to, as primary or as secondary, or ''.
    pub global_cluster_identifier: String,
    /// Instances in it; they are in `aws_rds_db_cluster_member`.
    #[is(derived)]
    pub member_count: i64,
    /// Whether one of them takes writes. A secondary of a global database has none that does.
    #[is(derived)]
    pub has_writer: bool,
    /// Days for which automated backups are kept. They cannot be off.
    pub backup_retention_period: Fact<i64>,
    /// Earliest moment to which it can be restored; '' when there is none.
    #[is(churn)]
    pub earliest_restorable_time: Time,
    /// Latest moment to which it can be restored; '' when there is none.
    #[is(churn)]
    pub latest_restorable_time: Time,
    /// Daily time of the backup, UTC.
    pub preferred_backup_window: String,
    /// Weekly time of maintenance, UTC.
    pub preferred_maintenance_window: String,
    /// Recovery point of AWS Backup that manages its continuous backups, or ''.
    #[is(churn)]
    pub aws_backup_recovery_point_arn: String,
    /// Whether it cannot be deleted by accident.
    pub deletion_protection: Fact<bool>,
    /// Whether AWS upgrades the minor version by itself. In Aurora its members say so too, and one that does not stops it for all.
    pub auto_minor_version_upgrade: Fact<bool>,
    /// Changes that wait for the next maintenance window, a map from setting to coming value; a password's value is left out.
    pub pending_modified_values: Json,
    /// Zones in which it stores its data or runs, a list.
    pub availability_zones: Json,
    /// Subnet group, or ''.
    pub db_subnet_group: String,
    /// Ids of its security groups, a list.
    pub vpc_security_group_ids: Json,
    /// Parameter group, or ''.
    pub db_cluster_parameter_group: String,
    /// Whether people and programs may log in by IAM; false where AWS does not say.
    pub iam_database_authentication_enabled: bool,
    /// Logs that it sends to CloudWatch, a list.
    pub enabled_cloudwatch_logs_exports: Json,
    /// Whether its storage is encrypted.
    pub storage_encrypted: Fact<bool>,
    /// Key that encrypts it, or ''.
    pub kms_key_id: String,
    /// Tags, a map.
    pub tags: Json,
}

/// An instance in a cluster, as DescribeDBClusters tells it.
#[apply(row!)]
#[table("aws_rds_db_cluster_member", key(arn, db_instance_identifier), part_of("aws_rds_db_cluster", arn = arn))]
pub struct Member {
    /// ARN of the cluster.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name of the cluster.
    pub db_cluster_identifier: String,
    /// Name of the instance.
    pub db_instance_identifier: String,
    /// Whether it takes writes.
    #[is(churn)]
    pub is_cluster_writer: bool,
    /// Which reader takes over first when the writer is lost, from 0 to 15.
    pub promotion_tier: Fact<i64>,
}

reader! {
    "rds/cluster", Regional, fills [Cluster::TABLE, Member::TABLE], calls [call::DescribeDBClusters], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribeDBClusters, |token| rds.describe_db_clusters().max_records(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for cluster in page.db_clusters() {
            let arn = identified!(cx, call::DescribeDBClusters, cluster.db_cluster_arn());
            emit_members(&cx, arn, cluster).await;
            cx.emit(row_of(&cx, arn, cluster)).await;
        }
    }
    Ok(())
}

async fn emit_members(cx: &Cx, arn: &str, cluster: &types::DbCluster) {
    for member in cluster.db_cluster_members() {
        cx.emit(Member {
            arn: arn.to_owned(),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            db_cluster_identifier: text(cluster.db_cluster_identifier()),
            db_instance_identifier: text(member.db_instance_identifier()),
            is_cluster_writer: member.is_cluster_writer() == Some(true),
            promotion_tier: Fact::told(member.promotion_tier().map(i64::from)),
        })
        .await;
    }
}

fn row_of(cx: &Cx, arn: &str, cluster: &types::DbCluster) -> Cluster {
    let members = cluster.db_cluster_members();
    Cluster {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        db_cluster_identifier: text(cluster.db_cluster_identifier()),
        db_cluster_resource_id: text(cluster.db_cluster_resource_id()),
        engine: text(cluster.engine()),
        engine_mode: text(cluster.engine_mode()),
        engine_version: Fact::told(cluster.engine_version().map(str::to_owned)),
        engine_lifecycle_support: text(cluster.engine_lifecycle_support()),
        status: text(cluster.status()),
        cluster_create_time: time(cluster.cluster_create_time()),
        replication_source_identifier: text(cluster.replication_source_identifier()),
        global_cluster_identifier: text(cluster.global_cluster_identifier()),
        member_count: members.len() as i64,
        has_writer: members.iter().any(|member| member.is_cluster_writer() == Some(true)),
        backup_retention_period: Fact::told(cluster.backup_retention_period().map(i64::from)),
        earliest_restorable_time: time(cluster.earliest_restorable_time()),
        latest_restorable_time: time(cluster.latest_restorable_time()),
        preferred_backup_window: text(cluster.preferred_backup_window()),
        preferred_maintenance_window: text(cluster.preferred_maintenance_window()),
        aws_backup_recovery_point_arn: text(cluster.aws_backup_recovery_point_arn()),
        deletion_protection: Fact::told(cluster.deletion_protection()),
        auto_minor_version_upgrade: Fact::told(cluster.auto_minor_version_upgrade()),
        pending_modified_values: changes(cluster.pending_modified_values()),
        availability_zones: Json::set(cluster.availability_zones()),
        db_subnet_group: text(cluster.db_subnet_group()),
        vpc_security_group_ids: Json::set(cluster.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id())),
        db_cluster_parameter_group: text(cluster.db_cluster_parameter_group()),
        iam_database_authentication_enabled: cluster.iam_database_authentication_enabled() == Some(true),
        enabled_cloudwatch_logs_exports: Json::set(cluster.enabled_cloudwatch_logs_exports()),
        storage_encrypted: Fact::told(cluster.storage_encrypted()),
        kms_key_id: text(cluster.kms_key_id()),
        tags: tags(cluster.tag_list()),
    }
}

fn changes(values: Option<&types::ClusterPendingModifiedValues>) -> Json {
    let Some(values) = values else { return pending(Vec::new()) };
    let number = |value: Option<i32>| value.map(|number| number.to_string());
    pending(vec![
        ("AllocatedStorage", number(values.allocated_storage())),
        ("BackupRetentionPeriod", number(values.backup_retention_period())),
        ("CertificateDetails", values.certificate_details().map(|_| "changes".to_owned())),
        ("DBClusterIdentifier", values.db_cluster_identifier().map(str::to_owned)),
        ("EngineVersion", values.engine_version().map(str::to_owned)),
        ("IAMDatabaseAuthenticationEnabled", values.iam_database_authentication_enabled().map(|switch| switch.to_string())),
        ("Iops", number(values.iops())),
        ("MasterUserPassword", values.master_user_password().map(|_| "(not kept)".to_owned())),
        ("PendingCloudwatchLogsExports", values.pending_cloudwatch_logs_exports().map(|_| "changes".to_owned())),
        ("StorageType", values.storage_type().map(str::to_owned)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<DBClusters>
        <DBCluster><DBClusterArn>arn:aws:rds:us-east-1:1:cluster:pay</DBClusterArn><DBClusterIdentifier>pay</DBClusterIdentifier>
            <Engine>aurora-postgresql</Engine><EngineVersion>15.8</EngineVersion><Status>available</Status>
            <BackupRetentionPeriod>7</BackupRetentionPeriod><DeletionProtection>true</DeletionProtection>
            <VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId></VpcSecurityGroupMembership>
            </VpcSecurityGroups><DBClusterParameterGroup>tls</DBClusterParameterGroup>
            <IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>
            <PendingModifiedValues><MasterUserPassword>hunter2</MasterUserPassword></PendingModifiedValues>
            <DBClusterMembers>
                <DBClusterMember><DBInstanceIdentifier>pay-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter></DBClusterMember>
                <DBClusterMember><DBInstanceIdentifier>pay-2</DBInstanceIdentifier><IsClusterWriter>false</IsClusterWriter>
                    <PromotionTier>1</PromotionTier></DBClusterMember>
            </DBClusterMembers></DBCluster>
        <DBCluster><DBClusterArn>arn:aws:rds:us-east-1:1:cluster:graph</DBClusterArn><DBClusterIdentifier>graph</DBClusterIdentifier>
            <Engine>neptune</Engine><GlobalClusterIdentifier>world</GlobalClusterIdentifier></DBCluster>
    </DBClusters>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeDBClusters", TWO);
        script.four_answers(READER, call::DescribeDBClusters, "<DBClusters/>", 2).await;
    }

    #[tokio::test]
    async fn tells_members_and_keeps_no_password() {
        let read = Script::default().on("DescribeDBClusters", TWO).read(READER).await;
        let sql = "select db_cluster_identifier, engine, member_count, has_writer, backup_retention_period, pending_modified_values
            from aws_rds_db_cluster order by 1";
        assert_eq!(read.all(sql), ["graph|neptune|0|0|unread|{}", r#"pay|aurora-postgresql|2|1|7|{"MasterUserPassword":"(not kept)"}"#]);
        let sql = "select vpc_security_group_ids, db_cluster_parameter_group, iam_database_authentication_enabled,
            enabled_cloudwatch_logs_exports from aws_rds_db_cluster order by db_cluster_identifier";
        assert_eq!(read.all(sql), ["[]||0|[]", r#"["sg-1"]|tls|1|[]"#]);
        let sql = "select db_instance_identifier, is_cluster_writer, promotion_tier from aws_rds_db_cluster_member order by 1";
        assert_eq!(read.all(sql), ["pay-1|1|unread", "pay-2|0|1"]);
    }
}
