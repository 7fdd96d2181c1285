//! Elastic IP addresses.

use macro_rules_attribute::apply;

use crate::aws::{Cx, Unread};
use crate::inventory::table::row;
use crate::inventory::{Json, Row};
use crate::services::ec2::{call, name, tags};
use crate::services::{identified, reader, text};

/// An Elastic IP address, as DescribeAddresses tells it.
#[apply(row!)]
#[table("aws_vpc_eip", key(arn))]
pub struct Address {
    /// ARN of the address.
    pub arn: String,
    /// Account that was read.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// `eipalloc-…`.
    pub allocation_id: String,
    /// The `Name` tag, or ''.
    #[is(derived)]
    pub name: String,
    /// Public address.
    pub public_ip: String,
    /// `eipassoc-…`, or '' when nothing uses it.
    pub association_id: String,
    /// Instance that uses it, or ''.
    pub instance_id: String,
    /// Network interface that uses it, or ''.
    pub network_interface_id: String,
    /// Tags, a map.
    pub tags: Json,
}

reader! { "vpc/address", Regional, fills [Address::TABLE], calls [call::DescribeAddresses], by read }

async fn read(cx: Cx) -> Result<(), Unread> {
    let ec2: aws_sdk_ec2::Client = cx.client();
    // The one list of EC2 that has no pages.
    let told = cx.call(call::DescribeAddresses, ec2.describe_addresses().send()).await?;
    for address in told.addresses() {
        let id = identified!(cx, call::DescribeAddresses, address.allocation_id());
        cx.emit(Address {
            arn: cx.arn("ec2", &format!("elastic-ip/{id}")),
            account_id: cx.account_id().to_owned(),
            region: cx.region().to_owned(),
            allocation_id: id.to_owned(),
            name: name(address.tags()),
            public_ip: text(address.public_ip()),
            association_id: text(address.association_id()),
            instance_id: text(address.instance_id()),
            network_interface_id: text(address.network_interface_id()),
            tags: tags(address.tags()),
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

    const ONE: &str = "<addressesSet><item><allocationId>eipalloc-1</allocationId><publicIp>198.51.100.7</publicIp></item></addressesSet>";

    #[tokio::test]
    async fn tells_addresses_and_stands_none_and_a_denial() {
        let read = Script::default().on("DescribeAddresses", ONE).read(READER).await;
        assert_eq!(read.one("select public_ip, association_id from aws_vpc_eip"), "198.51.100.7|");
        let nothing = Script::default().on("DescribeAddresses", "<addressesSet/>").read(READER).await;
        assert_eq!((nothing.count("aws_vpc_eip"), nothing.is_complete), (0, true));
        let denied = Script::default().read_with(READER, call::DescribeAddresses, Fault::Denied).await;
        assert_eq!((denied.is_complete, denied.gaps()[0].2.as_str()), (false, "ec2:DescribeAddresses"));
    }
}
