//! Verifying: what `verify` says of everything that can have happened to a sealed snapshot since.

use serde_json::Value;
use ssh_key::{HashAlg, LineEnding};

use crate::desk::{Desk, NAMESPACE, private, words};
use crate::fails;

#[test]
fn without_a_key_that_was_named_nothing_is_proven() {
    let desk = Desk::sealed();
    let ran = desk.room.run(&["verify", "world.db"]);
    let text = words(&ran.out);
    assert_eq!(ran.code, 3, "{ran:?}");
    let fingerprint = private(1).fingerprint(HashAlg::Sha256);
    for words in ["CANNOT BE SAID", &format!("The signature is intact, but by a key that you did not name: {fingerprint}.")] {
        assert!(text.contains(words), "{text}");
    }
    assert!(!text.contains("PROVEN") && !text.contains("proven:") && text.contains("file note: Its "), "{text}");
    let ran = desk.room.run(&["verify", "world.db", "--key", "other.pub"]);
    assert!(ran.code == 1 && words(&ran.out).contains("is none of those that you named") && !ran.out.contains("PROVEN"), "{ran:?}");
    assert_eq!(desk.room.run(&["verify", "world.db", "--key", "other.pub", "--key", "id.pub"]).code, 0);
    fails(&desk.room.run(&["verify", "world.db", "--key", "id"]), &["id: is a private key", "the file with .pub"]);
    fails(&desk.room.run(&["verify", "world.db", "--key", "none.pub"]), &["--key: none.pub: No such file"]);
}

#[test]
fn allowed_signers_are_those_of_openssh() {
    let desk = Desk::sealed();
    let public = desk.text("id.pub");
    let verify = |line: String| {
        desk.write("allowed", line);
        desk.room.run(&["verify", "world.db", "--allowed-signers", "allowed"])
    };
    let good = verify(format!("# audit\naudit@example.com namespaces=\"{NAMESPACE}\" {public}"));
    assert!(good.code == 0 && good.out.contains("audit@example.com"), "{good:?}");
    let git = verify(format!("audit@example.com namespaces=\"git\" {public}"));
    assert!(git.code == 1 && words(&git.out).contains("may not sign"), "{git:?}");
    let old = verify(format!("audit@example.com valid-before=\"20200101Z\" {public}"));
    assert!(old.code == 1 && words(&old.out).contains("was valid until 2020-01-01"), "{old:?}");
    fails(&verify("audit@example.com".to_owned()), &["allowed:1: the key cannot be read"]);
}

#[test]
fn one_flipped_byte_anywhere_fails_it() {
    let desk = Desk::sealed();
    let (bytes, files) = (desk.read("world.db"), desk.room.files());
    // The header's magic, its page size, the versions that ask for a WAL, the counters, the schema, and pages all over the file.
    let places = [0, 16, 18, 19, 24, 27, 40, 60, 92, 100, 105, 4096];
    let all_over = (1..40).map(|i| bytes.len() / 40 * i + i);
    for at in places.into_iter().chain(all_over).chain([bytes.len() - 1]) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        desk.write("world.db", &flipped);
        desk.breaks(&["NOT WHAT WAS SEALED", "It is as long as what was sealed, and has other bytes"]);
        assert_eq!(desk.room.files(), files, "byte {at}: verifying leaves nothing");
    }
    desk.write("world.db", &bytes);
    desk.holds(&[]);
}

#[test]
fn a_flipped_value_is_found_in_its_table() {
    let desk = Desk::sealed();
    let mut bytes = desk.read("world.db");
    let at = bytes.windows(6).position(|window| window == b"/app/3").expect("the name of a log group");
    bytes[at + 5] = b'9';
    desk.write("world.db", &bytes);
    let text = desk.breaks(&["1 table differs", "1 row differs"]);
    assert!(text.contains("aws_cloudwatch_log_group") && text.contains("arn:aws:logs:us-east-1:111122223333:log-group:/app/"), "{text}");
}

#[test]
fn removed_added_and_changed_rows_are_counted_by_table() {
    let desk = Desk::sealed();
    let whole = desk.read("world.db");
    let after = |sql: &str, words: &[&str]| {
        desk.change(sql);
        let text = desk.breaks(words);
        desk.write("world.db", &whole);
        text
    };
    after(
        "delete from aws_cloudwatch_log_group where name = '/app/3'",
        &["aws_cloudwatch_log_group", "1 row is missing; 8 rows sealed, 7 found"],
    );
    after("delete from gap", &["1 table differs", "gap", "1 row is missing; 1 row sealed, 0 found"]);
    after("delete from ledger where outcome = 'denied'", &["ledger", "1 row is missing"]);
    after("update coverage set complete = 1", &["coverage", "1 row differs"]);
    after("update snapshot set finished_at = '2027-01-01T00:00:00Z'", &["snapshot", "1 row differs"]);
    after(
        "create temp table new as select * from aws_cloudwatch_log_group where name = '/app/1';
         update new set name = '/new', arn = replace(arn, '/app/1', '/new'); insert into aws_cloudwatch_log_group select * from new",
        &["1 row is there that was not sealed; 8 rows sealed, 9 found: arn:aws:logs:us-east-1:111122223333:log-group:/new"],
    );
    let two = after(
        "update aws_cloudwatch_log_group set retention_in_days = 365; delete from aws_secretsmanager_secret where name = 'search'",
        &["2 tables differ", "7 rows differ; 8 rows sealed, 8 found", "1 row is missing; 2 rows sealed, 1 found"],
    );
    assert!(two.contains("aws_secretsmanager_secret"), "{two}");
    after("create view lies as select 1", &["sqlite_schema", "definitions of tables, indexes and views"]);
    desk.holds(&[]);
}

#[test]
fn the_same_rows_in_other_bytes_are_said_to_be_that() {
    let desk = Desk::sealed();
    desk.change("pragma page_size = 8192; vacuum");
    desk.breaks(&["Every table holds the very rows that were sealed; the bytes around them differ"]);
    let json: Value = serde_json::from_str(&desk.verify(&["--format", "json"]).out).unwrap();
    assert_eq!((&json["verdict"], &json["tables"]), (&Value::from("broken"), &Value::from(Vec::<Value>::new())));
}

#[test]
fn a_file_that_is_cut_short_or_no_database_any_more_says_so() {
    let desk = Desk::sealed();
    let whole = desk.read("world.db");
    desk.write("world.db", &whole[..whole.len() - 4096]);
    desk.breaks(&["It is 4096 bytes shorter than what was sealed"]);
    desk.write("world.db", [&whole[..], b"more"].concat());
    desk.breaks(&["It is 4 bytes longer than what was sealed", "Every table holds the very rows"]);
    desk.write("world.db", "hello");
    desk.breaks(&["bytes shorter than what was sealed, and is no database that can be read any more"]);
    desk.write("world.db", "");
    desk.breaks(&["bytes shorter than what was sealed"]);
    std::fs::remove_file(desk.at("world.db")).unwrap();
    fails(&desk.verify(&[]), &["world.db: No such file"]);
}

#[test]
fn an_exchanged_or_edited_seal_says_which() {
    let desk = Desk::sealed();
    desk.another("next.db", 1);
    desk.seal("next.db");
    let (manifest, signature) = (desk.text("world.db.seal.json"), desk.text("world.db.seal.json.sig"));
    let restore = || {
        desk.write("world.db.seal.json", &manifest);
        desk.write("world.db.seal.json.sig", &signature);
    };
    // Another snapshot's seal, whole.
    desk.copy("next.db.seal.json", "world.db.seal.json");
    desk.copy("next.db.seal.json.sig", "world.db.seal.json.sig");
    let text = desk.breaks(&["The manifest is of another snapshot: next.db, 111122223333, read from 2025-01-01T10:00:00Z on"]);
    assert!(text.contains("This one is 111122223333, read from 2026-11-22T12:00:00Z on") && !text.contains("What differs"), "{text}");
    restore();
    // Its manifest, or its signature, alone.
    let exchanged = "is no signature of this manifest: one of the two was changed or exchanged";
    desk.copy("next.db.seal.json", "world.db.seal.json");
    desk.breaks(&[exchanged, "The manifest is of another snapshot"]);
    restore();
    desk.copy("next.db.seal.json.sig", "world.db.seal.json.sig");
    desk.breaks(&[exchanged]);
    restore();
    // Edited, by a value, and by a blank that changes none.
    desk.write("world.db.seal.json", manifest.replace("\"complete\": true", "\"complete\": false"));
    desk.breaks(&[exchanged, "The manifest describes it otherwise than it is"]);
    desk.write("world.db.seal.json", format!("{manifest} "));
    desk.breaks(&[exchanged]);
    // Edited and signed anew by somebody else, who says so or does not.
    let sign = |text: &str| {
        desk.write("world.db.seal.json", text);
        let pem = private(2).sign(NAMESPACE, HashAlg::Sha512, text.as_bytes()).unwrap().to_pem(LineEnding::LF).unwrap();
        desk.write("world.db.seal.json.sig", pem);
    };
    sign(&manifest);
    desk.breaks(&["says that it was sealed by the key", "somebody else has signed it anew", "none of those that you named"]);
    let fingerprint = |number: u8| private(number).fingerprint(HashAlg::Sha256).to_string();
    sign(&manifest.replace(&fingerprint(1), &fingerprint(2)));
    desk.breaks(&["none of those that you named: somebody else has signed"]);
    // Cut short.
    restore();
    desk.write("world.db.seal.json", &manifest[..manifest.len() / 2]);
    desk.breaks(&[exchanged, "What world.db.seal.json says cannot be read: it ends in the middle"]);
    restore();
    desk.write("world.db.seal.json.sig", &signature[..signature.len() / 2]);
    desk.breaks(&["world.db.seal.json.sig is cut short, or is no signature of OpenSSH"]);
    restore();
    desk.holds(&[]);
    std::fs::remove_file(desk.at("world.db.seal.json.sig")).unwrap();
    fails(&desk.verify(&[]), &["world.db.seal.json.sig: no such file", "proves nothing"]);
    std::fs::remove_file(desk.at("world.db.seal.json")).unwrap();
    fails(&desk.verify(&[]), &["world.db.seal.json: no such file: the snapshot is not sealed"]);
}

#[test]
fn a_seal_of_a_later_driftlead_is_not_guessed_at() {
    let desk = Desk::sealed();
    let sign = |text: String| {
        let pem = private(1).sign(NAMESPACE, HashAlg::Sha512, text.as_bytes()).unwrap().to_pem(LineEnding::LF).unwrap();
        desk.write("world.db.seal.json", text);
        desk.write("world.db.seal.json.sig", pem);
    };
    let manifest = desk.text("world.db.seal.json");
    sign(manifest.replace("\"schema\": 1", "\"schema\": 2"));
    desk.says(&[], 3, &["CANNOT BE SAID", "it has schema 2, and this driftlead reads schema 1"]);
    sign(manifest.replace("\"remarks\"", "\"moon\": \"full\",\n  \"remarks\""));
    desk.holds(&[]);
}

#[test]
fn a_renamed_snapshot_is_still_itself() {
    let desk = Desk::sealed();
    std::fs::rename(desk.at("world.db"), desk.at("q4.db")).unwrap();
    let verify = |more: &[&str]| desk.room.run(&[&["verify", "q4.db", "--key", "id.pub"], more].concat());
    let alone = verify(&[]);
    assert!(alone.code == 0 && words(&alone.out).contains("It was sealed as world.db."), "{alone:?}");
    std::fs::create_dir(desk.at("seals")).unwrap();
    for name in ["world.db.seal.json", "world.db.seal.json.sig"] {
        std::fs::rename(desk.at(name), desk.at("seals").join(name)).unwrap();
    }
    fails(&verify(&[]), &["q4.db.seal.json: no such file", "--manifest FILE"]);
    assert_eq!(verify(&["--manifest", "seals/world.db.seal.json"]).code, 0);
}

#[test]
fn reading_a_snapshot_changes_no_byte_of_it() {
    let desk = Desk::sealed();
    let before = desk.read("world.db");
    for command in [&["scan", "--from"][..], &["query", "select count(*) from ledger", "--from"], &["explain", "aws_vpc", "--from"]] {
        desk.room.run(&[command, &["world.db"]].concat());
    }
    assert!(desk.read("world.db") == before);
    desk.holds(&[]);
    // What SQLite would read as a part of it is no part of what was sealed.
    for suffix in ["-wal", "-journal"] {
        desk.write(&format!("world.db{suffix}"), "");
        desk.breaks(&[&format!("world.db{suffix} lies beside it, which nobody sealed")]);
        std::fs::remove_file(desk.at(&format!("world.db{suffix}"))).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_can_be_verified() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::sealed();
    let mode = |folder: u32, file: u32| {
        for name in ["world.db", "world.db.seal.json", "world.db.seal.json.sig"] {
            std::fs::set_permissions(desk.at(name), PermissionsExt::from_mode(file)).unwrap();
        }
        std::fs::set_permissions(desk.room.path(), PermissionsExt::from_mode(folder)).unwrap();
    };
    mode(0o500, 0o400);
    let ran = desk.verify(&[]);
    mode(0o700, 0o600);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn nothing_hostile_in_a_seal_or_a_snapshot_reaches_the_terminal() {
    let desk = Desk::new();
    desk.change("update aws_cloudwatch_log_group set arn = arn || char(27) || '[31m' || char(8238) where name = '/app/1'");
    desk.seal("world.db");
    desk.change("update aws_cloudwatch_log_group set retention_in_days = 1 where name = '/app/1'");
    let text = desk.breaks(&["1 row differs"]);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    let hostile = desk.text("world.db.seal.json").replace("\"name\": \"world.db\"", "\"name\": \"\\u001b[31m\\u202e.db\"");
    desk.write("world.db.seal.json", hostile);
    let ran = desk.verify(&[]);
    assert!(ran.code == 1 && !ran.out.contains('\u{1b}') && !ran.out.contains('\u{202e}'), "{ran:?}");
}
