//! VPCs, subnets, gateways, network ACLs, addresses and flow logs.

use super::layout::Layout;
use super::{next, page, shown, tags};
use crate::ask::{Ask, Made};
use crate::kind::Kind;
use crate::wire::Body;

/// `DescribeVpcs`. With `--default-vpcs` the first is the default VPC.
pub fn vpcs(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let shown = shown(ask, "VpcId", layout.vpcs, |id| ask.index(Kind::Vpc, id))?;
    body.list("vpcSet", "item", shown.indices, |body, vpc| {
        body.text("vpcId", &layout.vpc_id(vpc));
        body.text("ownerId", &ask.account);
        body.text("state", "available");
        body.text("cidrBlock", &layout.vpc_cidr(vpc));
        body.list("cidrBlockAssociationSet", "item", [()], |body, ()| {
            body.text("cidrBlock", &layout.vpc_cidr(vpc));
            body.text("associationId", &ask.id("vpc-cidr-assoc", Kind::Vpc, vpc));
            body.member("cidrBlockState", |body| body.text("state", "associated"));
        });
        body.text("dhcpOptionsId", "dopt-0synthetic");
        tags(body, ask.dice(Kind::Vpc, vpc), Kind::Vpc, vpc);
        body.text("instanceTenancy", "default");
        body.flag("isDefault", ask.world.default_vpcs && vpc == 0);
    });
    next(body, shown.next);
    Ok(())
}

/// `DescribeSubnets`.
pub fn subnets(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let shown = shown(ask, "SubnetId", layout.subnets, |id| ask.index(Kind::Subnet, id))?;
    body.list("subnetSet", "item", shown.indices, |body, subnet| {
        let (vpc, place) = (layout.vpc_of_subnet(subnet), layout.number_of_subnet(subnet) % 16 * 16);
        let dice = ask.dice(Kind::Subnet, subnet);
        let id = layout.subnet_id(subnet);
        body.text("subnetArn", &ask.arn("ec2", &format!("subnet/{id}")));
        body.text("subnetId", &id);
        body.text("state", "available");
        body.text("ownerId", &ask.account);
        body.text("vpcId", &layout.vpc_id(vpc));
        body.fmt("cidrBlock", format_args!("10.{}.{place}.0/20", vpc % 250));
        body.num("availableIpAddressCount", if dice.percent(1, 3) { 6 } else { 1_000 + dice.below(2, 3_000) as i64 });
        body.text("availabilityZone", &layout.zone(subnet));
        body.text("availabilityZoneId", &layout.zone_id(subnet));
        body.flag("defaultForAz", ask.world.default_vpcs && vpc == 0);
        body.flag("mapPublicIpOnLaunch", layout.is_public(subnet) && dice.percent(3, 20));
        body.flag("assignIpv6AddressOnCreation", false);
        body.flag("ipv6Native", false);
        body.flag("enableDns64", false);
        body.member("blockPublicAccessStates", |body| body.text("internetGatewayBlockMode", "off"));
        tags(body, dice, Kind::Subnet, subnet);
    });
    next(body, shown.next);
    Ok(())
}

/// `DescribeInternetGateways`: one for each VPC.
pub fn internet_gateways(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let (range, token) = page(ask, layout.vpcs)?;
    body.list("internetGatewaySet", "item", range, |body, vpc| {
        body.text("internetGatewayId", &ask.id("igw", Kind::Vpc, vpc));
        body.text("ownerId", &ask.account);
        body.list("attachmentSet", "item", [()], |body, ()| {
            body.text("vpcId", &layout.vpc_id(vpc));
            body.text("state", "available");
        });
        tags(body, ask.dice(Kind::Vpc, vpc), Kind::Vpc, vpc);
    });
    next(body, token);
    Ok(())
}

fn address_of_nat(nat: u64) -> String {
    format!("203.{}.{}.{}", nat / 65_536 % 256, nat / 256 % 256, nat % 256)
}

/// `DescribeNatGateways`: one in a hundred failed.
pub fn nat_gateways(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let shown = shown(ask, "NatGatewayId", layout.nats, |id| ask.index(Kind::NatGateway, id))?;
    body.list("natGatewaySet", "item", shown.indices, |body, nat| {
        let dice = ask.dice(Kind::NatGateway, nat);
        let subnet = layout.subnet_of_nat(nat);
        body.text("natGatewayId", &ask.id("nat", Kind::NatGateway, nat));
        body.text("vpcId", &layout.vpc_id(layout.vpc_of_subnet(subnet)));
        body.text("subnetId", &layout.subnet_id(subnet));
        if dice.percent(1, 1) {
            body.text("state", "failed");
            body.text("failureCode", "InsufficientFreeAddressesInSubnet");
        } else {
            body.text("state", "available");
        }
        body.time("createTime", ask.days_ago(30 + dice.below(2, 700)));
        body.list("natGatewayAddressSet", "item", [()], |body, ()| {
            body.text("allocationId", &ask.id("eipalloc", Kind::NatGateway, nat));
            body.text("associationId", &ask.id("eipassoc", Kind::NatGateway, nat));
            body.text("networkInterfaceId", &ask.id("eni", Kind::NatGateway, nat));
            body.text("privateIp", &layout.address(subnet, nat));
            body.text("publicIp", &address_of_nat(nat));
            body.flag("isPrimary", true);
            body.text("status", "succeeded");
        });
        body.text("connectivityType", "public");
        tags(body, dice, Kind::NatGateway, nat);
    });
    next(body, shown.next);
    Ok(())
}

/// `DescribeAddresses`: those of the NAT gateways. AWS does not page them.
pub fn addresses(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    body.list("addressesSet", "item", 0..layout.nats, |body, nat| {
        body.text("publicIp", &address_of_nat(nat));
        body.text("allocationId", &ask.id("eipalloc", Kind::NatGateway, nat));
        body.text("associationId", &ask.id("eipassoc", Kind::NatGateway, nat));
        body.text("domain", "vpc");
        body.text("networkInterfaceId", &ask.id("eni", Kind::NatGateway, nat));
        body.text("networkInterfaceOwnerId", &ask.account);
        body.text("privateIpAddress", &layout.address(layout.subnet_of_nat(nat), nat));
        tags(body, ask.dice(Kind::NatGateway, nat), Kind::NatGateway, nat);
    });
    Ok(())
}

/// `DescribeNetworkAcls`: the default one of each VPC, which lets everything through.
pub fn acls(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let (range, token) = page(ask, layout.vpcs)?;
    body.list("networkAclSet", "item", range, |body, vpc| {
        let id = ask.id("acl", Kind::Vpc, vpc);
        body.text("networkAclId", &id);
        body.text("vpcId", &layout.vpc_id(vpc));
        body.text("ownerId", &ask.account);
        body.flag("default", true);
        let entries = [(100, "allow", false), (32_767, "deny", false), (100, "allow", true), (32_767, "deny", true)];
        body.list("entrySet", "item", entries, |body, (number, action, is_egress)| {
            body.num("ruleNumber", number);
            body.text("protocol", "-1");
            body.text("ruleAction", action);
            body.flag("egress", is_egress);
            body.text("cidrBlock", "0.0.0.0/0");
        });
        body.list("associationSet", "item", layout.subnets_of(vpc), |body, subnet| {
            body.text("networkAclAssociationId", &ask.id("aclassoc", Kind::Subnet, subnet));
            body.text("networkAclId", &id);
            body.text("subnetId", &layout.subnet_id(subnet));
        });
    });
    next(body, token);
    Ok(())
}

/// `DescribeFlowLogs`: of four VPCs in five, if there is a bucket for them.
pub fn flow_logs(ask: &Ask<'_>, body: &mut Body) -> Made {
    let layout = Layout::of(ask);
    let (range, token) = page(ask, layout.vpcs)?;
    let has_bucket = ask.count(Kind::Bucket) > 0;
    let logged = range.filter(|vpc| has_bucket && ask.dice(Kind::Vpc, *vpc).percent(50, 80));
    body.list("flowLogSet", "item", logged, |body, vpc| {
        body.text("flowLogId", &ask.id("fl", Kind::Vpc, vpc));
        body.text("flowLogStatus", "ACTIVE");
        body.text("resourceId", &layout.vpc_id(vpc));
        body.text("trafficType", "ALL");
        body.text("logDestinationType", "s3");
        body.fmt("logDestination", format_args!("arn:aws:s3:::{}", crate::services::s3::bucket_name(ask, 0)));
        body.text("deliverLogsStatus", "SUCCESS");
        body.time("creationTime", ask.days_ago(200));
        body.num("maxAggregationInterval", 600);
    });
    next(body, token);
    Ok(())
}
