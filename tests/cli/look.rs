//! How the report for people looks: its width, its colours, its order, and what it leaves out.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::Room;
use crate::support::program::driftlead;
use crate::support::world::{World, group};

const SCAN: [&str; 3] = ["scan", "--from", "world.db"];

fn platform() -> Room {
    let room = Room::new();
    room.platform();
    room
}

/// The lines that are wider; a single word, as an ARN in a command, cannot be broken.
fn too_wide(text: &str, width: usize) -> Vec<&str> {
    let is_one_word = |line: &str| line.trim_end_matches(" \\").split_whitespace().count() == 1;
    text.lines().filter(|line| line.chars().count() > width && !is_one_word(line)).collect()
}

/// Checks of the test's own, so that the picture changes only when the report does.
const OWN: [(&str, &str, &str); 4] = [
    (
        "acme/rotation_off",
        "title = 'Rotation off'\nseverity = 'medium'\nleg = 'configured'\nfamily = 'rotation'\nmessage = '{name} is not rotated'",
        "select s.arn as resource, s.rotation = 'on' as ok, s.name from aws_secretsmanager_secret as s",
    ),
    (
        "acme/rotation_late",
        "title = 'Rotation that is late'\nseverity = 'high'\nleg = 'working'\nfamily = 'rotation'
         message = '{name} was to be rotated every {rotation_interval_days} days, and was rotated last on {last_rotated_date}'
         [params.grace]\ndefault = 7\ndoc = 'Days of grace.'",
        "select s.arn as resource, julianday('2026-11-22') - julianday(s.last_rotated_date) <= s.rotation_interval_days + :grace as ok,
         'late' as reason, s.name, s.last_rotated_date, s.rotation_interval_days, s.rotation_lambda_arn, s.created_date
         from aws_secretsmanager_secret as s",
    ),
    (
        "acme/group_for_ever",
        "title = 'Log group whose events never expire'\nseverity = 'low'\nleg = 'configured'\nfamily = 'log-cost'
         message = '{name} keeps its events for ever'",
        "select g.arn as resource, g.retention_in_days > 0 as ok, g.name, g.retention_in_days from aws_cloudwatch_log_group as g",
    ),
    (
        "acme/key_old",
        "title = 'Key that is never rotated'\nseverity = 'high'\nleg = 'configured'\nfamily = 'keys'\nmessage = '{arn}'",
        "select k.arn as resource, 1 as ok, k.arn from aws_kms_key as k",
    ),
];

#[test]
fn the_report_is_as_it_was_looked_at() {
    let room = platform();
    for (id, card, select) in OWN {
        let fix = "why = 'w'\nfix = 'aws acme repair-thing --region {region} --resource-arn {resource} --and-make-it-so'";
        // Top-level keys come before any table of the card.
        room.write(&format!("own/{id}.sql"), format!("/*---\n{fix}\n{card}\n---*/\n{select}\n"));
    }
    let ran = room.run_with(&["check", "acme/*", "--checks", "own", "--from", "world.db"], &[("COLUMNS", "80")]);
    // How many calls the readers make is theirs to change.
    let calls = ran.out.find(" calls, 1 denied").and_then(|at| ran.out[..at].rfind('\n').map(|from| from + 1..at)).expect("the calls");
    insta::assert_snapshot!("report", format!("{}N{}", &ran.out[..calls.start], &ran.out[calls.end..]));
}

#[test]
fn the_report_fits_a_terminal_of_any_width() {
    let room = platform();
    for width in ["60", "80", "120"] {
        let ran = room.run_with(&[&SCAN[..], &["--show", "pass", "--limit", "0"]].concat(), &[("COLUMNS", width)]);
        let wide = too_wide(&ran.out, width.parse().unwrap());
        assert!(wide.is_empty(), "{width}: {wide:#?}");
    }
}

#[test]
fn the_worst_comes_first_and_each_thing_once() {
    let out = platform().run(&SCAN).out;
    let at = |text: &str| out.find(text).unwrap_or_else(|| panic!("`{text}` is not in {out}"));
    let sections = ["failures:", "CONFIGURED, NOT WORKING (1)", "LOW (", "CANNOT SAY (", "FAMILIES"];
    let places: Vec<usize> = sections.iter().map(|text| at(text)).collect();
    assert!(places.is_sorted(), "{places:?} in {out}");
    assert_eq!(out.matches("rotation_not_happening").count(), 1, "{out}");
}

#[test]
fn of_many_resources_the_first_is_shown_in_full() {
    let room = platform();
    let report = |limit: &str| room.run(&["check", "logs/group_never_expires", "--from", "world.db", "--limit", limit]).out;
    let few = report("5");
    assert_eq!(few.matches("  • ").count(), 5, "{few}");
    assert!(few.contains("… and 2 more") && few.contains(" × 7"), "{few}");
    assert_eq!((few.matches("seen by").count(), few.matches("put-retention-policy").count()), (1, 1), "{few}");
    let all = report("0");
    assert_eq!((all.matches("seen by").count(), all.matches("put-retention-policy").count()), (7, 7), "{all}");
}

#[test]
fn defaults_are_no_evidence() {
    let out = platform().run(&[&SCAN[..], &["--limit", "0"]].concat()).out;
    assert!(!out.contains("(default)"), "{out}");
}

#[test]
fn one_permission_to_add_is_said_once() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).rows(&group("/a", 365)).denied("aws_kms_key", "kms:ListKeys").save();
    let out = room.run(&["check", "kms/key_open_to_anyone", "kms/key_rotation_off", "--from", "world.db"]).out;
    assert_eq!(out.matches("• allow kms:ListKeys").count(), 1, "{out}");
    assert!(out.contains("2 unknowns: kms/key_open_to_anyone, kms/key_rotation_off in 111122223333 us-east-1"), "{out}");
    assert!(out.contains("AWS says: User: arn:aws:iam::111122223333:user/scan is not authorized"), "{out}");
    assert!(out.contains("1 denied; 1 gap."), "{out}");
    assert!(out.contains("allow kms:ListKeys (driftlead permissions prints the policy)"), "{out}");
}

#[test]
fn a_place_is_named_where_there_are_several() {
    let room = Room::new();
    let path = room.path().join("world.db");
    let here = group("/here", 0);
    let there =
        group("/there", 0).replace("us-east-1", "eu-west-1").replace("retention_policy", "region = \"eu-west-1\"\nretention_policy");
    let check = ["check", "logs/group_never_expires", "--from", "world.db"];
    World::new(&path).rows(&here).save();
    assert!(room.run(&check).out.contains("5000 bytes so far\n"), "one place needs no name");
    World::new(&path).also_in("eu-west-1").rows(&here).rows(&there).save();
    let out = room.run(&check).out;
    assert!(out.contains("5000 bytes so far [us-east-1]") && out.contains("5000 bytes so far [eu-west-1]"), "{out}");
    assert!(out.starts_with(concat!("driftlead ", env!("CARGO_PKG_VERSION"), " · 111122223333 · eu-west-1, us-east-1 · ")), "{out}");
}

#[test]
fn nothing_to_ask_about_is_said() {
    let room = Room::new();
    World::new(&room.path().join("world.db")).save();
    let ran = room.run(&["check", "vpc/peering_broken", "--from", "world.db"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("1 check: 0 fail, 0 unknown, 0 pass"), "{}", ran.out);
    assert!(ran.out.contains("Nothing was found that these checks could be asked about."), "{}", ran.out);
}

#[test]
fn a_pipe_gets_no_colours_and_no_progress() {
    let room = platform();
    let ran = room.run(&SCAN);
    assert!(!ran.out.contains('\x1b'), "{}", ran.out);
    assert_eq!(ran.err, "");
    assert!(too_wide(&ran.out, 100).is_empty());
}

#[test]
fn colours_are_a_choice() {
    let room = platform();
    let colored = |arguments: &[&str], variables: &[(&str, &str)]| {
        let ran = room.run_with(&[&SCAN[..], arguments].concat(), variables);
        ran.out.contains('\x1b')
    };
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]), "the flag is nearer than the variable");
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&["--format", "json", "--color", "always"], &[]));
    // Every line ends without a colour, so that `head` cannot leave one on.
    let ran = room.run(&[&SCAN[..], &["--color", "always"]].concat());
    for line in ran.out.lines().filter(|line| line.contains('\x1b')) {
        let after = line.rfind("\x1b[").map(|at| &line[at..]).expect("a colour");
        assert!(after.starts_with("\x1b[0m"), "{line:?}");
    }
}

#[test]
fn a_name_cannot_paint_the_terminal() {
    let room = Room::new();
    let rows = group("/evil", 0).replace("name = \"/evil\"", "name = \"/evil\\u001b[2J<script>\"");
    World::new(&room.path().join("world.db")).rows(&rows).save();
    let ran = room.run(&["check", "logs/group_never_expires", "--from", "world.db"]);
    assert!(!ran.out.contains('\x1b') && ran.out.contains("/evil\\u{1b}[2J<script>"), "{}", ran.out);
    let table = room.run(&["query", "select name from aws_cloudwatch_log_group", "--from", "world.db"]);
    assert!(!table.out.contains('\x1b'), "{}", table.out);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let room = platform();
    for arguments in [&["list", "checks"][..], &["permissions"], &["query", "select * from ledger", "--from", "world.db", "--quiet"], &SCAN]
    {
        let mut command = driftlead(arguments);
        let mut child = command.current_dir(room.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!line.is_empty() && err.is_empty(), "{arguments:?}: {err}");
        assert!(output.status.code().is_some_and(|code| code != 2 && code != 101), "{arguments:?}: {:?}", output.status);
    }
}
