//! The manifest: what a seal says, in JSON, schema 1.
//!
//! A later driftlead may add members; it makes a new schema where an older one would misread what is there.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Deserializer, Serialize};

use super::digest::Hash;

/// The version of the layout.
pub const SCHEMA: u32 = 1;

/// Bytes of a row's digest that are kept for telling rows apart. The table's own digest is over whole ones.
pub const SHORT: usize = 6;

/// The most rows of a table whose digests are kept: it bounds the manifest, and the memory that looking at it takes.
pub const MOST_ROWS: u64 = 100_000;

/// The first bytes of a row's digest.
pub type ShortHash = [u8; SHORT];

/// What a seal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this layout.
    pub schema: u32,
    /// The program that sealed.
    pub tool: String,
    /// When, as the clock of the machine said.
    pub sealed_at: String,
    /// With which key.
    pub key: Key,
    /// What was sealed.
    pub file: File,
    /// What it says of itself.
    pub snapshot: Description,
    /// What whoever trusts this should know: that the snapshot is incomplete, say.
    pub remarks: Vec<String>,
    /// The seal before; `null` in the first of a chain.
    #[serde(deserialize_with = "present")]
    pub previous: Option<Link>,
    /// Every table, by name.
    pub tables: Vec<Table>,
}

/// The key that signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// As SSH names it (`ssh-ed25519`).
    pub algorithm: String,
    /// Of the public key, as `ssh-keygen -l` prints it (`SHA256:…`).
    pub fingerprint: String,
}

/// The file that was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name then, without the folder. It may have another one now.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// What a snapshot says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The program that took it.
    pub tool: String,
    /// Its clock: when it was begun.
    pub started_at: String,
    /// When its last reader ended.
    pub finished_at: String,
    /// Whether every planned reader ran.
    pub complete: bool,
    /// `''` for AWS itself; otherwise what answered in its place.
    pub endpoint: String,
    /// Whose it is.
    pub accounts: Vec<Account>,
    /// The regions that were to be read.
    pub regions: Vec<String>,
    /// How the calls ended.
    pub coverage: Coverage,
}

/// An account, and who looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub id: String,
    /// ARN of the identity that read it; `null` when that is not known.
    #[serde(deserialize_with = "present")]
    pub caller: Option<String>,
}

/// How the calls of a snapshot ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Calls.
    pub calls: u64,
    /// Of these: denied.
    pub denied: u64,
    /// Of these: throttled on every attempt.
    pub throttled: u64,
    /// Of these: without an answer for another reason.
    pub failed: u64,
    /// What those calls did not tell.
    pub gaps: u64,
}

/// The seal before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The name of its manifest, without the folder.
    pub file: String,
    /// The SHA-256 of its manifest, in hexadecimal digits.
    pub sha256: String,
    /// When it was made.
    pub sealed_at: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its digest, in hexadecimal digits; see [`super::digest`].
    pub sha256: String,
    /// The first six bytes of each row's digest, one after the other, in Base64; `null` where there are more than 100,000 rows.
    #[serde(deserialize_with = "present")]
    pub row_digests: Option<String>,
}

/// A member that may be `null` and must be there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

impl Manifest {
    /// The bytes of the file, which are what is signed.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// In words: what is wrong with them.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|error| explained(&error))?;
        if head.schema != SCHEMA {
            return Err(format!("it has schema {}, and this driftlead reads schema {SCHEMA}: use a later one", head.schema));
        }
        serde_json::from_slice(bytes).map_err(|error| explained(&error))
    }

    /// The accounts.
    pub fn accounts(&self) -> Vec<&str> {
        self.snapshot.accounts.iter().map(|account| account.id.as_str()).collect()
    }
}

fn explained(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends in the middle".to_owned(),
        serde_json::error::Category::Syntax => format!("it is no JSON: {error}"),
        _ => format!("it is no manifest of a seal: {error}"),
    }
}

impl Description {
    /// Reads it from a snapshot.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let list = |sql: &str| -> rusqlite::Result<Vec<String>> { connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect() };
        let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0)).map(u64::from);
        let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
        let mut statement = connection.prepare("select outcome, count(*) from ledger group by outcome")?;
        for pair in statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, u32>(1)?)))? {
            let (outcome, number) = pair?;
            outcomes.insert(outcome, u64::from(number));
        }
        let of = |words: &[&str]| -> u64 { words.iter().filter_map(|word| outcomes.get(*word)).sum() };
        let calls = outcomes.values().sum();
        let (denied, throttled) = (of(&["denied"]), of(&["throttled"]));
        let coverage = Coverage {
            calls,
            denied,
            throttled,
            failed: calls - denied - throttled - of(&["ok", "absent"]),
            gaps: count("select count(*) from gap")?,
        };
        // A snapshot in which this table was never made does not know who asked.
        let knows_callers = count("select count(*) from sqlite_schema where type = 'table' and name = 'aws_account'")? > 0;
        let caller = |id: &str| -> rusqlite::Result<Option<String>> {
            if !knows_callers {
                return Ok(None);
            }
            let sql = "select caller_arn from aws_account where account_id = ?";
            Ok(connection.query_row(sql, [id], |row| row.get(0)).optional()?.flatten())
        };
        let accounts = list("select distinct account_id from place order by 1")?;
        let accounts = accounts.into_iter().map(|id| Ok(Account { caller: caller(&id)?, id })).collect::<rusqlite::Result<_>>()?;
        let regions = list("select distinct region from place where in_scope and region <> 'global' order by 1")?;
        connection.query_row("select tool, started_at, finished_at, complete, endpoint from snapshot", [], |row| {
            Ok(Self {
                tool: row.get(0)?,
                started_at: row.get(1)?,
                finished_at: row.get(2)?,
                complete: row.get(3)?,
                endpoint: row.get(4)?,
                accounts,
                regions,
                coverage,
            })
        })
    }

    /// What whoever trusts the snapshot should know.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.complete {
            remarks.push("The snapshot is incomplete: its run was cut short, and what it lacks was never asked for.".to_owned());
        }
        if self.coverage.gaps > 0 {
            let number = self.coverage.gaps;
            let gaps = if number == 1 { "1 gap".to_owned() } else { format!("{number} gaps") };
            remarks.push(format!("The snapshot has {gaps}: what could not be read is unknown, and its table `gap` says what and why."));
        }
        if !self.endpoint.is_empty() {
            remarks.push(format!("The snapshot was answered by {}, not by AWS.", self.endpoint));
        }
        remarks
    }
}

/// Packs the digests of rows.
pub fn pack(digests: &[ShortHash]) -> String {
    STANDARD.encode(digests.concat())
}

/// Unpacks the digests of rows; `None` when they are none.
pub fn unpack(packed: &str) -> Option<Vec<ShortHash>> {
    let bytes = STANDARD.decode(packed).ok()?;
    let chunks = bytes.chunks_exact(SHORT);
    chunks.remainder().is_empty().then(|| chunks.filter_map(|chunk| chunk.try_into().ok()).collect())
}

/// The first bytes of a digest.
pub fn short(hash: &Hash) -> ShortHash {
    std::array::from_fn(|i| hash[i])
}

#[cfg(test)]
mod tests {
    use super::super::testing::manifest;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let manifest = manifest();
        let bytes = manifest.bytes().unwrap();
        assert_eq!(Manifest::parse(&bytes).unwrap(), manifest);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("\"previous\": null") && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn what_is_no_manifest_says_why() {
        let text = String::from_utf8(manifest().bytes().unwrap()).unwrap();
        let wrong = |text: &str| Manifest::parse(text.as_bytes()).unwrap_err();
        assert_eq!(wrong(&text[..text.len() / 2]), "it ends in the middle");
        assert!(wrong("hello").starts_with("it is no JSON"));
        assert!(wrong("{}").contains("no manifest of a seal: missing field `schema`"));
        assert!(wrong(&text.replace("\"schema\": 1", "\"schema\": 2")).contains("it has schema 2, and this driftlead reads schema 1"));
        // A chain's beginning says so; that a member was taken out is no beginning.
        assert!(wrong(&text.replace("\"previous\": null,", "")).contains("previous"));
        assert!(wrong(&text.replace("\"previous\": null,", "\"previous\": null, \"previous\": null,")).contains("duplicate field"));
        assert!(wrong(&format!("{text}{{}}")).contains("trailing"));
        // A later driftlead may say more.
        assert!(Manifest::parse(text.replace("\"previous\": null,", "\"previous\": null, \"moon\": \"full\",").as_bytes()).is_ok());
    }

    #[test]
    fn digests_of_rows_are_packed() {
        let digests = vec![[1, 2, 3, 4, 5, 6], [255; SHORT]];
        assert_eq!(pack(&digests).len(), 16);
        assert_eq!(unpack(&pack(&digests)), Some(digests));
        assert_eq!((unpack(""), unpack("AAAA"), unpack("?")), (Some(Vec::new()), None, None));
    }
}
