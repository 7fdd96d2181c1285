//! How long a comparison takes, and how much memory: 10,000 and 100,000 resources on each side, snapshot against snapshot, and
//! declarations against a snapshot.
//!
//! `cargo bench --profile dev --bench drift` builds it as tests are built (SQLite optimised, the rest not): the numbers are those of a
//! slow build, and nothing is compiled anew. `-- --json FILE` says where the figures go; else they are in the target folder.
//!
//! Every part runs in a process of its own, so that the peak of its memory (VmHWM of `/proc/self/status`, Linux only) is its own.
//! Between the sides 1 % of the rows are changed, 0.5 % are gone and 0.5 % are new.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;

use driftlead::aws::Scope;
use driftlead::change::{Change, Kind as Changed, Origin, Scope as Compared};
use driftlead::check::Standing;
use driftlead::drift::between::{Side, between};
use driftlead::drift::run::Against;
use driftlead::drift::source::{Desk, Resource, Source};
use driftlead::inventory::kind::{self, Words};
use driftlead::inventory::{Column, GLOBAL, Kind, Place, Snapshot, Table, Time};
use driftlead::services;
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params, params_from_iter};
use serde_json::{Map, Value, json};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const SIZES: [usize; 2] = [10_000, 100_000];
const PARTS: [&str; 2] = ["between", "declared"];

/// Tables, and of a hundred resources how many are in each.
const SHARES: [(&str, usize); 6] = [
    ("aws_vpc_security_group_rule", 30),
    ("aws_cloudwatch_log_group", 20),
    ("aws_lambda_function", 20),
    ("aws_vpc_subnet", 10),
    ("aws_iam_role", 10),
    ("aws_s3_bucket", 10),
];

/// What the declarations have an opinion on: as much as a template says.
const KINDS: &str = r#"
[[kind]]
table = "aws_vpc_security_group_rule"
terraform = "aws_vpc_security_group_rule"
id.security_group_rule_id = { tf = "security_group_rule_id" }
columns.group_id = { tf = "group_id" }
columns.ip_protocol = { tf = "ip_protocol" }
columns.from_port = { tf = "from_port" }
columns.to_port = { tf = "to_port" }
columns.description = { tf = "description" }
[[kind]]
table = "aws_cloudwatch_log_group"
terraform = "aws_cloudwatch_log_group"
id.name = { tf = "name" }
columns.retention_in_days = { tf = "retention_in_days" }
columns.log_group_class = { tf = "log_group_class" }
columns.tags = { tf = "tags" }
[[kind]]
table = "aws_lambda_function"
terraform = "aws_lambda_function"
id.name = { tf = "name" }
columns.memory_size = { tf = "memory_size" }
columns.timeout = { tf = "timeout" }
columns.handler = { tf = "handler" }
columns.role_arn = { tf = "role_arn" }
columns.subnet_ids = { tf = "subnet_ids" }
columns.tags = { tf = "tags" }
[[kind]]
table = "aws_vpc_subnet"
terraform = "aws_vpc_subnet"
id.subnet_id = { tf = "subnet_id" }
columns.cidr_block = { tf = "cidr_block" }
columns.vpc_id = { tf = "vpc_id" }
columns.tags = { tf = "tags" }
[[kind]]
table = "aws_iam_role"
terraform = "aws_iam_role"
id.name = { tf = "name" }
columns.path = { tf = "path" }
columns.tags = { tf = "tags" }
[[kind]]
table = "aws_s3_bucket"
terraform = "aws_s3_bucket"
id.name = { tf = "name" }
columns.policy = { tf = "policy" }
columns.versioning = { tf = "versioning" }
columns.tags = { tf = "tags" }
"#;

static OURS: LazyLock<Vec<kind::Kind>> = LazyLock::new(|| kind::parse(KINDS).expect("kinds"));

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", size, folder] => make(size.parse()?, Path::new(folder)),
        [part, size, folder] if PARTS.contains(part) => {
            println!("{}", measure(part, size.parse()?, Path::new(folder))?);
            Ok(())
        }
        [] => all(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("drift-bench.json")),
        ["--json", path] => all(Path::new(path)),
        other => Err(format!("unknown arguments: {}", other.join(" ")).into()),
    }
}

fn all(figures: &Path) -> Outcome<()> {
    let mut told = Vec::new();
    println!("{:<10} {:>9} {:>9} {:>9} {:>10} {:>9}", "part", "resources", "seconds", "CPU s", "peak MiB", "changes");
    for size in SIZES {
        let folder = tempfile::tempdir()?;
        let me = std::env::current_exe()?;
        let run = |part: &str| -> Outcome<String> {
            let ran = Command::new(&me).args([part, &size.to_string()]).arg(folder.path()).output()?;
            if !ran.status.success() {
                return Err(format!("{part} {size}: {}", String::from_utf8_lossy(&ran.stderr)).into());
            }
            Ok(String::from_utf8(ran.stdout)?)
        };
        run("make")?;
        for part in PARTS {
            let line: Value = serde_json::from_str(&run(part)?)?;
            println!(
                "{part:<10} {size:>9} {:>9.2} {:>9.2} {:>10.1} {:>9}",
                line["seconds"].as_f64().unwrap_or(0.0),
                line["cpu_seconds"].as_f64().unwrap_or(0.0),
                line["peak_mib"].as_f64().unwrap_or(0.0),
                line["changes"]
            );
            told.push(line);
        }
    }
    std::fs::write(figures, serde_json::to_string_pretty(&told)?)?;
    println!("{}", figures.display());
    Ok(())
}

/// What is done to a row of the newer side.
fn is_changed(i: usize) -> bool {
    i % 100 == 7
}

/// Every two hundredth row is there before only, another one after only.
fn is_there(i: usize, is_newer: bool) -> bool {
    if is_newer { i % 200 != 3 } else { i % 200 != 5 }
}

fn paths(folder: &Path) -> [PathBuf; 2] {
    [folder.join("older.db"), folder.join("newer.db")]
}

fn rows(size: usize) -> impl Iterator<Item = (&'static Table, usize)> {
    let tables = services::tables();
    let of = move |name: &str| tables.iter().find(|table| table.name == name).copied().expect("a table");
    SHARES
        .into_iter()
        .map(move |(name, share)| (of(name), size * share / 100))
        .flat_map(|(table, count)| (0..count).map(move |i| (table, i)))
}

fn make(size: usize, folder: &Path) -> Outcome<()> {
    for (path, is_newer) in paths(folder).iter().zip([false, true]) {
        let tables = services::tables();
        let connection = Snapshot::create(Some(path), &tables, &services::views())?;
        let now = Time::from_unix(1_795_000_000 + i64::from(is_newer));
        Snapshot::begin(&connection, "driftlead bench", &now, "", &[])?;
        let place = |region: &str| Place { account_id: ACCOUNT.to_owned(), region: region.to_owned(), in_scope: true };
        Snapshot::places(&connection, &[place(GLOBAL), place(REGION)])?;
        cover(&connection)?;
        connection.execute_batch("begin")?;
        for (table, i) in rows(size).filter(|(_, i)| is_there(*i, is_newer)) {
            let cells = table.columns.iter().map(|column| stored(&value(table, column, i, is_newer)));
            connection.prepare_cached(&table.insert())?.execute(params_from_iter(cells))?;
        }
        connection.execute_batch("commit")?;
        Snapshot::end(&connection, &now, true)?;
    }
    Ok(())
}

fn cover(connection: &Connection) -> rusqlite::Result<()> {
    for reader in services::readers() {
        for table in reader.tables {
            connection
                .execute("insert into coverage values (?, ?, ?, ?, 1)", params![table.name, ACCOUNT, place_of(table), reader.name])?;
        }
    }
    Ok(())
}

fn place_of(table: &Table) -> &'static str {
    let is_global = services::reader_of(table.name).is_some_and(|reader| reader.scope == Scope::Global);
    if is_global { GLOBAL } else { REGION }
}

/// A column's value, made up: of the length that such values have.
fn value(table: &Table, column: &Column, i: usize, is_newer: bool) -> Value {
    let drift = usize::from(is_newer && is_changed(i));
    match (column.name, column.kind) {
        ("account_id", _) => ACCOUNT.into(),
        ("region", _) => place_of(table).into(),
        ("arn", _) => format!("arn:aws:service:{REGION}:{ACCOUNT}:{}/{i:08}-0a1b2c3d4e5f", table.name).into(),
        ("tags", _) => json!({
            "env": if drift == 1 { "test" } else { "prod" }, "team": format!("team-{}", i % 20), "cost-center": "4711", "app": format!("app-{}", i % 500),
            "owner": "payments@example.com", "aws:cloudformation:stack-name": format!("stack-{}", i % 300),
        }),
        ("policy", _) => json!({"Version": "2012-10-17", "Statement": [{"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [format!("arn:aws:s3:::bucket-{i}"), format!("arn:aws:s3:::bucket-{i}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})
        .to_string()
        .into(),
        ("description", _) if drift == 1 => "changed by hand".into(),
        ("cidr_block", _) => format!("10.{}.{}.0/24", i / 256 % 256, i % 256).into(),
        (name, _) if table.key.contains(&name) || name == "name" || name.ends_with("_id") => format!("{name}-{i:08x}c0ffee").into(),
        (_, Kind::Text) => format!("{}-{}", column.name, i % 50).into(),
        (_, Kind::Time) => "2026-11-01T12:00:00Z".into(),
        (_, Kind::Integer) => (i % 1000).into(),
        (_, Kind::Real) => 0.5.into(),
        (_, Kind::Bool) => (i.is_multiple_of(3)).into(),
        (_, Kind::Json) => json!([format!("item-{}", i % 9), "subnet-0a1b2c3d4e5f6a7b8", "subnet-1a1b2c3d4e5f6a7b8"]),
    }
}

fn stored(value: &Value) -> Sql {
    match value {
        Value::String(text) => Sql::Text(text.clone()),
        Value::Bool(switch) => Sql::Integer(i64::from(*switch)),
        Value::Number(number) => number.as_i64().map_or_else(|| Sql::Real(number.as_f64().unwrap_or(0.0)), Sql::Integer),
        other => Sql::Text(other.to_string()),
    }
}

/// What the older side was, as somebody declares it.
struct Declared(usize);

impl Source for Declared {
    fn declare(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        for (table, i) in rows(self.0).filter(|(_, i)| is_there(*i, false)) {
            let kind = OURS.iter().find(|kind| kind.table == table.name).expect("a kind");
            let is_said = |column: &&Column| kind.id.contains_key(column.name) || kind.columns.contains_key(column.name);
            let members = table.columns.iter().filter(is_said).map(|column| (column.name.to_owned(), value(table, column, i, false)));
            let document = Value::Object(members.collect());
            let origin = Origin {
                source: "terraform".to_owned(),
                unit: "/infrastructure/production/terraform.tfstate".to_owned(),
                name: "terraform.tfstate".to_owned(),
                address: format!("module.app[{}].{}.this", i % 500, table.name),
                type_name: table.name.to_owned(),
            };
            desk.take(&Resource {
                words: Words::Terraform,
                document: &document,
                physical_id: None,
                account: ACCOUNT,
                region: REGION,
                other_tags: &Map::new(),
                origin: &origin,
            })?;
        }
        Ok(())
    }
}

fn measure(part: &str, size: usize, folder: &Path) -> Outcome<Value> {
    let [older, newer] = paths(folder);
    let tables = services::tables();
    let open = |path: &Path| Snapshot::reopen(path, &tables, &services::views());
    let (started, newer) = (Instant::now(), open(&newer)?);
    let mut counts = [0_usize; Changed::ALL.len()];
    let mut columns: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let mut take = |change: Change| {
        if change.kind == Changed::Changed {
            change.columns.iter().for_each(|column| *columns.entry(format!("{}.{}", change.table, column.column)).or_default() += 1);
        }
        counts[Changed::ALL.iter().position(|kind| *kind == change.kind).unwrap_or(0)] += 1;
        Ok(())
    };
    let compared = if part == "between" {
        let older = open(&older)?;
        let (was, is) = (Standing::of(older.connection())?, Standing::of(newer.connection())?);
        let before = Side { connection: older.connection(), standing: &was };
        let after = Side { connection: newer.connection(), standing: &is };
        let mut scope = Compared::default();
        between(&before, &after, &tables, &mut scope, &mut take)?;
        scope
    } else {
        let mut unmanaged = 0;
        let mut count = |_: Change| {
            unmanaged += 1;
            Ok(())
        };
        let against = Against { found: newer.connection(), tables: &tables, kinds: &OURS };
        against.run(&[Box::new(Declared(size))], &mut take, &mut count)?
    };
    let seconds = started.elapsed().as_secs_f64();
    let by_kind: Map<String, Value> = Changed::ALL.iter().zip(counts).map(|(kind, count)| (kind.word().to_owned(), count.into())).collect();
    Ok(json!({
        "part": part, "resources": size, "seconds": seconds, "cpu_seconds": cpu_seconds(), "peak_mib": peak_mib(),
        "changes": counts.iter().sum::<usize>(), "by_kind": by_kind, "by_column": columns, "rows_compared": compared.compared, "values_compared": compared.values,
    }))
}

/// Most memory that this process has had, in MiB; 0 where the system does not tell.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Processor time of this process; 0 where the system does not tell. Linux counts it in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
