//! Runs the proof beside a check: small worlds of rows, what the check must say of them, and what it must not say once a fact is
//! taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use driftlead::aws::Scope;
use driftlead::check::{Check, Config, Judge, Reach, Vet, Vetted, file};
use driftlead::config::Configuration;
use driftlead::finding::{Finding, Status};
use driftlead::inventory::{GLOBAL, LEDGER_DDL, Place, Snapshot, Table, Time};
use driftlead::services;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::Deserialize;

use super::{steady, texts};

pub(super) const ACCOUNT: &str = "111122223333";
const OTHER_ACCOUNT: &str = "444455556666";
pub(super) const REGION: &str = "us-east-1";
pub(super) const NOW: &str = "2026-11-22T12:00:00Z";

/// A `.test.toml`: rows by table that every case begins with, and the cases.
#[derive(Debug, Deserialize)]
pub(super) struct Proof {
    pub(super) case: Vec<Case>,
    #[serde(flatten)]
    pub(super) rows: BTreeMap<String, Vec<Row>>,
}

pub(super) type Row = BTreeMap<String, toml::Value>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What is different in this world.
    is: String,
    /// Columns to set, by the label of the row (its `id`, or its `arn`). `"unread"` makes a column NULL.
    #[serde(default)]
    set: BTreeMap<String, Row>,
    /// Rows to leave out, by label.
    #[serde(default)]
    remove: Vec<String>,
    /// Rows to add, by table.
    #[serde(default)]
    pub(super) add: BTreeMap<String, Vec<Row>>,
    /// Parameters, as in `[params]` of driftlead.toml.
    #[serde(default)]
    params: toml::Table,
    /// What the check says: `"fail reason severity"`, `"fail reason"`, `"pass"`, by ARN. What is not named must not be spoken of.
    #[serde(default)]
    expect: BTreeMap<String, String>,
}

/// Proves one check, and says what is wrong with it or with its proof.
pub fn prove(check: &Check, text: &str) -> Result<(), String> {
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).map_err(|error| error.to_string())?;
    let vetted = vet.vet(check).map_err(|error| error.to_string())?;
    let proof: Proof = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut told = BTreeSet::new();
    let mut reasons: BTreeMap<String, Status> = BTreeMap::new();
    for case in &proof.case {
        let world = World::make(check, &vetted, &proof, case)?;
        let said = world.ask(check, &vetted)?;
        world.compare(case, &said)?;
        for finding in &said {
            told.insert(finding.status);
            let other = reasons.insert(finding.reason.clone(), finding.status).filter(|status| *status != finding.status);
            if let Some(other) = other.filter(|_| check.card.reasons.contains_key(&finding.reason)) {
                let (reason, one, two) = (&finding.reason, other.word(), finding.status.word());
                return Err(format!("the reason `{reason}` explains a {one} and a {two}: give each its own"));
            }
            texts::filled(finding).map_err(|wrong| format!("case `{}`: {wrong}", case.is))?;
        }
        world.take_facts_away(check, &vetted, case, &said)?;
        world.take_lists_away(check, &vetted, case, &said)?;
        world.take_tables_away(check, &vetted, case, &said)?;
        world.show_to_another_account(check, &vetted, case, &said)?;
        world.let_time_pass(check, &vetted, case, &said)?;
    }
    for status in [Status::Pass, Status::Fail, Status::Unknown] {
        if !told.contains(&status) {
            return Err(format!("no case proves {}", status.word()));
        }
    }
    let unproven: Vec<&String> = check.card.reasons.keys().filter(|reason| !reasons.contains_key(*reason)).collect();
    if !unproven.is_empty() {
        return Err(format!("no case proves the reasons {unproven:?}"));
    }
    let undocumented: Vec<&String> =
        reasons.keys().filter(|reason| !reason.is_empty() && *reason != "unread" && !check.card.reasons.contains_key(*reason)).collect();
    if !undocumented.is_empty() {
        return Err(format!("the reasons {undocumented:?} are not in [reasons]"));
    }
    Ok(())
}

/// Reads a check from its file.
pub fn load(root: &Path, path: &Path) -> Result<Check, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let id = path.strip_prefix(root).unwrap_or(path).with_extension("");
    file::parse(&id.to_string_lossy(), path, &text).map_err(|error| error.to_string())
}

struct World {
    snapshot: Snapshot,
    config: Config,
    /// Rows as (table, rowid), in the order of the proof.
    rows: Vec<(&'static Table, i64)>,
}

type Said = Vec<Finding>;

impl World {
    fn make(check: &Check, vetted: &Vetted, proof: &Proof, case: &Case) -> Result<Self, String> {
        let wrong = |error: rusqlite::Error| format!("case `{}`: {error}", case.is);
        let connection = Connection::open_in_memory().map_err(wrong)?;
        connection.execute_batch(LEDGER_DDL).map_err(wrong)?;
        let tables = services::tables();
        for table in &tables {
            connection.execute_batch(&table.ddl(true)).map_err(wrong)?;
        }
        Snapshot::begin(&connection, "proof", &Time::from_text(NOW.to_owned()), "", &[]).map_err(wrong)?;
        let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place(GLOBAL), place(REGION)]).map_err(wrong)?;
        let mut world = Vec::new();
        let mut labels = BTreeSet::new();
        for (rows, table) in [&proof.rows, &case.add].into_iter().flat_map(|by_table| by_table.iter().map(|(table, rows)| (rows, table))) {
            let Some(table) = tables.iter().find(|known| known.name == table) else {
                return Err(format!("case `{}`: there is no table {table}", case.is));
            };
            for row in rows {
                let label = label(row);
                if case.remove.contains(&label) {
                    labels.insert(label);
                    continue;
                }
                let patch = case.set.get(&label);
                let id = insert(&connection, table, row, patch).map_err(|error| format!("case `{}`: {error}", case.is))?;
                world.push((*table, id));
                labels.insert(label);
            }
        }
        let named = case.set.keys().chain(&case.remove);
        if let Some(unknown) = named.into_iter().find(|label| !labels.contains(*label)) {
            return Err(format!("case `{}`: there is no row `{unknown}`", case.is));
        }
        for table in vetted.tables.iter().map(String::as_str).chain(["aws_region"]) {
            cover(&connection, table, true).map_err(wrong)?;
        }
        let params = toml::to_string(&BTreeMap::from([("params", &case.params)])).map_err(|error| error.to_string())?;
        let mut config = Configuration::parse(Path::new("proof"), &params).map_err(|error| error.to_string())?.checks;
        config.fits(std::slice::from_ref(check)).map_err(|error| format!("case `{}`: {error}", case.is))?;
        let snapshot = Snapshot::in_memory(connection, &tables, &services::views()).map_err(|error| error.to_string())?;
        Ok(Self { snapshot, config, rows: world })
    }

    fn ask(&self, check: &Check, vetted: &Vetted) -> Result<Said, String> {
        let tables = services::tables();
        let judge = Judge::new(&self.snapshot, &tables, &self.config, true).map_err(|error| error.to_string())?;
        let mut said = Vec::new();
        judge.run(check, vetted, &mut |finding| said.push(finding)).map_err(|error| error.to_string())?;
        Ok(said)
    }

    fn compare(&self, case: &Case, said: &Said) -> Result<(), String> {
        let words = |finding: &Finding| {
            let words = format!("{} {} {}", finding.status.word(), finding.reason, finding.severity.word());
            (finding.resource.clone(), words.replace("  ", " "))
        };
        let said: BTreeMap<String, String> = said.iter().map(words).collect();
        let mut wrong = Vec::new();
        for (resource, expected) in &case.expect {
            let found = said.get(resource).map_or("nothing", String::as_str);
            // Reason and severity need not be named where the proof is about the verdict only.
            let is_right = found.strip_prefix(expected.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
            if !is_right {
                wrong.push(format!("{resource}: expected `{expected}`, said `{found}`"));
            }
        }
        for (resource, found) in said.iter().filter(|(resource, _)| !case.expect.contains_key(*resource)) {
            wrong.push(format!("{resource}: said `{found}`, nothing was expected"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(format!("case `{}`: {}", case.is, wrong.join("; "))) }
    }

    /// Every fact is made unread in turn: a verdict may become unknown, and nothing else.
    fn take_facts_away(&self, check: &Check, vetted: &Vetted, case: &Case, said: &Said) -> Result<(), String> {
        for (table, rowid) in &self.rows {
            for column in table.columns.iter().filter(|column| column.can_be_unread) {
                let sql =
                    format!("update {} set \"{}\" = null where rowid = ? and \"{}\" is not null", table.name, column.name, column.name);
                let what = format!("{}.{} is unread", table.name, column.name);
                self.without(&what, check, vetted, case, said, |connection| connection.execute(&sql, [rowid]))?;
            }
        }
        Ok(())
    }

    /// Every list that hangs on an item is made unread in turn: its rows go, and the item's guard column is NULL.
    fn take_lists_away(&self, check: &Check, vetted: &Vetted, case: &Case, said: &Said) -> Result<(), String> {
        for table in services::tables() {
            let Some((guard_table, guard_column)) = table.guard else { continue };
            for (parent, rowid) in self.rows.iter().filter(|(parent, _)| parent.name == guard_table) {
                let what = format!("the rows of {} are unread", table.name);
                self.without(&what, check, vetted, case, said, |connection| {
                    let arn: Option<String> =
                        connection.query_row(&format!("select arn from {} where rowid = ?", parent.name), [rowid], |row| row.get(0))?;
                    let hanging = format!("delete from {} where arn = ? or arn like ? || ':%' or arn like ? || '/%'", table.name);
                    connection.execute(&hanging, [&arn, &arn, &arn])?;
                    connection.execute(&format!("update {} set {guard_column} = null where rowid = ?", parent.name), [rowid])
                })?;
            }
        }
        Ok(())
    }

    /// Every table is made incomplete in turn: the check must say that it cannot say, and nothing else.
    fn take_tables_away(&self, check: &Check, vetted: &Vetted, case: &Case, said: &Said) -> Result<(), String> {
        if said.is_empty() {
            return Ok(());
        }
        for table in &vetted.tables {
            let connection = self.snapshot.connection();
            cover(connection, table, false).map_err(|error| error.to_string())?;
            let now = self.ask(check, vetted)?;
            cover(connection, table, true).map_err(|error| error.to_string())?;
            if now.is_empty() || now.iter().any(|finding| finding.status != Status::Unknown) {
                return Err(format!("case `{}`: {table} is incomplete, and the check says {}", case.is, words(&now)));
            }
        }
        Ok(())
    }

    /// Another account that sees the very same things changes no verdict of the first one.
    fn show_to_another_account(&self, check: &Check, vetted: &Vetted, case: &Case, said: &Said) -> Result<(), String> {
        if check.card.reach == Reach::Everywhere {
            return Ok(());
        }
        let connection = self.snapshot.connection();
        let show = || -> rusqlite::Result<()> {
            connection.execute_batch("savepoint proof")?;
            for table in self.rows.iter().map(|(table, _)| table.name).chain(["place", "coverage"]).collect::<BTreeSet<_>>() {
                connection.execute_batch(&format!(
                    "create temp table shown as select * from {table} where account_id = '{ACCOUNT}';
                     update shown set account_id = '{OTHER_ACCOUNT}';
                     insert into {table} select * from shown;
                     drop table shown;"
                ))?;
            }
            Ok(())
        };
        show().map_err(|error| error.to_string())?;
        let now = self.ask(check, vetted);
        connection.execute_batch("rollback to proof; release proof").map_err(|error| error.to_string())?;
        let told = |said: &Said| {
            let own = said.iter().filter(|finding| finding.account == ACCOUNT);
            own.map(|finding| (finding.resource.clone(), finding.status.word(), finding.reason.clone())).collect::<BTreeSet<_>>()
        };
        let now = now.map_err(|error| format!("case `{}`: once another account sees the same: {error}", case.is))?;
        if told(said) == told(&now) {
            return Ok(());
        }
        Err(format!("case `{}`: once another account sees the same: {:?} became {:?}", case.is, told(said), told(&now)))
    }

    /// What changes by itself is no other evidence: a waiver that holds until the evidence changes must not end by it.
    fn let_time_pass(&self, check: &Check, vetted: &Vetted, case: &Case, said: &Said) -> Result<(), String> {
        if said.iter().all(|finding| finding.status != Status::Fail) {
            return Ok(());
        }
        let connection = self.snapshot.connection();
        let hold = |what: String, change: &dyn Fn() -> rusqlite::Result<()>| -> Result<(), String> {
            connection.execute_batch("savepoint time").map_err(|error| error.to_string())?;
            let changed = change().map_err(|error| format!("{what}: {error}"));
            let now = changed.and_then(|()| self.ask(check, vetted));
            connection.execute_batch("rollback to time; release time").map_err(|error| error.to_string())?;
            match steady::ended(said, &now?) {
                ended if ended.is_empty() => Ok(()),
                ended => Err(format!("case `{}`: {what}, and the evidence is another (volatile = […]?): {}", case.is, ended.join("; "))),
            }
        };
        for days in [1, 90] {
            hold(format!("{days} days pass"), &|| steady::pass_days(connection, days))?;
        }
        let read = || self.rows.iter().filter(|(table, _)| vetted.tables.contains(table.name));
        let set = |table: &Table, rowid: &i64, (column, other): (&str, String)| {
            connection.execute(&format!("update {} set \"{column}\" = {other} where rowid = ?", table.name), [rowid]).map(drop)
        };
        hold("lists are told in another order".to_owned(), &|| {
            read().try_for_each(|(table, rowid)| steady::turned(table).into_iter().try_for_each(|other| set(table, rowid, other)))
        })?;
        for (table, rowid) in read() {
            for other in steady::churning(table) {
                hold(format!("{}.{} is another", table.name, other.0), &|| set(table, rowid, other.clone()))?;
            }
        }
        Ok(())
    }

    fn without(
        &self,
        what: &str,
        check: &Check,
        vetted: &Vetted,
        case: &Case,
        said: &Said,
        change: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
    ) -> Result<(), String> {
        let connection = self.snapshot.connection();
        connection.execute_batch("savepoint proof").map_err(|error| error.to_string())?;
        let changed = change(connection).map_err(|error| error.to_string())?;
        let now = if changed == 0 { None } else { Some(self.ask(check, vetted)?) };
        connection.execute_batch("rollback to proof; release proof").map_err(|error| error.to_string())?;
        let Some(now) = now else { return Ok(()) };
        for before in said {
            let after = now.iter().find(|finding| finding.resource == before.resource);
            match after.map(|finding| finding.status) {
                Some(status) if status == before.status || status == Status::Unknown => {}
                Some(status) => {
                    let verdict = format!("{} became {}", before.status.word(), status.word());
                    return Err(format!("case `{}`: {what}, and {} {verdict}", case.is, before.resource));
                }
                // What hangs on an item is gone with the list; then the item itself is unknown.
                None if now.iter().any(|finding| finding.status == Status::Unknown && hangs_on(&before.resource, &finding.resource)) => {}
                None => return Err(format!("case `{}`: {what}, and nothing is said of {}", case.is, before.resource)),
            }
        }
        match now.iter().find(|finding| finding.status != Status::Unknown && !said.iter().any(|one| one.resource == finding.resource)) {
            Some(new) => Err(format!("case `{}`: {what}, and now {} is {}", case.is, new.resource, new.status.word())),
            None => Ok(()),
        }
    }
}

fn hangs_on(child: &str, parent: &str) -> bool {
    child.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

fn words(said: &Said) -> String {
    if said.is_empty() {
        return "nothing".to_owned();
    }
    said.iter().map(|finding| format!("{} of `{}`", finding.status.word(), finding.resource)).collect::<Vec<_>>().join(", ")
}

fn label(row: &Row) -> String {
    let text = |name: &str| row.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    text("id").or_else(|| text("arn")).unwrap_or_else(String::new)
}

pub(super) fn insert(connection: &Connection, table: &'static Table, row: &Row, patch: Option<&Row>) -> Result<i64, String> {
    let scope = services::reader_of(table.name).map(|reader| reader.scope);
    let mut columns: BTreeMap<&str, Value> = BTreeMap::from([("account_id", Value::Text(ACCOUNT.to_owned()))]);
    // Buckets are listed once and live somewhere.
    let is_global = scope == Some(Scope::Global) && !table.name.starts_with("aws_s3_");
    columns.insert("region", Value::Text(if is_global { GLOBAL } else { REGION }.to_owned()));
    for (name, value) in row.iter().chain(patch.into_iter().flatten()).filter(|(name, _)| *name != "id") {
        if table.column(name).is_none() {
            return Err(format!("{} has no column {name}", table.name));
        }
        columns.insert(name, to_sql(value));
    }
    let names: Vec<String> = columns.keys().map(|name| format!("\"{name}\"")).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let sql = format!("insert into {} ({}) values ({marks})", table.name, names.join(", "));
    connection.execute(&sql, rusqlite::params_from_iter(columns.into_values())).map_err(|error| format!("{}: {error}", table.name))?;
    Ok(connection.last_insert_rowid())
}

fn to_sql(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) if text == "unread" => Value::Null,
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::Integer(*number),
        toml::Value::Float(number) => Value::Real(*number),
        toml::Value::Boolean(switch) => Value::Integer(i64::from(*switch)),
        toml::Value::Datetime(moment) => Value::Text(moment.to_string()),
        // Lists and maps are JSON text in the snapshot.
        other => Value::Text(serde_json::to_string(other).expect("TOML that JSON can hold")),
    }
}

pub(super) fn cover(connection: &Connection, table: &str, complete: bool) -> rusqlite::Result<usize> {
    let reader = services::reader_of(table);
    let region = if reader.is_some_and(|reader| reader.scope == Scope::Global) { GLOBAL } else { REGION };
    let name = reader.map_or("none", |reader| reader.name);
    connection.execute("insert or replace into coverage values (?, ?, ?, ?, ?)", rusqlite::params![table, ACCOUNT, region, name, complete])
}
