//! What was not read, or could not be resolved, is neither missing nor changed, nor anybody's addition.

use serde_json::json;

use super::super::testing::{ACCOUNT, HERE, THERE, World};

const ARN: &str = "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1";

fn subnet(more: &[(&str, serde_json::Value)]) -> serde_json::Value {
    let mut row = json!({"arn": ARN, "subnet_id": "subnet-1", "cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": false, "tags": {}});
    more.iter().for_each(|(name, value)| row[*name] = value.clone());
    row
}

fn declared() -> serde_json::Value {
    json!({"S": {"Type": "AWS::EC2::Subnet", "Properties": {"CidrBlock": "10.0.0.0/24"}}})
}

const MADE: &[(&str, &str)] = &[("S", "subnet-1")];

#[test]
fn a_list_that_was_not_read_misses_nothing() {
    let world = World::new().denied("aws_vpc_subnet", HERE, "ec2:DescribeSubnets").stack("net", &declared(), MADE);
    assert_eq!(world.stacks(), ["unknown vpc_subnet subnet-1: ec2:DescribeSubnets was denied"]);
    // In another region it changes nothing.
    let world = World::new().denied("aws_vpc_subnet", THERE, "ec2:DescribeSubnets").stack("net", &declared(), MADE);
    assert_eq!(world.stacks(), ["missing vpc_subnet subnet-1"]);
    let world = World::new().sql("delete from coverage where table_name = 'aws_vpc_subnet'").stack("net", &declared(), MADE);
    assert_eq!(world.stacks(), ["unknown vpc_subnet subnet-1: this snapshot was taken without aws_vpc_subnet: take one that asks for it"]);
    let world = World::new().stack_in("ap-south-1", "net", &declared(), MADE);
    assert_eq!(world.stacks(), ["unknown vpc_subnet subnet-1: ap-south-1 of 111122223333 was left out of the run"]);
}

#[test]
fn a_value_that_was_not_read_has_not_changed() {
    let row = subnet(&[("map_public_ip_on_launch", json!(null)), ("cidr_block", json!("10.9.0.0/24"))]);
    let world = World::new().row("aws_vpc_subnet", row).gap("aws_vpc_subnet", HERE, ARN, "ec2:DescribeSubnets");
    assert_eq!(
        world.stack("net", &declared(), MADE).stacks(),
        ["changed vpc_subnet subnet-1 cidr_block", "unknown vpc_subnet subnet-1: ec2:DescribeSubnets was denied"]
    );
}

#[test]
fn a_value_that_cannot_be_resolved_has_not_changed() {
    for value in [json!({"Ref": "Zone"}), json!({"Fn::ImportValue": "nowhere"}), json!({"Fn::GetAtt": ["Gone", "Arn"]}), json!(null)] {
        let mut resources = declared();
        resources["S"]["Properties"]["CidrBlock"] = value.clone();
        let world = World::new().row("aws_vpc_subnet", subnet(&[])).stack("net", &resources, MADE);
        assert_eq!(world.stacks(), [""; 0], "{value}");
    }
    // The name of a parameter of Systems Manager is not its value.
    let mut resources = declared();
    resources["S"]["Properties"]["CidrBlock"] = json!({"Ref": "Zone"});
    let world = World::new().row("aws_vpc_subnet", subnet(&[])).stack("net", &resources, MADE);
    let world = world.sql("update aws_cloudformation_stack set parameters = '{\"Zone\":\"/net/zone\"}'");
    assert_eq!(world.stacks(), [""; 0]);
    let world = world.sql("update aws_cloudformation_stack set resolved_parameters = '{\"Zone\":\"10.7.0.0/24\"}'");
    assert_eq!(world.stacks(), ["changed vpc_subnet subnet-1 cidr_block"]);
}

#[test]
fn a_property_whose_value_the_snapshot_did_not_keep_is_not_the_default() {
    // Another version had no use for it.
    let resources = json!({
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": null, "Environment": {"Variables": {"A": null}}}},
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": null}},
    });
    let world = World::new()
        .row("aws_lambda_function", json!({"arn": "f", "name": "pay", "memory_size": 512, "environment_variable_names": ["B"]}))
        .row("aws_s3_bucket", json!({"arn": "b", "name": "b", "region": HERE, "versioning": "Enabled"}));
    let world = world.stack("pay", &resources, &[("F", "pay"), ("B", "b")]);
    assert_eq!(world.stacks(), ["changed lambda_function f environment_variable_names"]);
}

#[test]
fn what_exists_under_an_unknown_condition_is_declared() {
    let mut resources = declared();
    resources["T"] = json!({"Type": "AWS::EC2::RouteTable", "Properties": {}});
    resources["R"] = json!({"Type": "AWS::EC2::Route", "Condition": "Open", "Properties": {
        "RouteTableId": {"Ref": "T"}, "DestinationCidrBlock": "0.0.0.0/0"}});
    let world = || {
        World::new()
            .row("aws_vpc_subnet", subnet(&[]))
            .row("aws_vpc_route_table", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1"}))
            .row("aws_vpc_route", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1", "destination": "0.0.0.0/0", "origin": "CreateRoute"}))
    };
    let made = [MADE[0], ("T", "rtb-1"), ("R", "r")];
    assert_eq!(world().stack("net", &resources, &made).stacks(), [""; 0]);
    // Where the stack has not made it, the route is somebody else's.
    assert_eq!(world().stack("net", &resources, &made[..2]).stacks(), ["added vpc_route rtb-1"]);
}

#[test]
fn a_stack_that_is_not_known_may_declare_what_is_there() {
    let rows = |world: World| {
        world
            .row("aws_vpc_subnet", subnet(&[]))
            .row("aws_vpc_route_table", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1"}))
            .row("aws_vpc_route", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1", "destination": "0.0.0.0/0", "origin": "CreateRoute"}))
            .row("aws_s3_bucket", json!({"arn": "b/b", "name": "b", "region": THERE, "versioning": ""}))
            .row("aws_vpc_subnet", json!({"arn": "s/subnet-2", "subnet_id": "subnet-2", "region": THERE}))
            .stack("net", &json!({"T": {"Type": "AWS::EC2::RouteTable", "Properties": {}}}), &[("T", "rtb-1")])
    };
    let certain = ["added vpc_route rtb-1", "unmanaged s3_bucket b", "unmanaged vpc_subnet subnet-1", "unmanaged vpc_subnet subnet-2"];
    assert_eq!(rows(World::new()).stacks(), certain);
    let told = |world: World| -> Vec<String> {
        let cut = |line: String| line.split(':').next().unwrap_or("").to_owned();
        world.stacks().into_iter().map(cut).filter(|line| !line.contains("cloudformation_stack")).collect()
    };
    let unknown = ["unknown vpc_route rtb-1", "unknown s3_bucket b", "unknown vpc_subnet subnet-1", "unmanaged vpc_subnet subnet-2"];
    // Another stack of this region: its list, its template, what it made, or a change of it that is going on.
    let empty = json!({});
    let arn = format!("arn:aws:cloudformation:{HERE}:{ACCOUNT}:stack/other/1");
    let other = || rows(World::new().stack("other", &empty, &[]));
    for sql in [
        "update aws_cloudformation_stack_template set body = null where arn = 'X'",
        "delete from aws_cloudformation_stack_template where arn = 'X'",
        "update aws_cloudformation_stack_template set body = '{' where arn = 'X'",
        "update aws_cloudformation_stack set resource_count = null where arn = 'X'",
        "update aws_cloudformation_stack set stack_status = 'UPDATE_IN_PROGRESS' where arn = 'X'",
    ] {
        let world = other().sql(&sql.replace('X', &arn));
        assert!(world.stacks().iter().any(|line| line.starts_with("unknown cloudformation_stack ")), "{sql}");
        assert_eq!(told(world), unknown, "{sql}");
    }
    assert_eq!(told(rows(World::new().denied("aws_cloudformation_stack", HERE, "cloudformation:DescribeStacks"))), unknown);
    let all = ["unknown vpc_route rtb-1", "unknown s3_bucket b", "unknown vpc_subnet subnet-1", "unknown vpc_subnet subnet-2"];
    assert_eq!(told(rows(World::new()).sql("delete from coverage where table_name = 'aws_cloudformation_stack'")), all, "nobody asked");
    // A stack of another region declares what is there, and what is in no region.
    let there = ["added vpc_route rtb-1", "unknown s3_bucket b", "unknown vpc_subnet subnet-2", "unmanaged vpc_subnet subnet-1"];
    assert_eq!(told(rows(World::new().denied("aws_cloudformation_stack", THERE, "cloudformation:DescribeStacks"))), there);
}

#[test]
fn a_declaration_that_cannot_be_placed_may_be_any_of_its_kind() {
    let resources = json!({
        "T": {"Type": "AWS::EC2::RouteTable", "Properties": {}},
        "R": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "T"}, "DestinationCidrBlock": {"Ref": "Zone"}}},
    });
    let world = World::new()
        .row("aws_vpc_route_table", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1"}))
        .row("aws_vpc_route", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1", "destination": "0.0.0.0/0", "origin": "CreateRoute"}))
        .stack("net", &resources, &[("T", "rtb-1"), ("R", "r")]);
    let told = world.stacks();
    assert!(told.len() == 1 && told[0].starts_with("unknown vpc_route rtb-1: one is declared of which it is not known"), "{told:?}");
}

#[test]
fn what_tells_aws_own_from_ours_must_have_been_read() {
    let rows = |world: World| world.row("aws_vpc_subnet", json!({"arn": "s/subnet-1", "subnet_id": "subnet-1", "vpc_id": "vpc-1"}));
    let told = rows(World::new().denied("aws_vpc", HERE, "ec2:DescribeVpcs")).stacks();
    assert_eq!(told, ["unknown vpc_subnet subnet-1: what tells it from what AWS makes was not read: ec2:DescribeVpcs was denied"]);
    let told = rows(World::new().gap("aws_vpc", HERE, "*", "ec2:DescribeVpcs")).stacks();
    assert!(told[0].starts_with("unknown"), "{told:?}");
    assert_eq!(rows(World::new().denied("aws_vpc", THERE, "ec2:DescribeVpcs")).stacks(), ["unmanaged vpc_subnet subnet-1"]);
}

#[test]
fn a_stack_whose_resources_are_not_known_says_nothing_of_a_template_on_disk() {
    let world = World::new().row("aws_vpc_subnet", subnet(&[])).stack("net", &declared(), MADE);
    let world = world.sql("update aws_cloudformation_stack set resource_count = null; delete from aws_cloudformation_stack_resource;");
    let template = crate::declared::template::Template::parse(&json!({"Resources": declared()}).to_string()).unwrap();
    let on_disk = super::super::cloudformation::OnDisk { path: "net.json".into(), template, stack: "net".into(), region: None };
    let told = world.against(vec![Box::new(on_disk)]);
    assert!(told.iter().all(|line| line.starts_with("unknown")) && told[0].contains("what the stack made is not known"), "{told:?}");
}

#[test]
fn an_older_snapshot_that_lacks_a_column_or_a_table_is_compared_as_far_as_it_goes() {
    let world = || World::new().row("aws_vpc_subnet", subnet(&[])).stack("net", &declared(), MADE);
    let older = world().sql("alter table aws_vpc_subnet drop column map_public_ip_on_launch");
    assert_eq!(older.stacks(), [""; 0]);
    let older = world().sql("drop index if exists aws_vpc_subnet_key; alter table aws_vpc_subnet drop column subnet_id");
    let told = older.stacks();
    assert!(told.iter().all(|line| line.starts_with("unknown vpc_subnet subnet-1: ")), "{told:?}");
    assert!(told[0].contains("aws_vpc_subnet.subnet_id is not in this snapshot, which an older driftlead took"), "{told:?}");
    let older = World::new().row("aws_vpc_route_table", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1"}));
    let told = older.sql("alter table aws_vpc_route_table drop column is_main").stacks();
    assert!(told[0].starts_with("unknown vpc_route_table rtb-1: aws_vpc_route_table.is_main is not in"), "{told:?}");
}

#[test]
fn a_snapshot_from_before_templates_were_kept_says_so() {
    let world = World::new().row("aws_vpc_subnet", subnet(&[])).stack("net", &declared(), MADE);
    let older = world.sql(
        "alter table aws_cloudformation_stack drop column resolved_parameters; alter table aws_cloudformation_stack_template drop column body",
    );
    let told = older.stacks();
    let is_unknown = |line: &String| line.starts_with("unknown ");
    assert!(!told.is_empty() && told.iter().all(is_unknown) && told[0].contains("an older driftlead"), "{told:?}");
}
