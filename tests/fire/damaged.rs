//! Damaged snapshots: every page of one in turn is cut, emptied or has bytes turned over. Whatever reads it ends, and ends well: it
//! refuses, or it says what an undamaged one says. What SQLite cannot see, a seal shows.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use driftlead::check::{Check, Config, Judge, Vet, Vetted, coverage, shipped};
use driftlead::finding::{Finding, stand};
use driftlead::inventory::{LEDGER_DDL, Snapshot};
use driftlead::services;

use crate::range::{Dice, rounds, run};
use crate::support::world::{World, group, secret};

/// What happens to a page.
const DAMAGES: [&str; 5] = ["flipped", "emptied", "cut off", "of noise", "of another place"];

/// A small snapshot, made once.
fn sound() -> &'static (PathBuf, Vec<u8>) {
    static SOUND: OnceLock<(PathBuf, Vec<u8>)> = OnceLock::new();
    SOUND.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sound-{}.db", std::process::id()));
        let rows: String = (0..60).map(|i| group(&format!("/app/{i}"), i % 3)).collect();
        World::new(&path).rows(&(rows + &secret("billing", "2026-11-01T00:00:00Z"))).denied("aws_kms_key", "kms:ListKeys").save();
        let bytes = std::fs::read(&path).expect("a snapshot");
        (path, bytes)
    })
}

fn page_size(bytes: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([bytes[16], bytes[17]]))
}

/// The snapshot with a page damaged.
fn damaged(page: usize, damage: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = sound().1.clone();
    let size = page_size(&bytes);
    let (from, pages) = (page * size, bytes.len() / size);
    match damage {
        "flipped" => (0..8).for_each(|_| bytes[from + dice.below(size)] ^= 1 << dice.below(8)),
        "emptied" => bytes[from..from + size].fill(0),
        "cut off" => bytes.truncate(from + dice.below(size)),
        "of noise" => bytes[from..from + size].iter_mut().for_each(|byte| *byte = dice.below(256) as u8),
        _ => {
            let other = dice.below(pages) * size;
            bytes.copy_within(other..other + size, from);
        }
    }
    bytes
}

fn checks() -> Vec<(Check, Vetted)> {
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).unwrap();
    let some = shipped().unwrap().into_iter().filter(|check| check.id.starts_with("logs/") || check.id.starts_with("secretsmanager/"));
    some.map(|check| vet.vet(&check).map(|vetted| (check, vetted)).unwrap()).collect()
}

/// What the checks say of a file, or that it is refused.
fn judged(path: &Path, checks: &[(Check, Vetted)]) -> Option<Vec<Finding>> {
    let _ = Snapshot::glance(path);
    let tables = services::tables();
    let snapshot = Snapshot::open(path, &tables, &services::views()).ok()?;
    coverage(snapshot.connection()).ok()?;
    let mut findings = Vec::new();
    let take = &mut |finding| {
        findings.push(finding);
        Ok::<_, anyhow::Error>(())
    };
    Judge::new(&snapshot, &tables, &Config::default(), true).ok()?.run_all(checks, None, take).ok()?;
    Some(findings)
}

#[test]
fn every_page_in_turn_is_refused_or_changes_nothing() {
    let (path, bytes) = sound();
    let checks = checks();
    let before = judged(path, &checks).expect("the sound one");
    assert!(before.len() > 60, "{}", before.len());
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("damaged.db");
    let mut dice = Dice(5);
    let (mut all, mut refused, mut changed) = (0, 0, Vec::new());
    for page in 0..bytes.len() / page_size(bytes) {
        // In a short run each page has one damage; in a long one, all of them.
        for (_, damage) in DAMAGES.into_iter().enumerate().filter(|(i, _)| rounds(0) > 0 || *i == page % DAMAGES.len()) {
            let damaged = damaged(page, damage, &mut dice);
            if damaged == *bytes {
                continue;
            }
            std::fs::write(&file, &damaged).unwrap();
            all += 1;
            match judged(&file, &checks) {
                None => refused += 1,
                Some(after) => {
                    let stand = stand(&before, &after, &|_| true);
                    if !stand.wrong.is_empty() || stand.unknown > 0 {
                        changed.push((page, damage, stand.wrong.first().cloned()));
                    }
                }
            }
        }
    }
    eprintln!("{all} damages, {refused} refused, {} changed what is said", changed.len());
    // Bytes turned over inside of a value are beyond what SQLite checks; every other damage is seen, or means nothing.
    changed.retain(|(_, damage, _)| *damage != "flipped");
    assert!(changed.is_empty(), "{changed:#?}");
    assert!(refused > all / 3, "{refused} of {all}");
}

#[test]
fn whatever_reads_a_damaged_snapshot_ends_with_a_word() {
    let (path, bytes) = sound();
    let room = tempfile::tempdir().unwrap();
    let folder = room.path();
    std::fs::copy(path, folder.join("sound.db")).unwrap();
    std::fs::create_dir(folder.join("kept")).unwrap();
    let key = ssh_key::PrivateKey::from(ssh_key::private::Ed25519Keypair::from_seed(&[3; 32]));
    std::fs::write(folder.join("id"), key.to_openssh(ssh_key::LineEnding::LF).unwrap().as_bytes()).unwrap();
    std::fs::write(folder.join("id.pub"), key.public_key().to_openssh().unwrap()).unwrap();
    std::fs::set_permissions(folder.join("id"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let sealed = run(folder, &["seal", "sound.db", "--key", "id"]);
    assert_eq!(sealed.code, 0, "{sealed:?}");
    for end in ["", ".sig"] {
        std::fs::rename(folder.join(format!("sound.db.seal.json{end}")), folder.join(format!("damaged.db.seal.json{end}"))).unwrap();
    }
    let commands: [&[&str]; 8] = [
        &["scan", "--from", "damaged.db", "--format", "summary"],
        &["report", "--from", "damaged.db", "-o", "report.html", "--format", "summary"],
        &["report", "--store", "kept", "--format", "summary"],
        &["verify", "damaged.db", "--key", "id.pub"],
        &["query", "select count(*), min(message) from gap", "--from", "damaged.db"],
        &["query", "select * from aws_cloudwatch_log_group", "--from", "damaged.db", "--format", "json"],
        &["drift", "--from", "damaged.db", "--since", "sound.db"],
        &["list", "snapshots", "--store", "kept"],
    ];
    let mut dice = Dice(11 + rounds(0) as u64);
    for round in 0..rounds(40) {
        let (page, damage) = (dice.below(bytes.len() / page_size(bytes)), DAMAGES[dice.below(DAMAGES.len())]);
        let damaged = damaged(page, damage, &mut dice);
        std::fs::write(folder.join("damaged.db"), &damaged).unwrap();
        std::fs::write(folder.join("kept/2026-11-22T12-00-00Z_111122223333.db"), &damaged).unwrap();
        let arguments = commands[round % commands.len()];
        let ran = run(folder, arguments);
        let what = format!("page {page} {damage}: {arguments:?}: {ran:?}");
        assert!((0..=3).contains(&ran.code), "{what}");
        assert!(ran.code != 2 || (!ran.err.is_empty() && !ran.err.contains("Error code")), "{what}");
        assert!(arguments[0] != "verify" || damaged == *bytes || ran.code != 0, "{what}");
        assert!(arguments[0] != "list" || ran.code == 0, "{what}");
    }
}
