//! A damaged snapshot: it is opened, judged and asked, or refused in words; nothing is ever written into it.
//!
//! The bytes are damages to a good file: three bytes say where, one how many bytes follow, then these. SQLite reads the file from a
//! folder in memory where there is one.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use driftlead::check::{self, Check, Config, Judge, Vet, Vetted, coverage};
use driftlead::cli::ask::ask;
use driftlead::inventory::{LEDGER_DDL, Place, Snapshot, Table, Time};
use driftlead::services;

use super::world::{ACCOUNT, REGION, fill};

/// How many checks are run on it: the first ones that ask little.
const CHECKS: usize = 3;

struct Bench {
    good: Vec<u8>,
    path: PathBuf,
    tables: Vec<&'static Table>,
    checks: Vec<(Check, Vetted)>,
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

impl Bench {
    fn new() -> Self {
        let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).expect("a vet");
        let mut checks: Vec<(Check, Vetted)> = Vec::new();
        for check in check::shipped().expect("checks") {
            let vetted = vet.vet(&check).expect("a good check");
            if vetted.tables.len() <= 2 && checks.len() < CHECKS && !checks.iter().any(|(_, other)| other.subject == vetted.subject) {
                checks.push((check, vetted));
            }
        }
        let is_asked = |table: &&Table| checks.iter().any(|(_, vetted)| vetted.tables.contains(table.name));
        let tables: Vec<&'static Table> = services::tables().into_iter().filter(is_asked).collect();
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = folder.join(format!("driftlead-fuzz-{}-{:?}", std::process::id(), std::thread::current().id()).replace(['(', ')'], ""));
        drop(std::fs::remove_file(&path));
        let good = good(&path, &tables);
        Self { good, path, tables, checks }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.path));
    }
}

/// A whole snapshot with a few rows, in small pages.
fn good(path: &Path, tables: &[&Table]) -> Vec<u8> {
    let connection = Snapshot::create(Some(path), tables, &[]).expect("a snapshot");
    Snapshot::begin(&connection, "fuzz", &Time::from_text("2026-11-22T12:00:00Z".to_owned()), "", &[]).expect("a beginning");
    let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
    Snapshot::places(&connection, &[place("global"), place(REGION)]).expect("places");
    tables.iter().for_each(|table| fill(&connection, table));
    Snapshot::end(&connection, &Time::from_text("2026-11-22T12:01:00Z".to_owned()), true).expect("an end");
    connection.execute_batch("pragma page_size = 512; vacuum").expect("small pages");
    drop(connection);
    std::fs::read(path).expect("the file")
}

/// Damages it, opens it, judges it.
pub fn run(data: &[u8]) {
    BENCH.with_borrow(|bench| {
        let damaged = damaged(&bench.good, data);
        std::fs::write(&bench.path, &damaged).expect("a file in memory");
        look(bench);
        let after = std::fs::read(&bench.path).expect("the file");
        assert!(after == damaged, "somebody wrote into the snapshot");
    });
}

fn damaged(good: &[u8], mut damages: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    while let [high, middle, low, count, rest @ ..] = damages {
        let at = (usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low)) % bytes.len().max(1);
        let count = usize::from(*count).min(rest.len());
        match count {
            // Cut off.
            0 => bytes.truncate(at),
            _ => bytes[at..].iter_mut().zip(&rest[..count]).for_each(|(byte, new)| *byte = *new),
        }
        damages = &rest[count..];
    }
    bytes
}

fn look(bench: &Bench) {
    let glance = Snapshot::glance(&bench.path);
    if let Err(error) = &glance {
        assert!(!error.to_string().is_empty());
    }
    let snapshot = match Snapshot::open(&bench.path, &bench.tables, &[]) {
        Ok(snapshot) => snapshot,
        Err(error) => return assert!(error.to_string().contains("driftlead-fuzz"), "it does not name the file: {error}"),
    };
    let config = Config::default();
    let Ok(judge) = Judge::new(&snapshot, &bench.tables, &config, true) else { return };
    let told = judge.run_all(&bench.checks, None, &mut |finding| -> Result<(), ()> {
        assert!(!finding.check.is_empty());
        Ok(())
    });
    assert_eq!(told, Ok(()));
    drop(coverage(snapshot.connection()));
    drop(ask(&snapshot, "select * from gap limit 5"));
}
