//! Small networks to try the surveyor on, in memory.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};

use super::{CHECKS, Egress, egress};
use crate::aws::Scope;
use crate::check::{Check, Config, Vet, Vetted, shipped};
use crate::exhibit::{EgressMap, Exit, Subnet};
use crate::inventory::{GLOBAL, Kind, LEDGER_DDL, Place, Snapshot, Time};
use crate::services;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "us-east-1";

/// A public and a private subnet in one zone; the way out leads through a NAT gateway and an internet gateway.
pub(super) const NETWORK: &str = include_str!("network.toml");

/// A row of a table.
pub(super) type Row = BTreeMap<String, toml::Value>;

/// A snapshot that is being put together: one account and region in which every table was read to its end.
pub(super) struct World {
    connection: rusqlite::Connection,
}

impl World {
    pub(super) fn new() -> Self {
        let tables = services::tables();
        let connection = Snapshot::create(None, &tables, &services::views()).unwrap();
        Snapshot::begin(&connection, "driftlead test", &Time::from_text("2026-11-22T12:00:00Z".to_owned()), "", &[]).unwrap();
        let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place(GLOBAL), place(REGION)]).unwrap();
        let world = Self { connection };
        tables.iter().for_each(|table| world.cover(table.name, true));
        world
    }

    /// The network, to be changed.
    pub(super) fn network() -> Self {
        Self::new().rows(NETWORK)
    }

    /// Adds rows, as in a proof: TOML by table.
    pub(super) fn rows(self, text: &str) -> Self {
        let rows: BTreeMap<String, Vec<Row>> = toml::from_str(text).unwrap();
        rows.iter().for_each(|(table, rows)| rows.iter().for_each(|row| self.row(table, row)));
        self
    }

    /// Adds a row. What is not given is unread, or empty where it cannot be.
    pub(super) fn row(&self, name: &str, row: &Row) {
        let table = services::tables().into_iter().find(|table| table.name == name).unwrap();
        let value = |column: &crate::inventory::Column| match row.get(column.name) {
            Some(toml::Value::String(text)) if text == "unread" => Value::Null,
            Some(toml::Value::String(text)) => Value::Text(text.clone()),
            Some(toml::Value::Integer(number)) => Value::Integer(*number),
            Some(toml::Value::Float(number)) => Value::Real(*number),
            Some(toml::Value::Boolean(switch)) => Value::Integer(i64::from(*switch)),
            Some(other) => Value::Text(serde_json::to_string(other).unwrap()),
            None if column.name == "account_id" => Value::Text(ACCOUNT.to_owned()),
            None if column.name == "region" => Value::Text(region_of(name).to_owned()),
            None if column.can_be_unread => Value::Null,
            None => match column.kind {
                Kind::Text | Kind::Time => Value::Text(String::new()),
                Kind::Json => Value::Text("[]".to_owned()),
                Kind::Integer | Kind::Bool => Value::Integer(0),
                Kind::Real => Value::Real(0.0),
            },
        };
        self.connection.execute(&table.insert(), params_from_iter(table.columns.iter().map(value))).unwrap();
    }

    /// Changes what is there.
    pub(super) fn sql(self, sql: &str) -> Self {
        assert!(self.connection.execute(sql, []).unwrap() > 0, "{sql} changes nothing");
        self
    }

    /// A list that could not be read because a permission is missing.
    pub(super) fn denied(self, table: &str, permission: &str) -> Self {
        self.cover(table, false);
        self.connection.execute(&format!("delete from {table}"), []).unwrap();
        let sql = "insert into gap values (null, ?, ?, ?, '', '[]', ?, 'denied', 'AccessDenied', 'no')";
        self.connection.execute(sql, params![table, ACCOUNT, region_of(table), permission]).unwrap();
        self
    }

    /// Says whether a table was read to its end.
    pub(super) fn cover(&self, table: &str, complete: bool) {
        let reader = services::reader_of(table).unwrap();
        let sql = "insert or replace into coverage values (?, ?, ?, ?, ?)";
        self.connection.execute(sql, params![table, ACCOUNT, region_of(table), reader.name, complete]).unwrap();
    }

    /// Surveys it.
    pub(super) fn egress(self) -> Egress {
        let tables = services::tables();
        let snapshot = Snapshot::in_memory(self.connection, &tables, &[]).unwrap();
        egress(&snapshot, &tables, &ASKED, &Config::default()).unwrap()
    }

    /// The only map.
    pub(super) fn map(self) -> EgressMap {
        let mut egress = self.egress();
        assert_eq!(egress.maps.len(), 1);
        egress.maps.remove(0)
    }
}

/// The checks that a survey asks.
static ASKED: LazyLock<Vec<(Check, Vetted)>> = LazyLock::new(|| {
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).unwrap();
    let own = shipped().unwrap().into_iter().filter(|check| CHECKS.contains(&check.id.as_str()));
    own.map(|check| vet.vet(&check).map(|vetted| (check, vetted)).unwrap()).collect()
});

/// A subnet of a map, by its ARN.
pub(super) fn subnet<'m>(map: &'m EgressMap, arn: &str) -> &'m Subnet {
    map.zones.iter().flat_map(|zone| &zone.subnets).find(|subnet| subnet.arn == arn).unwrap()
}

/// An exit of a map, by its id.
pub(super) fn exit<'m>(map: &'m EgressMap, id: &str) -> &'m Exit {
    map.exits.iter().find(|exit| exit.id == id).unwrap()
}

fn region_of(table: &str) -> &'static str {
    let is_global = services::reader_of(table).is_some_and(|reader| reader.scope == Scope::Global);
    if is_global { GLOBAL } else { REGION }
}
