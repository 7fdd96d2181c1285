//! EC2: the calls, and what is of the region.

use std::ops::Range;

use super::{Does, Service};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::place::{REGIONS, ZONES};
use crate::seed::Dice;
use crate::wire::{Body, Refusal, Wire};

mod group;
mod instance;
mod interface;
mod layout;
mod network;
mod route;
mod volume;

/// The card.
pub const SERVICE: Service = Service {
    name: "ec2",
    id: "EC2",
    scope: "ec2",
    wire: Wire::Ec2Query,
    target: None,
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    calls: &[
        ("DescribeAddresses", Does::Makes(network::addresses)),
        ("DescribeAvailabilityZones", Does::Makes(zones)),
        ("DescribeEgressOnlyInternetGateways", Does::Says("<egressOnlyInternetGatewaySet/>")),
        ("DescribeFlowLogs", Does::Makes(network::flow_logs)),
        ("DescribeImages", Does::Makes(instance::images)),
        ("DescribeInstanceImageMetadata", Does::Makes(instance::image_metadata)),
        ("DescribeInstanceStatus", Does::Makes(instance::statuses)),
        ("DescribeInstanceTypes", Does::Makes(instance::types)),
        ("DescribeInstances", Does::Makes(instance::instances)),
        ("DescribeInternetGateways", Does::Makes(network::internet_gateways)),
        ("DescribeLaunchTemplateVersions", Does::Says("<launchTemplateVersionSet/>")),
        ("DescribeLaunchTemplates", Does::Says("<launchTemplates/>")),
        ("DescribeManagedPrefixLists", Does::Says("<prefixListSet/>")),
        ("DescribeNatGateways", Does::Makes(network::nat_gateways)),
        ("DescribeNetworkAcls", Does::Makes(network::acls)),
        ("DescribeNetworkInterfaces", Does::Makes(interface::interfaces)),
        ("DescribeRegions", Does::Makes(regions)),
        ("DescribeRouteTables", Does::Makes(route::tables)),
        ("DescribeSecurityGroupRules", Does::Makes(group::rules)),
        ("DescribeSecurityGroups", Does::Makes(group::groups)),
        ("DescribeSnapshots", Does::Makes(volume::snapshots)),
        ("DescribeSubnets", Does::Makes(network::subnets)),
        ("DescribeVolumes", Does::Makes(volume::volumes)),
        ("DescribeVpcEndpoints", Does::Says("<vpcEndpointSet/>")),
        ("DescribeVpcPeeringConnections", Does::Says("<vpcPeeringConnectionSet/>")),
        ("DescribeVpcs", Does::Makes(network::vpcs)),
        ("GetAllowedImagesSettings", Does::Says("<state>disabled</state><managedBy>account</managedBy>")),
        ("GetEbsEncryptionByDefault", Does::Says("<ebsEncryptionByDefault>true</ebsEncryptionByDefault><sseType>sse-ebs</sseType>")),
        (
            "GetImageBlockPublicAccessState",
            Does::Says("<imageBlockPublicAccessState>block-new-sharing</imageBlockPublicAccessState><managedBy>account</managedBy>"),
        ),
        ("GetInstanceMetadataDefaults", Does::Says("<accountLevel><managedBy>account</managedBy></accountLevel>")),
        (
            "GetSerialConsoleAccessStatus",
            Does::Says("<serialConsoleAccessEnabled>false</serialConsoleAccessEnabled><managedBy>account</managedBy>"),
        ),
        ("GetSnapshotBlockPublicAccessState", Does::Says("<state>block-all-sharing</state><managedBy>account</managedBy>")),
    ],
};

/// The regions that are in use; with `AllRegions` the others too, which are off.
fn regions(ask: &Ask<'_>, body: &mut Body) -> Made {
    let asks_all = ask.text("AllRegions").is_some_and(|all| all == "true");
    let named = ask.texts("RegionName");
    let shown = REGIONS.iter().enumerate().filter(|(index, (name, _))| {
        (asks_all || *index < ask.world.regions) && (named.is_empty() || named.iter().any(|wanted| wanted == name))
    });
    body.list("regionInfo", "item", shown, |body, (index, (name, _))| {
        body.text("optInStatus", if index < ask.world.regions { "opt-in-not-required" } else { "not-opted-in" });
        body.text("regionName", name);
        body.fmt("regionEndpoint", format_args!("ec2.{name}.amazonaws.com"));
    });
    Ok(())
}

fn zones(ask: &Ask<'_>, body: &mut Body) -> Made {
    let (region, prefix) = REGIONS[ask.region];
    body.list("availabilityZoneInfo", "item", ZONES.iter().zip(1..), |body, (letter, number)| {
        body.text("zoneState", "available");
        body.text("optInStatus", "opt-in-not-required");
        body.text("regionName", region);
        body.fmt("zoneName", format_args!("{region}{letter}"));
        body.fmt("zoneId", format_args!("{prefix}-az{number}"));
        body.text("groupName", region);
        body.text("networkBorderGroup", region);
        body.text("zoneType", "availability-zone");
    });
    Ok(())
}

/// The most items on a page, and as many as come without being asked for.
const PAGE: u64 = 1_000;

/// What a call asks for of `count` resources: a page, or those that it names under `parameter`.
struct Shown {
    indices: Vec<u64>,
    next: Option<String>,
}

fn shown(ask: &Ask<'_>, parameter: &str, count: u64, index_of: impl Fn(&str) -> Option<u64>) -> Result<Shown, Refusal> {
    let named = ask.texts(parameter);
    if !named.is_empty() {
        let missing = |id: &String| {
            let code = format!("Invalid{}.NotFound", parameter.replace("Id", "ID"));
            Refusal::new(400, &code, format!("The ID '{id}' does not exist"))
        };
        let indices: Result<Vec<u64>, Refusal> = named.iter().map(|id| index_of(id).ok_or_else(|| missing(id))).collect();
        return Ok(Shown { indices: indices?, next: None });
    }
    let (range, next) = page(ask, count)?;
    Ok(Shown { indices: range.collect(), next })
}

/// The page of `count` resources that a call asks for.
fn page(ask: &Ask<'_>, count: u64) -> Result<(Range<u64>, Option<String>), Refusal> {
    let size = ask.num("MaxResults").unwrap_or(PAGE).clamp(1, PAGE);
    let from = ask.from("NextToken")?.min(count);
    let end = (from + size).min(count);
    Ok((from..end, (end < count).then(|| ask.token(end))))
}

fn next(body: &mut Body, token: Option<String>) {
    if let Some(token) = token {
        body.text("nextToken", &token);
    }
}

const TEAMS: [&str; 6] = ["payments", "orders", "search", "platform", "identity", "data"];
const STAGES: [&str; 4] = ["prod", "prod", "staging", "dev"];

/// Tags: a name always, team and stage mostly.
fn tags(body: &mut Body, dice: Dice, kind: Kind, index: u64) {
    let (team, stage) = (dice.pick(90, &TEAMS), dice.pick(91, &STAGES));
    let name = format!("{team}-{stage}-{}-{index}", kind.word());
    let shown = if dice.percent(92, 85) { 3 } else { 1 };
    body.list("tagSet", "item", [("Name", name.as_str()), ("team", team), ("env", stage)].into_iter().take(shown), |body, (key, value)| {
        body.text("key", key);
        body.text("value", value);
    });
}
