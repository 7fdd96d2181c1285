//! A small snapshot, made once a thread: what checks and queries of a stranger are tried on.
//!
//! Every table has two rows. One table was read in part ([`UNREAD`]): no verdict may stand on it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftlead::aws::Scope;
use driftlead::check::Vet;
use driftlead::inventory::table::Kind;
use driftlead::inventory::{GLOBAL, LEDGER_DDL, Place, Snapshot, Table, Time};
use driftlead::services;
use rusqlite::Connection;
use rusqlite::types::Value;

/// The account.
pub const ACCOUNT: &str = "111122223333";
/// The one region that was read.
pub const REGION: &str = "us-east-1";
/// The table that was read in part.
pub const UNREAD: &str = "aws_vpc_subnet";

/// Steps of SQLite that one input may take: a query that does not end is no fault of driftlead's.
const MOST_STEPS: u64 = 300;
/// Instructions a step.
const STEP: std::ffi::c_int = 1_000;

/// What the targets share.
pub struct World {
    pub snapshot: Snapshot,
    pub vet: Vet,
    pub tables: Vec<&'static Table>,
    steps: Arc<AtomicU64>,
}

impl World {
    /// Makes it.
    pub fn new() -> Self {
        let tables = services::tables();
        let mut connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch(LEDGER_DDL).expect("the ledger's tables");
        for table in &tables {
            connection.execute_batch(&table.ddl(true)).expect("a table");
        }
        Snapshot::begin(&connection, "fuzz", &Time::from_text("2026-11-22T12:00:00Z".to_owned()), "", &[]).expect("a beginning");
        let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place(GLOBAL), place(REGION)]).expect("places");
        connection.execute_batch("begin").expect("a transaction");
        tables.iter().for_each(|table| fill(&connection, table));
        connection.execute_batch("commit").expect("rows");
        let steps = Arc::new(AtomicU64::new(0));
        let taken = Arc::clone(&steps);
        let is_over = move || taken.fetch_add(1, Ordering::Relaxed) > MOST_STEPS;
        connection.progress_handler(STEP, Some(is_over)).expect("a limit of steps");
        let snapshot = Snapshot::in_memory(connection, &tables, &services::views()).expect("a snapshot");
        let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).expect("a vet");
        Self { snapshot, vet, tables, steps }
    }

    /// Gives the next input its steps.
    pub fn begin(&self) {
        self.steps.store(0, Ordering::Relaxed);
    }

    /// What would differ if somebody had written into the snapshot: its changes so far, and the version of its schema.
    pub fn mark(&self) -> (u64, i64, i64) {
        self.begin();
        let connection = self.snapshot.connection();
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
        let databases = number("select count(*) from pragma_database_list");
        (connection.total_changes(), number("pragma schema_version"), databases)
    }

    /// The tables of which no verdict but unknown may be told.
    pub fn unread() -> BTreeSet<String> {
        BTreeSet::from([UNREAD.to_owned()])
    }
}

/// Gives a table its two rows, and says that it was read.
pub fn fill(connection: &Connection, table: &Table) {
    let reader = services::reader_of(table.name);
    let region = if reader.is_some_and(|reader| reader.scope == Scope::Global) { GLOBAL } else { REGION };
    for number in 1..=2_i64 {
        let cell = |column: &driftlead::inventory::Column| match column.name {
            "arn" => Value::Text(format!("arn:aws:x:{region}:{ACCOUNT}:{}/{number}", table.name)),
            "account_id" => Value::Text(ACCOUNT.to_owned()),
            "region" => Value::Text(region.to_owned()),
            // The second row has what is unread.
            _ if column.can_be_unread && number == 2 => Value::Null,
            name => match column.kind {
                Kind::Text => Value::Text(format!("{name}-{number}")),
                Kind::Integer => Value::Integer(number * 7),
                Kind::Real => Value::Real(0.5),
                Kind::Bool => Value::Integer(number % 2),
                Kind::Time => Value::Text(format!("2026-0{number}-01T00:00:00Z")),
                Kind::Json => Value::Text(if number == 1 { r#"["a","b"]"# } else { "{}" }.to_owned()),
            },
        };
        let cells: Vec<Value> = table.columns.iter().map(cell).collect();
        connection.execute(&table.insert(), rusqlite::params_from_iter(cells)).expect("a row");
    }
    let reader = reader.map_or("none", |reader| reader.name);
    let is_whole = table.name != UNREAD;
    let coverage = rusqlite::params![table.name, ACCOUNT, region, reader, is_whole];
    connection.execute("insert or replace into coverage values (?, ?, ?, ?, ?)", coverage).expect("coverage");
}
