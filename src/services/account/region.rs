//! The regions of the account.
//!
//! AWS has regions that every account has, and regions that an account must opt into; resources can live only in enabled ones. The
//! list comes from EC2, which knows the account's own choice. Without this list nobody can say that something is nowhere in the
//! account, so checks that ask that need it.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::Row;
use crate::inventory::table::row;
use crate::services::ec2::call;
use crate::services::{identified, reader, text};

/// A region, enabled or not, as DescribeRegions with AllRegions tells it.
#[apply(row!)]
#[table("aws_region", key(account_id, region), is(reference))]
pub struct Region {
    /// `arn:PARTITION:account::ACCOUNT:region/NAME`: made by driftlead, since AWS has none.
    pub arn: String,
    /// The account.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// `opt-in-not-required`, `opted-in` or `not-opted-in`.
    pub opt_in_status: String,
    /// Whether resources can live there: it needs no opt-in, or the account opted in.
    pub is_enabled: bool,
}

reader! { "account/region", Global, fills [Region::TABLE], calls [call::DescribeRegions], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let told = cx.call(call::DescribeRegions, ec2.describe_regions().all_regions(true).send()).await?;
    for region in told.regions() {
        let name = identified!(cx, call::DescribeRegions, region.region_name());
        let opt_in_status = text(region.opt_in_status());
        cx.emit(Region {
            arn: cx.global_arn("account", cx.account_id(), &format!("region/{name}")),
            account_id: cx.account_id().to_owned(),
            region: name.to_owned(),
            is_enabled: matches!(opt_in_status.as_str(), "opt-in-not-required" | "opted-in"),
            opt_in_status,
        })
        .await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::Fault;
    use crate::aws::testing::Script;

    const TWO: &str = "<regionInfo>
        <item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>
        <item><regionName>me-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>
    </regionInfo>";

    #[tokio::test]
    async fn tells_which_regions_are_enabled() {
        let read = Script::default().on("DescribeRegions", TWO).read(READER).await;
        assert!(read.is_complete);
        assert_eq!(read.all("select region, is_enabled from aws_region order by 1"), ["eu-west-1|1", "me-south-1|0"]);
        let nothing = Script::default().on("DescribeRegions", "<regionInfo/>").read(READER).await;
        assert!(nothing.is_complete);
        let denied = Script::default().on("DescribeRegions", TWO).read_with(READER, call::DescribeRegions, Fault::Denied).await;
        assert_eq!((denied.is_complete, denied.gaps()[0].2.as_str()), (false, "ec2:DescribeRegions"));
    }
}
