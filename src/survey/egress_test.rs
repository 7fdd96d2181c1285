//! Maps of small networks: what is said of each link, and that it is never surer than the checks.

use std::collections::BTreeMap;

use super::testing::{ACCOUNT, Row, World, exit, subnet};
use crate::exhibit::{Family, Link, State, SubnetKind};

/// The proofs of the checks: small worlds with what must be said of each.
const PROOFS: [(&str, Family, &str); 3] = [
    ("no_egress", Family::Ipv4, include_str!("../../checks/vpc/private_subnet_no_egress.test.toml")),
    ("broken", Family::Ipv4, include_str!("../../checks/vpc/private_subnet_egress_broken.test.toml")),
    ("broken_ipv6", Family::Ipv6, include_str!("../../checks/vpc/ipv6_egress_broken.test.toml")),
];

#[derive(serde::Deserialize)]
struct Proof {
    case: Vec<Case>,
    #[serde(flatten)]
    rows: BTreeMap<String, Vec<Row>>,
}

#[derive(serde::Deserialize)]
struct Case {
    is: String,
    #[serde(default)]
    set: BTreeMap<String, Row>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    add: BTreeMap<String, Vec<Row>>,
    #[serde(default)]
    params: BTreeMap<String, toml::Value>,
    #[serde(default)]
    expect: BTreeMap<String, String>,
}

impl Case {
    fn world(&self, rows: &BTreeMap<String, Vec<Row>>) -> World {
        let world = World::new();
        let all = rows.iter().chain(&self.add).flat_map(|(table, rows)| rows.iter().map(move |row| (table, row)));
        for (table, row) in all {
            let label = row.get("id").or(row.get("arn")).and_then(toml::Value::as_str).unwrap();
            if self.remove.iter().any(|removed| removed == label) {
                continue;
            }
            let mut row = row.clone();
            row.extend(self.set.get(label).cloned().into_iter().flatten());
            world.row(table, &row);
        }
        world
    }
}

#[test]
fn a_map_is_never_surer_than_the_checks_in_any_of_their_proofs() {
    let mut asked = 0;
    for (check, family, text) in PROOFS {
        let proof: Proof = toml::from_str(text).unwrap();
        for case in proof.case.iter().filter(|case| case.params.is_empty()) {
            let egress = case.world(&proof.rows).egress();
            for (arn, expected) in &case.expect {
                let subnets = egress.maps.iter().flat_map(|map| &map.zones).flat_map(|zone| &zone.subnets);
                let found = subnets.clone().find(|subnet| subnet.arn == *arn);
                let found = found.unwrap_or_else(|| panic!("{check}, `{}`: {arn} is on no map", case.is));
                let state = found.ways.iter().find(|way| way.family == family).map(|way| way.link.state);
                let is_right = match expected.split(' ').next() {
                    // It has a way out, and is not meant to be reached that way; the gateways are no part of that check's proof.
                    Some("fail") if expected.contains("private_is_public") => matches!(state, Some(State::Weak | State::Broken)),
                    Some("fail") => state == Some(State::Broken),
                    Some("unknown") => matches!(state, Some(State::Unknown | State::Broken)),
                    // That a route is there says nothing of what is behind it.
                    Some("pass") if check == "no_egress" => true,
                    Some("pass") => matches!(state, Some(State::Works | State::Weak)),
                    _ => panic!("{expected}"),
                };
                assert!(is_right, "{check}, `{}`: the check says `{expected}` of {arn}, the map {:?}", case.is, found.ways);
                asked += 1;
            }
        }
    }
    assert!(asked > 60, "only {asked} verdicts were compared");
}

#[test]
fn a_network_in_order_is_drawn_whole() {
    let map = World::network().map();
    assert_eq!((map.vpc_id.as_str(), map.name.as_str(), map.account.as_str()), ("vpc-1", "prod", ACCOUNT));
    assert_eq!(map.ranges, ["10.0.0.0/16"]);
    let (private, public) = (subnet(&map, "private"), subnet(&map, "public"));
    assert_eq!((private.kind, public.kind), (SubnetKind::Private, SubnetKind::Public));
    assert_eq!((private.state(), public.state()), (Some(State::Works), Some(State::Works)));
    assert_eq!(private.table.as_deref(), Some("rtb-1"));
    let nat = exit(&map, "nat-1");
    assert_eq!((nat.zone.as_str(), &nat.link, nat.onward.as_ref().unwrap().to.as_str()), ("use1-az1", &Link::works(), "igw-1"));
    assert_eq!(exit(&map, "igw-1").link, Link::works());
    assert_eq!(map.unread, [""; 0]);
}

#[test]
fn an_account_without_networks_has_no_map_and_nothing_unread() {
    let egress = World::new().egress();
    assert!(egress.maps.is_empty() && egress.unread.is_empty() && egress.left_out == 0);
}

#[test]
fn a_deleted_gateway_is_broken_where_it_stands() {
    let map = World::network().sql("update aws_vpc_nat_gateway set state = 'deleted'").map();
    assert_eq!(exit(&map, "nat-1").link, Link::broken("it was deleted"));
    assert_eq!(exit(&map, "nat-1").onward, None);
    let way = &subnet(&map, "private").ways[0].link;
    assert_eq!(way, &Link::broken("NAT gateway nat-1: it was deleted"));
    assert_eq!(subnet(&map, "public").state(), Some(State::Works));
    // The link to its own table is in order: the break is further on.
    assert_eq!(subnet(&map, "private").link.state, State::Works);
}

#[test]
fn a_gateway_that_is_gone_is_drawn_as_gone_and_the_dead_route_as_dead() {
    let world = World::network()
        .sql("delete from aws_vpc_nat_gateway")
        .sql("update aws_vpc_route set state = 'blackhole' where target_id = 'nat-1'");
    let map = world.map();
    assert_eq!(exit(&map, "nat-1").link, Link::broken("it is gone"));
    let table = map.tables.iter().find(|table| table.id == "rtb-1").unwrap();
    assert_eq!(table.routes[0].link.state, State::Broken);
    assert_eq!(subnet(&map, "private").state(), Some(State::Broken));
}

#[test]
fn a_gateway_without_a_way_on_and_one_that_is_not_attached() {
    let map = World::network().sql("update aws_vpc_route set target_kind = 'nat_gateway', target_id = 'nat-1'").map();
    let onward = exit(&map, "nat-1").onward.as_ref().unwrap();
    assert_eq!((onward.to.as_str(), onward.link.state), ("", State::Broken));
    let map = World::network().sql("update aws_vpc_internet_gateway set vpc_id = '', attachment_state = ''").map();
    assert_eq!(exit(&map, "igw-1").link, Link::broken("it is attached to no VPC"));
    assert_eq!(subnet(&map, "public").state(), Some(State::Broken));
    assert_eq!(subnet(&map, "private").state(), Some(State::Broken));
}

#[test]
fn a_subnet_that_is_tagged_private_and_is_public_has_a_weak_way() {
    let map = World::network().sql("update aws_vpc_subnet set tags = '{\"aws-cdk:subnet-type\":\"Private\"}' where arn = 'public'").map();
    let way = &subnet(&map, "public").ways[0].link;
    assert!(way.state == State::Weak && way.why.contains("the routes decide, it is public"), "{way:?}");
}

#[test]
fn what_stops_traffic_at_the_subnet_is_drawn_there() {
    let map = World::network().sql("update aws_vpc_network_acl_entry set rule_action = 'deny' where arn = 'acl'").map();
    let private = subnet(&map, "private");
    assert_eq!((private.link.state, private.state()), (State::Broken, Some(State::Broken)));
    assert_eq!(exit(&map, "nat-1").link, Link::works());
}

#[test]
fn unread_routes_make_every_way_unknown_and_say_why() {
    let map = World::network().denied("aws_vpc_route_table", "ec2:DescribeRouteTables").map();
    for arn in ["private", "public"] {
        let found = subnet(&map, arn);
        assert_eq!((found.kind, found.table.as_deref(), found.state()), (SubnetKind::Unknown, None, Some(State::Unknown)), "{arn}");
        assert!(found.ways[0].link.why.contains("ec2:DescribeRouteTables was denied"), "{:?}", found.ways);
    }
    assert!(map.tables.is_empty());
    assert!(map.unread[0].contains("ec2:DescribeRouteTables was denied"), "{:?}", map.unread);
}

#[test]
fn no_list_that_was_not_read_leaves_a_way_in_order() {
    let lists = [
        ("aws_vpc_route", "ec2:DescribeRouteTables", ["private", "public"].as_slice()),
        ("aws_vpc_nat_gateway", "ec2:DescribeNatGateways", &["private"]),
        ("aws_vpc_nat_gateway_address", "ec2:DescribeNatGateways", &["private"]),
        ("aws_vpc_internet_gateway", "ec2:DescribeInternetGateways", &["private", "public"]),
        ("aws_vpc_network_acl_association", "ec2:DescribeNetworkAcls", &["private"]),
    ];
    for (table, permission, arns) in lists {
        let map = World::network().denied(table, permission).map();
        for arn in arns {
            assert_eq!(subnet(&map, arn).state(), Some(State::Unknown), "{table}: {:?}", subnet(&map, arn).ways);
        }
        // Nothing is said to be gone because nobody could look.
        assert!(map.exits.iter().all(|exit| exit.link.state != State::Broken), "{table}: {:?}", map.exits);
    }
    let map = World::network().denied("aws_ec2_network_interface", "ec2:DescribeNetworkInterfaces").map();
    assert_eq!(subnet(&map, "private").workloads, None);
}

#[test]
fn subnets_that_were_not_read_are_told_though_nothing_is_drawn() {
    let egress = World::new().denied("aws_vpc_subnet", "ec2:DescribeSubnets").egress();
    assert_eq!(egress.unread, ["us-east-1 of 111122223333: the subnets were not read: ec2:DescribeSubnets was denied: no"]);
}

#[test]
fn one_gateway_for_two_zones_is_weak_where_it_is_far() {
    let map = World::network()
        .sql("update aws_vpc_subnet set availability_zone_id = 'use1-az2', availability_zone = 'us-east-1b' where arn = 'private'")
        .map();
    assert_eq!(map.zones.iter().map(|zone| zone.id.as_str()).collect::<Vec<_>>(), ["use1-az1", "use1-az2"]);
    let way = &subnet(&map, "private").ways[0].link;
    assert_eq!(way, &Link::weak("its NAT gateway is in use1-az1: the loss of that zone cuts it off"));
}

#[test]
fn of_a_shared_network_nothing_is_said_to_be_gone() {
    let world = World::network()
        .sql("update aws_vpc set owner_id = '444455556666'")
        .sql("update aws_vpc_subnet set is_shared = 1, owner_id = '444455556666'")
        .sql("delete from aws_vpc_nat_gateway")
        .sql("delete from aws_vpc_internet_gateway");
    let map = world.map();
    assert!(map.exits.iter().all(|exit| exit.link.state == State::Unknown), "{:?}", map.exits);
    assert_eq!(subnet(&map, "private").state(), Some(State::Unknown));
    assert!(subnet(&map, "private").is_shared);
    // Its owner's view, where there is one, is the one that is drawn.
    let world =
        World::network().rows("[[aws_vpc]]\narn = 'vpc'\nvpc_id = 'vpc-1'\naccount_id = '444455556666'\nowner_id = '111122223333'\n");
    assert_eq!(world.map().account, ACCOUNT);
}

#[test]
fn what_is_too_much_is_left_out_and_said_and_never_what_is_broken() {
    let world = World::network();
    for i in 0..60 {
        let text = |name: &str| toml::Value::String(name.to_owned());
        let row = [("arn", format!("more-{i}")), ("subnet_id", format!("subnet-more-{i}")), ("vpc_id", "vpc-1".to_owned())];
        let mut row: Row = row.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
        row.insert("cidr_block".to_owned(), text("10.0.2.0/24"));
        row.insert("availability_zone_id".to_owned(), text("use1-az1"));
        world.row("aws_vpc_subnet", &row);
        world.row(
            "aws_vpc",
            &[("arn", text(&format!("vpc-{i}"))), ("vpc_id", text(&format!("vpc-more-{i}"))), ("owner_id", text(ACCOUNT))]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
        );
    }
    let egress = world.sql("update aws_vpc_subnet set internet_gateway_block_mode = 'block-bidirectional' where arn = 'private'").egress();
    assert_eq!((egress.maps.len(), egress.left_out), (20, 41));
    let map = &egress.maps[0];
    assert_eq!((map.vpc_id.as_str(), map.subnets_left_out), ("vpc-1", 14));
    assert_eq!(subnet(map, "private").state(), Some(State::Broken));
}
