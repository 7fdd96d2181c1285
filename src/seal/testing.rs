//! Snapshots, keys and manifests to try things on.

use std::path::{Path, PathBuf};

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

use super::digest::hex;
use super::key::SealingKey;
use super::manifest::{Account, Coverage, Description, File, Key, Manifest, SCHEMA};
use super::signers::Signers;
use crate::inventory::{Place, Snapshot, Time};

/// A manifest as one could be.
pub fn manifest() -> Manifest {
    Manifest {
        schema: SCHEMA,
        tool: "driftlead test".to_owned(),
        sealed_at: "2026-11-23T12:00:00Z".to_owned(),
        key: Key { algorithm: "ssh-ed25519".to_owned(), fingerprint: "SHA256:x".to_owned() },
        file: File { name: "audit.db".to_owned(), size: 4096, sha256: hex(&[7; 32]) },
        snapshot: Description {
            tool: "driftlead test".to_owned(),
            started_at: "2026-11-22T12:00:00Z".to_owned(),
            finished_at: "2026-11-22T12:01:00Z".to_owned(),
            complete: true,
            endpoint: String::new(),
            accounts: vec![Account { id: "111122223333".to_owned(), caller: None }],
            regions: vec!["us-east-1".to_owned()],
            coverage: Coverage { calls: 3, denied: 1, throttled: 0, failed: 0, gaps: 1 },
        },
        remarks: Vec::new(),
        previous: None,
        tables: Vec::new(),
    }
}

/// A key that follows from a number: made up, and the same in every run.
pub fn private(number: u8) -> PrivateKey {
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[number; 32])), format!("key {number}")).unwrap()
}

/// Puts a private key into a file, and its public one beside it.
pub fn write_key(folder: &Path, name: &str, key: &PrivateKey) -> PathBuf {
    let path = folder.join(name);
    key.write_openssh_file(&path, LineEnding::LF).unwrap();
    key.public_key().write_openssh_file(&folder.join(format!("{name}.pub"))).unwrap();
    path
}

/// A key to seal with.
pub fn key(number: u8) -> SealingKey {
    let folder = tempfile::tempdir().unwrap();
    SealingKey::read(&write_key(folder.path(), "id", &private(number)), None).unwrap()
}

/// Those who are named: the keys of these numbers.
pub fn named(numbers: &[u8]) -> Signers {
    let folder = tempfile::tempdir().unwrap();
    let mut signers = Signers::default();
    for number in numbers {
        write_key(folder.path(), &number.to_string(), &private(*number));
        signers.add_key(&folder.path().join(format!("{number}.pub"))).unwrap();
    }
    signers
}

/// A small snapshot of that account, begun at that time.
pub fn snapshot(path: &Path, account: &str, started_at: &str) {
    let connection = Snapshot::create(Some(path), &[], &[]).unwrap();
    Snapshot::begin(&connection, "driftlead test", &Time::from_text(started_at.to_owned()), "", &[]).unwrap();
    let place = Place { account_id: account.to_owned(), region: "us-east-1".to_owned(), in_scope: true };
    Snapshot::places(&connection, &[place]).unwrap();
    let vpcs = (1..=5).map(|i| format!("('arn:aws:ec2:us-east-1:{account}:vpc/vpc-{i}', '10.{i}.0.0/16')"));
    let vpcs = vpcs.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "create table aws_vpc (arn text not null, cidr_block text) strict; insert into aws_vpc values {vpcs};
         create table aws_account (account_id text, caller_arn text) strict;
         insert into aws_account values ('{account}', 'arn:aws:iam::{account}:user/auditor')"
    );
    connection.execute_batch(&sql).unwrap();
    Snapshot::end(&connection, &Time::from_text(started_at.to_owned()), true).unwrap();
}
