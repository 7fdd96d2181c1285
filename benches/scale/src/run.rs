//! Running a scenario: a server, a reading, and what is done with what was read.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::Outcome;
use crate::bound::bound;
use crate::measure::{Cost, Program};
use crate::row::{Aim, Calls, Row, rounded};
use crate::scenario::{MOST_MB_PER_ACCOUNT, MOST_START_MS, Phase, SLOPE, STARTS, Scenario, Target};
use crate::server::Server;

/// A bound below this is noise beside what it costs to start.
const LEAST_BOUND_S: f64 = 0.2;

/// A start is measured so often; the middle one counts.
const STARTED: usize = 20;

/// All formats of reports.
const REPORTS: [&str; 11] =
    ["r.txt", "r.json", "r.jsonl", "r.csv", "r.md", "r.junit.xml", "r.prom", "r.sarif", "r.ocsf.json", "r.asff.json", "r.html"];

/// What is run.
pub struct Tools {
    /// `driftlead`.
    pub driftlead: PathBuf,
    /// `synthetic-aws`.
    pub synthetic: PathBuf,
    /// Where snapshots lie meanwhile.
    pub scratch: Option<PathBuf>,
}

impl Tools {
    /// A folder of its own for a run, gone when it is dropped.
    pub fn folder(&self) -> Outcome<TempDir> {
        Ok(self.scratch.as_ref().map_or_else(tempfile::tempdir, tempfile::tempdir_in)?)
    }

    /// Runs driftlead in a folder; what it says goes to `said` there.
    pub fn driftlead(&self, folder: &Path, arguments: &[&str], environment: &[(String, String)], limit_s: u64) -> Outcome<Cost> {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        let mut environment = environment.to_vec();
        environment.push(("DRIFTLEAD_STORE".to_owned(), folder.join("store").display().to_string()));
        Program {
            path: &self.driftlead,
            arguments: &arguments,
            environment: &environment,
            output: None,
            errors: &folder.join("said"),
            folder,
            limit_s,
        }
        .measure()
    }
}

/// What a failed or stopped run should be told with; nothing for one that went well. What is found or unknown is no failure.
pub fn trouble(cost: &Cost, folder: &Path) -> Outcome<String> {
    Ok(match cost.code {
        _ if cost.was_stopped => format!("stopped after {:.0} s", cost.wall_s),
        Some(0 | 1 | 3) => String::new(),
        code => {
            let said = std::fs::read_to_string(folder.join("said"))?;
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("");
            format!("failed with {}: {last}", code.map_or("a signal".to_owned(), |code| code.to_string()))
        }
    })
}

/// Runs a scenario; `tell` is told each line as it comes.
pub fn run(tools: &Tools, scenario: &Scenario, tell: &mut dyn FnMut(Row)) -> Outcome<()> {
    let folder = tools.folder()?;
    let newer = folder.path().join("newer.db");
    let mut row = collection(tools, scenario, folder.path(), &newer)?;
    let is_there = newer.is_file() && row.note.is_empty();
    aim(&mut row, scenario, Phase::Collection);
    tell(row);
    for phase in scenario.after {
        let mut arguments: Vec<&str> = match phase {
            Phase::Collection => continue,
            Phase::Checks => vec!["scan", "--from", "newer.db"],
            Phase::Drift => vec!["drift", "--between", "older.db", "newer.db"],
            Phase::Reports => vec!["report", "--from", "newer.db"],
        };
        if *phase == Phase::Reports {
            arguments.extend(REPORTS.iter().flat_map(|file| ["-o", file]));
        }
        if is_there && *phase == Phase::Drift {
            older(&newer, &folder.path().join("older.db"))?;
        }
        let command = format!("driftlead {}", arguments.join(" "));
        let mut row = if is_there {
            let cost = tools.driftlead(folder.path(), &arguments, &[], scenario.limit_s)?;
            Row { note: trouble(&cost, folder.path())?, ..Row::new(scenario.name, phase.word(), scenario.about, command, &cost) }
        } else {
            let none = Cost { wall_s: 0.0, user_s: 0.0, system_s: 0.0, peak_mb: 0.0, code: None, was_stopped: false };
            let note = "not run: nothing was read".to_owned();
            Row { note, ..Row::new(scenario.name, phase.word(), scenario.about, command, &none) }
        };
        aim(&mut row, scenario, *phase);
        tell(row);
    }
    Ok(())
}

fn aim(row: &mut Row, scenario: &Scenario, phase: Phase) {
    row.aim(scenario.targets.iter().filter(|target| target.phase == phase).copied().collect::<Vec<Target>>());
}

fn collection(tools: &Tools, scenario: &Scenario, folder: &Path, out: &Path) -> Outcome<Row> {
    let mut world: Vec<String> = scenario.world.iter().map(|flag| (*flag).to_owned()).collect();
    if scenario.latency_ms > 0 {
        world.extend(["--latency".to_owned(), scenario.latency_ms.to_string()]);
    }
    let server = Server::start(&tools.synthetic, &world)?;
    let before = server.cpu_s();
    let arguments = [&["snapshot", "-o", "newer.db", "--no-progress"], scenario.flags].concat();
    let cost = tools.driftlead(folder, &arguments, &server.environment(0), scenario.limit_s)?;
    let counters = server.counters()?;
    let server_cpu_s = before.and_then(|before| Some(server.cpu_s()? - before));
    let command = format!("driftlead {}", arguments.join(" "));
    let mut row = Row::new(scenario.name, Phase::Collection.word(), scenario.about, command, &cost);
    row.note = trouble(&cost, folder)?;
    row.world = format!("synthetic-aws {}", world.join(" "));
    row.calls = Some(Calls::new(&counters, &cost, server_cpu_s));
    if out.is_file() && row.note.is_empty() {
        row.rows = Some(rows(out)?);
        let share = scenario.flags.windows(2).find(|pair| pair[0] == "--api-share").map(|pair| pair[1].parse()).transpose()?;
        let bound = bound(out, f64::from(scenario.latency_ms) / 1000.0, share)?;
        row.ratio = Some(bound.seconds()).filter(|seconds| *seconds >= LEAST_BOUND_S).map(|seconds| rounded(cost.wall_s / seconds));
        row.bound = Some(bound);
    }
    Ok(row)
}

/// Tables of what AWS has.
fn tables(connection: &Connection) -> Outcome<Vec<String>> {
    let mut statement =
        connection.prepare("select name from sqlite_schema where type = 'table' and name like 'aws\\_%' escape '\\' order by name")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn rows(snapshot: &Path) -> Outcome<u64> {
    let connection = Connection::open(snapshot)?;
    let count = |table: &String| connection.query_row(&format!("select count(*) from \"{table}\""), [], |row| row.get::<_, i64>(0));
    let counts: Vec<i64> = tables(&connection)?.iter().map(count).collect::<Result<_, _>>()?;
    Ok(counts.into_iter().sum::<i64>().unsigned_abs())
}

/// An earlier snapshot of the same account: of the tables with tags one row in a hundred has other ones, and of all tables one row in
/// a hundred was not there yet.
fn older(newer: &Path, older: &Path) -> Outcome<()> {
    std::fs::copy(newer, older)?;
    let connection = Connection::open(older)?;
    connection.execute_batch("begin")?;
    for table in tables(&connection)? {
        let has_tags = "select count(*) from pragma_table_info(?1) where name = 'tags'";
        if connection.query_row(has_tags, [&table], |row| row.get::<_, i64>(0))? > 0 {
            connection.execute(&format!("update \"{table}\" set tags = '{{\"env\":\"before\"}}' where rowid % 100 = 7"), [])?;
        }
        connection.execute(&format!("delete from \"{table}\" where rowid % 100 = 13"), [])?;
    }
    connection.execute("update snapshot set started_at = '2020-01-01T00:00:00Z', finished_at = '2020-01-01T00:00:00Z'", [])?;
    connection.execute_batch("commit")?;
    Ok(())
}

/// The start of the program, again and again.
pub fn starts(tools: &Tools, tell: &mut dyn FnMut(Row)) -> Outcome<()> {
    let folder = tools.folder()?;
    for arguments in STARTS {
        let mut costs = Vec::new();
        for _ in 0..STARTED {
            costs.push(tools.driftlead(folder.path(), arguments, &[], 60)?);
        }
        costs.sort_by(|one, other| one.wall_s.total_cmp(&other.wall_s));
        let middle = &costs[STARTED / 2];
        let about = format!("the middle one of {STARTED} starts");
        let mut row = Row::new("start", "start-up", &about, format!("driftlead {}", arguments.join(" ")), middle);
        row.note = trouble(middle, folder.path())?;
        row.targets.push(Aim::new("wall time, ms", MOST_START_MS, Some(middle.wall_s * 1000.0).filter(|_| row.note.is_empty())));
        row.met = Some(row.targets[0].met);
        tell(row);
    }
    Ok(())
}

/// What an account more costs, from the two runs that differ in nothing else.
pub fn slope(rows: &[Row]) -> Option<Row> {
    let peak = |name: &str| rows.iter().find(|row| row.name == name && row.phase == Phase::Collection.word());
    let [(fewer, few), (more, many)] = SLOPE;
    let (fewer, more) = (peak(fewer)?, peak(more)?);
    let is_whole = fewer.note.is_empty() && more.note.is_empty();
    let is = (more.peak_mb - fewer.peak_mb) / (many - few);
    let none = Cost { wall_s: 0.0, user_s: 0.0, system_s: 0.0, peak_mb: 0.0, code: None, was_stopped: false };
    let about = format!("memory of {} less that of {}, by the accounts between them", SLOPE[1].0, SLOPE[0].0);
    let mut row = Row::new("memory-per-account", "collection", &about, String::new(), &none);
    row.targets.push(Aim::new("memory for an account more, MB", MOST_MB_PER_ACCOUNT, is_whole.then_some(is)));
    row.met = Some(row.targets[0].met);
    Some(row)
}
