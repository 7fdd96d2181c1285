//! Small snapshots on disk, written through the library, for tests that judge offline.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use driftlead::aws::Scope;
use driftlead::inventory::{GLOBAL, Kind, Place, Snapshot, Time};
use driftlead::services;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

/// The account of these worlds.
pub const ACCOUNT: &str = "111122223333";

/// Their region.
pub const REGION: &str = "us-east-1";

const NOW: &str = "2026-11-22T12:00:00Z";

/// A snapshot that is being written.
pub struct World {
    connection: Connection,
    path: PathBuf,
}

impl World {
    /// One account and region in which every table was read to its end, and is empty.
    pub fn new(path: &Path) -> Self {
        let tables = services::tables();
        let connection = Snapshot::create(Some(path), &tables, &services::views()).expect("a new snapshot");
        let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
        Snapshot::begin(&connection, "driftlead test", &Time::from_text(NOW.to_owned()), "", &names).expect("it begins");
        let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place(GLOBAL), place(REGION)]).expect("places");
        let world = Self { connection, path: path.to_owned() };
        for name in names {
            world.cover(name, true);
        }
        for reader in services::readers() {
            for call in reader.calls {
                world.ledger(reader.name, call.permission, place_of(reader.scope), "", "ok");
            }
        }
        world
    }

    /// Adds rows, as in a proof: TOML by table. A column that is not given is unread, or empty where it cannot be.
    pub fn rows(self, text: &str) -> Self {
        let rows: BTreeMap<String, Vec<toml::Table>> = toml::from_str(text).expect("rows in TOML");
        for (name, rows) in rows {
            for row in rows {
                self.insert(&name, &row);
            }
        }
        self
    }

    /// Another region, read to its end as well.
    pub fn also_in(self, region: &str) -> Self {
        let place = Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
        Snapshot::places(&self.connection, &[place]).expect("a place");
        for reader in services::readers().filter(|reader| reader.scope == Scope::Regional) {
            for table in reader.tables {
                let sql = "insert or replace into coverage values (?, ?, ?, ?, 1)";
                self.connection.execute(sql, params![table.name, ACCOUNT, region, reader.name]).expect("coverage");
            }
        }
        self
    }

    /// A list that could not be read because a permission is missing.
    pub fn denied(self, table: &str, permission: &str) -> Self {
        let region = region_of(table);
        self.cover(table, false);
        self.gap(table, region, "", permission);
        self
    }

    /// Columns of one resource that could not be read because a permission is missing.
    pub fn denied_item(self, table: &str, arn: &str, permission: &str) -> Self {
        self.gap(table, region_of(table), arn, permission);
        self
    }

    /// The finished file.
    pub fn save(self) -> PathBuf {
        Snapshot::end(&self.connection, &Time::from_text("2026-11-22T12:01:00Z".to_owned()), true).expect("it ends");
        self.path
    }

    fn insert(&self, name: &str, row: &toml::Table) {
        let table = services::tables().into_iter().find(|table| table.name == name).expect("a table");
        assert!(row.keys().all(|column| table.column(column).is_some()), "columns of {name}: {row:?}");
        let value = |column: &driftlead::inventory::Column| match row.get(column.name) {
            Some(value) => to_sql(value),
            None if column.name == "account_id" => Value::Text(ACCOUNT.to_owned()),
            // Buckets are listed once and live somewhere.
            None if column.name == "region" && name.starts_with("aws_s3_") => Value::Text(REGION.to_owned()),
            None if column.name == "region" => Value::Text(region_of(name).to_owned()),
            None if column.can_be_unread => Value::Null,
            None => match column.kind {
                Kind::Text | Kind::Time => Value::Text(String::new()),
                Kind::Json => Value::Text("[]".to_owned()),
                Kind::Integer | Kind::Bool => Value::Integer(0),
                Kind::Real => Value::Real(0.0),
            },
        };
        self.connection.execute(&table.insert(), params_from_iter(table.columns.iter().map(value))).expect("a row");
    }

    fn gap(&self, table: &str, region: &str, resource: &str, permission: &str) {
        let message = format!("User: arn:aws:iam::{ACCOUNT}:user/scan is not authorized to perform: {permission}");
        let gap = "insert into gap values (null, ?, ?, ?, ?, '[]', ?, 'denied', 'AccessDenied', ?)";
        self.connection.execute(gap, params![table, ACCOUNT, region, resource, permission, message]).expect("a gap");
        let reader = services::reader_of(table).expect("a reader").name;
        self.ledger(reader, permission, region, resource, "denied");
    }

    fn ledger(&self, reader: &str, permission: &str, region: &str, resource: &str, outcome: &str) {
        let (service, action) = permission.split_once(':').expect("a permission");
        let sql = "insert into ledger values (null, ?, ?, ?, ?, ?, ?, ?, '', ?, '', '', 1, 1, ?, 12, 0, 0)";
        let values = params![ACCOUNT, region, service, action, permission, reader, resource, outcome, NOW];
        self.connection.execute(sql, values).expect("an entry");
    }

    fn cover(&self, table: &str, complete: bool) {
        let reader = services::reader_of(table).expect("a reader");
        let sql = "insert or replace into coverage values (?, ?, ?, ?, ?)";
        self.connection.execute(sql, params![table, ACCOUNT, place_of(reader.scope), reader.name, complete]).expect("coverage");
    }
}

fn place_of(scope: Scope) -> &'static str {
    if scope == Scope::Global { GLOBAL } else { REGION }
}

fn region_of(table: &str) -> &'static str {
    place_of(services::reader_of(table).expect("a reader").scope)
}

fn to_sql(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::Text(text.clone()),
        toml::Value::Integer(number) => Value::Integer(*number),
        toml::Value::Float(number) => Value::Real(*number),
        toml::Value::Boolean(switch) => Value::Integer(i64::from(*switch)),
        other => Value::Text(serde_json::to_string(other).expect("a list or a map")),
    }
}

/// A log group of the account.
pub fn group(name: &str, retention: i64) -> String {
    format!(
        "[[aws_cloudwatch_log_group]]
         arn = \"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}\"
         name = \"{name}\"
         creation_time = \"2026-01-01T00:00:00Z\"
         retention_in_days = {retention}
         retention_policy_name = \"\"
         stored_bytes = 5000
         log_group_class = \"STANDARD\"
         tags = {{ }}\n"
    )
}

/// A secret that is to be rotated every 30 days and was rotated last at that time.
pub fn secret(name: &str, last_rotated: &str) -> String {
    let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}");
    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate-{name}");
    format!(
        "[[aws_secretsmanager_secret]]
         arn = \"{arn}\"
         name = \"{name}\"
         owning_service = \"\"
         primary_region = \"\"
         rotation = \"on\"
         rotation_lambda_arn = \"{function}\"
         rotation_function_arn = \"{function}\"
         rotation_interval_days = 30.0
         rotation_schedule = \"\"
         rotation_window_hours = 24.0
         created_date = \"2026-01-01T00:00:00Z\"
         last_changed_date = \"{last_rotated}\"
         last_rotated_date = \"{last_rotated}\"
         next_rotation_date = \"\"
         deleted_date = \"\"
         version_count = 1
         policy_statement_count = 0
         replicas = []
         [[aws_secretsmanager_secret_version]]
         arn = \"{arn}\"
         version_id = \"v2\"
         stages = [\"AWSCURRENT\", \"AWSPENDING\"]
         is_current = true
         is_pending = true
         has_value = true
         created_date = \"{last_rotated}\"
         [[aws_lambda_function]]
         arn = \"{function}\"
         name = \"rotate-{name}\"
         code_size = 4096
         state = \"Active\"
         state_reason_code = \"\"
         last_update_status = \"Successful\"
         last_update_status_reason = \"\"
         reserved_concurrency = -1
         policy_statement_count = 1
         [[aws_lambda_function_policy_statement]]
         arn = \"{function}\"
         statement_index = 0
         effect = \"Allow\"
         principals = [\"Service:secretsmanager.amazonaws.com\"]
         actions = [\"lambda:invokefunction\"]
         not_actions = []
         condition = {{ }}
         is_for_anyone = false
         is_narrowed = false
         [[aws_lambda_function_metric]]
         arn = \"{function}\"
         name = \"rotate-{name}\"
         invocations_14d = 0.0
         errors_14d = 0.0\n"
    )
}
