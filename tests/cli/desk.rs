//! A folder with a sealed snapshot and keys, on which sealing and verifying are tried.

use std::path::PathBuf;
use std::process::Command;

use rusqlite::Connection;
use serde_json::Value;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

use crate::Room;
use crate::support::program::{Said, said};
use crate::support::world::{World, group};

/// The purpose for which seals are signed.
pub const NAMESPACE: &str = "driftlead-seal";

/// A made-up key, the same in every run.
pub fn private(number: u8) -> PrivateKey {
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[number; 32])), format!("key-{number}@example.com")).unwrap()
}

/// A folder with two keys, `id` and `other`, and a snapshot that `id` has sealed, `world.db`.
pub struct Desk {
    pub room: Room,
}

impl Desk {
    pub fn new() -> Self {
        let room = Room::new();
        room.platform();
        let desk = Self { room };
        desk.key("id", &private(1));
        desk.key("other", &private(2));
        desk
    }

    pub fn sealed() -> Self {
        let desk = Self::new();
        desk.seal("world.db");
        desk
    }

    pub fn key(&self, name: &str, key: &PrivateKey) {
        key.write_openssh_file(&self.at(name), LineEnding::LF).unwrap();
        key.public_key().write_openssh_file(&self.at(&format!("{name}.pub"))).unwrap();
    }

    pub fn seal(&self, name: &str) -> Said {
        let ran = self.room.run(&["seal", name, "--key", "id"]);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{ran:?}");
        ran
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.room.path().join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.at(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.at(name), bytes).unwrap();
    }

    pub fn copy(&self, from: &str, to: &str) {
        std::fs::copy(self.at(from), self.at(to)).unwrap();
    }

    /// Another snapshot of the account, begun on a day of an earlier January.
    pub fn another(&self, name: &str, day: u8) {
        World::new(&self.at(name)).rows(&group("/app", 0)).save();
        let sql = format!("update snapshot set started_at = '2025-01-{day:02}T10:00:00Z'");
        Connection::open(self.at(name)).unwrap().execute(&sql, []).unwrap();
    }

    pub fn verify(&self, more: &[&str]) -> Said {
        self.room.run(&[&["verify", "world.db", "--key", "id.pub"], more].concat())
    }

    /// That it is proven to be what was sealed.
    pub fn holds(&self, more: &[&str]) -> String {
        let ran = self.verify(more);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        assert!(ran.out.contains("PROVEN: it is what was sealed."), "{}", ran.out);
        ran.out
    }

    /// That it is not what was sealed, in these words.
    pub fn breaks(&self, words: &[&str]) -> String {
        self.says(&[], 1, words)
    }

    pub fn says(&self, more: &[&str], code: i32, words: &[&str]) -> String {
        let ran = self.verify(more);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{ran:?}");
        assert!(!ran.out.contains("PROVEN"), "{}", ran.out);
        let text = self::words(&ran.out);
        for word in words {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
        text
    }

    /// Changes the snapshot by SQL, without a seal noticing.
    pub fn change(&self, sql: &str) {
        Connection::open(self.at("world.db")).unwrap().execute_batch(sql).unwrap();
    }

    pub fn manifest(&self) -> Value {
        serde_json::from_slice(&self.read("world.db.seal.json")).unwrap()
    }

    pub fn ssh_keygen(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = Command::new("ssh-keygen");
        command.args(arguments).current_dir(self.room.path()).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent");
        command.stdin(std::fs::File::open(self.at(input)).unwrap());
        said(Ok(command.output().expect("this test needs ssh-keygen (openssh-client)")))
    }
}

/// A text as it reads, wherever its lines end.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
