//! A scan of the shipped recording, in this process: what it says, and by which calls.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use driftlead::aws::recording::Recording;
use driftlead::aws::{Call, Reader, Timing};
use driftlead::check::{Check, Judge, Vet, Vetted, shipped};
use driftlead::collect::{Around, Options, collect};
use driftlead::config::Configuration;
use driftlead::finding::Finding;
use driftlead::inventory::LEDGER_DDL;
use driftlead::plan::Plan;
use driftlead::services;
use tokio::sync::watch;

use super::{drift, program};

/// What came of it.
#[derive(Debug)]
pub struct Told {
    /// Every verdict, passes too.
    pub findings: Vec<Finding>,
    /// The checks that were asked.
    pub checks: BTreeSet<String>,
    /// The actions that gaps name.
    pub gap_actions: BTreeSet<String>,
    /// What is said for certain of the stacks' drift.
    pub drift: BTreeSet<String>,
    /// What is said for certain of this snapshot against the one of the whole recording, either way.
    pub since: Vec<String>,
    /// The ledger, as (reader, account, region, permission, operation, resource, input).
    ledger: Vec<[String; 7]>,
}

/// Scans the recording, with something put around the client that replays it.
pub fn replay(around: Option<Around>) -> Result<Told, String> {
    tell(around, &Plan::everything(), checks()?, None)
}

/// The snapshot of the whole recording, made once.
pub fn whole() -> Result<&'static Path, String> {
    static WHOLE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let make = || {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("whole-{}.db", std::process::id()));
        tell(None, &Plan::everything(), &[], Some(&path)).map(|_| path)
    };
    WHOLE.get_or_init(make).as_deref().map_err(Clone::clone)
}

/// Asks the recording only what can be different when a call is: the checks that read what it fills, or what hangs on that.
pub fn replay_what_reads(call: &'static Call, around: Around) -> Result<Told, String> {
    let tables = filled_by(call);
    let reads = |vetted: &Vetted| tables.as_ref().is_none_or(|tables| vetted.tables.iter().any(|table| tables.contains(table.as_str())));
    let some: Vec<(Check, Vetted)> = checks()?.iter().filter(|(_, vetted)| reads(vetted)).cloned().collect();
    tell(Some(around), &Plan::for_checks(some.iter().map(|(_, vetted)| vetted)), &some, None)
}

/// The tables that a call fills, and those that hang on them; `None` for all, when it says where to read at all.
fn filled_by(call: &'static Call) -> Option<BTreeSet<&'static str>> {
    let makes = |reader: &Reader| reader.calls.iter().any(|own| own.api.id == call.api.id && own.action == call.action);
    let mut hit: Vec<&'static Reader> = Plan::everything().all().filter(|reader| makes(reader)).collect();
    if hit.iter().any(|reader| Plan::FIRST.iter().any(|first| first.name == reader.name)) {
        return None;
    }
    let mut tables = BTreeSet::new();
    while let Some(reader) = hit.pop() {
        for table in reader.tables.iter().filter(|table| tables.insert(table.name)).collect::<Vec<_>>() {
            hit.extend(services::readers().filter(|other| other.needs.iter().any(|needed| needed.name == table.name)));
        }
    }
    Some(tables)
}

fn tell(around: Option<Around>, plan: &Plan, checks: &[(Check, Vetted)], keep: Option<&Path>) -> Result<Told, String> {
    let is_faulted = around.is_some();
    let recording = recording()?.clone();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (_keep, cancelled) = watch::channel(false);
    let options = Options {
        identities: Vec::new(),
        share: driftlead::aws::Share::DEFAULT,
        members: None,
        regions: Vec::new(),
        out: keep.map_or_else(|| folder.path().join("snapshot.db"), Path::to_owned),
        record: None,
        replay: Some(recording),
        is_resumed: false,
        cancelled,
        progress: Arc::new(|_| {}),
        around,
        timing: Timing::REPLAY,
        deadline: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let collected = runtime.block_on(collect(plan, options)).map_err(|error| error.to_string())?;
    let connection = collected.snapshot.connection();
    let rows = |sql: &str, columns: usize| -> rusqlite::Result<Vec<Vec<String>>> {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| (0..columns).map(|i| row.get(i)).collect())?;
        rows.collect()
    };
    let told = || -> Result<Told, Box<dyn std::error::Error>> {
        let (tables, config) = (services::tables(), Configuration::read(&program::root().join("examples/driftlead.toml"))?.checks);
        let mut findings = Vec::new();
        Judge::new(&collected.snapshot, &tables, &config, true)?.run_all(checks, None, &mut |finding| {
            findings.push(finding);
            Ok::<_, std::convert::Infallible>(())
        })?;
        let ledger = rows("select reader, account_id, region, permission, action, resource, input from ledger order by id", 7)?;
        Ok(Told {
            findings,
            checks: checks.iter().map(|(check, _)| check.id.clone()).collect(),
            gap_actions: rows("select distinct action from gap", 1)?.into_iter().flatten().collect(),
            drift: BTreeSet::new(),
            since: Vec::new(),
            ledger: ledger.into_iter().filter_map(|line| line.try_into().ok()).collect(),
        })
    };
    let mut told = told().map_err(|error| error.to_string())?;
    if is_faulted {
        told.since = drift::certain_between(whole()?, &collected.snapshot)?;
    }
    told.drift = drift::said(&drift::declared(&collected.snapshot)?);
    Ok(told)
}

fn recording() -> Result<&'static Recording, String> {
    static RECORDING: OnceLock<Result<Recording, String>> = OnceLock::new();
    let read = || Recording::read(&program::recording()).map_err(|error| error.to_string());
    RECORDING.get_or_init(read).as_ref().map_err(Clone::clone)
}

fn checks() -> Result<&'static [(Check, Vetted)], String> {
    static CHECKS: OnceLock<Result<Vec<(Check, Vetted)>, String>> = OnceLock::new();
    let vet = || -> Result<Vec<_>, String> {
        let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).map_err(|error| error.to_string())?;
        let vetted = |check: Check| vet.vet(&check).map(|vetted| (check, vetted)).map_err(|error| error.to_string());
        shipped().map_err(|error| error.to_string())?.into_iter().map(vetted).collect()
    };
    CHECKS.get_or_init(vet).as_deref().map_err(Clone::clone)
}

impl Told {
    /// Whether some reader made this very call; two APIs may have operations of one name.
    pub fn has_made(&self, call: &'static Call) -> bool {
        let declares = |name: &str| {
            Plan::everything()
                .all()
                .any(|reader| reader.name == name && reader.calls.iter().any(|own| own.api.id == call.api.id && own.action == call.action))
        };
        self.ledger.iter().any(|line| line[4] == call.action && declares(&line[0]))
    }

    /// The same question is asked once, whoever wants to know.
    pub fn no_call_twice(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        let mut twice = Vec::new();
        for line in &self.ledger {
            if !seen.insert((&line[1], &line[2], &line[3], &line[4], &line[6])) {
                twice.push(line.join(" "));
            }
        }
        if twice.is_empty() { Ok(()) } else { Err(format!("asked twice:\n{}", twice.join("\n"))) }
    }

    /// Every call in the ledger is among those that its reader declares.
    pub fn all_declared(&self) -> Result<(), String> {
        let readers: Vec<_> = Plan::everything().all().collect();
        for line in &self.ledger {
            let Some(reader) = readers.iter().find(|reader| reader.name == line[0]) else {
                return Err(format!("the ledger has a call by {}, which is no reader", line[0]));
            };
            if !reader.calls.iter().any(|call| call.permission == line[3] && call.action == line[4]) {
                return Err(format!("{} made {} ({}), which it does not declare", line[0], line[4], line[3]));
            }
        }
        Ok(())
    }
}
