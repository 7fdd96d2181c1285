//! States as people have them, and things that they take for one.

use serde_json::json;

use super::*;
use crate::declared::{hole, is_hole, path};

/// A state of version 4 with these resources.
fn state(resources: Value) -> Value {
    json!({"version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "l", "outputs": {"x": {"value": "hunter2"}}, "resources": resources})
}

fn resource(resource_type: &str, name: &str, instances: Value) -> Value {
    let provider = "provider[\"registry.terraform.io/hashicorp/aws\"]";
    json!({"mode": "managed", "type": resource_type, "name": name, "provider": provider, "instances": instances})
}

fn read(resources: Value) -> State {
    State::parse(state(resources).to_string().as_bytes()).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn wrong(text: impl AsRef<[u8]>) -> String {
    State::parse(text.as_ref()).expect_err("no state").to_string()
}

#[test]
fn a_state_is_read_with_modules_keys_and_providers() {
    let mut deep = resource(
        "aws_subnet",
        "private",
        json!([
            {"index_key": "x", "schema_version": 1, "attributes": {"id": "subnet-1"}, "dependencies": ["module.network.aws_vpc.main"]},
            {"index_key": 0, "attributes": {"id": "subnet-2"}, "status": "tainted"},
            {"index_key": 0, "attributes": {"id": "subnet-3"}, "deposed": "00000001"},
        ]),
    );
    deep["module"] = json!("module.network[0].module.zone[\"a\"]");
    deep["provider"] = json!("provider[\"registry.opentofu.org/hashicorp/aws\"].west");
    let found = read(json!([
        {"mode": "data", "type": "aws_ami", "name": "a", "provider": "provider.aws", "instances": [{"attributes": {"id": "ami-1"}}]},
        {"mode": "managed", "type": "random_password", "name": "p", "provider": "provider[\"registry.terraform.io/hashicorp/random\"]",
         "instances": [{"attributes": {"result": "hunter2"}}, {"index_key": 1, "attributes": {}}]},
        deep,
        resource("aws_vpc", "main", Value::Null),
    ]));
    assert_eq!((found.terraform_version.as_deref(), found.serial, found.lineage.as_deref()), (Some("1.9.0"), Some(7), Some("l")));
    assert_eq!((found.data_sources, &found.other_providers), (1, &BTreeMap::from([("random".to_owned(), 2)])));
    let told: Vec<_> = found.instances.iter().map(|one| (one.address.as_str(), one.deposed.as_deref(), one.is_tainted)).collect();
    let zone = "module.network[0].module.zone[\"a\"].aws_subnet.private";
    let (by_text, by_number) = (format!("{zone}[\"x\"]"), format!("{zone}[0]"));
    assert_eq!(told, [(by_text.as_str(), None, false), (&by_number, None, true), (&by_number, Some("00000001"), false)]);
    let first = &found.instances[0];
    assert_eq!((first.provider.name.as_str(), first.provider.alias.as_str()), ("aws", "west"));
    assert_eq!(first.dependencies, ["module.network.aws_vpc.main"]);
    assert_eq!(found.types(), BTreeMap::from([("aws_subnet", 3)]));
}

#[test]
fn opentofu_tells_providers_by_instance() {
    let mut regional = resource(
        "aws_vpc",
        "a",
        json!([{"index_key": "a", "instance_provider": "provider[\"registry.opentofu.org/hashicorp/aws\"].by[\"a\"]"}]),
    );
    regional.as_object_mut().expect("an object").remove("provider");
    let found = read(json!([regional]));
    assert_eq!(found.instances[0].provider.alias, "by");
    assert_eq!(found.instances[0].attributes, json!({}));
}

#[test]
fn secrets_do_not_leave_the_parser() {
    let marks = json!([[{"type": "get_attr", "value": "description"}]]);
    let db = json!({"id": "db-1", "password": "hunter2", "description": "hunter3", "port": 5432, "tags": {"token": "t"}});
    let lambda = json!({"environment": [{"variables": {"KEY": "hunter4"}}]});
    let flat = json!({"id": "db-2", "password": "hunter5", "tags.%": "1", "tags.a": "b"});
    let found = read(json!([
        resource("aws_db_instance", "a", json!([{"attributes": db, "sensitive_attributes": marks, "private": "aHVudGVyNg=="}])),
        resource("aws_lambda_function", "a", json!([{"attributes": lambda}])),
        resource("aws_db_instance", "b", json!([{"attributes_flat": flat}])),
    ]));
    let kept = format!("{found:?} {:?}", found.instances.iter().map(|one| &one.attributes).collect::<Vec<_>>());
    assert!(!kept.contains("hunter") && !kept.contains("aHVudGVy"), "{kept}");
    let of = |at: usize, name: &str| path::get(&found.instances[at].attributes, name);
    assert_eq!(of(0, "password"), Some(hole("sensitive")));
    assert_eq!(of(0, "description"), Some(hole("sensitive")));
    assert_eq!((of(0, "port"), of(0, "tags.token")), (Some(json!(5432)), Some(json!("t"))));
    assert_eq!(of(1, "environment[0].variables"), Some(json!({"KEY": hole("sensitive")})));
    assert_eq!((of(2, "id"), of(2, "tags")), (Some(json!("db-2")), Some(json!({"a": "b"}))));
    assert!(of(2, "password").as_ref().and_then(is_hole).is_some());
}

#[test]
fn debug_output_tells_no_value() {
    let found = read(json!([resource("aws_vpc", "a", json!([{"attributes": {"id": "vpc-1", "note": "private matter"}}]))]));
    let told = format!("{found:?}");
    assert!(told.contains("aws_vpc.a") && told.contains("note") && !told.contains("private matter") && !told.contains("vpc-1"), "{told}");
}

#[test]
fn an_instance_that_does_not_tell_is_where_its_provider_is() {
    let found = read(json!([
        resource("aws_vpc", "a", json!([{"attributes": {"arn": "arn:aws:ec2:eu-west-3:111122223333:vpc/vpc-1"}}])),
        resource("aws_route", "a", json!([{"attributes": {"id": "r-rtb-1"}}])),
    ]));
    assert_eq!(found.account_of(&found.instances[1]).as_deref(), Some("111122223333"));
    assert_eq!(found.region_of(&found.instances[1]).as_deref(), Some("eu-west-3"));
    assert_eq!(found.instances[1].place, Place::default());
}

#[test]
fn only_what_is_wanted_is_kept() {
    let vpc =
        json!({"arn": "arn:aws:ec2:eu-west-3:111122223333:vpc/vpc-1", "id": "vpc-1", "cidr_block": "10.0.0.0/16", "tags": {"a": "b"}});
    let text =
        state(json!([resource("aws_vpc", "a", json!([{"attributes": vpc}])), resource("aws_eip", "a", json!([{"attributes": vpc}]))]));
    let found = State::parse_only(text.to_string().as_bytes(), &|kind, name| kind == "aws_vpc" && matches!(name, "cidr_block" | "tags"))
        .expect("a state");
    assert_eq!(found.instances[0].attributes, json!({"cidr_block": "10.0.0.0/16", "tags": {"a": "b"}}));
    assert_eq!(found.instances[1].attributes, json!({}));
    assert_eq!(found.instances[1].place.region.as_deref(), Some("eu-west-3"));
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    assert_eq!(wrong(""), "is empty: get it with `terraform state pull > FILE` (OpenTofu: `tofu state pull > FILE`)");
    assert!(wrong(" \n\t").starts_with("is empty"));
    assert!(wrong("{\n  \"version\": 4,").starts_with("is cut off: the JSON ends in its middle, at line 2, column 15"));
    assert!(wrong("resource \"aws_vpc\" {}").starts_with("is no JSON (expected value at line 1, column 1)"));
    assert!(wrong("{\"version\": 4}\n}").starts_with("is no JSON (trailing characters at line 2, column 1)"));
    assert!(wrong(b"{\"version\": \"\xff\"}").starts_with("is no JSON (invalid unicode code point"));
    assert!(wrong(b"PK\x03\x04rest").starts_with("is a zip archive, as a plan is"));
    assert!(wrong(b"\x1f\x8b\x08").starts_with("is packed with gzip"));
    assert!(wrong("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>").starts_with("is an HTML or XML page"));
    assert!(wrong("\n<!DOCTYPE html>").starts_with("is an HTML or XML page"));
}

#[test]
fn json_that_is_no_state_is_told_by_what_it_is() {
    for (text, told) in [
        (
            json!({"meta": {}, "encrypted_data": "x", "encryption_version": "v0", "serial": 1, "lineage": "l"}),
            "is an encrypted state of OpenTofu: get it in the open with `tofu state pull > FILE`",
        ),
        (json!({"version": 3, "serial": 1, "modules": [{"resources": {}}]}), "is a state of version 3, which Terraform before 0.12 wrote"),
        (json!({"version": 1}), "is a state of version 1"),
        (json!({"version": 5, "resources": {"a": 1}}), "is a state of version 5; this driftlead reads version 4"),
        (json!({"version": 3, "serial": 1, "backend": {"type": "s3"}}), "is Terraform's note of where its state is"),
        (
            json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}),
            "is a CloudFormation template and no state: give it as --template FILE",
        ),
        (json!({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}), "is a CloudFormation template"),
        (json!({"schema": 1, "tool": "driftlead 0.1.0", "findings": []}), "is a report of driftlead and no state"),
        (json!({"format_version": "1.0", "values": {}}), "is the output of `terraform show -json` and no state"),
        (json!({"format_version": "1.2", "planned_values": {}}), "is a plan as JSON"),
        (json!({"version": 4, "serial": 1}), "is JSON, but no state of Terraform or OpenTofu (it has no `version` 4 with `resources`)"),
        (json!({"version": 0, "resources": []}), "is JSON, but no state"),
        (json!({}), "is JSON, but no state"),
        (json!([{"version": 4}]), "is JSON, but no object"),
        (json!("state"), "is JSON, but no object"),
    ] {
        assert!(wrong(text.to_string()).starts_with(told), "{text}: {}", wrong(text.to_string()));
    }
}

#[test]
fn a_damaged_state_is_told_without_its_values() {
    for (text, told) in [
        (json!({"version": "hunter2", "resources": []}), "is a damaged state (expected u64 at line 1"),
        (json!({"version": 4, "resources": "hunter2"}), "is a damaged state (expected a list of resources at line 1"),
        (state(json!([{"mode": "managed", "name": "hunter2"}])), "is a damaged state (missing field `type` at line 1"),
        (state(json!([resource("aws_vpc", "a", json!([{"attributes": "hunter2"}]))])), "is a damaged state (expected a map at line 1"),
        (state(json!([resource("aws_vpc", "a", json!([{"deposed": 1}]))])), "is a damaged state (expected a string at line 1"),
    ] {
        let found = wrong(text.to_string());
        assert!(found.starts_with(told) && !found.contains("hunter"), "{found}");
    }
    let twice = resource("aws_vpc", "a", json!([{"index_key": "b"}, {"index_key": "b"}]));
    assert!(wrong(state(json!([twice])).to_string()).starts_with("has aws_vpc.a[\"b\"] twice"));
    let odd = resource("aws_vpc", "a", json!([{"index_key": true}]));
    assert!(wrong(state(json!([odd])).to_string()).starts_with("has an instance of aws_vpc.a whose key is neither"));
}

#[test]
fn the_writer_must_be_one_that_knows_the_format() {
    let by = |version: &str| json!({"version": 4, "terraform_version": version, "resources": []}).to_string();
    for version in ["", "0.12.0", "0.12.26", "1.3.0", "1.10.0-beta1", "0.13.0-dev", "2.0"] {
        assert!(State::parse(by(version).as_bytes()).is_ok(), "{version}");
    }
    assert!(wrong(by("invalid")).starts_with("says that it was written by Terraform `invalid`, which is no version"));
    assert!(wrong(by("1")).starts_with("says that it was written by Terraform `1`"));
    assert!(wrong(by("0.10.26")).starts_with("says that it is of version 4 and was written by Terraform 0.10.26"));
}

#[test]
fn what_powershell_wrote_is_read() {
    let text = state(json!([resource("aws_vpc", "ü", json!([{}]))])).to_string();
    let wide = |encode: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(encode).collect::<Vec<u8>>();
    let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
    for bytes in [
        marked(b"\xff\xfe", &wide(u16::to_le_bytes)),
        marked(b"\xfe\xff", &wide(u16::to_be_bytes)),
        marked(b"\xef\xbb\xbf", text.replace(',', ",\r\n").as_bytes()),
    ] {
        assert_eq!(State::parse(&bytes).expect("a state").instances[0].address, "aws_vpc.ü");
    }
}

#[test]
fn no_beginning_of_a_state_is_taken_for_one() {
    let whole =
        serde_json::to_string_pretty(&state(json!([resource("aws_vpc", "a", json!([{"attributes": {"tags": {"ü": "hunter2"}}}]))])))
            .expect("JSON");
    for end in 0..whole.len() {
        let found = wrong(&whole.as_bytes()[..end]);
        assert!(
            found.starts_with("is cut off") || found.starts_with("is empty") || found.starts_with("is no JSON (invalid unicode"),
            "{end}: {found}"
        );
        assert!(!found.contains("hunter"), "{found}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tfstate");
    assert!(State::read(&path).expect_err("gone").to_string().starts_with(&path.display().to_string()));
    std::fs::write(&path, state(json!([])).to_string()).expect("a file");
    assert_eq!(State::read(&path).expect("a state").instances.len(), 0);
    assert!(State::read(folder.path()).is_err());
}
