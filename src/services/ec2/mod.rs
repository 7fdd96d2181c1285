//! Amazon EC2: instances, images, volumes, and the calls of the EC2 API, which the `vpc` folder uses as well.

use aws_sdk_ec2::types::{self, Tag};

use super::Service;
use crate::aws::{Api, Quota, Wire, calls, client, words};
use crate::inventory::Json;

pub mod image;
pub mod instance;
pub mod instance_image;
pub mod instance_status;
pub mod instance_type;
pub mod launch_template;
pub mod settings;
pub mod volume;

/// The EC2 API. Each reading operation has a bucket of 100, refilled at 20 a second, per account and region.
/// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>
pub const EC2: &Api = &Api { id: "EC2", prefix: "ec2", quota: Quota::each(20.0, 100), wire: Wire::Ec2Query };

calls! { EC2 "ec2":
    DescribeAddresses,
    DescribeAvailabilityZones,
    DescribeEgressOnlyInternetGateways,
    DescribeFlowLogs,
    DescribeImages,
    DescribeInstanceImageMetadata,
    DescribeInstanceStatus,
    DescribeInstanceTypes,
    DescribeInstances,
    DescribeInternetGateways,
    DescribeLaunchTemplateVersions,
    DescribeLaunchTemplates,
    DescribeManagedPrefixLists,
    DescribeNatGateways,
    DescribeNetworkAcls,
    DescribeNetworkInterfaces,
    DescribeRegions,
    DescribeRouteTables,
    DescribeSecurityGroupRules,
    DescribeSecurityGroups,
    DescribeSnapshots,
    DescribeSubnets,
    DescribeVolumes,
    DescribeVpcEndpoints,
    DescribeVpcPeeringConnections,
    DescribeVpcs,
    GetAllowedImagesSettings,
    GetEbsEncryptionByDefault,
    GetImageBlockPublicAccessState,
    GetInstanceMetadataDefaults,
    GetSerialConsoleAccessStatus,
    GetSnapshotBlockPublicAccessState,
}

client!(aws_sdk_ec2, EC2);

words!(
    types::AttachmentStatus,
    types::AvailabilityMode,
    types::ConnectivityType,
    types::HttpTokensState,
    types::ImageState,
    types::InstanceMetadataEndpointState,
    types::InstanceStateName,
    types::NatGatewayAddressStatus,
    types::NatGatewayState,
    types::NetworkInterfaceStatus,
    types::RouteState,
    types::RouteTableAssociationStateCode,
    types::RuleAction,
    types::State,
    types::SummaryStatus,
    types::VolumeState,
    types::VpcPeeringConnectionStateReasonCode,
);

/// The card.
pub const SERVICE: Service = Service {
    name: "ec2",
    title: "Amazon EC2",
    readers: &[
        instance::READER,
        instance_status::READER,
        instance_image::READER,
        instance_type::READER,
        launch_template::READER,
        image::READER,
        volume::READER,
        volume::snapshot::READER,
        settings::READER,
    ],
    views: &[],
};

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
