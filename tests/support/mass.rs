//! Snapshots of any size: what is in a small one, many times over, under names of its own each time.
//!
//! A name (an ARN, an id, a name) belongs to the table whose row it is of, and every table has its number of copies; a row of copy
//! `k` names copy `k % n` of whatever it refers to. So what belongs together still does, a VPC has more interfaces than there were,
//! and the mix of kinds is that of a large account whatever it was in the small snapshot.

use std::collections::{BTreeMap, HashMap};

use driftlead::inventory::{Kind, Nature, Table};
use driftlead::services;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// How many of these there are for each of what is not named here.
const WEIGHTS: &[(&str, f64)] = &[
    ("aws_cloudwatch_log_group", 60.0),
    ("aws_ec2_network_interface", 12.0),
    ("aws_vpc_security_group", 8.0),
    ("aws_vpc_security_group_rule", 24.0),
    ("aws_ec2_instance", 40.0),
    ("aws_ebs_volume", 50.0),
    ("aws_ebs_snapshot", 200.0),
    ("aws_ecs_task_definition", 60.0),
    ("aws_ecs_task", 10.0),
    ("aws_ecs_service", 6.0),
    ("aws_lambda_function", 20.0),
    ("aws_secretsmanager_secret", 10.0),
    ("aws_cloudwatch_alarm", 30.0),
    ("aws_kms_key", 10.0),
    ("aws_rds_db_instance", 4.0),
    ("aws_rds_db_snapshot", 20.0),
    ("aws_elbv2_load_balancer", 4.0),
    ("aws_elbv2_target_group", 5.0),
    ("aws_s3_bucket", 4.0),
    ("aws_iam_role", 5.0),
    ("aws_iam_policy", 5.0),
    ("aws_cloudformation_stack", 3.0),
    ("aws_vpc_subnet", 2.0),
    ("aws_vpc", 0.5),
    ("aws_vpc_nat_gateway", 0.5),
];

/// Of so many copies only the first has these rows: few principals can do everything.
const THIN: &[(&str, usize)] = &[("aws_iam_escalation_path", 20), ("aws_cloudformation_stack_template_resource", 4)];

/// Tables of which there is one row for an account or a region, however large it is.
const FIXED: &[&str] = &[
    "aws_account",
    "aws_availability_zone",
    "aws_iam_account_summary",
    "aws_lambda_account_metric",
    "aws_organizations_membership",
    "aws_organizations_service_control_policy",
    "aws_region",
];

/// A small snapshot, ready to be copied.
pub struct Mold {
    rows: Vec<(Source, Cast)>,
    /// The tables that names belong to, and how many copies there are of each.
    owners: Vec<(&'static str, f64)>,
}

/// Where a row comes from and goes to.
#[derive(Clone)]
struct Source {
    name: &'static str,
    insert: String,
    is_resource: bool,
    thin: usize,
}

/// A row whose names are known.
struct Cast {
    cells: Vec<Cell>,
    /// Which of the cells make it a row of its own.
    keys: Vec<usize>,
}

enum Cell {
    Same(Value),
    Text(Vec<Piece>),
}

enum Piece {
    Text(String),
    /// A name that belongs to an owner.
    Name(String, usize),
}

impl Mold {
    /// Reads what there is. Every name belongs to the first table that says it is its own.
    pub fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let tables = services::tables();
        let mut owners = Vec::new();
        let mut names: HashMap<String, usize> = HashMap::new();
        let grows =
            |table: &&Table| table.nature != Nature::Reference && !FIXED.contains(&table.name) && !table.name.ends_with("_settings");
        let (alone, parts): (Vec<&Table>, Vec<&Table>) = tables.iter().copied().filter(grows).partition(|table| table.parents.is_empty());
        for table in alone.into_iter().chain(parts) {
            let weight = WEIGHTS.iter().find(|(name, _)| *name == table.name).map_or(1.0, |(_, weight)| *weight);
            let owner = owners.len();
            owners.push((table.name, weight));
            for row in read(connection, table.name)? {
                for name in own_names(table, &row) {
                    names.entry(name).or_insert(owner);
                }
            }
        }
        // An id whose row nobody wrote down is the name of something all the same: routes of a VPC that is not there belong together.
        for table in tables.iter().copied().filter(grows) {
            let ids = table.columns.iter().enumerate().filter_map(|(i, column)| Some((i, owner_of_id(&owners, column.name)?)));
            let ids: Vec<(usize, usize)> = ids.collect();
            for row in read(connection, table.name)? {
                for (i, owner) in &ids {
                    if let Value::Text(id) = &row[*i]
                        && !id.is_empty()
                    {
                        names.entry(id.clone()).or_insert(*owner);
                    }
                }
            }
        }
        let mut rows = Vec::new();
        for table in &tables {
            let is_resource = table.parents.is_empty() && matches!(table.nature, Nature::Setting | Nature::Passing);
            let thin = THIN.iter().find(|(name, _)| *name == table.name).map_or(1, |(_, every)| *every);
            let source = Source { name: table.name, insert: table.insert(), is_resource, thin };
            for row in read(connection, table.name)? {
                let keys = (0..row.len()).filter(|i| table.key.contains(&table.columns[*i].name)).collect();
                let is_name = |i: usize| is_name(table.columns[i].name) || table.key.contains(&table.columns[i].name);
                let cells = row.into_iter().enumerate().map(|(i, value)| match table.columns[i].kind {
                    Kind::Time => Cell::Same(value),
                    _ if !grows(table) => Cell::Same(value),
                    _ => cast(value, is_name(i), &names),
                });
                rows.push((source.clone(), Cast { cells: cells.collect(), keys }));
            }
        }
        // Calls about a resource are made for each; their numbers are given when the run ends.
        let ledger = Source { name: "ledger", insert: ledger_insert(connection)?, is_resource: false, thin: 1 };
        for row in read(connection, "ledger")? {
            let cells = row.into_iter().enumerate().map(|(i, value)| match i {
                0 => Cell::Same(Value::Null),
                7 => cast(value, true, &names),
                _ => Cell::Same(value),
            });
            rows.push((ledger.clone(), Cast { cells: cells.collect(), keys: vec![7] }));
        }
        Ok(Self { rows, owners })
    }

    /// Every kind grows alike; or only what is called by these names, so that much hangs on little.
    pub fn alike(mut self, only: Option<&str>) -> Self {
        let weight = |name: &str| if only.is_none_or(|only| only == name) { 1.0 } else { 0.0 };
        self.owners.iter_mut().for_each(|(name, own)| *own = weight(name));
        self
    }

    /// Adds copies to the snapshot that the mold was made of, until there are about so many resources. What hangs on a resource and
    /// what measures it comes on top.
    ///
    /// Returns how many rows each table has got.
    pub fn fill(&self, connection: &Connection, resources: usize) -> rusqlite::Result<BTreeMap<&'static str, usize>> {
        let count = |scale: f64| -> usize {
            let resources = self.rows.iter().filter(|(source, _)| source.is_resource);
            resources.map(|(source, cast)| self.copies(cast, scale).div_ceil(source.thin)).sum()
        };
        let (mut low, mut high) = (0.0, 1.0);
        while count(high) < resources && high < 1e9 {
            (low, high) = (high, high * 2.0);
        }
        for _ in 0..30 {
            let middle = (low + high) / 2.0;
            if count(middle) < resources { low = middle } else { high = middle }
        }
        self.grow(connection, high)
    }

    /// Adds copies, so many of each kind as its weight says, times `scale`.
    pub fn grow(&self, connection: &Connection, scale: f64) -> rusqlite::Result<BTreeMap<&'static str, usize>> {
        let mut added = BTreeMap::new();
        connection.execute_batch("begin")?;
        for (source, cast) in &self.rows {
            let mut statement = connection.prepare_cached(&source.insert)?;
            let copies = self.copies(cast, scale);
            for copy in (1..copies).filter(|copy| copy % source.thin == 0) {
                statement.execute(params_from_iter(cast.cells.iter().map(|cell| self.cell(cell, copy, scale))))?;
                *added.entry(source.name).or_insert(0) += 1;
            }
        }
        connection.execute_batch("commit")?;
        Ok(added)
    }

    fn copies_of(&self, owner: usize, scale: f64) -> usize {
        ((self.owners[owner].1 * scale) as usize).max(1)
    }

    fn copies(&self, cast: &Cast, scale: f64) -> usize {
        let pieces = cast.keys.iter().flat_map(|i| match &cast.cells[*i] {
            Cell::Text(pieces) => pieces.as_slice(),
            Cell::Same(_) => &[],
        });
        let owners = pieces.filter_map(|piece| match piece {
            Piece::Name(_, owner) => Some(*owner),
            Piece::Text(_) => None,
        });
        owners.map(|owner| self.copies_of(owner, scale)).max().unwrap_or(1)
    }

    fn cell(&self, cell: &Cell, copy: usize, scale: f64) -> Value {
        match cell {
            Cell::Same(value) => value.clone(),
            Cell::Text(pieces) => {
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Name(name, owner) => match copy % self.copies_of(*owner, scale) {
                        0 => name.clone(),
                        which => format!("{name}-{which:06}"),
                    },
                };
                Value::Text(pieces.iter().map(piece).collect())
            }
        }
    }
}

fn read(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = connection.prepare(&format!("select * from {table} order by rowid"))?;
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|i| row.get(i)).collect())?;
    rows.collect()
}

fn ledger_insert(connection: &Connection) -> rusqlite::Result<String> {
    let columns = connection.prepare("select * from ledger")?.column_count();
    Ok(format!("insert into ledger values ({})", vec!["?"; columns].join(", ")))
}

/// What a row is called: its ARN, what that ends in, its name, and what resolves to it.
fn own_names(table: &Table, row: &[Value]) -> Vec<String> {
    let text = |i: usize| match &row[i] {
        Value::Text(text) if text.len() > 1 && text != "default" && text != "global" => Some(text.as_str()),
        _ => None,
    };
    // What is AWS's own is the same for everybody.
    // So is there one root of an account, however large it is.
    let Some(arn) = text(0).filter(|arn| !arn.contains("::aws:") && !arn.ends_with("root")) else { return Vec::new() };
    let mut names = vec![arn.to_owned()];
    for (i, column) in table.columns.iter().enumerate().skip(3) {
        let is_own = |text: &&str| {
            let is_last = || arn.strip_suffix(text).is_some_and(|before| before.ends_with([':', '/']));
            let is_called = || table.parents.is_empty() && (column.name == "name" || column.name.ends_with("dns_name"));
            is_last() || is_called() || table.key == [column.name] || is_own_id(table.name, column.name)
        };
        if let Some(text) = text(i).filter(is_own).filter(|text| !text.bytes().all(|byte| byte.is_ascii_digit())) {
            names.push(text.to_owned());
            names.push(text.to_lowercase());
        }
    }
    names
}

/// The owner of what a column names by its id, if there is such a table.
fn owner_of_id(owners: &[(&str, f64)], column: &str) -> Option<usize> {
    owners.iter().position(|(table, _)| column.ends_with("_id") && column != "account_id" && is_own_id(table, column))
}

/// Whether a column is the id of what the table holds: `nat_gateway_id` of `aws_vpc_nat_gateway`.
fn is_own_id(table: &str, column: &str) -> bool {
    let stem = column.strip_suffix("_id").or_else(|| column.strip_suffix("_identifier"));
    stem.is_some_and(|stem| table.ends_with(&format!("_{stem}")))
        || matches!((table, column), ("aws_ec2_ami", "image_id") | ("aws_route53_record", "name"))
}

/// Whether a column holds names, also short ones that could be words.
fn is_name(column: &str) -> bool {
    let ends = ["arn", "arns", "name", "names", "_id", "_ids", "_uri", "target", "resource", "bucket", "destination"];
    column != "account_id" && ends.iter().any(|end| column.ends_with(end))
}

/// Finds the names in a text: as a whole, in lists, as ARNs in documents, and before what follows an ARN.
fn cast(value: Value, is_name: bool, names: &HashMap<String, usize>) -> Cell {
    let Value::Text(text) = value else { return Cell::Same(value) };
    if let Some(owner) = names.get(&text).filter(|_| is_name) {
        return Cell::Text(vec![Piece::Name(text, *owner)]);
    }
    let mut pieces = Vec::new();
    let is_part = |byte: char| byte.is_ascii_alphanumeric() || "_.:/+=@-".contains(byte);
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let start = rest.find(is_part).unwrap_or(rest.len());
        let end = rest[start..].find(|byte| !is_part(byte)).map_or(rest.len(), |end| start + end);
        let word = &rest[start..end];
        let cuts = std::iter::once(word.len()).chain(word.rmatch_indices([':', '/']).map(|(at, _)| at));
        let found = cuts.filter_map(|cut| Some((cut, *names.get(&word[..cut])?))).find(|(cut, _)| is_name || *cut > 10);
        // In `service/CLUSTER/NAME` the last word is the name.
        let tail = word.rfind([':', '/']).map(|at| at + 1).filter(|_| is_name && found.is_none());
        if let Some((at, owner)) = tail.and_then(|at| Some((at, *names.get(&word[at..])?))) {
            pieces.push(Piece::Text(format!("{}{}", &rest[..start], &word[..at])));
            pieces.push(Piece::Name(word[at..].to_owned(), owner));
            rest = &rest[end..];
            continue;
        }
        match found {
            Some((cut, owner)) => {
                pieces.push(Piece::Text(rest[..start].to_owned()));
                pieces.push(Piece::Name(word[..cut].to_owned(), owner));
                pieces.push(Piece::Text(word[cut..].to_owned()));
            }
            None => pieces.push(Piece::Text(rest[..end].to_owned())),
        }
        rest = &rest[end..];
    }
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) { Cell::Same(Value::Text(text)) } else { Cell::Text(pieces) }
}
