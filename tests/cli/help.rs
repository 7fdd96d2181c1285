//! What explains the program: help, lists, explanations, the policy and the plan. None of it needs an account.

use std::collections::BTreeSet;

use crate::Room;
use crate::support::program::run;

/// The commands, as the program's own help lists them.
fn commands() -> Vec<String> {
    let help = run(&["--help"]).out;
    let line = |line: &str| {
        let (name, about) = line.strip_prefix("  ")?.split_once(' ')?;
        let is_name = name.starts_with(|first: char| first.is_ascii_lowercase());
        (is_name && about.starts_with(' ')).then(|| name.to_owned())
    };
    let commands: Vec<String> = help.lines().take_while(|line| !line.starts_with("Options:")).filter_map(line).collect();
    assert!(commands.len() > 9, "{help}");
    commands
}

#[test]
fn help_is_as_it_was_looked_at() {
    let room = Room::new();
    let narrow = [("COLUMNS", "100")];
    insta::assert_snapshot!("help", room.run_with(&["--help"], &narrow).out);
    insta::assert_snapshot!("help_scan", room.run_with(&["scan", "--help"], &narrow).out);
}

#[test]
fn every_command_has_help_that_fits() {
    let room = Room::new();
    let whole = room.run_with(&["--help"], &[("COLUMNS", "80")]).out;
    assert!(whole.lines().all(|line| line.chars().count() <= 80), "{whole}");
    for command in commands() {
        let command = command.as_str();
        let ran = room.run_with(&[command, "--help"], &[("COLUMNS", "80")]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{command}");
        assert!(ran.out.contains("Usage: driftlead"), "{command}");
        for line in ran.out.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        let short = room.run(&[command, "-h"]);
        assert!(short.code == 0 && short.out.lines().count() <= ran.out.lines().count(), "{command}");
    }
    assert_eq!(run(&["--version"]).out, concat!("driftlead ", env!("CARGO_PKG_VERSION"), "\n"));
    let nothing = run(&[]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("Look at accounts:"), "{nothing:?}");
}

#[test]
fn lists_are_one_line_a_thing_in_a_pipe() {
    let list = |what: &str| {
        let ran = run(&["list", what]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{what}");
        assert!(!ran.out.contains('\t'), "{what}");
        ran.out
    };
    let checks = list("checks");
    assert!(checks.starts_with("ID "), "{checks}");
    let line = checks.lines().find(|line| line.starts_with("vpc/private_subnet_no_egress ")).expect("the check");
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[1..4], ["high", "configured", "egress"]);
    assert!(words.len() > 5, "{line}");
    let tables = list("tables");
    assert!(tables.lines().any(|line| line.starts_with("aws_vpc_subnet ") && line.ends_with('.')), "{tables}");
    assert!(list("services").contains("aws_s3_bucket"));
    assert!(list("frameworks").lines().any(|line| line.starts_with("soc2 ")));
}

#[test]
fn lists_fit_a_terminal() {
    let room = Room::new();
    let checks = room.run_with(&["list", "checks"], &[("COLUMNS", "80")]).out;
    assert!(checks.lines().any(|line| line.starts_with("vpc/private_subnet_egress_broken ")), "ids are whole: {checks}");
    for what in ["checks", "tables", "services", "frameworks"] {
        let ran = room.run_with(&["list", what], &[("COLUMNS", "80")]);
        assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{what}: {}", ran.out);
    }
}

#[test]
fn a_check_is_explained_with_all_it_needs() {
    let id = "vpc/private_subnet_no_egress";
    let ran = run(&["explain", id]);
    assert_eq!(ran.code, 0);
    let parts = [
        "Why it matters", "In your account", "Fix", "aws ec2", "What it can say", "How it is observed", "ec2:DescribeSubnets",
        "aws_vpc_subnet", "Frameworks",
    ];
    for part in parts {
        assert!(ran.out.contains(part), "`{part}` is not in {}", ran.out);
    }
    assert!(!ran.out.contains("The question") && run(&["explain", id, "--sql"]).out.contains("The question\n  with"), "{}", ran.out);
    assert!(run(&["explain", "logs/group_retention_too_short"]).out.contains("min_days = "));
    // What no call tells, but is computed from what several tell.
    let computed = run(&["explain", "iam/workload_role_deny_missing"]).out;
    let (told, way) = computed.split_once("On the way there").expect("both");
    for call in ["lambda:ListFunctions", "ecs:DescribeTaskDefinition"] {
        assert!(told.contains(call) && !way.contains(call), "{call}: {computed}");
    }
}

#[test]
fn a_table_and_a_view_are_explained_with_their_columns() {
    let ran = run(&["explain", "aws_vpc_subnet"]);
    assert_eq!(ran.code, 0);
    for part in ["arn (text)", "NULL when unread", "ec2:DescribeSubnets"] {
        assert!(ran.out.contains(part), "`{part}` is not in {}", ran.out);
    }
    let one_line = |table: &str| run(&["explain", table]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let subnet = one_line("aws_vpc_subnet");
    for part in ["available_ip_address_count (integer, NULL when unread, churns)", "cidr_first (text, derived)", "churns: changes without"]
    {
        assert!(subnet.contains(part), "`{part}` is not in {subnet}");
    }
    let rule = one_line("aws_elbv2_listener_rule");
    for part in ["action_types (json, ordered)", "A row is part of a row of aws_elbv2_listener (by listener_arn = arn)."] {
        assert!(rule.contains(part), "`{part}` is not in {rule}");
    }
    assert!(one_line("aws_availability_zone").contains("what AWS offers, not what the account has"));
    let view = driftlead::services::views()[0].name;
    assert!(run(&["explain", view]).out.contains("SQL"));
}

/// The actions of a policy, after a look at its form.
fn actions(text: &str) -> BTreeSet<String> {
    let policy: serde_json::Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(policy["Version"], "2012-10-17");
    let statement = &policy["Statement"][0];
    assert_eq!((statement["Effect"].as_str(), statement["Resource"].as_str()), (Some("Allow"), Some("*")));
    let text = |action: &serde_json::Value| action.as_str().expect("an action").to_owned();
    statement["Action"].as_array().expect("actions").iter().map(text).collect()
}

#[test]
fn the_policy_allows_reading_only() {
    let all = actions(&run(&["permissions"]).out);
    assert!(all.len() > 40, "{}", all.len());
    for action in &all {
        let (service, verb) = action.split_once(':').expect("service:Action");
        assert!(service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{action}");
        let reads = ["Get", "List", "Describe", "Generate", "Lookup", "Search", "Simulate", "Filter"];
        // API Gateway's actions are HTTP's methods.
        assert!(action == "apigateway:GET" || reads.iter().any(|prefix| verb.starts_with(prefix)), "{action}");
        // `Generate` is for the credential report, which changes nothing; keys and the like are no reading.
        assert!(!verb.starts_with("Generate") || action == "iam:GenerateCredentialReport", "{action}");
        // `s3:GetObject` is there: HeadObject, which tells of an object and not what is in it, has no permission of its own.
        for secret in ["secretsmanager:GetSecretValue", "logs:GetLogEvents", "ssm:GetParameter"] {
            assert_ne!(action, secret);
        }
        assert!(!action.contains('*'), "{action}");
    }
    let few = actions(&run(&["permissions", "s3/bucket_versioning_off"]).out);
    assert!(few.is_subset(&all) && few.len() < 25 && few.contains("s3:GetBucketVersioning"), "{few:?}");
}

#[test]
fn an_errand_is_allowed_only_what_it_needs() {
    let plain = actions(&run(&["permissions", "vpc/private_*"]).out);
    assert!(!plain.contains("cloudtrail:LookupEvents"));
    let with_who = actions(&run(&["permissions", "vpc/private_*", "--with", "who"]).out);
    assert!(with_who.contains("cloudtrail:LookupEvents") && with_who.len() == plain.len() + 1, "{with_who:?}");
    let all = ["permissions", "vpc/private_*", "--with", "s3://states/a/prod.tfstate", "--with", "s3://states/b/"];
    let policy: serde_json::Value = serde_json::from_str(&run(&all).out).expect("JSON");
    let statements = policy["Statement"].as_array().expect("statements");
    let of = |number: usize| (statements[number]["Action"].clone(), statements[number]["Resource"].clone());
    let objects = serde_json::json!(["arn:aws:s3:::states/a/prod.tfstate", "arn:aws:s3:::states/b/*.tfstate"]);
    assert_eq!(of(1), (serde_json::json!(["s3:GetObject"]), objects));
    assert_eq!(of(2), (serde_json::json!(["s3:ListBucket"]), serde_json::json!(["arn:aws:s3:::states"])));
    let wrong = run(&["permissions", "--with", "states/prod.tfstate"]);
    assert!(wrong.code == 2 && wrong.err.contains("s3://BUCKET/KEY"), "{wrong:?}");
}

#[test]
fn a_plan_is_only_what_is_needed_and_needs_nobody() {
    let keys = [("AWS_ENDPOINT_URL", "http://127.0.0.1:1")];
    let ran = Room::new().run_with(&["check", "vpc/private_*", "--plan"], &keys);
    assert!(ran.code == 0 && ran.err.contains("an earlier snapshot tells"), "{ran:?}");
    let planned: BTreeSet<String> =
        ran.out.lines().skip(1).map(|line| line.split_whitespace().next().expect("a permission").to_owned()).collect();
    assert!(planned.contains("ec2:DescribeRouteTables") && planned.contains("sts:GetCallerIdentity"), "{planned:?}");
    assert!(!planned.iter().any(|action| action.starts_with("s3:") || action.starts_with("iam:")), "{planned:?}");
    assert_eq!(planned, actions(&run(&["permissions", "vpc/private_*"]).out));
    let room = Room::new();
    for arguments in [&["scan", "--plan", "-o", "x.json"][..], &["snapshot", "--plan", "-o", "x.db"]] {
        assert_eq!(room.run(arguments).code, 0);
    }
    assert!(room.files().is_empty(), "{:?}", room.files());
}

#[test]
fn shells_get_completions_and_man_gets_pages() {
    for (shell, part) in
        [("bash", "complete -F"), ("zsh", "#compdef driftlead"), ("fish", "complete -c driftlead"), ("powershell", "Register-")]
    {
        let ran = run(&["completions", shell]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        assert!(ran.out.contains(part) && commands().iter().all(|command| ran.out.contains(command.as_str())), "{shell}: {}", ran.out);
    }
    let wrong = run(&["completions", "tcsh"]);
    assert!(wrong.code == 2 && wrong.err.contains("bash, zsh, fish, powershell"), "{}", wrong.err);
    assert!(run(&["man"]).out.contains(".TH driftlead 1"));
    let room = Room::new();
    assert_eq!(room.run(&["man", "pages"]).code, 0);
    for command in commands() {
        let page = std::fs::read_to_string(room.path().join(format!("pages/driftlead-{command}.1"))).expect("a page for each command");
        assert!(page.contains(".SH NAME"), "{command}: {page}");
    }
    room.write("file", "");
    let wrong = room.run(&["man", "file"]);
    assert!(wrong.code == 2 && wrong.err.contains("name a folder"), "{}", wrong.err);
}
