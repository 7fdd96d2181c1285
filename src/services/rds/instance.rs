//! DB instances: stand-alone ones, read replicas, and the members of clusters.

use aws_sdk_rds::types;
use macro_rules_attribute::apply;

use super::{call, pending, tags};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row, Time};
use crate::services::{identified, reader, text, time};

/// A DB instance, as DescribeDBInstances tells it. That call also lists the instances of Neptune and DocumentDB.
#[apply(row!)]
#[table("aws_rds_db_instance", key(arn))]
pub struct Instance {
    /// ARN of the instance.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Its name.
    pub db_instance_identifier: String,
    /// `db-…`: stays the same when the instance is renamed.
    pub dbi_resource_id: String,
    /// `db.t4g.medium`, …
    pub db_instance_class: String,
    /// `postgres`, `mysql`, `aurora-postgresql`, `oracle-ee`, `neptune`, `docdb`, …
    pub engine: String,
    /// Version that runs; NULL while there is none yet.
    pub engine_version: Fact<String>,
    /// Whether it is enrolled in extended support: `open-source-rds-extended-support` or `open-source-rds-extended-support-disabled`,
    /// or ''. It does not say that extended support is in use.
    pub engine_lifecycle_support: String,
    /// `available`, `stopped`, `storage-full`, …
    #[is(churn)]
    pub db_instance_status: String,
    /// When it was made; '' while it is being made.
    pub instance_create_time: Time,
    /// Cluster that it belongs to, or ''. Its backups are then the cluster's.
    pub db_cluster_identifier: String,
    /// Instance or cluster of which it is a read replica, or ''.
    pub replication_source: String,
    /// Days for which automated backups are kept; 0 when they are off.
    pub backup_retention_period: Fact<i64>,
    /// Latest moment to which it can be restored; '' when there is none.
    #[is(churn)]
    pub latest_restorable_time: Time,
    /// Daily time of the backup, UTC.
    pub preferred_backup_window: String,
    /// Weekly time of maintenance, UTC.
    pub preferred_maintenance_window: String,
    /// ARNs of its automated backups in other regions, a list.
    pub automated_backup_replication_arns: Json,
    /// Recovery point of AWS Backup that manages its continuous backups, or ''.
    #[is(churn)]
    pub aws_backup_recovery_point_arn: String,
    /// Where backups are kept: `region` or `outposts`, or ''.
    pub backup_target: String,
    /// Whether it cannot be deleted by accident.
    pub deletion_protection: Fact<bool>,
    /// Whether AWS upgrades the minor version by itself.
    pub auto_minor_version_upgrade: Fact<bool>,
    /// Changes that wait for the next maintenance window, a map from setting to coming value; a password's value is left out.
    pub pending_modified_values: Json,
    /// Whether it has a standby in another zone.
    pub multi_az: Fact<bool>,
    /// Zone.
    #[is(churn)]
    pub availability_zone: String,
    /// VPC, or ''.
    pub vpc_id: String,
    /// Subnet group, or ''.
    pub db_subnet_group: String,
    /// Ids of its security groups, a list.
    pub vpc_security_group_ids: Json,
    /// Parameter groups, a list of names.
    pub db_parameter_groups: Json,
    /// Whether people and programs may log in by IAM; false where AWS does not say.
    pub iam_database_authentication_enabled: bool,
    /// Logs that it sends to CloudWatch, a list.
    pub enabled_cloudwatch_logs_exports: Json,
    /// Whether its name can lead to a public address.
    pub publicly_accessible: Fact<bool>,
    /// Whether its storage is encrypted.
    pub storage_encrypted: Fact<bool>,
    /// Key that encrypts it, or ''.
    pub kms_key_id: String,
    /// Certificate authority of its server certificate, or ''.
    pub ca_certificate_identifier: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! {
    "rds/instance", Regional, fills [Instance::TABLE], calls [call::DescribeDBInstances], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribeDBInstances, |token| rds.describe_db_instances().max_records(100).set_marker(token).send());
    while let Some(page) = pages.next(|page| page.marker()).await? {
        for instance in page.db_instances() {
            let arn = identified!(cx, call::DescribeDBInstances, instance.db_instance_arn());
            cx.emit(row_of(&cx, arn, instance)).await;
        }
    }
    Ok(())
}

fn row_of(cx: &Cx, arn: &str, instance: &types::DbInstance) -> Instance {
    let source = instance.read_replica_source_db_instance_identifier().or(instance.read_replica_source_db_cluster_identifier());
    let replications = instance.db_instance_automated_backups_replications();
    let subnets = instance.db_subnet_group();
    Instance {
        arn: arn.to_owned(),
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        db_instance_identifier: text(instance.db_instance_identifier()),
        dbi_resource_id: text(instance.dbi_resource_id()),
        db_instance_class: text(instance.db_instance_class()),
        engine: text(instance.engine()),
        engine_version: Fact::told(instance.engine_version().map(str::to_owned)),
        engine_lifecycle_support: text(instance.engine_lifecycle_support()),
        db_instance_status: text(instance.db_instance_status()),
        instance_create_time: time(instance.instance_create_time()),
        db_cluster_identifier: text(instance.db_cluster_identifier()),
        replication_source: text(source),
        backup_retention_period: Fact::told(instance.backup_retention_period().map(i64::from)),
        latest_restorable_time: time(instance.latest_restorable_time()),
        preferred_backup_window: text(instance.preferred_backup_window()),
        preferred_maintenance_window: text(instance.preferred_maintenance_window()),
        automated_backup_replication_arns: Json::set(replications.iter().filter_map(|one| one.db_instance_automated_backups_arn())),
        aws_backup_recovery_point_arn: text(instance.aws_backup_recovery_point_arn()),
        backup_target: text(instance.backup_target()),
        deletion_protection: Fact::told(instance.deletion_protection()),
        auto_minor_version_upgrade: Fact::told(instance.auto_minor_version_upgrade()),
        pending_modified_values: changes(instance.pending_modified_values()),
        multi_az: Fact::told(instance.multi_az()),
        availability_zone: text(instance.availability_zone()),
        vpc_id: text(subnets.and_then(|group| group.vpc_id())),
        db_subnet_group: text(subnets.and_then(|group| group.db_subnet_group_name())),
        vpc_security_group_ids: Json::set(instance.vpc_security_groups().iter().filter_map(|group| group.vpc_security_group_id())),
        db_parameter_groups: Json::set(instance.db_parameter_groups().iter().filter_map(|group| group.db_parameter_group_name())),
        iam_database_authentication_enabled: instance.iam_database_authentication_enabled() == Some(true),
        enabled_cloudwatch_logs_exports: Json::set(instance.enabled_cloudwatch_logs_exports()),
        publicly_accessible: Fact::told(instance.publicly_accessible()),
        storage_encrypted: Fact::told(instance.storage_encrypted()),
        kms_key_id: text(instance.kms_key_id()),
        ca_certificate_identifier: text(instance.ca_certificate_identifier()),
        tags: tags(instance.tag_list()),
    }
}

fn changes(values: Option<&types::PendingModifiedValues>) -> Json {
    let Some(values) = values else { return pending(Vec::new()) };
    let word = |value: Option<&str>| value.map(str::to_owned);
    let number = |value: Option<i32>| value.map(|number| number.to_string());
    let switch = |value: Option<bool>| value.map(|switch| switch.to_string());
    pending(vec![
        ("AllocatedStorage", number(values.allocated_storage())),
        ("AutomationMode", values.automation_mode().map(|mode| mode.as_str().to_owned())),
        ("BackupRetentionPeriod", number(values.backup_retention_period())),
        ("CACertificateIdentifier", word(values.ca_certificate_identifier())),
        ("DBInstanceClass", word(values.db_instance_class())),
        ("DBInstanceIdentifier", word(values.db_instance_identifier())),
        ("DBSubnetGroupName", word(values.db_subnet_group_name())),
        ("DedicatedLogVolume", switch(values.dedicated_log_volume())),
        ("Engine", word(values.engine())),
        ("EngineVersion", word(values.engine_version())),
        ("IAMDatabaseAuthenticationEnabled", switch(values.iam_database_authentication_enabled())),
        ("Iops", number(values.iops())),
        ("LicenseModel", word(values.license_model())),
        ("MasterUserPassword", values.master_user_password().map(|_| "(not kept)".to_owned())),
        ("MultiAZ", switch(values.multi_az())),
        ("MultiTenant", switch(values.multi_tenant())),
        ("PendingCloudwatchLogsExports", values.pending_cloudwatch_logs_exports().map(|_| "changes".to_owned())),
        ("Port", number(values.port())),
        ("ProcessorFeatures", values.processor_features.as_ref().filter(|all| !all.is_empty()).map(|_| "changes".to_owned())),
        ("StorageThroughput", number(values.storage_throughput())),
        ("StorageType", word(values.storage_type())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<DBInstances>
        <DBInstance><DBInstanceArn>arn:aws:rds:us-east-1:1:db:pay</DBInstanceArn><DBInstanceIdentifier>pay</DBInstanceIdentifier>
            <Engine>postgres</Engine><EngineVersion>15.8</EngineVersion><DBInstanceStatus>available</DBInstanceStatus>
            <BackupRetentionPeriod>35</BackupRetentionPeriod><LatestRestorableTime>2026-11-22T11:55:00Z</LatestRestorableTime>
            <DeletionProtection>true</DeletionProtection><AutoMinorVersionUpgrade>false</AutoMinorVersionUpgrade>
            <MasterUsername>payment</MasterUsername>
            <VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId><Status>active</Status>
            </VpcSecurityGroupMembership></VpcSecurityGroups>
            <DBParameterGroups><DBParameterGroup><DBParameterGroupName>tls</DBParameterGroupName></DBParameterGroup></DBParameterGroups>
            <IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>
            <EnabledCloudwatchLogsExports><member>postgresql</member></EnabledCloudwatchLogsExports>
            <PendingModifiedValues><EngineVersion>15.9</EngineVersion><MasterUserPassword>hunter2</MasterUserPassword></PendingModifiedValues>
            <DBInstanceAutomatedBackupsReplications><DBInstanceAutomatedBackupsReplication>
                <DBInstanceAutomatedBackupsArn>arn:far</DBInstanceAutomatedBackupsArn>
            </DBInstanceAutomatedBackupsReplication></DBInstanceAutomatedBackupsReplications>
            <TagList><Tag><Key>env</Key><Value>production</Value></Tag></TagList></DBInstance>
        <DBInstance><DBInstanceArn>arn:aws:rds:us-east-1:1:db:young</DBInstanceArn><DBInstanceIdentifier>young</DBInstanceIdentifier>
            <DBInstanceStatus>creating</DBInstanceStatus>
            <ReadReplicaSourceDBInstanceIdentifier>pay</ReadReplicaSourceDBInstanceIdentifier></DBInstance>
    </DBInstances>";

    #[tokio::test]
    async fn stands_all_answers() {
        let script = Script::default().on("DescribeDBInstances", TWO);
        script.four_answers(READER, call::DescribeDBInstances, "<DBInstances/>", 2).await;
    }

    #[tokio::test]
    async fn tells_backups_and_admits_what_is_not_there_yet() {
        let read = Script::default().on("DescribeDBInstances", TWO).read(READER).await;
        let sql = "select db_instance_identifier, engine_version, backup_retention_period, latest_restorable_time, deletion_protection,
            auto_minor_version_upgrade, replication_source, automated_backup_replication_arns, tags from aws_rds_db_instance order by 1";
        assert_eq!(
            read.all(sql),
            [r#"pay|15.8|35|2026-11-22T11:55:00Z|1|0||["arn:far"]|{"env":"production"}"#, "young|unread|unread||unread|unread|pay|[]|{}"]
        );
    }

    #[tokio::test]
    async fn tells_who_may_reach_it() {
        let read = Script::default().on("DescribeDBInstances", TWO).read(READER).await;
        let sql = "select vpc_security_group_ids, db_parameter_groups, iam_database_authentication_enabled, enabled_cloudwatch_logs_exports
            from aws_rds_db_instance order by arn";
        assert_eq!(read.all(sql), [r#"["sg-1"]|["tls"]|1|["postgresql"]"#, "[]|[]|0|[]"]);
    }

    #[tokio::test]
    async fn a_password_that_waits_is_named_and_not_kept() {
        let read = Script::default().on("DescribeDBInstances", TWO).read(READER).await;
        let pending = read.all("select pending_modified_values from aws_rds_db_instance order by arn");
        assert_eq!(pending, [r#"{"EngineVersion":"15.9","MasterUserPassword":"(not kept)"}"#, "{}"]);
    }
}
