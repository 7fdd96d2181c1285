//! What a check costs SQLite when there is more of everything: the steps of its program, counted. No clock, so that a busy machine is
//! none of the check's business.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftlead::check::{Check, Config, Judge, Vet, Vetted};
use driftlead::inventory::{GLOBAL, LEDGER_DDL, Place, Snapshot, Time, make_lookups};
use driftlead::services;
use rusqlite::Connection;

use super::mass::Mold;
use super::proof::{ACCOUNT, NOW, Proof, REGION, cover, insert};

/// Copies of the proof's rows in the smaller and in the larger world.
const SIZES: [u32; 2] = [150, 600];

/// Four times the rows may take so many times the steps. Sorting makes it somewhat more than four; looking through a table for every
/// row of another would make it sixteen.
const MOST: f64 = 6.0;

/// Fewer steps than this for each copy tell nothing: most of them are not for the rows.
const FEW: u64 = 200;

/// Makes sure that a check takes four times the steps for four times the rows: where everything grows, and where only the kind that it
/// judges does, so that much of it hangs on one of something else.
pub fn grows_with_its_rows(check: &Check, proof: &str) -> Result<(), String> {
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).map_err(|error| error.to_string())?;
    let vetted = vet.vet(check).map_err(|error| error.to_string())?;
    let proof: Proof = toml::from_str(proof).map_err(|error| error.to_string())?;
    let trial = Trial::of(check, &vetted, &proof);
    for only in [None, Some(vetted.subject.as_str())] {
        let [small, large] = SIZES.map(|copies| trial.steps(only, copies));
        let (small, large) = (small?, large?);
        let ratio = large as f64 / small.max(1) as f64;
        if ratio > MOST && large > FEW * u64::from(SIZES[1]) {
            let what = only.map_or("rows".to_owned(), |table| format!("rows of {table}"));
            return Err(format!(
                "four times the {what} take {ratio:.1} times the steps ({small} and {large}): somewhere it looks through a table for \
                 every row of another. checks/README.md, \"In a large account\", says what helps. SQLite's plan:\n{}",
                trial.plan()?
            ));
        }
    }
    Ok(())
}

/// A check, and the rows of its proof that can be there at once.
struct Trial<'t> {
    check: &'t Check,
    vetted: &'t Vetted,
    proof: &'t Proof,
    /// The cases whose additions are there.
    cases: Vec<usize>,
}

impl<'t> Trial<'t> {
    /// With all cases; where they contradict each other (a subnet with two route tables, say), with the first of those that do.
    fn of(check: &'t Check, vetted: &'t Vetted, proof: &'t Proof) -> Self {
        let all = Self { check, vetted, proof, cases: (0..proof.case.len()).collect() };
        if all.steps(None, 1).is_ok() {
            return all;
        }
        let mut some = Self { cases: Vec::new(), ..all };
        for case in 0..proof.case.len() {
            some.cases.push(case);
            if some.steps(None, 1).is_err() {
                some.cases.pop();
            }
        }
        some
    }

    fn steps(&self, only: Option<&str>, copies: u32) -> Result<u64, String> {
        let steps = Arc::new(AtomicU64::new(0));
        let (snapshot, config) = (self.world(only, copies, &steps)?, Config::default());
        let tables = services::tables();
        let judge = Judge::new(&snapshot, &tables, &config, false).map_err(|error| error.to_string())?;
        steps.store(0, Ordering::Relaxed);
        judge.run(self.check, self.vetted, &mut |_| {}).map_err(|error| error.to_string())?;
        Ok(steps.load(Ordering::Relaxed))
    }

    /// How SQLite goes about the check, as `explain query plan` tells it.
    fn plan(&self) -> Result<String, String> {
        let snapshot = self.world(None, 1, &Arc::default())?;
        let lines = || -> rusqlite::Result<Vec<String>> {
            let mut statement = snapshot.connection().prepare(&format!("explain query plan {}", self.check.sql))?;
            let mut depths = HashMap::from([(0, 0)]);
            // Parameters are NULL: the plan does not hang on them.
            let mut rows = statement.raw_query();
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                let depth = depths.get(&row.get::<_, i64>(1)?).copied().unwrap_or(0);
                depths.insert(row.get::<_, i64>(0)?, depth + 1);
                lines.push(format!("{:1$}{2}", "", 2 * depth, row.get::<_, String>(3)?));
            }
            Ok(lines)
        };
        Ok(lines().map_err(|error| error.to_string())?.join("\n"))
    }

    /// The rows, so many times over.
    fn world(&self, only: Option<&str>, copies: u32, steps: &Arc<AtomicU64>) -> Result<Snapshot, String> {
        let mut connection = Connection::open_in_memory().map_err(|error| error.to_string())?;
        let tables = services::tables();
        let make = |connection: &Connection| -> rusqlite::Result<()> {
            connection.execute_batch(LEDGER_DDL)?;
            tables.iter().try_for_each(|table| connection.execute_batch(&table.ddl(true)))?;
            Snapshot::begin(connection, "proof", &Time::from_text(NOW.to_owned()), "", &[])?;
            let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
            Snapshot::places(connection, &[place(GLOBAL), place(REGION)])?;
            let read = self.vetted.tables.iter().map(String::as_str).chain(["aws_region"]);
            read.map(|table| cover(connection, table, true).map(drop)).collect()
        };
        make(&connection).map_err(|error| error.to_string())?;
        let added = self.cases.iter().map(|case| &self.proof.case[*case].add);
        let rows = std::iter::once(&self.proof.rows).chain(added).flatten();
        for (name, row) in rows.flat_map(|(name, rows)| rows.iter().map(move |row| (name, row))) {
            let table = tables.iter().find(|table| table.name == name).ok_or_else(|| format!("there is no table {name}"))?;
            // Two cases may add the same row; one of them is enough.
            drop(insert(&connection, table, row, None));
        }
        let grow = |connection: &Connection| -> rusqlite::Result<()> {
            Mold::of(connection)?.alike(only).grow(connection, f64::from(copies))?;
            make_lookups(connection)
        };
        grow(&connection).map_err(|error| error.to_string())?;
        let counter = Arc::clone(steps);
        let count = move || {
            counter.fetch_add(50, Ordering::Relaxed);
            false
        };
        connection.progress_handler(50, Some(count)).map_err(|error| error.to_string())?;
        Snapshot::in_memory(connection, &tables, &services::views()).map_err(|error| error.to_string())
    }
}
