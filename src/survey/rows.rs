//! The rows that a map is made of, as the snapshot has them. `None` is what was not read.

use rusqlite::{Connection, Row, ToSql};

use crate::exhibit::Family;

/// A VPC, and the place in which it was read.
#[derive(Debug, Clone)]
pub(super) struct Vpc {
    pub account: String,
    pub region: String,
    pub arn: String,
    pub vpc_id: String,
    pub name: String,
    pub ranges: Vec<String>,
    /// Another account shares it: its gateways may not be visible from here.
    pub is_shared: bool,
}

/// Those that were read, and those that only a subnet names. Of one that several accounts see, its owner's view is enough.
pub(super) fn vpcs(connection: &Connection) -> rusqlite::Result<Vec<Vpc>> {
    let sql = "
        with seen as (
            select account_id, region, vpc_id from aws_vpc
            union
            select account_id, region, vpc_id from aws_vpc_subnet
        )
        select
            seen.account_id, seen.region, seen.vpc_id, coalesce(v.arn, ''), coalesce(v.name, ''),
            coalesce(v.cidr_blocks, '[]'), coalesce(v.ipv6_cidr_blocks, '[]'), coalesce(v.owner_id <> v.account_id, 0)
        from seen
        left join aws_vpc as v
            on v.vpc_id = seen.vpc_id and v.account_id = seen.account_id and v.region = seen.region
        where not exists (
            select 1
            from aws_vpc as o
            where o.vpc_id = seen.vpc_id and o.region = seen.region and o.account_id = o.owner_id and o.account_id <> seen.account_id
        )
        order by 1, 2, 3";
    let vpc = |row: &Row<'_>| {
        let (v4, v6): (String, String) = (row.get(5)?, row.get(6)?);
        let ranges = [list(&v4), list(&v6)].concat();
        Ok(Vpc {
            account: row.get(0)?,
            region: row.get(1)?,
            vpc_id: row.get(2)?,
            arn: row.get(3)?,
            name: row.get(4)?,
            ranges,
            is_shared: row.get(7)?,
        })
    };
    connection.prepare(sql)?.query_map([], vpc)?.collect()
}

/// The texts of a JSON list; none of what is no list.
pub(super) fn list(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_else(|_| Vec::new())
}

/// A subnet.
#[derive(Debug)]
pub(super) struct Subnet {
    pub arn: String,
    pub id: String,
    pub name: String,
    pub range: String,
    pub ipv6_ranges: Vec<String>,
    pub zone: String,
    pub zone_id: String,
    pub is_shared: bool,
    /// Interfaces in use that are not plumbing; `None` where the state of one was not read.
    pub workloads: Option<u32>,
    /// The zone of its NAT gateway where that is another one, and its loss cuts the subnet off.
    pub depends_on: Option<String>,
}

/// The subnets of a VPC.
pub(super) fn subnets(connection: &Connection, vpc: &Vpc) -> rusqlite::Result<Vec<Subnet>> {
    let sql = "
        select
            s.arn, s.subnet_id, s.name, s.cidr_block, s.ipv6_cidr_blocks, s.availability_zone, s.availability_zone_id, s.is_shared,
            (
                select iif(count(w.status) < count(*), null, count(*) filter (where w.status = 'in-use'))
                from aws_ec2_network_interface as w
                where w.subnet_id = s.subnet_id and w.account_id = s.account_id and w.region = s.region
                    and w.interface_type not in ('natGateway', 'nat_gateway', 'vpc_endpoint', 'gateway_load_balancer_endpoint')
            ),
            (
                select u.nat_zone_id
                from aws_vpc_nat_use as u
                where u.arn = s.arn and u.account_id = s.account_id and u.uses_nat and u.is_covered = 0
            )
        from aws_vpc_subnet as s
        where s.account_id = ? and s.region = ? and s.vpc_id = ?
        order by s.availability_zone_id, s.cidr_first, s.subnet_id";
    let subnet = |row: &Row<'_>| {
        let ipv6: String = row.get(4)?;
        Ok(Subnet {
            arn: row.get(0)?,
            id: row.get(1)?,
            name: row.get(2)?,
            range: row.get(3)?,
            ipv6_ranges: list(&ipv6),
            zone: row.get(5)?,
            zone_id: row.get(6)?,
            is_shared: row.get(7)?,
            workloads: row.get(8)?,
            depends_on: row.get(9)?,
        })
    };
    of_vpc(connection, vpc, sql, subnet)
}

/// The default route that holds for a subnet, as `aws_vpc_effective_route` says.
#[derive(Debug, Clone)]
pub(super) struct Effective {
    pub subnet: String,
    pub subnet_id: String,
    pub family: Family,
    pub table_arn: Option<String>,
    pub table_id: Option<String>,
    pub destination: Option<String>,
    pub target_kind: Option<String>,
    pub target_id: Option<String>,
    pub state: Option<String>,
}

/// Those of a VPC's subnets.
pub(super) fn effective_routes(connection: &Connection, vpc: &Vpc) -> rusqlite::Result<Vec<Effective>> {
    let sql = "
        select arn, subnet_id, family = 'ipv6', route_table_arn, route_table_id, destination, target_kind, target_id, route_state
        from aws_vpc_effective_route
        where account_id = ? and region = ? and vpc_id = ?
        order by arn, family";
    of_vpc(connection, vpc, sql, |row| {
        Ok(Effective {
            subnet: row.get(0)?,
            subnet_id: row.get(1)?,
            family: if row.get(2)? { Family::Ipv6 } else { Family::Ipv4 },
            table_arn: row.get(3)?,
            table_id: row.get(4)?,
            destination: row.get(5)?,
            target_kind: row.get(6)?,
            target_id: row.get(7)?,
            state: row.get(8)?,
        })
    })
}

/// A VPC's route tables: ARN, name, whether it is the main one.
pub(super) fn tables(connection: &Connection, vpc: &Vpc) -> rusqlite::Result<Vec<(String, String, bool)>> {
    let sql = "select arn, name, is_main from aws_vpc_route_table where account_id = ? and region = ? and vpc_id = ? order by arn";
    of_vpc(connection, vpc, sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// A NAT gateway, and what `aws_vpc_nat_path` says of it.
#[derive(Debug)]
pub(super) struct Nat {
    pub arn: String,
    pub id: String,
    pub name: String,
    pub subnet_id: String,
    pub state: Option<String>,
    pub failure_code: String,
    pub is_regional: Option<bool>,
    pub is_public: Option<bool>,
    pub has_public_address: Option<bool>,
    pub has_gateway_route: Option<bool>,
    pub is_open: Option<bool>,
    pub zone_id: String,
    /// What a regional one's own default route leads to.
    pub own_target: Option<String>,
}

/// The NAT gateways of a VPC, those that were deleted a short while ago too.
pub(super) fn nats(connection: &Connection, vpc: &Vpc) -> rusqlite::Result<Vec<Nat>> {
    let sql = "
        select
            n.arn, n.nat_gateway_id, n.name, n.subnet_id, n.state, n.failure_code,
            p.is_regional, p.is_public, p.has_public_address, p.has_gateway_route, p.is_open, p.availability_zone_id,
            (
                select o.target_id
                from aws_vpc_route as o
                where o.route_table_id = n.route_table_id and n.route_table_id <> '' and o.account_id = n.account_id
                    and o.region = n.region and o.destination = '0.0.0.0/0'
                limit 1
            )
        from aws_vpc_nat_gateway as n
        join aws_vpc_nat_path as p on p.arn = n.arn and p.account_id = n.account_id
        where n.account_id = ? and n.region = ? and n.vpc_id = ?
        order by n.nat_gateway_id";
    of_vpc(connection, vpc, sql, |row| {
        Ok(Nat {
            arn: row.get(0)?,
            id: row.get(1)?,
            name: row.get(2)?,
            subnet_id: row.get(3)?,
            state: row.get(4)?,
            failure_code: row.get(5)?,
            is_regional: row.get(6)?,
            is_public: row.get(7)?,
            has_public_address: row.get(8)?,
            has_gateway_route: row.get(9)?,
            is_open: row.get(10)?,
            zone_id: row.get(11)?,
            own_target: row.get(12)?,
        })
    })
}

/// An internet gateway, or an egress-only one.
#[derive(Debug)]
pub(super) struct Gateway {
    pub arn: String,
    pub id: String,
    pub name: String,
    /// `''` when it is attached to none.
    pub vpc_id: String,
    pub attachment: Option<String>,
}

/// The internet gateways of a place, those that are attached elsewhere too: a route may lead to one.
pub(super) fn internet_gateways(connection: &Connection, vpc: &Vpc) -> rusqlite::Result<Vec<Gateway>> {
    gateways(connection, vpc, "aws_vpc_internet_gateway", "internet_gateway_id")
}

/// The egress-only ones of a place.
pub(super) fn egress_only_gateways(connection: &Connection, vpc: &Vpc) -> rusqlite::Result<Vec<Gateway>> {
    gateways(connection, vpc, "aws_vpc_egress_only_internet_gateway", "egress_only_internet_gateway_id")
}

fn gateways(connection: &Connection, vpc: &Vpc, table: &str, id: &str) -> rusqlite::Result<Vec<Gateway>> {
    let sql = format!("select arn, {id}, name, vpc_id, attachment_state from {table} where account_id = ? and region = ? order by arn");
    let gateway =
        |row: &Row<'_>| Ok(Gateway { arn: row.get(0)?, id: row.get(1)?, name: row.get(2)?, vpc_id: row.get(3)?, attachment: row.get(4)? });
    connection.prepare_cached(&sql)?.query_map([&vpc.account, &vpc.region], gateway)?.collect()
}

/// A NAT instance, as `aws_vpc_nat_instance_path` says of the interface that a route leads to.
#[derive(Debug)]
pub(super) struct NatInstance {
    pub arn: String,
    pub instance_id: String,
    pub subnet_id: String,
    pub zone_id: String,
    pub is_running: Option<bool>,
    pub is_healthy: Option<bool>,
    pub passes_foreign: Option<bool>,
    pub has_public_ip: Option<bool>,
    pub has_gateway_route: Option<bool>,
}

/// The instance behind a route's target: an interface, or an instance where AWS names no interface.
pub(super) fn nat_instance(connection: &Connection, vpc: &Vpc, target: &str) -> rusqlite::Result<Option<NatInstance>> {
    let sql = "
        select
            p.arn, p.instance_id, p.subnet_id, coalesce(s.availability_zone_id, ''), p.is_running, p.is_healthy, p.passes_foreign,
            p.has_public_ip, p.has_gateway_route
        from aws_vpc_nat_instance_path as p
        left join aws_vpc_subnet as s on s.subnet_id = p.subnet_id and s.account_id = p.account_id and s.region = p.region
        where p.account_id = ? and p.region = ? and ? in (p.network_interface_id, p.instance_id)
        order by p.arn
        limit 1";
    let instance = |row: &Row<'_>| {
        Ok(NatInstance {
            arn: row.get(0)?,
            instance_id: row.get(1)?,
            subnet_id: row.get(2)?,
            zone_id: row.get(3)?,
            is_running: row.get(4)?,
            is_healthy: row.get(5)?,
            passes_foreign: row.get(6)?,
            has_public_ip: row.get(7)?,
            has_gateway_route: row.get(8)?,
        })
    };
    one(connection, sql, &[&vpc.account, &vpc.region, &target], instance)
}

/// An endpoint: ARN, state, first subnet.
pub(super) fn endpoint(connection: &Connection, vpc: &Vpc, id: &str) -> rusqlite::Result<Option<(String, Option<String>, String)>> {
    let sql = "select arn, state, coalesce(subnet_ids ->> '$[0]', '') from aws_vpc_endpoint
        where account_id = ? and region = ? and vpc_endpoint_id = ?";
    one(connection, sql, &[&vpc.account, &vpc.region, &id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    make: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_map(values, make)?.next().transpose()
}

fn of_vpc<T>(connection: &Connection, vpc: &Vpc, sql: &str, make: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map([&vpc.account, &vpc.region, &vpc.vpc_id], make)?.collect()
}
