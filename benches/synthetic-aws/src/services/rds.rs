//! RDS: instances and clusters of PostgreSQL and MySQL, each with its automated backup.

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

/// The card.
pub const SERVICE: Service = Service {
    name: "rds",
    id: "RDS",
    scope: "rds",
    wire: Wire::AwsQuery,
    target: None,
    namespace: "http://rds.amazonaws.com/doc/2014-10-31/",
    calls: &[
        ("DescribeDBClusterAutomatedBackups", Does::Says("<DBClusterAutomatedBackups></DBClusterAutomatedBackups>")),
        ("DescribeDBClusterSnapshots", Does::Says("<DBClusterSnapshots></DBClusterSnapshots>")),
        ("DescribeDBClusters", Does::Makes(clusters)),
        ("DescribeDBEngineVersions", Does::Makes(versions)),
        ("DescribeDBInstanceAutomatedBackups", Does::Makes(backups)),
        ("DescribeDBInstances", Does::Makes(instances)),
        ("DescribeDBMajorEngineVersions", Does::Makes(major_versions)),
        ("DescribeDBSnapshots", Does::Says("<DBSnapshots></DBSnapshots>")),
        ("DescribePendingMaintenanceActions", Does::Says("<PendingMaintenanceActions></PendingMaintenanceActions>")),
    ],
};

/// Versions in use: engine, version, major version, the end of its standard support.
const VERSIONS: &[(&str, &str, &str, i64)] = &[
    ("postgres", "16.8", "16", 1_867_449_599),
    ("postgres", "13.20", "13", 1_772_323_199),
    ("mysql", "8.4.4", "8.4", 1_880_495_999),
    ("aurora-postgresql", "16.6", "16", 1_867_449_599),
];

fn version(dice: Dice) -> (&'static str, &'static str) {
    let (engine, version, ..) = VERSIONS[if dice.percent(30, 8) { 1 } else { dice.below(31, 2) as usize * 2 }];
    (engine, version)
}

fn size(ask: &Ask<'_>) -> u64 {
    ask.num("MaxRecords").unwrap_or(100).clamp(20, 100)
}

fn marker(body: &mut Body, next: Option<String>) {
    if let Some(next) = next {
        body.text("Marker", &next);
    }
}

/// A page, or the one that the call names.
fn chosen(ask: &Ask<'_>, kind: Kind, parameter: &str, code: &str) -> Result<(std::ops::Range<u64>, Option<String>), Refusal> {
    match ask.text(parameter) {
        None => ask.page(kind, "Marker", size(ask)),
        Some(id) => {
            let index = ask.index(kind, &id).ok_or_else(|| Refusal::new(404, code, format!("{id} not found.")))?;
            Ok((index..index + 1, None))
        }
    }
}

/// Days that backups are kept: none for one in twenty.
fn retention(dice: Dice) -> i64 {
    if dice.percent(1, 5) { 0 } else { dice.pick(2, &[7, 7, 14, 35]) }
}

fn name(ask: &Ask<'_>, kind: Kind, index: u64) -> String {
    format!("{}-{}", if kind == Kind::DbCluster { "cluster" } else { "db" }, ask.hex(kind, index))
}

fn instances(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = chosen(ask, Kind::DbInstance, "DBInstanceIdentifier", "DBInstanceNotFound")?;
    body.list("DBInstances", "DBInstance", range, |body, index| {
        let dice = ask.dice(Kind::DbInstance, index);
        let name = name(ask, Kind::DbInstance, index);
        let (engine, version) = version(dice);
        body.text("DBInstanceIdentifier", &name);
        body.text("DBInstanceClass", "db.m6g.large");
        body.text("Engine", engine);
        body.text("EngineVersion", version);
        body.text("DBInstanceStatus", "available");
        body.text("MasterUsername", "owner");
        body.member("Endpoint", |body| {
            body.fmt("Address", format_args!("{name}.synthetic.{}.rds.amazonaws.com", ask.region_name()));
            body.num("Port", 5_432);
        });
        body.num("AllocatedStorage", 100);
        body.time("InstanceCreateTime", ask.days_ago(30 + dice.below(3, 900)));
        body.text("PreferredBackupWindow", "01:00-02:00");
        body.num("BackupRetentionPeriod", retention(dice));
        body.list("VpcSecurityGroups", "VpcSecurityGroupMembership", [()], |body, ()| {
            body.text("VpcSecurityGroupId", &ask.id("sg", Kind::SecurityGroup, 0));
            body.text("Status", "active");
        });
        body.fmt("AvailabilityZone", format_args!("{}a", ask.region_name()));
        body.member("DBSubnetGroup", |body| {
            body.text("DBSubnetGroupName", "private");
            body.text("VpcId", &ask.id("vpc", Kind::Vpc, 0));
            body.text("SubnetGroupStatus", "Complete");
            body.list("Subnets", "Subnet", [0, 1], |body, subnet| {
                body.text("SubnetIdentifier", &ask.id("subnet", Kind::Subnet, subnet));
                body.text("SubnetStatus", "Active");
            });
        });
        body.text("PreferredMaintenanceWindow", "sun:03:00-sun:04:00");
        if retention(dice) > 0 {
            body.time("LatestRestorableTime", ask.now - 240);
        }
        body.flag("MultiAZ", dice.percent(4, 70));
        body.flag("AutoMinorVersionUpgrade", dice.percent(5, 90));
        body.flag("PubliclyAccessible", dice.percent(6, 1));
        body.text("StorageType", "gp3");
        body.flag("StorageEncrypted", dice.percent(7, 95));
        body.text("DbiResourceId", &resource_id(ask, index));
        body.text("CACertificateIdentifier", "rds-ca-rsa2048-g1");
        body.text("DBInstanceArn", &ask.arn("rds", &format!("db:{name}")));
        body.flag("IAMDatabaseAuthenticationEnabled", false);
        body.flag("PerformanceInsightsEnabled", true);
        body.flag("DeletionProtection", dice.percent(8, 85));
        body.list("TagList", "Tag", [()], |body, ()| {
            body.text("Key", "env");
            body.text("Value", dice.pick(9, &["prod", "staging", "dev"]));
        });
    });
    marker(body, next);
    Ok(())
}

fn resource_id(ask: &Ask<'_>, index: u64) -> String {
    format!("db-{}", ask.hex(Kind::DbInstance, index).to_uppercase())
}

fn backups(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = ask.page(Kind::DbInstance, "Marker", size(ask))?;
    let backed = range.filter(|index| retention(ask.dice(Kind::DbInstance, *index)) > 0);
    body.list("DBInstanceAutomatedBackups", "DBInstanceAutomatedBackup", backed, |body, index| {
        let dice = ask.dice(Kind::DbInstance, index);
        let name = name(ask, Kind::DbInstance, index);
        body.text("DBInstanceArn", &ask.arn("rds", &format!("db:{name}")));
        body.text("DbiResourceId", &resource_id(ask, index));
        body.text("Region", ask.region_name());
        body.text("DBInstanceIdentifier", &name);
        body.member("RestoreWindow", |body| {
            body.time("EarliestTime", ask.days_ago(retention(dice) as u64));
            body.time("LatestTime", ask.now - 240);
        });
        body.text("Status", "active");
        body.text("Engine", version(dice).0);
        body.flag("Encrypted", dice.percent(7, 95));
        body.num("BackupRetentionPeriod", retention(dice));
        body.text("DBInstanceAutomatedBackupsArn", &ask.arn("rds", &format!("auto-backup:ab-{}", ask.hex(Kind::DbInstance, index))));
    });
    marker(body, next);
    Ok(())
}

fn clusters(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (range, next) = chosen(ask, Kind::DbCluster, "DBClusterIdentifier", "DBClusterNotFoundFault")?;
    body.list("DBClusters", "DBCluster", range, |body, index| {
        let dice = ask.dice(Kind::DbCluster, index);
        let name = name(ask, Kind::DbCluster, index);
        let days = dice.pick(2, &[7, 14, 35]);
        body.num("AllocatedStorage", 1);
        body.num("BackupRetentionPeriod", days);
        body.text("DBClusterIdentifier", &name);
        body.text("Status", "available");
        body.time("EarliestRestorableTime", ask.days_ago(days as u64));
        body.time("LatestRestorableTime", ask.now - 240);
        body.fmt("Endpoint", format_args!("{name}.cluster-synthetic.{}.rds.amazonaws.com", ask.region_name()));
        body.flag("MultiAZ", true);
        body.text("Engine", VERSIONS[3].0);
        body.text("EngineVersion", VERSIONS[3].1);
        body.num("Port", 5_432);
        body.text("PreferredBackupWindow", "01:00-02:00");
        body.text("PreferredMaintenanceWindow", "sun:03:00-sun:04:00");
        body.list("DBClusterMembers", "DBClusterMember", [] as [u64; 0], |_, _| {});
        body.list("VpcSecurityGroups", "VpcSecurityGroupMembership", [()], |body, ()| {
            body.text("VpcSecurityGroupId", &ask.id("sg", Kind::SecurityGroup, 0));
            body.text("Status", "active");
        });
        body.flag("StorageEncrypted", dice.percent(3, 95));
        body.fmt("DbClusterResourceId", format_args!("cluster-{}", ask.hex(Kind::DbCluster, index).to_uppercase()));
        body.text("DBClusterArn", &ask.arn("rds", &format!("cluster:{name}")));
        body.time("ClusterCreateTime", ask.days_ago(200));
        body.text("EngineMode", "provisioned");
        body.flag("DeletionProtection", dice.percent(4, 85));
        body.flag("AutoMinorVersionUpgrade", true);
        body.list("TagList", "Tag", [] as [u64; 0], |_, _| {});
    });
    marker(body, next);
    Ok(())
}

fn versions(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (engine, version) = (ask.text("Engine"), ask.text("EngineVersion"));
    let matches = |(known, number, ..): &&(&str, &str, &str, i64)| {
        engine.as_deref().is_none_or(|engine| engine == *known) && version.as_deref().is_none_or(|version| number.starts_with(version))
    };
    body.list("DBEngineVersions", "DBEngineVersion", VERSIONS.iter().filter(matches), |body, (engine, version, major, _)| {
        body.text("Engine", engine);
        body.text("EngineVersion", version);
        body.text("MajorEngineVersion", major);
        body.text("Status", "available");
        body.list("ValidUpgradeTarget", "UpgradeTarget", [] as [u64; 0], |_, _| {});
    });
    Ok(())
}

fn major_versions(ask: &Ask<'_>, body: &mut Body) -> Made {
    let engine = ask.text("Engine");
    let shown = VERSIONS.iter().filter(|(known, ..)| engine.as_deref().is_none_or(|engine| engine == *known));
    body.list("DBMajorEngineVersions", "DBMajorEngineVersion", shown, |body, (engine, _, major, end)| {
        body.text("Engine", engine);
        body.text("MajorEngineVersion", major);
        body.list("SupportedEngineLifecycles", "SupportedEngineLifecycle", [("standard", 0), ("extended", 3)], |body, (name, years)| {
            body.fmt("LifecycleSupportName", format_args!("open-source-rds-{name}-support"));
            body.time("LifecycleSupportStartDate", end - 5 * 365 * crate::clock::DAY);
            body.time("LifecycleSupportEndDate", end + years * 365 * crate::clock::DAY);
        });
    });
    Ok(())
}
