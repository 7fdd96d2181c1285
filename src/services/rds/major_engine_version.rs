//! Until when AWS supports the major versions of the engines that are in use.

use aws_sdk_rds::types;
use macro_rules_attribute::apply;

use super::call;
use super::cluster::Cluster;
use super::instance::Instance;
use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Row, Time};
use crate::services::{Found, identified, reader, time};

/// A major version of an engine that is in use, as DescribeDBMajorEngineVersions tells it.
#[apply(row!)]
#[table("aws_rds_db_major_engine_version", key(account_id, region, engine, major_engine_version), is(reference))]
pub struct MajorEngineVersion {
    /// `arn:PARTITION:rds:REGION::major-engine-version/ENGINE/VERSION`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Engine.
    pub engine: String,
    /// Major version (`15`, `8.0`).
    pub major_engine_version: String,
    /// Last day of standard support, or '' when AWS tells none.
    pub standard_support_end_date: Time,
    /// Last day of extended support, which costs money, or '' when there is none.
    pub extended_support_end_date: Time,
}

reader! {
    "rds/major_engine_version", Regional, fills [MajorEngineVersion::TABLE], calls [call::DescribeDBMajorEngineVersions],
    needs [Instance::TABLE, Cluster::TABLE], by read
}

async fn read(cx: Cx) -> Result<(), Unread> {
    let sql = "select distinct engine from (
            select engine from aws_rds_db_instance where account_id = ?1 and region = ?2
            union all
            select engine from aws_rds_db_cluster where account_id = ?1 and region = ?2
        )
        where engine not in ('', 'neptune', 'docdb') and engine > ?3 order by 1 limit ?4";
    let mut found = Found::new(&cx, sql);
    while let Some(engines) = found.next(|row| row.get::<_, String>(0)).await? {
        for engine in engines {
            read_engine(&cx, &engine).await?;
        }
    }
    Ok(())
}

async fn read_engine(cx: &Cx, engine: &str) -> Result<(), Unread> {
    let rds: aws_sdk_rds::Client = cx.client();
    let mut pages = cx.pages(call::DescribeDBMajorEngineVersions, |token| {
        rds.describe_db_major_engine_versions().engine(engine).max_records(100).set_marker(token).send()
    });
    // An engine of which AWS keeps no such list: there are no dates, and other engines have theirs.
    while let Some(page) = pages.next_or_absent(&["InvalidParameterValue"], |page| page.marker()).await? {
        for told in page.db_major_engine_versions() {
            let version = identified!(cx, call::DescribeDBMajorEngineVersions, told.major_engine_version());
            cx.emit(MajorEngineVersion {
                arn: cx.arn_of("rds", "", &format!("major-engine-version/{engine}/{version}")),
                account_id: cx.account_id().to_owned(),
                region: cx.region().to_owned(),
                engine: engine.to_owned(),
                major_engine_version: version.to_owned(),
                standard_support_end_date: end(told, "open-source-rds-standard-support"),
                extended_support_end_date: end(told, "open-source-rds-extended-support"),
            })
            .await;
        }
    }
    Ok(())
}

fn end(told: &types::DbMajorEngineVersion, name: &str) -> Time {
    let is_meant = |life: &&types::SupportedEngineLifecycle| life.lifecycle_support_name().is_some_and(|word| word.as_str() == name);
    time(told.supported_engine_lifecycles().iter().find(is_meant).and_then(|life| life.lifecycle_support_end_date()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::Script;

    const TWO: &str = "<DBMajorEngineVersions>
        <DBMajorEngineVersion><Engine>postgres</Engine><MajorEngineVersion>15</MajorEngineVersion><SupportedEngineLifecycles>
            <SupportedEngineLifecycle><LifecycleSupportName>open-source-rds-standard-support</LifecycleSupportName>
                <LifecycleSupportEndDate>2028-02-29T23:59:59.999Z</LifecycleSupportEndDate></SupportedEngineLifecycle>
            <SupportedEngineLifecycle><LifecycleSupportName>open-source-rds-extended-support</LifecycleSupportName>
                <LifecycleSupportEndDate>2031-02-28T23:59:59.999Z</LifecycleSupportEndDate></SupportedEngineLifecycle>
        </SupportedEngineLifecycles></DBMajorEngineVersion>
        <DBMajorEngineVersion><Engine>postgres</Engine><MajorEngineVersion>19</MajorEngineVersion></DBMajorEngineVersion>
    </DBMajorEngineVersions>";

    fn script() -> Script {
        Script::default()
            .on("DescribeDBMajorEngineVersions", TWO)
            .seed("aws_rds_db_instance (arn, account_id, region, engine)", "'a', '111122223333', 'us-east-1', 'postgres'")
            .seed("aws_rds_db_instance (arn, account_id, region, engine)", "'b', '111122223333', 'us-east-1', 'docdb'")
    }

    #[tokio::test]
    async fn stands_all_answers() {
        script().four_answers(READER, call::DescribeDBMajorEngineVersions, "<DBMajorEngineVersions/>", 2).await;
    }

    #[tokio::test]
    async fn an_engine_without_such_a_list_has_none() {
        let script = Script::default().fails("DescribeDBMajorEngineVersions", 400, "InvalidParameterValue").followed_by(script());
        let read = script.read(READER).await;
        assert_eq!((read.count("aws_rds_db_major_engine_version"), read.is_complete), (0, true));
    }

    #[tokio::test]
    async fn tells_both_ends_or_that_there_is_none() {
        let read = script().read(READER).await;
        let sql = "select major_engine_version, standard_support_end_date, extended_support_end_date
            from aws_rds_db_major_engine_version order by 1";
        assert_eq!(read.all(sql), ["15|2028-02-29T23:59:59Z|2031-02-28T23:59:59Z", "19||"]);
    }
}
