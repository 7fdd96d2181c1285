//! What is there against what was.

use serde_json::{Value, json};

use super::super::testing::{HERE, THERE, World};

fn group(id: &str, name: &str) -> Value {
    json!({"arn": format!("sg/{id}"), "group_id": id, "name": name, "tags": {}})
}

fn rule(group: &str, id: &str) -> Value {
    json!({"arn": format!("sgr/{id}"), "security_group_rule_id": id, "group_id": group, "is_egress": false, "ip_protocol": "tcp"})
}

fn world() -> World {
    World::new().row("aws_vpc_security_group", group("sg-1", "a")).row("aws_vpc_security_group_rule", rule("sg-1", "r1"))
}

#[test]
fn what_stayed_is_silent() {
    let (told, scope) = world().since(&world());
    assert_eq!((told, scope.compared, scope.remarks.len()), (vec![], 2, 0));
}

#[test]
fn what_changed_went_and_came_is_told() {
    let was = world().row("aws_vpc_subnet", json!({"arn": "s/subnet-1", "subnet_id": "subnet-1"}));
    let is = world()
        .sql("update aws_vpc_security_group set tags = '{\"a\":\"1\"}'")
        .row("aws_vpc_subnet", json!({"arn": "s/subnet-2", "subnet_id": "subnet-2"}))
        .row("aws_vpc_security_group_rule", rule("sg-1", "r2"));
    let changes = [
        "added vpc_security_group_rule r2", "added vpc_subnet subnet-2", "changed vpc_security_group sg-1 tags",
        "missing vpc_subnet subnet-1",
    ];
    assert_eq!(is.since(&was).0, changes);
}

#[test]
fn what_hangs_on_what_went_or_came_is_not_told_besides_it() {
    let more = || {
        world()
            .row("aws_vpc_route_table", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1"}))
            .row("aws_vpc_route", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1", "destination": "0.0.0.0/0"}))
    };
    assert_eq!(world().since(&more()).0, ["missing vpc_route_table rtb-1"]);
    assert_eq!(more().since(&world()).0, ["added vpc_route_table rtb-1"]);
    // A route of a table that stayed is told by itself.
    let other = more().row("aws_vpc_route", json!({"arn": "t/rtb-1", "route_table_id": "rtb-1", "destination": "::/0"}));
    assert_eq!(more().since(&other).0, ["missing vpc_route rtb-1"]);
}

#[test]
fn what_was_not_read_on_one_side_is_unknown_and_on_both_is_nothing() {
    let subnet = |public: Value| {
        World::new().row("aws_vpc_subnet", json!({"arn": "s/subnet-1", "subnet_id": "subnet-1", "map_public_ip_on_launch": public}))
    };
    let unknown = ["unknown vpc_subnet subnet-1: AWS did not tell"];
    assert_eq!(subnet(json!(null)).since(&subnet(json!(true))).0, unknown);
    assert_eq!(subnet(json!(true)).since(&subnet(json!(null))).0, unknown);
    assert_eq!(subnet(json!(null)).since(&subnet(json!(null))).0, [""; 0]);
    assert_eq!(subnet(json!(false)).since(&subnet(json!(true))).0, ["changed vpc_subnet subnet-1 map_public_ip_on_launch"]);
}

#[test]
fn a_list_that_was_not_read_is_told_once() {
    let denied = || World::new().denied("aws_vpc_security_group", HERE, "ec2:DescribeSecurityGroups");
    let full = || World::new().row("aws_vpc_security_group", group("sg-1", "a")).row("aws_vpc_security_group", group("sg-2", "b"));
    let unknown = ["unknown vpc_security_group: ec2:DescribeSecurityGroups was denied (2 rows are on one side only)"];
    assert_eq!(denied().since(&full()).0, unknown);
    assert_eq!(full().since(&denied()).0, unknown);
    // What is on both sides is compared all the same.
    let part = || denied().row("aws_vpc_security_group", group("sg-1", "x"));
    assert_eq!(part().since(&full()).0[0], "changed vpc_security_group sg-1 name");
    assert!(part().since(&full()).0[1].contains("(1 row is on one side only)"));
    let other = World::new().denied("aws_vpc_security_group", THERE, "ec2:DescribeSecurityGroups");
    assert_eq!(other.since(&full()).0, ["missing vpc_security_group sg-1", "missing vpc_security_group sg-2"]);
}

#[test]
fn a_list_that_hangs_on_a_row_may_be_unread_there() {
    let bucket = |count: Value| json!({"arn": "arn:aws:s3:::b", "name": "b", "region": HERE, "replication_rule_count": count});
    let rule = json!({"arn": "arn:aws:s3:::b", "region": HERE, "rule_index": 0});
    let was = World::new().row("aws_s3_bucket", bucket(json!(1))).row("aws_s3_bucket_replication_rule", rule);
    assert_eq!(World::new().row("aws_s3_bucket", bucket(json!(0))).since(&was).0, ["missing s3_bucket_replication_rule arn:aws:s3:::b"]);
    let told = World::new().row("aws_s3_bucket", bucket(json!(null))).since(&was).0;
    assert_eq!(told, ["unknown s3_bucket_replication_rule arn:aws:s3:::b: replication_rule_count of arn:aws:s3:::b was not read"]);
}

#[test]
fn what_hangs_on_something_that_was_not_read_is_unknown() {
    // Which listeners there are hangs on the load balancer, the rules on the listener.
    let balancer = |count: Value| World::new().row("aws_elbv2_load_balancer", json!({"arn": "lb/a", "name": "a", "listener_count": count}));
    let was = balancer(json!(1))
        .row("aws_elbv2_listener", json!({"arn": "l/1", "load_balancer_arn": "lb/a", "rule_count": 1}))
        .row("aws_elbv2_listener_rule", json!({"arn": "r/1", "listener_arn": "l/1"}));
    let told = balancer(json!(null)).since(&was).0;
    let unknown = told.iter().filter(|line| line.starts_with("unknown elbv2_listener")).count();
    assert!(unknown == 2 && told.iter().all(|line| line.starts_with("unknown ")), "{told:?}");
    let gone = balancer(json!(0)).since(&was).0;
    assert!(gone.contains(&"missing elbv2_listener 1".to_owned()) && !gone.iter().any(|line| line.contains("rule")), "{gone:?}");
}

#[test]
fn where_a_bucket_lives_may_be_unread() {
    let bucket = |region: &str| World::new().row("aws_s3_bucket", json!({"arn": "arn:aws:s3:::b", "name": "b", "region": region}));
    assert_eq!(bucket("unknown").since(&bucket(THERE)).0, ["unknown s3_bucket arn:aws:s3:::b: AWS did not tell"]);
    assert_eq!(bucket(HERE).since(&bucket(THERE)).0, ["changed s3_bucket arn:aws:s3:::b region"]);
}

#[test]
fn other_accounts_and_regions_are_out_of_sight() {
    let far = || json!({"arn": "s/subnet-9", "subnet_id": "subnet-9", "region": "ap-south-1"});
    let was = World::new().row("aws_vpc_subnet", far());
    assert_eq!(
        World::new().since(&was).0,
        ["unknown vpc_subnet: ap-south-1 of 111122223333 was left out of the run (1 row is on one side only)"]
    );
    let was = World::new();
    was.account("444455556666");
    let was = was.row("aws_vpc_subnet", json!({"arn": "s/subnet-8", "subnet_id": "subnet-8", "account_id": "444455556666"}));
    assert!(World::new().since(&was).0[0].starts_with("unknown vpc_subnet"), "an account that was not read");
    // Both accounts see one shared subnet; in one of them it is gone.
    let shared = |account: &str| json!({"arn": "s/subnet-7", "subnet_id": "subnet-7", "account_id": account});
    let two = |rows: &[&str]| {
        let world = World::new();
        world.account("444455556666");
        rows.iter().fold(world, |world, account| world.row("aws_vpc_subnet", shared(account)))
    };
    assert_eq!(two(&["111122223333"]).since(&two(&["111122223333", "444455556666"])).0, ["missing vpc_subnet subnet-7"]);
}

#[test]
fn what_an_older_snapshot_lacks_is_named_once() {
    let older = world().sql("drop table aws_vpc_security_group_rule; alter table aws_vpc_security_group drop column tags;");
    for (told, scope) in [world().since(&older), older.since(&world())] {
        assert_eq!(told, [""; 0]);
        assert_eq!(
            scope.remarks,
            [
                "Not compared, since one of the snapshots was taken by another version: aws_vpc_security_group.tags, aws_vpc_security_group_rule."
            ]
        );
    }
}
