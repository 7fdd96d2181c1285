//! By which columns besides their keys rows are looked up: how ids join the tables of an account.
//!
//! Without an index of its own such a join looks through the whole table for every row of the other one. SQLite can make an index for
//! a query by itself, but not where it would have to make one for each row, and not everywhere where it thinks that it knows better.

use rusqlite::Connection;

/// Tables, and the columns by which checks and views find their rows; and the ledger, in which each verdict finds its receipts.
pub const LOOKUPS: &[(&str, &[&str])] = &[
    ("aws_api_gateway_base_path_mapping", &["rest_api_id"]),
    ("aws_api_gateway_domain_name", &["name"]),
    ("aws_api_gateway_rest_api", &["rest_api_id"]),
    ("aws_api_gateway_stage", &["rest_api_id"]),
    ("aws_api_gatewayv2_api", &["api_id"]),
    ("aws_api_gatewayv2_stage", &["api_id"]),
    ("aws_cloudwatch_alarm", &["name"]),
    ("aws_cloudwatch_dashboard", &["name"]),
    ("aws_cloudwatch_log_group", &["name"]),
    ("aws_ec2_ami", &["image_id"]),
    ("aws_ec2_instance", &["instance_id"]),
    ("aws_ec2_managed_prefix_list", &["prefix_list_id"]),
    ("aws_ec2_network_interface", &["instance_id"]),
    ("aws_ec2_network_interface", &["network_interface_id"]),
    ("aws_ec2_network_interface", &["subnet_id"]),
    ("aws_ec2_network_interface", &["vpc_id"]),
    ("aws_ecs_service_load_balancer", &["target_group_arn"]),
    ("aws_ecs_task", &["cluster_arn", "service_name"]),
    ("aws_elbv2_listener", &["load_balancer_arn"]),
    ("aws_elbv2_listener_rule", &["listener_arn"]),
    ("aws_iam_policy_attachment", &["policy_arn"]),
    ("aws_iam_role", &["name"]),
    ("aws_iam_user", &["name"]),
    ("aws_lambda_event_source_mapping", &["function_arn"]),
    ("aws_lambda_function", &["name"]),
    ("aws_lambda_version", &["function_arn"]),
    ("aws_rds_db_cluster_automated_backup", &["db_cluster_arn"]),
    ("aws_rds_db_instance_automated_backup", &["db_instance_arn"]),
    ("aws_rds_db_cluster_snapshot", &["db_cluster_identifier"]),
    ("aws_rds_db_snapshot", &["db_instance_identifier"]),
    ("aws_route53_record", &["name"]),
    ("aws_route53_record", &["target"]),
    ("aws_route53_zone", &["name"]),
    ("aws_s3_bucket", &["name"]),
    ("aws_s3_bucket_reference", &["bucket_name"]),
    ("aws_vpc", &["vpc_id"]),
    ("aws_vpc_egress_only_internet_gateway", &["egress_only_internet_gateway_id"]),
    ("aws_vpc_egress_only_internet_gateway", &["vpc_id"]),
    ("aws_vpc_endpoint", &["vpc_id"]),
    ("aws_vpc_internet_gateway", &["internet_gateway_id"]),
    ("aws_vpc_nat_gateway", &["nat_gateway_id"]),
    ("aws_vpc_nat_gateway", &["vpc_id"]),
    ("aws_vpc_network_acl_association", &["subnet_id"]),
    ("aws_vpc_route", &["route_table_id"]),
    ("aws_vpc_route", &["target_id"]),
    ("aws_vpc_route_table", &["route_table_id"]),
    ("aws_vpc_route_table", &["vpc_id"]),
    ("aws_vpc_route_table_association", &["subnet_id"]),
    ("aws_vpc_security_group", &["group_id"]),
    ("aws_vpc_security_group", &["name"]),
    ("aws_vpc_security_group_rule", &["group_id"]),
    ("aws_vpc_subnet", &["subnet_id"]),
    ("aws_vpc_subnet", &["vpc_id"]),
    ("aws_wafv2_web_acl_association", &["resource_arn"]),
    ("ledger", &["resource", "reader"]),
];

/// Whether a table is there and has a column.
const HAS: &str = "select exists (select 1 from pragma_table_info(?) where name = ?)";

/// Makes the indexes of all tables that are there (those of an earlier version may lack a column), and says to SQLite's planner how
/// much they tell. At the end of a run: it is quicker then, and takes less room.
///
/// # Errors
/// When SQLite cannot write.
pub fn make_lookups(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("begin")?;
    for (table, columns) in LOOKUPS {
        let has = |column: &&str| connection.prepare_cached(HAS)?.query_row([table, column], |row| row.get(0));
        if columns.iter().map(has).collect::<rusqlite::Result<Vec<bool>>>()?.into_iter().all(|has| has) {
            let by = columns.join("_");
            let sql = format!("create index if not exists {table}_by_{by} on {table} ({}, account_id)", columns.join(", "));
            connection.execute_batch(&sql)?;
        }
    }
    state_sizes(connection)?;
    connection.execute_batch("commit")
}

/// Columns that say where something is, and not which one it is: they tell a tenth of what is there.
const PLACES: &[&str] = &["account_id", "region", "reader", "table_name"];

/// Tells the planner that every table is large, and how few rows a look into each index finds; whatever there is. So a check goes about
/// its question in the same way on every snapshot, as it was proved: sizes that were counted on a small one, or before the rows came,
/// would have it look through a large table for every row of another.
fn state_sizes(connection: &Connection) -> rusqlite::Result<()> {
    // Makes the table of statistics where it is not there yet.
    connection.execute_batch("analyze sqlite_schema; delete from sqlite_stat1")?;
    let sql = "select m.name, i.name, i.\"unique\" from main.sqlite_schema as m join pragma_index_list(m.name, 'main') as i
        where m.type = 'table' and m.name not like 'sqlite%'";
    let indexes: Vec<(String, String, bool)> =
        connection.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect::<rusqlite::Result<_>>()?;
    for (table, index, is_unique) in indexes {
        let columns: Vec<String> = connection
            .prepare("select name from pragma_index_info(?, 'main') order by seqno")?
            .query_map([&index], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let (mut rows, mut stated) = (1_000_000, "1000000".to_owned());
        for (i, column) in columns.iter().enumerate() {
            rows = match column.as_str() {
                place if PLACES.contains(&place) => (rows / 10).max(1),
                // What names a thing finds it and what hangs on it; together with another name, next to nothing else.
                _ if i == 0 || rows > 5 => rows.min(5),
                _ => rows.min(2),
            };
            if is_unique && i + 1 == columns.len() {
                rows = 1;
            }
            stated += &format!(" {rows}");
        }
        connection.execute("insert into sqlite_stat1 values (?, ?, ?)", [&table, &index, &stated])?;
    }
    // Whoever goes on with this connection goes by them, too.
    connection.execute_batch("analyze sqlite_schema")
}
