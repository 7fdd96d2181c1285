//! For the tests of the comparer: small snapshots in memory, a few kinds, and what a comparison says in one line for each change.

use rusqlite::{Connection, params, params_from_iter};
use serde_json::{Map, Value, json};

use super::between::{Side, between};
use super::run::Against;
use super::shelf::sql;
use super::source::{Desk, Resource, Source};
use crate::change::{Change, Origin, Scope};
use crate::check::Standing;
use crate::inventory::kind::{self, Words};
use crate::inventory::{GLOBAL, Kind, Snapshot, Table, Time};
use crate::services;

/// The account.
pub const ACCOUNT: &str = "111122223333";

/// The region.
pub const HERE: &str = "eu-west-1";

/// Another region, read as well.
pub const THERE: &str = "us-east-1";

/// A few kinds, as plain as can be.
const KINDS: &str = r#"
[[kind]]
table = "aws_vpc_subnet"
cloudformation = "AWS::EC2::Subnet"
terraform = "aws_subnet"
aws_owned = "exists (select 1 from aws_vpc as v where v.vpc_id = it.vpc_id and v.account_id = it.account_id and v.is_default)"
attributes.SubnetId = "subnet_id"
id.subnet_id = { cf = "@", tf = "id" }
columns.cidr_block = { cf = "CidrBlock", tf = "cidr_block" }
columns.map_public_ip_on_launch = { cf = "MapPublicIpOnLaunch", tf = "map_public_ip_on_launch", absent = false }
columns.tags = { cf = "Tags", tf = "tags_all", as = "tags", absent = {} }

[[kind]]
table = "aws_vpc_route_table"
cloudformation = "AWS::EC2::RouteTable"
terraform = "aws_route_table"
aws_owned = "it.is_main"
id.route_table_id = { cf = "@", tf = "id" }
columns.vpc_id = { cf = "VpcId", tf = "vpc_id" }
owns.aws_vpc_route = "it.origin = 'CreateRoute'"

[[kind]]
table = "aws_vpc_route"
cloudformation = "AWS::EC2::Route"
terraform = "aws_route"
id.route_table_id = { cf = "RouteTableId", tf = "route_table_id" }
id.destination = { cf = "DestinationCidrBlock", tf = "destination_cidr_block" }
columns.target_id = { cf = "GatewayId", tf = "gateway_id" }

[[kind]]
table = "aws_lambda_function"
cloudformation = "AWS::Lambda::Function"
terraform = "aws_lambda_function"
attributes.Arn = "arn"
id.name = { cf = "@", tf = "function_name" }
columns.memory_size = { cf = "MemorySize", tf = "memory_size", absent = 128 }
columns.environment_variable_names = { cf = "Environment.Variables", as = "names" }

[[kind]]
table = "aws_s3_bucket"
cloudformation = "AWS::S3::Bucket"
terraform = "aws_s3_bucket"
id.name = { cf = "@", tf = "bucket" }
columns.versioning = { cf = "VersioningConfiguration.Status", absent = "" }

[[kind]]
table = "aws_s3_bucket"
cloudformation = "AWS::S3::BucketPolicy"
part = true
id.name = { cf = "Bucket" }
columns.policy = { cf = "PolicyDocument" }
"#;

fn kinds() -> &'static [kind::Kind] {
    static PARSED: std::sync::LazyLock<Vec<kind::Kind>> = std::sync::LazyLock::new(|| kind::parse(KINDS).unwrap());
    &PARSED
}

/// A snapshot in memory.
pub struct World(pub Connection);

impl World {
    /// Two regions of one account, in which every table was read to its end and is empty; a third was left out.
    pub fn new() -> Self {
        let tables = services::tables();
        let connection = Snapshot::create(None, &tables, &[]).unwrap();
        Snapshot::begin(&connection, "driftlead test", &Time::from_text("2026-11-22T12:00:00Z".into()), "", &[]).unwrap();
        let world = Self(connection);
        world.account(ACCOUNT);
        world
    }

    /// One more account, read likewise.
    pub fn account(&self, account: &str) {
        for (region, in_scope) in [(GLOBAL, true), (HERE, true), (THERE, true), ("ap-south-1", false)] {
            self.0.execute("insert into place values (?, ?, ?)", params![account, region, in_scope]).unwrap();
        }
        for reader in services::readers() {
            let places = if reader.scope == crate::aws::Scope::Global { vec![GLOBAL] } else { vec![HERE, THERE] };
            for (table, place) in reader.tables.iter().flat_map(|table| places.iter().map(move |place| (table, place))) {
                self.0.execute("insert into coverage values (?, ?, ?, ?, 1)", params![table.name, account, place, reader.name]).unwrap();
            }
        }
    }

    /// A row. What is not given is unread, or empty where it cannot be.
    pub fn row(self, name: &str, cells: Value) -> Self {
        let table = table(name);
        let place = if self.is_global(name) { GLOBAL } else { HERE };
        let value = |column: &crate::inventory::Column| match (cells.get(column.name), column.name) {
            (Some(value), _) => sql(column.kind, value),
            (None, "account_id") => ACCOUNT.to_owned().into(),
            (None, "region") => place.to_owned().into(),
            (None, _) if column.can_be_unread => rusqlite::types::Value::Null,
            (None, _) => match column.kind {
                Kind::Text | Kind::Time => String::new().into(),
                Kind::Json => "{}".to_owned().into(),
                Kind::Integer | Kind::Bool => 0.into(),
                Kind::Real => 0.0.into(),
            },
        };
        assert!(cells.as_object().unwrap().keys().all(|column| table.column(column).is_some()), "columns of {name}: {cells}");
        self.0.execute(&table.insert(), params_from_iter(table.columns.iter().map(value))).unwrap();
        self
    }

    /// A list that could not be read in a place.
    pub fn denied(self, table: &str, region: &str, permission: &str) -> Self {
        let sql = "update coverage set complete = 0 where table_name = ? and region = ?";
        assert_eq!(self.0.execute(sql, [table, region]).unwrap(), 1, "{table} in {region}");
        self.gap(table, region, "", permission)
    }

    /// A gap about a resource.
    pub fn gap(self, table: &str, region: &str, resource: &str, permission: &str) -> Self {
        let sql = "insert into gap values (null, ?, ?, ?, ?, '[]', ?, 'denied', 'AccessDenied', '')";
        self.0.execute(sql, [table, ACCOUNT, region, resource, permission]).unwrap();
        self
    }

    /// SQL of the test's own.
    pub fn sql(self, sql: &str) -> Self {
        self.0.execute_batch(sql).unwrap();
        self
    }

    /// A stack with its template and what it made: logical id, type, physical id.
    pub fn stack(self, name: &str, resources: &Value, made: &[(&str, &str)]) -> Self {
        self.stack_in(HERE, name, resources, made)
    }

    /// A stack in a region.
    pub fn stack_in(self, region: &str, name: &str, resources: &Value, made: &[(&str, &str)]) -> Self {
        let arn = format!("arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{name}/1");
        let mut world = self
            .row(
                "aws_cloudformation_stack",
                json!({"arn": arn, "region": region, "name": name, "stack_status": "CREATE_COMPLETE",
                "resource_count": made.len(), "parameters": {"Env": "prod"}, "tags": {"team": "pay"}}),
            )
            .row(
                "aws_cloudformation_stack_template",
                json!({"arn": arn, "region": region, "body": {
                "Parameters": {"Env": {"Type": "String"}, "Zone": {"Type": "AWS::SSM::Parameter::Value<String>"}},
                "Conditions": {"Open": {"Fn::Equals": [{"Ref": "Zone"}, "a"]}}, "Resources": resources}}),
            );
        for (logical_id, physical_id) in made {
            let type_name = resources[*logical_id]["Type"].as_str().unwrap_or("AWS::Other::Thing");
            world = world.row(
                "aws_cloudformation_stack_resource",
                json!({"arn": arn, "region": region, "logical_id": logical_id,
                "physical_id": physical_id, "resource_type": type_name, "resource_status": "CREATE_COMPLETE"}),
            );
        }
        world
    }

    fn is_global(&self, table: &str) -> bool {
        services::reader_of(table).unwrap().scope == crate::aws::Scope::Global
    }

    /// What is not as the stacks declare.
    pub fn stacks(&self) -> Vec<String> {
        self.against(vec![Box::new(super::cloudformation::Stacks::default())])
    }

    /// What is not as the stacks declare, by the kinds of the services.
    pub fn real_stacks(&self) -> Vec<String> {
        self.compare(services::kinds(), vec![Box::new(super::cloudformation::Stacks::default())])
    }

    /// What is not as a state says, by the kinds of the services.
    pub fn real_state(&self, made: Made) -> Vec<String> {
        self.compare(services::kinds(), vec![Box::new(made)])
    }

    /// What is not as some sources declare; what is unmanaged comes last.
    pub fn against(&self, sources: Vec<Box<dyn Source>>) -> Vec<String> {
        self.compare(kinds(), sources)
    }

    fn compare(&self, kinds: &'static [kind::Kind], sources: Vec<Box<dyn Source>>) -> Vec<String> {
        let (mut told, mut unmanaged) = (Vec::new(), Vec::new());
        let tables = services::tables();
        let comparison = Against { found: &self.0, tables: &tables, kinds };
        let take = |lines: &mut Vec<String>, change: &Change| {
            lines.push(line(change));
            Ok(())
        };
        comparison.run(&sources, &mut |change| take(&mut told, &change), &mut |change| take(&mut unmanaged, &change)).unwrap();
        told.sort();
        unmanaged.sort();
        told.into_iter().chain(unmanaged).collect()
    }

    /// What is not as it was.
    pub fn since(&self, older: &Self) -> (Vec<String>, Scope) {
        let (was, is) = (Standing::of(&older.0).unwrap(), Standing::of(&self.0).unwrap());
        let (mut scope, mut told) = (Scope::default(), Vec::new());
        let (before, after) = (Side { connection: &older.0, standing: &was }, Side { connection: &self.0, standing: &is });
        let mut take = |change: Change| {
            told.push(line(&change));
            Ok(())
        };
        between(&before, &after, &services::tables(), &mut scope, &mut take).unwrap();
        told.sort();
        (told, scope)
    }
}

/// Declarations that a test makes up: address, type, attributes, in Terraform's words; with an account and a region.
pub struct Made(pub Vec<(&'static str, &'static str, Value)>, pub &'static str);

impl Source for Made {
    fn declare(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        for (address, type_name, document) in &self.0 {
            let origin = Origin { address: (*address).into(), type_name: (*type_name).into(), name: "state".into(), ..Origin::default() };
            desk.take(&Resource {
                words: Words::Terraform,
                document,
                physical_id: document["id"].as_str(),
                account: ACCOUNT,
                region: self.1,
                other_tags: &Map::new(),
                origin: &origin,
            })?;
        }
        Ok(())
    }
}

fn table(name: &str) -> &'static Table {
    services::tables().into_iter().find(|table| table.name == name).unwrap()
}

/// `changed vpc_subnet subnet-1 cidr_block`, and why where there is a why.
fn line(change: &Change) -> String {
    let resource = change.resource.rsplit(['/', '=']).next().unwrap_or("");
    let columns: Vec<&str> = change.columns.iter().map(|column| column.column.as_str()).collect();
    let columns = if change.kind == crate::change::Kind::Changed { columns.join(",") } else { String::new() };
    let reason = if change.reason.is_empty() { String::new() } else { format!(": {}", change.reason) };
    format!("{} {} {resource} {columns}", change.kind.word(), change.table.trim_start_matches("aws_")).trim_end().to_owned() + &reason
}
