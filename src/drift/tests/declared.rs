//! What is there against what is declared.

use serde_json::json;

use super::super::testing::{ACCOUNT, HERE, Made, THERE, World};

fn subnet(id: &str, cidr: &str) -> serde_json::Value {
    json!({"arn": format!("arn:aws:ec2:{HERE}:{ACCOUNT}:subnet/{id}"), "subnet_id": id, "cidr_block": cidr,
        "map_public_ip_on_launch": false, "tags": {}})
}

fn table(id: &str) -> serde_json::Value {
    json!({"arn": format!("arn:aws:ec2:{HERE}:{ACCOUNT}:route-table/{id}"), "route_table_id": id})
}

fn route(table: &str, to: &str, target: &str) -> serde_json::Value {
    json!({"arn": format!("arn:aws:ec2:{HERE}:{ACCOUNT}:route-table/{table}"), "route_table_id": table, "destination": to,
        "target_id": target, "origin": "CreateRoute"})
}

/// A table and its two routes, as a template.
fn network() -> serde_json::Value {
    json!({
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {}},
        "Out": {"Type": "AWS::EC2::Route", "Properties": {
            "RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}},
        // As somebody typed it; AWS writes 10.1.0.0/16.
        "In": {"Type": "AWS::EC2::Route", "Properties": {
            "RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "10.1.2.3/16", "GatewayId": "vgw-1"}},
    })
}

const NETWORK: &[(&str, &str)] = &[("Table", "rtb-1"), ("Out", "rtb-1|0.0.0.0/0"), ("In", "rtb-1|10.1.2.3/16")];

#[test]
fn what_is_as_declared_is_silent() {
    let world = World::new()
        .row("aws_vpc_route_table", table("rtb-1"))
        .row("aws_vpc_route", route("rtb-1", "0.0.0.0/0", "igw-1"))
        .row("aws_vpc_route", route("rtb-1", "10.1.0.0/16", "vgw-1"))
        .stack("net", &network(), NETWORK);
    assert_eq!(world.stacks(), [""; 0]);
}

#[test]
fn a_change_an_addition_and_a_loss_are_told_at_their_place() {
    let world = World::new()
        .row("aws_vpc_route_table", table("rtb-1"))
        .row("aws_vpc_route", route("rtb-1", "0.0.0.0/0", "nat-1"))
        .row("aws_vpc_route", route("rtb-1", "192.168.0.0/16", "pcx-1"))
        // AWS makes the local route: nobody declares it.
        .row("aws_vpc_route", json!({"arn": "a", "route_table_id": "rtb-1", "destination": "10.0.0.0/16", "origin": "CreateRouteTable"}))
        .stack("net", &network(), NETWORK);
    assert_eq!(world.stacks(), ["added vpc_route rtb-1", "changed vpc_route rtb-1 target_id", "missing vpc_route rtb-1"]);
}

#[test]
fn what_hangs_on_what_is_missing_is_not_told_besides_it() {
    let world = World::new().stack("net", &network(), NETWORK);
    assert_eq!(world.stacks(), ["missing vpc_route_table rtb-1"]);
}

#[test]
fn a_column_that_nobody_declares_has_the_default_of_aws() {
    let resources = json!({"F": {"Type": "AWS::Lambda::Function", "Properties": {}}});
    let function =
        |memory: i64| json!({"arn": format!("arn:aws:lambda:{HERE}:{ACCOUNT}:function:pay"), "name": "pay", "memory_size": memory});
    let world = |memory| World::new().row("aws_lambda_function", function(memory)).stack("pay", &resources, &[("F", "pay")]);
    assert_eq!(world(128).stacks(), [""; 0]);
    assert_eq!(world(256).stacks(), [format!("changed lambda_function arn:aws:lambda:{HERE}:{ACCOUNT}:function:pay memory_size")]);
}

#[test]
fn tags_of_aws_and_of_the_stack_are_nobodys_change() {
    let resources =
        json!({"S": {"Type": "AWS::EC2::Subnet", "Properties": {"CidrBlock": "10.0.0.0/24", "Tags": [{"Key": "a", "Value": "1"}]}}});
    let with = |tags: serde_json::Value| {
        let mut row = subnet("subnet-1", "10.0.0.0/24");
        row["tags"] = tags;
        World::new().row("aws_vpc_subnet", row).stack("net", &resources, &[("S", "subnet-1")]).stacks()
    };
    assert_eq!(with(json!({"a": "1", "aws:cloudformation:stack-name": "net", "team": "pay"})), [""; 0]);
    // The stack's tag with another value was set by somebody else.
    for tags in [json!({"a": "1", "team": "x"}), json!({"a": "2"}), json!({}), json!({"a": "1", "b": "1"})] {
        assert_eq!(with(tags.clone()), ["changed vpc_subnet subnet-1 tags"], "{tags}");
    }
}

#[test]
fn a_state_that_holds_tags_of_aws_is_no_drift() {
    let tags = json!({"a": "1", "aws:cloudformation:stack-name": "net"});
    let mut row = subnet("subnet-1", "10.0.0.0/24");
    row["tags"] = tags.clone();
    let state = json!({"id": "subnet-1", "cidr_block": "10.0.0.0/24", "tags_all": tags});
    let world = World::new().row("aws_vpc_subnet", row);
    assert_eq!(world.against(vec![Box::new(Made(vec![("aws_subnet.a", "aws_subnet", state)], HERE))]), [""; 0]);
}

#[test]
fn a_part_sets_a_column_and_declares_nothing_else() {
    let resources = json!({"P": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": {"Statement": []}}}});
    let bucket = |policy: &str| json!({"arn": "arn:aws:s3:::b", "name": "b", "region": HERE, "versioning": "", "policy": policy});
    let world = World::new().row("aws_s3_bucket", bucket("{\"Statement\":[]}")).stack("s", &resources, &[("P", "s-P-1")]);
    assert_eq!(world.stacks(), ["unmanaged s3_bucket arn:aws:s3:::b"]);
    let world = World::new().row("aws_s3_bucket", bucket("")).stack("s", &resources, &[("P", "s-P-1")]);
    assert_eq!(world.stacks(), ["changed s3_bucket arn:aws:s3:::b policy", "unmanaged s3_bucket arn:aws:s3:::b"]);
    // Where the bucket is declared and missing, its policy is not missing besides it.
    let mut both = resources;
    both["B"] = json!({"Type": "AWS::S3::Bucket", "Properties": {}});
    assert_eq!(World::new().stack("s", &both, &[("P", "s-P-1"), ("B", "b")]).stacks(), ["missing s3_bucket b"]);
}

#[test]
fn one_row_may_be_wanted_twice() {
    let route = json!({"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}});
    let resources = json!({"A": route, "B": route});
    let made = &[("A", "a"), ("B", "b")];
    assert_eq!(World::new().stack("net", &resources, made).stacks(), ["missing vpc_route rtb-1"]);
}

#[test]
fn what_lives_elsewhere_under_the_same_name_is_another() {
    let function = |region: &str| json!({"arn": format!("arn:aws:lambda:{region}:{ACCOUNT}:function:pay"), "region": region, "name": "pay", "memory_size": 128});
    let resources = json!({
        "F": {"Type": "AWS::Lambda::Function", "Properties": {}},
        "R": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": "rtb-1", "DestinationCidrBlock": "::/0", "GatewayId": {"Fn::GetAtt": ["F", "Arn"]}}},
    });
    let made = &[("F", "pay"), ("R", "r")];
    let target = format!("arn:aws:lambda:{HERE}:{ACCOUNT}:function:pay");
    let world = World::new().row("aws_lambda_function", function(THERE)).row("aws_lambda_function", function(HERE));
    let world = world.row("aws_vpc_route_table", table("rtb-1")).row("aws_vpc_route", route("rtb-1", "::/0", &target));
    // The one there is in no declaration.
    assert_eq!(
        world.stack("pay", &resources, made).stacks(),
        [format!("unmanaged lambda_function arn:aws:lambda:{THERE}:{ACCOUNT}:function:pay"), "unmanaged vpc_route_table rtb-1".into(),]
    );
    // Where it is only there, it is missing here.
    let world = World::new().row("aws_lambda_function", function(THERE)).stack("pay", &json!({"F": resources["F"]}), &made[..1]);
    assert_eq!(world.stacks()[0], "missing lambda_function pay");
}

#[test]
fn what_stacks_made_is_not_unmanaged_of_a_state() {
    let world = || {
        World::new()
            .row("aws_vpc_route_table", table("rtb-1"))
            .row("aws_vpc_route", route("rtb-1", "0.0.0.0/0", "igw-1"))
            .row("aws_vpc_route", route("rtb-1", "10.1.0.0/16", "vgw-1"))
            .row("aws_vpc_subnet", subnet("subnet-1", "10.0.0.0/24"))
    };
    // The table is the state's, a route of it the stack's.
    let resources = json!({"Out": {"Type": "AWS::EC2::Route", "Properties": {
        "RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}}});
    let stacks = || Box::new(super::super::cloudformation::Stacks { is_quiet: true, ..Default::default() });
    let state = || Made(vec![("aws_route_table.main", "aws_route_table", json!({"id": "rtb-1"}))], HERE);
    let world = world().stack("net", &resources, &[("Out", "x")]);
    assert_eq!(world.against(vec![Box::new(state()), stacks()]), ["added vpc_route rtb-1", "unmanaged vpc_subnet subnet-1"]);
    // Whatever the stack declares, it is only told when it is asked about.
    let mut other = resources;
    other["Out"]["Properties"]["GatewayId"] = json!("igw-2");
    let world = world.sql("delete from aws_cloudformation_stack; delete from aws_cloudformation_stack_template;").stack(
        "net2",
        &other,
        &[("Out", "x")],
    );
    assert_eq!(world.against(vec![Box::new(state()), stacks()]), ["added vpc_route rtb-1", "unmanaged vpc_subnet subnet-1"]);
}

#[test]
fn a_state_that_does_not_say_the_region_finds_what_there_is() {
    let one = || World::new().row("aws_vpc_route_table", table("rtb-1")).row("aws_vpc_route", route("rtb-1", "0.0.0.0/0", "nat-1"));
    let wanted = |to: &str| {
        Made(
            vec![
                ("aws_route_table.main", "aws_route_table", json!({"id": "rtb-1"})),
                ("aws_route.out", "aws_route", json!({"route_table_id": "rtb-1", "destination_cidr_block": to, "gateway_id": "igw-1"})),
            ],
            "",
        )
    };
    assert_eq!(one().against(vec![Box::new(wanted("0.0.0.0/0"))]), ["changed vpc_route rtb-1 target_id"]);
    assert_eq!(
        one().against(vec![Box::new(wanted("10.0.0.0/8"))]),
        [
            "unknown vpc_route rtb-1: it is not known in which region it is",
            "unknown vpc_route rtb-1: one is declared of which it is not known which it is (it is not known in which region it is)"
        ]
    );
}

#[test]
fn the_default_network_is_nobodys() {
    let world = |is_default| {
        World::new()
            .row("aws_vpc", json!({"arn": "v", "vpc_id": "vpc-1", "is_default": is_default}))
            .row("aws_vpc_subnet", json!({"arn": "s/subnet-1", "subnet_id": "subnet-1", "vpc_id": "vpc-1"}))
            .row("aws_vpc_route_table", json!({"arn": "s/rtb-1", "route_table_id": "rtb-1", "is_main": true}))
    };
    assert_eq!(world(true).stacks(), [""; 0]);
    assert_eq!(world(false).stacks(), ["unmanaged vpc_subnet subnet-1"]);
}
