//! Drift that cannot be told: what is wrong with the input, in words, and code 2.

use serde_json::json;

use crate::support::world::World;
use crate::{Room, fails};

/// A snapshot of that day with a stack `net` of one subnet.
pub fn put(room: &Room, name: &str, day: u32) {
    let path = room.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
    let stack = "arn:aws:cloudformation:us-east-1:111122223333:stack/net/1";
    let rows = format!(
        r#"[[aws_cloudformation_stack]]
        arn = "{stack}"
        name = "net"
        stack_status = "CREATE_COMPLETE"
        resource_count = 1
        parameters = {{}}
        resolved_parameters = {{}}
        tags = {{}}
        [[aws_cloudformation_stack_template]]
        arn = "{stack}"
        body = {{ Resources = {{ Front = {{ Type = "AWS::EC2::Subnet", Properties = {{ CidrBlock = "10.0.0.0/24", MapPublicIpOnLaunch = false }} }} }} }}
        [[aws_cloudformation_stack_resource]]
        arn = "{stack}"
        logical_id = "Front"
        physical_id = "subnet-1"
        resource_type = "AWS::EC2::Subnet"
        resource_status = "CREATE_COMPLETE"
        [[aws_vpc_subnet]]
        arn = "arn:aws:ec2:us-east-1:111122223333:subnet/subnet-1"
        subnet_id = "subnet-1"
        cidr_block = "10.0.0.0/24"
        map_public_ip_on_launch = false
        enable_dns64 = false
        tags = {{ "aws:cloudformation:stack-name" = "net" }}
        "#
    );
    World::new(&path).rows(&rows).save();
    sql(room, name, &format!("update snapshot set started_at = '2026-11-{day}T10:00:00Z'"));
}

/// Changes a snapshot by hand.
pub fn sql(room: &Room, name: &str, sql: &str) {
    rusqlite::Connection::open(room.path().join(name)).expect("a snapshot").execute_batch(sql).expect("SQL");
}

fn drift(room: &Room, arguments: &[&str]) -> crate::support::program::Said {
    room.run(&[&["drift"], arguments].concat())
}

/// A state with one subnet in an account.
fn state(account: &str) -> String {
    json!({
        "version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "8a2b0c1e-0000-0000-0000-000000000000", "outputs": {},
        "resources": [{
            "mode": "managed", "type": "aws_subnet", "name": "front", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
            "instances": [{"schema_version": 1, "attributes": {
                "id": "subnet-1", "arn": format!("arn:aws:ec2:us-east-1:{account}:subnet/subnet-1"), "cidr_block": "10.0.0.0/24",
                "map_public_ip_on_launch": false}}]
        }]
    })
    .to_string()
}

#[test]
fn a_state_that_is_none_is_named_with_what_to_do() {
    let room = Room::new();
    put(&room, "a.db", 20);
    let whole = state("111122223333");
    for (text, words) in [
        (&whole[..whole.len() / 2], &["--state s.tfstate", "is cut off", "line 1", "terraform state pull"][..]),
        (r#"{"version": 3, "terraform_version": "0.11.14", "serial": 1, "modules": []}"#, &["version 3", "0.12 or later"]),
        (
            r#"{"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "eA==", "encryption_version": "v0"}"#,
            &["encrypted state of OpenTofu", "tofu state pull"],
        ),
        ("", &["is empty"]),
        ("resource \"aws_subnet\" {}", &["is no JSON"]),
        (&state("999988887777"), &["this state is about account 999988887777", "account 111122223333"]),
    ] {
        room.write("s.tfstate", text);
        fails(&drift(&room, &["--state", "s.tfstate", "--from", "a.db"]), words);
    }
    fails(&drift(&room, &["--state", "none.tfstate", "--from", "a.db"]), &["none.tfstate", "No such file"]);
}

#[test]
fn a_template_that_is_none_is_named_with_its_place() {
    let room = Room::new();
    put(&room, "a.db", 20);
    for (name, text, words) in [
        ("net.json", "{\n  \"Resources\": {\n", &["net.json", "line"][..]),
        ("net.yaml", "Resources:\n  A:\n    Type: [\n", &["net.yaml", "line"]),
        (
            "other.json",
            "{\"Resources\": {\"A\": {\"Type\": \"AWS::EC2::VPC\"}}}",
            &["there is no stack `other` in this account", "--stack NAME"],
        ),
    ] {
        room.write(name, text);
        fails(&drift(&room, &["--template", name, "--from", "a.db"]), words);
    }
    room.write("cdk.out/tree.json", "{}");
    fails(&drift(&room, &["--template", "cdk.out", "--from", "a.db"]), &["cdk.out is no cdk.out folder", "manifest.json"]);
    room.write("cdk.out/manifest.json", "{\"artifacts\": {}}");
    fails(&drift(&room, &["--template", "cdk.out", "--from", "a.db"]), &["it names no stack"]);
    fails(&drift(&room, &["--cloudformation", "--stack", "nett", "--from", "a.db"]), &["no stack is called `nett`; there are net"]);
    fails(&drift(&room, &["--stack", "net", "--from", "a.db"]), &["--stack goes with --cloudformation or --template"]);
}

#[test]
fn snapshots_that_cannot_be_compared_are_named() {
    let room = Room::new();
    put(&room, "a.db", 20);
    put(&room, "b.db", 21);
    fails(&drift(&room, &["--between", "b.db", "a.db"]), &["b.db", "is younger than a.db", "name the older one first"]);
    room.write("none.db", "no database");
    fails(&drift(&room, &["--between", "none.db", "b.db"]), &["none.db is not a driftlead snapshot"]);
    let whole = std::fs::read(room.path().join("a.db")).unwrap();
    room.write("half.db", &whole[..whole.len() / 2]);
    fails(&drift(&room, &["--between", "half.db", "b.db"]), &["half.db is damaged"]);
    fails(&drift(&room, &["--cloudformation", "--from", "half.db"]), &["half.db is damaged"]);
    sql(&room, "a.db", "update place set account_id = '999988887777'");
    fails(&drift(&room, &["--between", "a.db", "b.db"]), &["a.db is of account 999988887777, b.db of 111122223333", "nothing in common"]);
}

#[test]
fn a_store_that_has_too_little_says_so() {
    let room = Room::new();
    fails(&drift(&room, &["--store", "kept"]), &["kept holds no complete snapshot: driftlead scan puts one there"]);
    put(&room, "kept/1.db", 20);
    fails(&drift(&room, &["--store", "kept"]), &["only one complete snapshot, of 2026-11-20T10:00:00Z", "a comparison needs two"]);
    put(&room, "kept/2.db", 21);
    fails(
        &drift(&room, &["--store", "kept", "--since", "2020-01-01"]),
        &["was taken by 2020-01-01", "the oldest is of 2026-11-20T10:00:00Z"],
    );
    fails(&drift(&room, &["--store", "kept", "--since", "soon"]), &["`soon` is neither a snapshot's file nor a time"]);
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let room = Room::new();
    put(&room, "a.db", 20);
    put(&room, "b.db", 21);
    for (arguments, words) in [
        (&["--between", "a.db", "b.db", "-o", "drift.html"][..], &["-o drift.html", ".txt, .json, .md"][..]),
        (&["--between", "a.db", "b.db", "-o", "x.md", "-o", "x.md"], &["it is there twice"]),
        (&["--between", "a.db", "b.db", "--cloudformation"], &["cannot be used with"]),
        (&["--between", "a.db", "b.db", "--unmanaged"], &["--unmanaged goes with what declares"]),
        (&["--from", "a.db"], &["--from FILE is compared with something"]),
    ] {
        fails(&drift(&room, arguments), words);
    }
}

#[test]
fn a_rule_that_is_wrong_is_refused() {
    let room = Room::new();
    put(&room, "a.db", 20);
    put(&room, "b.db", 21);
    for (rule, words) in [
        ("table = ['aws_vpc_subnet']", &["driftlead.toml:1:", "reason"][..]),
        ("reason = ' '\ntable = ['aws_vpc_subnet']", &["say why"]),
        ("reason = 'x'", &["names nothing and would accept everything"]),
        ("reason = 'x'\ntable = ['a']\nexpires = 'next year'", &["such as 2027-03-31, not `next year`"]),
        ("reason = 'x'\ntabel = ['a']", &["tabel"]),
    ] {
        room.write("driftlead.toml", format!("[[drift.ignore]]\n{rule}\n"));
        fails(&drift(&room, &["--between", "a.db", "b.db"]), words);
    }
}
