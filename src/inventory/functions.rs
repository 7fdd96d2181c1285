//! SQL functions for `driftlead query` and for checks of one's own.
//!
//! The checks that driftlead ships use none of them: they run as they stand in any SQLite, because the tables hold what these
//! functions would compute. A NULL argument gives NULL: what is unread stays unread.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Result};

use super::{cidr, policy};

/// A function's name, its arguments, and what it gives.
pub const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("arn_part", "arn, part", "partition, service, region, account or resource of an ARN; NULL if the text is no ARN"),
    ("cidr_contains", "outer, inner", "1 if the range outer contains all of inner, else 0; NULL if either is no range"),
    ("days_since", "time", "days from a time to the snapshot's clock, with fractions; NULL for '' (never)"),
    ("iam_match", "pattern, text", "1 if an IAM pattern (* and ?) matches, with case, else 0"),
    ("policy_statements", "document", "a policy's statements as a JSON list in which every member is a list; NULL if it is no policy"),
];

/// Adds the functions to a connection; `clock` is the snapshot's, as RFC 3339.
pub fn add_functions(connection: &Connection, clock: &str) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("arn_part", 2, flags, |context| Ok(texts(context)?.and_then(|[arn, part]| arn_part(&arn, &part))))?;
    connection.create_scalar_function("cidr_contains", 2, flags, |context| {
        Ok(texts(context)?.and_then(|[outer, inner]| cidr::cidr_contains(&outer, &inner)))
    })?;
    let now = clock.parse::<jiff::Timestamp>().ok();
    connection.create_scalar_function("days_since", 1, flags, move |context| {
        let then = texts(context)?.and_then(|[time]: [String; 1]| time.parse::<jiff::Timestamp>().ok());
        Ok(now.zip(then).map(|(now, then)| (now.as_second() - then.as_second()) as f64 / 86_400.0))
    })?;
    connection.create_scalar_function("iam_match", 2, flags, |context| {
        Ok(texts(context)?.map(|[pattern, text]| policy::matches(&pattern, &text)))
    })?;
    connection.create_scalar_function("policy_statements", 1, flags, |context| {
        let statements = texts(context)?.and_then(|[document]: [String; 1]| policy::parse(&document).ok());
        Ok(statements.map(|list| serde_json::Value::Array(list.iter().map(policy::Statement::to_json).collect()).to_string()))
    })?;
    Ok(())
}

/// All arguments as texts, or `None` if one of them is NULL.
fn texts<const N: usize>(context: &Context<'_>) -> Result<Option<[String; N]>> {
    let mut all: [String; N] = std::array::from_fn(|_| String::new());
    for (i, slot) in all.iter_mut().enumerate() {
        match context.get::<Option<String>>(i)? {
            Some(text) => *slot = text,
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}

fn arn_part(arn: &str, part: &str) -> Option<String> {
    let fields: Vec<&str> = arn.splitn(6, ':').collect();
    if fields.len() != 6 || fields[0] != "arn" {
        return None;
    }
    let index = ["partition", "service", "region", "account", "resource"].iter().position(|name| *name == part)?;
    Some(fields[index + 1].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(sql: &str) -> rusqlite::types::Value {
        let connection = Connection::open_in_memory().unwrap();
        add_functions(&connection, "2026-11-22T00:00:00Z").unwrap();
        connection.query_row(&format!("select {sql}"), [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn functions_answer_and_null_stays_null() {
        use rusqlite::types::Value::{Integer, Null, Real, Text};
        assert_eq!(ask("arn_part('arn:aws:iam::1:role/a:b', 'resource')"), Text("role/a:b".into()));
        assert_eq!(ask("arn_part('nonsense', 'region')"), Null);
        assert_eq!(ask("cidr_contains('10.0.0.0/8', '10.1.0.0/16')"), Integer(1));
        assert_eq!(ask("cidr_contains('10.0.0.0/8', null)"), Null);
        assert_eq!(ask("days_since('2026-11-20T12:00:00Z')"), Real(1.5));
        assert_eq!(ask("days_since('')"), Null);
        assert_eq!(ask("iam_match('s3:*', 's3:GetObject')"), Integer(1));
        assert_eq!(ask("policy_statements('{}')"), Null);
        let document = r#"{"Statement":{"Effect":"Allow","Action":"S3:*","Resource":"*"}}"#;
        assert_eq!(ask(&format!("json_extract(policy_statements('{document}'), '$[0].actions[0]')")), Text("s3:*".into()));
    }
}
