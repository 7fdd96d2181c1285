//! Amazon RDS: instances and clusters, whether they can be restored, and which versions they run.
//!
//! Neptune and DocumentDB answer through the same calls; their rows say so by `engine`. Names and passwords of users are not kept.

use aws_sdk_rds::types;

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client};
use crate::inventory::{Json, View};

pub mod cluster;
pub mod cluster_backup;
pub mod cluster_snapshot;
pub mod engine_version;
pub mod instance;
pub mod instance_backup;
pub mod major_engine_version;
pub mod pending_maintenance;
pub mod snapshot;

/// The RDS API. Its rates are not documented.
pub const RDS: &Api = &Api { id: "RDS", prefix: "rds", quota: Quota::shared(20.0, 40), wire: Wire::AwsQuery };

calls! { RDS "rds":
    DescribeDBClusterAutomatedBackups,
    DescribeDBClusterSnapshots,
    DescribeDBClusters,
    DescribeDBEngineVersions,
    DescribeDBInstanceAutomatedBackups,
    DescribeDBInstances,
    DescribeDBMajorEngineVersions,
    DescribeDBSnapshots,
    DescribePendingMaintenanceActions,
}

client!(aws_sdk_rds, RDS);

/// Tags, as all of RDS's answers have them.
pub(crate) fn tags(tags: &[types::Tag]) -> Json {
    Json::map(tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), super::text(tag.value())))))
}

/// What waits to be changed, as a map from the name of a setting to its coming value.
pub(crate) fn pending(changes: Vec<(&str, Option<String>)>) -> Json {
    Json::map(changes.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// Engines and versions of a region's own databases, Neptune's and DocumentDB's left out: `engine|version` in order.
pub(crate) const VERSIONS_IN_USE: &str = "select distinct engine || '|' || engine_version from (
        select engine, engine_version from aws_rds_db_instance where account_id = ?1 and region = ?2
        union all
        select engine, engine_version from aws_rds_db_cluster where account_id = ?1 and region = ?2
    )
    where engine not in ('neptune', 'docdb') and engine_version is not null and engine || '|' || engine_version > ?3
    order by 1 limit ?4";

/// The card.
pub const SERVICE: Service = Service {
    name: "rds",
    title: "Amazon RDS",
    readers: &[
        instance::READER,
        cluster::READER,
        instance_backup::READER,
        cluster_backup::READER,
        snapshot::READER,
        cluster_snapshot::READER,
        engine_version::READER,
        major_engine_version::READER,
        pending_maintenance::READER,
    ],
    views: &[&View { name: "aws_rds_database_version", sql: include_str!("database_version.sql") }],
};
