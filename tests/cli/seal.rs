//! Sealing: what `snapshot --seal` and `seal` write, with which keys, and to what they chain it.

use std::process::Stdio;

use rusqlite::Connection;
use serde_json::Value;
use ssh_key::{Cipher, HashAlg, Kdf};

use crate::desk::{Desk, NAMESPACE, private, words};
use crate::fails;
use crate::store::record;
use crate::support::program::{driftlead, said};

#[test]
fn a_sealed_snapshot_is_proven() {
    let desk = Desk::new();
    let before = desk.read("world.db");
    let told = desk.seal("world.db").err;
    assert!(told.contains("world.db.seal.json and world.db.seal.json.sig seal it, by ssh-ed25519 SHA256:"), "{told}");
    assert!(told.contains("It is the first of its chain.") && told.contains("The snapshot has 1 gap"), "{told}");
    let out = desk.holds(&[]);
    let out = words(&out);
    for words in ["The key is one that you named: key-1@example.com.", "It is the first of its chain", "111122223333", "SHA-256 "] {
        assert!(out.contains(words), "{out}");
    }
    desk.holds(&["--chain"]);
    assert!(desk.read("world.db") == before);
    let files = ["id", "id.pub", "other", "other.pub", "world.db", "world.db.seal.json", "world.db.seal.json.sig"];
    assert_eq!(desk.room.files(), files);
    let narrow = desk.room.run_with(&["verify", "world.db", "--key", "id.pub"], &[("COLUMNS", "80")]);
    assert!(narrow.out.lines().all(|line| line.chars().count() <= 80), "{}", narrow.out);
}

#[test]
fn the_manifest_says_what_the_file_holds() {
    let desk = Desk::sealed();
    let manifest = desk.manifest();
    assert_eq!((&manifest["schema"], &manifest["previous"]), (&Value::from(1), &Value::Null));
    assert!(desk.text("world.db.seal.json").contains("\"previous\": null"));
    assert_eq!(manifest["file"]["name"], "world.db");
    assert_eq!(manifest["file"]["size"], desk.read("world.db").len());
    let snapshot = &manifest["snapshot"];
    assert_eq!((&snapshot["started_at"], &snapshot["complete"]), (&Value::from("2026-11-22T12:00:00Z"), &Value::from(true)));
    assert_eq!((&snapshot["accounts"][0]["id"], &snapshot["accounts"][0]["caller"]), (&Value::from("111122223333"), &Value::Null));
    assert_eq!((&snapshot["coverage"]["denied"], &snapshot["coverage"]["gaps"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(manifest["key"]["fingerprint"], private(1).fingerprint(HashAlg::Sha256).to_string());
    let tables = manifest["tables"].as_array().unwrap();
    let rows = |name: &str| tables.iter().find(|table| table["name"] == name).unwrap_or_else(|| panic!("{name}"))["rows"].clone();
    assert_eq!((rows("aws_cloudwatch_log_group"), rows("gap"), rows("snapshot"), rows("place")), (8.into(), 1.into(), 1.into(), 2.into()));
    assert!(rows("ledger").as_u64() > Some(100) && rows("coverage").as_u64() > Some(50) && rows("sqlite_schema").as_u64() > Some(100));
    let json: Value = serde_json::from_str(&desk.verify(&["--format", "json"]).out).unwrap();
    assert_eq!((&json["schema"], &json["verdict"]), (&Value::from(1), &Value::from("proven")));
    assert!(json["claims"].as_array().unwrap().iter().all(|claim| claim["standing"] == "proven"), "{json}");
    assert_eq!(json["seal"]["file"], manifest["file"]);
}

#[test]
fn a_snapshot_is_sealed_as_it_is_taken() {
    let desk = Desk::new();
    record(&desk.room);
    let ran = desk.room.run(&["snapshot", "--replay", "run.jsonl.gz", "-o", "audit.db", "--seal", "--key", "id"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains("audit.db.seal.json.sig seal it") && ran.err.contains("not by AWS"), "{}", ran.err);
    assert_eq!(desk.room.run(&["verify", "audit.db", "--key", "id.pub"]).code, 0);
    let caller = serde_json::from_slice::<Value>(&desk.read("audit.db.seal.json")).unwrap()["snapshot"]["accounts"][0]["caller"].clone();
    assert!(caller.as_str().is_some_and(|caller| caller.starts_with("arn:aws:")), "{caller}");
    // Neither the seal nor the snapshot under it is written over.
    let before = desk.read("audit.db");
    for command in [&["snapshot"][..], &["scan"], &["snapshot", "--seal", "--key", "id"]] {
        fails(
            &desk.room.run(&[command, &["--replay", "run.jsonl.gz", "-o", "audit.db"]].concat()),
            &["-o audit.db: is sealed by audit.db.seal.json", "another name"],
        );
    }
    fails(&desk.room.run(&["seal", "audit.db", "--key", "id"]), &["audit.db: is sealed already", "driftlead verify"]);
    assert!(desk.read("audit.db") == before);
}

#[test]
fn a_key_that_cannot_sign_costs_no_scan() {
    let desk = Desk::new();
    record(&desk.room);
    let before = desk.room.files();
    let snapshot = |more: &[&str]| desk.room.run(&[&["snapshot", "--replay", "run.jsonl.gz", "-o", "audit.db"], more].concat());
    fails(&snapshot(&["--seal"]), &["--key"]);
    fails(&snapshot(&["--key", "id"]), &["--seal"]);
    fails(&snapshot(&["--seal", "--key", "none"]), &["--key: none: No such file"]);
    fails(&snapshot(&["--seal", "--key", "id.pub"]), &["id.pub: is a public key"]);
    assert_eq!(desk.room.files(), before);
    fails(&desk.room.run(&["seal", "none.db", "--key", "id"]), &["none.db: No such file"]);
    fails(&desk.room.run(&["seal", "id.pub", "--key", "id"]), &["is not a driftlead snapshot"]);
    let whole = desk.read("world.db");
    desk.write("half.db", &whole[..whole.len() / 2]);
    fails(&desk.room.run(&["seal", "half.db", "--key", "id"]), &["half.db is damaged"]);
    #[cfg(unix)]
    {
        std::fs::set_permissions(desk.at("id"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        fails(&desk.room.run(&["seal", "world.db", "--key", "id"]), &["others than its owner can read it (mode 0644)", "chmod 600"]);
    }
    assert!(!desk.at("world.db.seal.json").exists());
}

#[test]
fn a_key_with_a_passphrase_is_opened_with_it() {
    let desk = Desk::new();
    let kdf = Kdf::Bcrypt { salt: vec![1; 16], rounds: 1 };
    desk.key("locked", &private(1).encrypt_with(Cipher::Aes256Ctr, kdf, 7, "sesame").unwrap());
    let seal = |passphrase: &str| {
        desk.room.run_with(
            &["seal", "world.db", "--key", "locked"],
            &[("DRIFTLEAD_KEY_PASSPHRASE", passphrase)][..usize::from(!passphrase.is_empty())],
        )
    };
    fails(&seal(""), &["locked: has a passphrase", "DRIFTLEAD_KEY_PASSPHRASE"]);
    fails(&seal("abracadabra"), &["the passphrase in DRIFTLEAD_KEY_PASSPHRASE does not open it"]);
    assert!(!seal("abracadabra").err.contains("abracadabra"));
    assert_eq!(seal("sesame").code, 0);
    desk.holds(&[]);
}

#[test]
fn ssh_keygen_accepts_it_and_what_ssh_keygen_signs_is_accepted() {
    let desk = Desk::new();
    for (kind, bits) in [("ed25519", "256"), ("ecdsa", "256"), ("rsa", "2048")] {
        let made = desk.ssh_keygen(&["-q", "-t", kind, "-b", bits, "-N", "sesame", "-C", "us", "-f", kind], "id");
        assert_eq!(made.code, 0, "{made:?}");
        let passphrase = [("DRIFTLEAD_KEY_PASSPHRASE", "sesame")];
        let ran = desk.room.run_with(&["seal", "world.db", "--key", kind, "--previous", "none"], &passphrase);
        assert_eq!(ran.code, 0, "{ran:?}");
        let public = format!("{kind}.pub");
        desk.write("allowed", format!("audit@example.com {}", desk.text(&public)));
        let verify = ["-Y", "verify", "-f", "allowed", "-I", "audit@example.com", "-n", NAMESPACE, "-s", "world.db.seal.json.sig"];
        let theirs = desk.ssh_keygen(&verify, "world.db.seal.json");
        assert!(theirs.code == 0 && theirs.out.contains("Good \"driftlead-seal\" signature for audit@example.com"), "{theirs:?}");
        assert_eq!(desk.room.run(&["verify", "world.db", "--key", &public]).code, 0, "{kind}");
        // The other way round: signed anew by ssh-keygen, with a key that has no passphrase any more.
        std::fs::remove_file(desk.at("world.db.seal.json.sig")).unwrap();
        assert_eq!(desk.ssh_keygen(&["-q", "-p", "-P", "sesame", "-N", "", "-f", kind], "id").code, 0);
        let signed = desk.ssh_keygen(&["-Y", "sign", "-q", "-f", kind, "-n", NAMESPACE, "world.db.seal.json"], "id");
        assert_eq!(signed.code, 0, "{signed:?}");
        assert_eq!(desk.room.run(&["verify", "world.db", "--key", &public]).code, 0, "{kind}");
        std::fs::remove_file(desk.at("world.db.seal.json.sig")).unwrap();
        let signed = desk.ssh_keygen(&["-Y", "sign", "-q", "-f", kind, "-n", "file", "world.db.seal.json"], "id");
        assert_eq!(signed.code, 0, "{signed:?}");
        let ran = desk.room.run(&["verify", "world.db", "--key", &public]);
        assert!(ran.code == 1 && words(&ran.out).contains("was made for `file`, not for `driftlead-seal`"), "{ran:?}");
        for name in ["world.db.seal.json", "world.db.seal.json.sig"] {
            std::fs::remove_file(desk.at(name)).unwrap();
        }
    }
}

#[test]
fn each_seal_follows_the_one_before() {
    let desk = Desk::sealed();
    let seal = |name: &str, day: u8| {
        desk.another(name, day);
        desk.seal(name).err
    };
    assert!(seal("b.db", 1).contains("It follows world.db.seal.json of 20"));
    assert!(seal("c.db", 2).contains("It follows b.db.seal.json of 20"));
    let verify = |more: &[&str]| desk.room.run(&[&["verify", "c.db", "--key", "id.pub"], more].concat());
    let whole = verify(&["--chain"]);
    assert!(whole.code == 0 && words(&whole.out).contains("2 seals before it, back to the first of 20"), "{whole:?}");
    // One is gone: said, and no proof where the chain was asked for.
    std::fs::rename(desk.at("world.db.seal.json"), desk.at("away")).unwrap();
    let gone = verify(&[]);
    assert!(gone.code == 0 && words(&gone.out).contains("1 seal before it holds; then world.db.seal.json is not there"), "{gone:?}");
    let gone = verify(&["--chain"]);
    assert!(gone.code == 3 && gone.out.contains("CANNOT BE SAID"), "{gone:?}");
    std::fs::rename(desk.at("away"), desk.at("world.db.seal.json")).unwrap();
    // One is edited.
    let text = desk.text("b.db.seal.json");
    desk.write("b.db.seal.json", text.replace("111122223333", "111122223334"));
    let edited = verify(&[]);
    assert!(edited.code == 1 && words(&edited.out).contains("b.db.seal.json is not the seal that was made on"), "{edited:?}");
    desk.another("d.db", 3);
    fails(&desk.room.run(&["seal", "c.db", "--key", "id"]), &["is sealed already"]);
    desk.write("b.db.seal.json", text);
    // A key that took over: the earlier ones are vouched for, by their hashes, and not proven by themselves.
    assert_eq!(desk.room.run(&["seal", "d.db", "--key", "other"]).code, 0);
    let by = |more: &[&str]| desk.room.run(&[&["verify", "d.db", "--key", "other.pub"], more].concat());
    assert!(by(&[]).code == 0 && words(&by(&[]).out).contains("is signed by a key that you did not name"), "{:?}", by(&[]));
    assert_eq!((by(&["--chain"]).code, by(&["--chain", "--key", "id.pub"]).code), (3, 0));
}

#[test]
fn the_store_knows_sealed_snapshots_and_keeps_them() {
    let desk = Desk::new();
    std::fs::create_dir(desk.at("kept")).unwrap();
    for day in 1..=4 {
        desk.another(&format!("kept/2025-01-0{day}T10-00-00Z_111122223333.db"), day);
    }
    let store = desk.at("kept").display().to_string();
    let run = |arguments: &[&str]| desk.room.run_with(arguments, &[("DRIFTLEAD_STORE", &store)]);
    assert_eq!(run(&["seal", "kept/2025-01-01T10-00-00Z_111122223333.db", "--key", "id"]).code, 0);
    let list = run(&["list", "snapshots"]).out;
    assert_eq!(list.lines().map(|line| line.ends_with(", sealed")).collect::<Vec<_>>(), [false, true, false, false, false], "{list}");
    // One in another folder follows the one in the store, and is verified with it.
    let sealed = run(&["seal", "world.db", "--key", "id"]);
    assert!(sealed.err.contains("It follows 2025-01-01T10-00-00Z_111122223333.db.seal.json"), "{sealed:?}");
    assert_eq!(run(&["verify", "world.db", "--key", "id.pub", "--chain"]).code, 0);
    assert_eq!(desk.room.run(&["verify", "world.db", "--key", "id.pub", "--chain", "--store", "kept"]).code, 0);
    record(&desk.room);
    desk.room.write("driftlead.toml", "[store]\nkeep_days = 0\nkeep_daily_days = 0\nkeep_weekly_days = 0\n");
    let ran = run(&["scan", "--replay", "run.jsonl.gz", "--store", "kept"]);
    assert!(ran.err.contains("removed from the store"), "{}", ran.err);
    for end in ["", ".seal.json", ".seal.json.sig"] {
        assert!(desk.at(&format!("kept/2025-01-01T10-00-00Z_111122223333.db{end}")).exists(), "{end}");
    }
    assert!(!desk.at("kept/2025-01-02T10-00-00Z_111122223333.db").exists());
}

#[test]
fn two_seals_at_once_make_one_chain() {
    let desk = Desk::new();
    let names: Vec<String> = (1..=4).map(|i| format!("{i}.db")).collect();
    for (name, day) in names.iter().zip(1..) {
        desk.another(name, day);
    }
    let start = |name: &String| {
        let mut command = driftlead(&["seal", name, "--key", "id"]);
        command.current_dir(desk.room.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    };
    let running: Vec<_> = names.iter().map(start).collect();
    for child in running {
        let ran = said(child.wait_with_output());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let previous = |name: &String| {
        let manifest: Value = serde_json::from_slice(&desk.read(&format!("{name}.seal.json"))).unwrap();
        manifest["previous"]["file"].as_str().unwrap_or("none").to_owned()
    };
    let mut all: Vec<String> = names.iter().map(previous).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "each follows another one: {all:?}");
}

/// Whether a name is one that a seal of `big.db` leaves when it is whole, or the snapshot or a key.
fn is_whole(name: &str) -> bool {
    ["big.db", "big.db.seal.json", "big.db.seal.json.sig", "id", "id.pub", "other", "other.pub", "world.db"].contains(&name)
}

#[test]
fn a_run_that_is_killed_leaves_a_snapshot_that_can_be_sealed() {
    let desk = Desk::new();
    desk.another("big.db", 1);
    let filler = "create table filler (a, b); with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
                  insert into filler select i, hex(randomblob(40)) from n";
    Connection::open(desk.at("big.db")).unwrap().execute_batch(filler).unwrap();
    let before = desk.read("big.db");
    for millis in [5, 40, 120, 300, 700] {
        let mut child = driftlead(&["seal", "big.db", "--key", "id"]).current_dir(desk.room.path()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();
        if desk.at("big.db.seal.json").exists() {
            break;
        }
        // At the most a file that says that it is only a part.
        let strange: Vec<String> = desk.room.files().into_iter().filter(|name| !is_whole(name) && !name.ends_with(".partial")).collect();
        assert!(strange.is_empty(), "{strange:?}");
    }
    assert!(desk.read("big.db") == before);
    if !desk.at("big.db.seal.json").exists() {
        desk.seal("big.db");
    }
    assert_eq!(desk.room.run(&["verify", "big.db", "--key", "id.pub"]).code, 0);
}
