//! Amazon EC2: instances, images, volumes, and the calls of the EC2 API, which the `vpc` folder uses as well.

use aws_sdk_ec2::types::{self, Tag};

use super::Service;
use crate::aws::{Api, Rate, Wire, calls, client, words};
use crate::inventory::Json;

/// The EC2 API. Reading operations share a bucket of 100 refilled at 20 a second per account, region and operation; a tenth of the
/// burst and half of the refill is ours. <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>
pub const EC2: &Api =
    &Api { id: "EC2", prefix: "ec2", rate: Rate { per_second: 10.0, burst: 40 }, wire: Wire::Ec2Query };

calls! { EC2 "ec2":
    DescribeAddresses,
    DescribeEgressOnlyInternetGateways,
    DescribeFlowLogs,
    DescribeInternetGateways,
    DescribeNatGateways,
    DescribeNetworkAcls,
    DescribeNetworkInterfaces,
    DescribeRegions,
    DescribeRouteTables,
    DescribeSecurityGroupRules,
    DescribeSecurityGroups,
    DescribeSubnets,
    DescribeVpcEndpoints,
    DescribeVpcPeeringConnections,
    DescribeVpcs,
}

client!(aws_sdk_ec2, EC2);

words!(
    types::AttachmentStatus,
    types::ConnectivityType,
    types::NatGatewayAddressStatus,
    types::NatGatewayState,
    types::RouteState,
    types::RouteTableAssociationStateCode,
    types::State,
    types::VpcPeeringConnectionStateReasonCode,
);

/// The card.
pub const SERVICE: Service = Service { name: "ec2", title: "Amazon EC2", readers: &[], views: &[] };

/// Tags as a JSON map.
pub fn tags(tags: &[Tag]) -> Json {
    let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or("").to_owned()));
    Json::map(tags.iter().filter_map(pair))
}

/// The value of the `Name` tag, or `''`.
pub fn name(tags: &[Tag]) -> String {
    let value = tags.iter().find(|tag| tag.key() == Some("Name")).and_then(Tag::value);
    value.unwrap_or("").to_owned()
}
