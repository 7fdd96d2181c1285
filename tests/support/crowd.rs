//! A snapshot with as many findings as one likes: one log group, copied by SQL.

use std::path::{Path, PathBuf};

use driftlead::services;
use rusqlite::{Connection, params};

use super::world::{World, group};

/// The table that is crowded.
const TABLE: &str = "aws_cloudwatch_log_group";

/// The check that is asked: of ten groups eight fail, one cannot be said because its class is unread, and one passes.
pub const CHECK: &str = "logs/group_never_expires";

/// A snapshot of which [`CHECK`] has so many failures and unknowns, in the proportion of 8 to 1, and a pass for every nine of them.
pub fn crowd(path: &Path, findings: u32) -> PathBuf {
    let path = World::new(path).rows(&group("/crowd", 0)).save();
    let connection = Connection::open(&path).expect("the snapshot");
    let table = services::tables().into_iter().find(|table| table.name == TABLE).expect("the table");
    let value = |name: &str| match name {
        "arn" | "name" => format!("{name} || printf('/%07d', n)"),
        "retention_in_days" => "case when n % 10 = 9 then 365 else 0 end".to_owned(),
        "log_group_class" => "case when n % 10 = 8 then null else log_group_class end".to_owned(),
        other => other.to_owned(),
    };
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let values: Vec<String> = names.iter().map(|name| value(name)).collect();
    let sql = format!(
        "insert into {TABLE} ({}) with recursive number(n) as (select 0 union all select n + 1 from number where n + 1 < ?1)
         select {} from {TABLE}, number",
        names.join(", "),
        values.join(", ")
    );
    connection.execute(&sql, params![findings / 9 * 10]).expect("copies");
    connection.execute(&format!("delete from {TABLE} where name = '/crowd'"), []).expect("the one that was copied");
    // What SQLite was told of the sizes of tables is no longer so.
    connection.execute_batch("analyze").expect("statistics");
    path
}
