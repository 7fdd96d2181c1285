//! Availability zones of a region, as this account sees them.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::Row;
use crate::inventory::table::row;
use crate::services::ec2::call;
use crate::services::{identified, reader, text};

/// A zone of a region, as DescribeAvailabilityZones tells it. A name is another zone in another account; an id is not.
#[apply(row!)]
#[table("aws_availability_zone", key(account_id, region, name), is(reference))]
pub struct Zone {
    /// `arn:PARTITION:ec2:REGION::zone/ID`: made by driftlead, since AWS has none.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// Name (`eu-west-1a`).
    pub name: String,
    /// Id (`euw1-az1`).
    pub zone_id: String,
    /// `availability-zone`, `local-zone` or `wavelength-zone`.
    pub zone_type: String,
    /// `available`, `constrained` (nothing new can be made there), `impaired`, …
    pub state: String,
    /// Zone on whose control plane a local or wavelength zone hangs, or ''.
    pub parent_zone_id: String,
}

reader! { "vpc/availability_zone", Regional, fills [Zone::TABLE], calls [call::DescribeAvailabilityZones], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    let told = cx.call(call::DescribeAvailabilityZones, ec2.describe_availability_zones().send()).await?;
    for zone in told.availability_zones() {
        let name = identified!(cx, call::DescribeAvailabilityZones, zone.zone_name());
        let zone_id = identified!(cx, call::DescribeAvailabilityZones, zone.zone_id());
        cx.emit(Zone {
            arn: cx.arn_of("ec2", "", &format!("zone/{zone_id}")),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            name: name.to_owned(),
            zone_id: zone_id.to_owned(),
            zone_type: text(zone.zone_type()),
            state: text(zone.state().map(|state| state.as_str())),
            parent_zone_id: text(zone.parent_zone_id()),
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

    #[tokio::test]
    async fn tells_zones_and_stands_none_and_a_denial() {
        let one = "<availabilityZoneInfo><item><zoneName>us-east-1e</zoneName><zoneId>use1-az3</zoneId><zoneState>constrained</zoneState></item></availabilityZoneInfo>";
        let read = Script::default().on("DescribeAvailabilityZones", one).read(READER).await;
        assert_eq!(read.one("select name, zone_id, state from aws_availability_zone"), "us-east-1e|use1-az3|constrained");
        let nothing = Script::default().on("DescribeAvailabilityZones", "<availabilityZoneInfo/>").read(READER).await;
        assert!(nothing.is_complete);
        let denied = Script::default().read_with(READER, call::DescribeAvailabilityZones, Fault::Denied).await;
        assert_eq!((denied.is_complete, denied.gaps()[0].2.as_str()), (false, "ec2:DescribeAvailabilityZones"));
    }
}
