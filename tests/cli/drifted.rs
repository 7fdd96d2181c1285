//! Drift that is told: what changed, what turned with it, how it looks, and how the run ends.

use serde_json::Value;

use crate::Room;
use crate::drift::{put, sql};
use crate::support::program::Said;
use crate::support::world::{World, group};

const NEVER: &str = "logs/group_never_expires";

/// Snapshots of two days: of three log groups one is kept for ever now, one is gone, and one is new.
fn two(room: &Room) {
    std::fs::create_dir_all(room.path().join("kept")).expect("the store");
    let world = |name: &str, rows: String| World::new(&room.path().join(name)).rows(&rows).save();
    world("kept/1.db", group("/app", 30) + &group("/old", 30));
    world("kept/2.db", group("/app", 0) + &group("/new", 30));
    for day in [1, 2] {
        sql(room, &format!("kept/{day}.db"), &format!("update snapshot set started_at = '2026-11-2{day}T10:00:00Z'"));
    }
}

fn drift(room: &Room, more: &[&str]) -> Said {
    room.run(&[&["drift", "--store", "kept"], more].concat())
}

fn json(ran: &Said) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// `changed /app retention_in_days`, sorted.
fn lines(report: &Value) -> Vec<String> {
    let line = |change: &Value| {
        let columns: Vec<&str> = change["columns"].as_array().unwrap().iter().filter_map(|column| column["column"].as_str()).collect();
        let columns = if change["kind"] == "changed" { columns.join(",") } else { String::new() };
        let name = change["resource"].as_str().unwrap().rsplit(['/', ':']).next().unwrap();
        format!("{} {name} {columns}", change["kind"].as_str().unwrap()).trim_end().to_owned()
    };
    let mut lines: Vec<String> = report["drift"]["changes"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn the_latest_two_of_the_store_are_compared() {
    let room = Room::new();
    two(&room);
    let ran = drift(&room, &["--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = json(&ran);
    assert_eq!(report["schema"], 1);
    assert_eq!(lines(&report), ["added new", "changed app retention_in_days", "missing old"]);
    let changed = report["drift"]["changes"].as_array().unwrap().iter().find(|change| change["kind"] == "changed").unwrap();
    let column = &changed["columns"][0];
    assert_eq!((&column["wanted"], &column["found"]), (&Value::from(30), &Value::from(0)));
    let flip = &changed["verdicts"][0];
    assert_eq!((flip["check"].as_str(), flip["before"].as_str(), flip["after"].as_str()), (Some(NEVER), Some("pass"), Some("fail")));
    assert_eq!(report["drift"]["summary"]["worse"], 2, "the new one is not kept long enough");
    assert_eq!(report["drift"]["changes"], json(&drift(&room, &["--format", "json"]))["drift"]["changes"], "the same every time");
    // The same by name, and by time.
    for more in [&["--between", "kept/1.db", "kept/2.db"][..], &["--since", "2026-11-21"], &["--since", "1.db"]] {
        let again = drift(&room, &[more, &["--format", "json"]].concat());
        assert_eq!(lines(&json(&again)), lines(&report), "{more:?}");
    }
}

#[test]
fn the_exit_code_tells_whether_there_is_drift() {
    let room = Room::new();
    two(&room);
    assert_eq!(drift(&room, &[]).code, 1);
    assert_eq!(drift(&room, &["--fail-on", "critical"]).code, 0, "it is not that bad");
    assert_eq!(drift(&room, &["--between", "kept/2.db", "kept/2.db"]).code, 0);
    // A list that nobody was allowed to read: neither drift nor none.
    World::new(&room.path().join("kept/3.db")).denied("aws_cloudwatch_log_group", "logs:DescribeLogGroups").save();
    let ran = drift(&room, &["--format", "json"]);
    assert_eq!((ran.code, lines(&json(&ran))), (3, vec!["unknown".to_owned()]), "{ran:?}");
    assert!(ran.out.contains("logs:DescribeLogGroups was denied") && ran.out.contains("2 rows are on one side only"), "{}", ran.out);
}

#[test]
fn the_table_fits_a_terminal() {
    let room = Room::new();
    two(&room);
    let ran = room.run_with(&["drift", "--store", "kept"], &[("COLUMNS", "80")]);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    insta::assert_snapshot!("drift", ran.out);
}

#[test]
fn a_stack_is_compared_with_its_own_template() {
    let room = Room::new();
    put(&room, "a.db", 20);
    let stacks = |more: &[&str]| room.run(&[&["drift", "--cloudformation", "--from", "a.db", "--format", "json"], more].concat());
    let ran = stacks(&[]);
    assert_eq!((ran.code, lines(&json(&ran))), (0, vec![]), "{ran:?}");
    sql(&room, "a.db", "update aws_vpc_subnet set map_public_ip_on_launch = 1");
    let ran = stacks(&["--stack", "ne*"]);
    assert_eq!((ran.code, lines(&json(&ran))), (1, vec!["changed subnet-1 map_public_ip_on_launch".to_owned()]));
    let change = &json(&ran)["drift"]["changes"][0];
    assert_eq!(change["columns"][0]["property"], "MapPublicIpOnLaunch");
    assert_eq!((&change["declared"]["name"], &change["declared"]["address"]), (&"net".into(), &"Front".into()));
    // A template on disk may say what is there.
    room.write(
        "new.yaml",
        "Resources:\n  Front:\n    Type: AWS::EC2::Subnet\n    Properties: {CidrBlock: 10.0.0.0/24, MapPublicIpOnLaunch: true}\n",
    );
    let on_disk = |more: &[&str]| {
        room.run(&[&["drift", "--template", "new.yaml", "--stack", "net", "--from", "a.db", "--format", "json"], more].concat())
    };
    assert_eq!(on_disk(&[]).code, 0, "{:?}", on_disk(&[]));
    // What only the stack has is told, unless macros make something else of the template.
    sql(
        &room,
        "a.db",
        "insert into aws_cloudformation_stack_resource select arn, account_id, region, 'Role', 'role-1', 'AWS::IAM::Role', resource_status, resource_status_reason, last_updated_time, drift_status, drift_last_check_time from aws_cloudformation_stack_resource where logical_id = 'Front'",
    );
    let report = json(&on_disk(&[]));
    assert_eq!(report["drift"]["changes"][0]["reason"], "the stack has it (role-1), the template does not");
    room.write(
        "new.yaml",
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Front:\n    Type: AWS::EC2::Subnet\n    Properties: {CidrBlock: 10.0.0.0/24, \
         MapPublicIpOnLaunch: true}\n",
    );
    let report = json(&on_disk(&[]));
    assert_eq!((on_disk(&[]).code, lines(&report)), (0, vec![]), "{report}");
    assert!(report["drift"]["scope"]["remarks"].to_string().contains("macros make more of it"), "{report}");
    sql(&room, "a.db", "delete from aws_cloudformation_stack_resource where logical_id = 'Role'");
    sql(&room, "a.db", "delete from aws_vpc_subnet");
    assert_eq!(lines(&json(&stacks(&[]))), ["missing subnet_id=subnet-1"]);
}

#[test]
fn what_is_in_no_declaration_is_counted_or_listed() {
    let room = Room::new();
    put(&room, "a.db", 20);
    sql(
        &room,
        "a.db",
        "create temp table t as select * from aws_vpc_subnet; update t set arn = 'arn:aws:ec2:us-east-1:111122223333:subnet/subnet-2', subnet_id = 'subnet-2', tags = '{}';
         insert into aws_vpc_subnet select * from t;",
    );
    let stacks = |more: &[&str]| room.run(&[&["drift", "--cloudformation", "--from", "a.db"], more].concat());
    let ran = stacks(&["--format", "json"]);
    assert_eq!((ran.code, &json(&ran)["drift"]["unmanaged_unlisted"]), (0, &Value::from(1)), "{ran:?}");
    assert!(stacks(&[]).out.contains("1 resource in no declaration; --unmanaged lists them."), "{}", stacks(&[]).out);
    let ran = stacks(&["--unmanaged", "--format", "json"]);
    assert_eq!((ran.code, lines(&json(&ran))), (0, vec!["unmanaged subnet-2".to_owned()]), "it is no drift by itself");
}

#[test]
fn rules_accept_and_are_accounted_for() {
    let room = Room::new();
    two(&room);
    room.write(
        "driftlead.toml",
        "[[drift.ignore]]\nreason = 'logs come and go'\ntable = ['aws_cloudwatch_log_group']\nkind = ['added', 'missing']
         [[drift.ignore]]\nreason = 'long gone'\nresource = ['*/nothing']
         [[drift.ignore]]\nreason = 'over'\ncolumn = ['retention_in_days']\nexpires = '2026-11-01'\n",
    );
    let ran = drift(&room, &["--format", "json"]);
    let report = json(&ran);
    assert_eq!((ran.code, &report["drift"]["summary"]["ignored"]), (1, &Value::from(2)), "{ran:?}");
    let rules = report["drift"]["scope"]["rules"].to_string();
    for words in
        ["\\\"long gone\\\" in driftlead.toml matches nothing", "\\\"over\\\" in driftlead.toml ended on 2026-11-01; 1 that it accepted"]
    {
        assert!(rules.contains(words), "{rules}");
    }
    assert!(drift(&room, &[]).out.contains("ACCEPTED (2)"));
    room.write("driftlead.toml", "[[drift.ignore]]\nreason = 'all of it'\ntable = ['*']\n");
    assert_eq!(drift(&room, &[]).code, 0);
}

#[test]
fn what_others_wrote_breaks_no_report() {
    let room = Room::new();
    two(&room);
    let hostile = "a|b `c` </details> <script> \u{1b}[31m\\n# X\\n| d |";
    let tags = serde_json::json!({ "note": hostile.replace("\\n", "\n"), "k|`\n</details>": "v" }).to_string();
    rusqlite::Connection::open(room.path().join("kept/2.db"))
        .unwrap()
        .execute("update aws_cloudwatch_log_group set tags = ?", [tags])
        .unwrap();
    let ran = drift(&room, &["--format", "markdown"]);
    assert_eq!(ran.code, 1);
    assert!(!ran.out.contains('\u{1b}') && !ran.out.contains("<script>") && !ran.out.contains("\n# X"), "{}", ran.out);
    assert_eq!(ran.out.matches("</details>").count(), ran.out.matches("<details>").count(), "{}", ran.out);
    for line in ran.out.lines().filter(|line| line.starts_with('|')) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 7, "{line}");
    }
    let table = drift(&room, &[]).out;
    assert!(!table.contains('\u{1b}') && !table.contains("\n# X"), "{table}");
    let note = &json(&drift(&room, &["--format", "json"]))["drift"]["changes"].to_string();
    assert!(note.contains("\\u001b[31m\\n# X"), "JSON keeps what is there: {note}");
}

#[test]
fn files_are_written_beside_what_is_shown() {
    let room = Room::new();
    two(&room);
    let ran = drift(&room, &["-o", "drift.json", "-o", "drift.md", "-o", "drift.txt"]);
    assert_eq!(ran.code, 1);
    let read = |name: &str| std::fs::read_to_string(room.path().join(name)).unwrap();
    assert_eq!(read("drift.json"), drift(&room, &["--format", "json"]).out);
    assert!(read("drift.md").starts_with("## Drift: **1** missing, **1** changed, **1** added\n"), "{}", read("drift.md"));
    assert!(read("drift.txt").contains("retention_in_days: 30 → 0"), "{}", read("drift.txt"));
}

#[test]
fn the_snapshot_in_which_a_verdict_turned_is_named() {
    let room = Room::new();
    two(&room);
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/app";
    let ran = drift(&room, &["--bisect", NEVER, arn]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("2026-11-22T10:00:00Z"), "{}", ran.out);
}
