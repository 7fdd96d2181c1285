//! What AWS says of the engine versions that are in use.

use aws_sdk_rds::types;
use macro_rules_attribute::apply;
use serde_json::json;

use super::cluster::Cluster;
use super::instance::Instance;
use super::{VERSIONS_IN_USE, call};
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Fact, Json, Row};
use crate::services::{Found, reader, text};

/// An engine version that a database runs, as DescribeDBEngineVersions tells it when it is asked for all of them.
#[apply(row!)]
#[table("aws_rds_db_engine_version", key(account_id, region, engine, engine_version), is(reference))]
pub struct EngineVersion {
    /// `arn:PARTITION:rds:REGION::engine-version/ENGINE/VERSION`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Engine.
    pub engine: String,
    /// Version.
    pub engine_version: String,
    /// Major version that it belongs to (`15`, `8.0`), or ''.
    pub major_engine_version: Fact<String>,
    /// `available` or `deprecated`; '' when AWS does not list the version at all.
    pub status: Fact<String>,
    /// Versions to which it can be upgraded, a list of `{"version", "auto_upgrade", "is_major"}`.
    pub upgrade_targets: Fact<Json>,
    /// Version to which AWS upgrades by itself where that is allowed, or ''.
    pub auto_upgrade_version: Fact<String>,
}

const TOLD: &[&str] = &["major_engine_version", "status", "upgrade_targets", "auto_upgrade_version"];

reader! {
    "rds/engine_version", Regional, fills [EngineVersion::TABLE], calls [call::DescribeDBEngineVersions],
    needs [Instance::TABLE, Cluster::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let mut found = Found::new(&cx, VERSIONS_IN_USE);
    while let Some(versions) = found.next(|row| row.get::<_, String>(0)).await? {
        cx.each(versions, |version| read_one(&cx, version)).await;
    }
    Ok(())
}

async fn read_one(cx: &Cx, engine_and_version: String) {
    let Some((engine, version)) = engine_and_version.split_once('|') else { return };
    let arn = cx.arn_of("rds", "", &format!("engine-version/{engine}/{version}"));
    let told = Fact::from(describe(&cx.about(EngineVersion::TABLE, &arn, TOLD), engine, version).await);
    let of = |get: fn(&types::DbEngineVersion) -> Option<&str>| told.as_ref().map(|told| text(told.as_ref().and_then(get)));
    let targets = told.as_ref().map(|told| told.as_ref().map_or(&[][..], |told| told.valid_upgrade_target()));
    cx.emit(EngineVersion {
        account_id: cx.account_id().to_owned(),
        region: cx.region().to_owned(),
        engine: engine.to_owned(),
        engine_version: version.to_owned(),
        major_engine_version: of(|told| told.major_engine_version()),
        status: of(|told| told.status()),
        upgrade_targets: targets.as_ref().map(|targets| Json(targets.iter().map(target).collect())),
        auto_upgrade_version: targets.map(|targets| {
            let own = targets.iter().rfind(|target| target.auto_upgrade() == Some(true));
            text(own.and_then(|target| target.engine_version()))
        }),
        arn,
    })
    .await;
}

async fn describe(cx: &Cx, engine: &str, version: &str) -> Result<Option<types::DbEngineVersion>, Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut found = None;
    let mut pages = cx.pages(call::DescribeDBEngineVersions, |token| {
        let asked = rds.describe_db_engine_versions().engine(engine).engine_version(version).include_all(true);
        asked.max_records(100).set_marker(token).send()
    });
    while let Some(page) = pages.next(|page| page.marker()).await? {
        // Asked for `15`, AWS may tell every 15.x.
        found = found.or_else(|| page.db_engine_versions().iter().find(|told| told.engine_version() == Some(version)).cloned());
    }
    Ok(found)
}

fn target(target: &types::UpgradeTarget) -> serde_json::Value {
    json!({
        "version": text(target.engine_version()),
        "auto_upgrade": target.auto_upgrade(),
        "is_major": target.is_major_version_upgrade(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const ONE: &str = "<DBEngineVersions><DBEngineVersion><Engine>postgres</Engine><EngineVersion>15.4</EngineVersion>
        <MajorEngineVersion>15</MajorEngineVersion><Status>deprecated</Status><ValidUpgradeTarget>
            <UpgradeTarget><EngineVersion>15.8</EngineVersion><AutoUpgrade>true</AutoUpgrade><IsMajorVersionUpgrade>false</IsMajorVersionUpgrade></UpgradeTarget>
            <UpgradeTarget><EngineVersion>16.1</EngineVersion><AutoUpgrade>false</AutoUpgrade><IsMajorVersionUpgrade>true</IsMajorVersionUpgrade></UpgradeTarget>
        </ValidUpgradeTarget></DBEngineVersion></DBEngineVersions>";
    const SQL: &str = "select engine_version, major_engine_version, status, auto_upgrade_version from aws_rds_db_engine_version";

    fn script(answer: &str) -> Script {
        Script::default()
            .on("DescribeDBEngineVersions", answer)
            .seed(
                "aws_rds_db_instance (arn, account_id, region, engine, engine_version)",
                "'a', '111122223333', 'us-east-1', 'postgres', '15.4'",
            )
            .seed(
                "aws_rds_db_cluster (arn, account_id, region, engine, engine_version)",
                "'b', '111122223333', 'us-east-1', 'neptune', '1.3'",
            )
    }

    #[tokio::test]
    async fn tells_state_and_targets_of_what_is_in_use() {
        assert_eq!(script(ONE).read(READER).await.one(SQL), "15.4|15|deprecated|15.8");
    }

    #[tokio::test]
    async fn nothing_told_is_a_version_that_is_not_listed() {
        assert_eq!(script("<DBEngineVersions/>").read(READER).await.one(SQL), "15.4|||");
    }

    #[tokio::test]
    async fn what_is_denied_or_cut_is_unread() {
        for fault in [Fault::Denied, Fault::CutAfterFirstPage] {
            let read = script(ONE).read_with(READER, call::DescribeDBEngineVersions, fault).await;
            assert_eq!(read.one(SQL), "15.4|unread|unread|unread");
        }
    }
}
