//! A file of accounts for `--accounts`: each account once, and entered by a role of its own; written as CSV and read again it is the same.

use std::collections::BTreeSet;

use driftlead::aws::accounts::parse;
use driftlead::aws::members::{Listed, account_of, is_account_id};

/// Reads it, writes it, reads it again.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let listed = match parse(text) {
        Ok(listed) => listed,
        Err(error) => {
            let line = error.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
            return assert!(line.is_none_or(|line| line <= 1 + text.lines().count()), "{error}");
        }
    };
    assert!(!listed.is_empty() && listed.iter().all(|one| is_account_id(&one.account_id)));
    let ids: BTreeSet<&str> = listed.iter().map(|one| one.account_id.as_str()).collect();
    assert_eq!(ids.len(), listed.len(), "an account stands twice");
    for one in &listed {
        let account = one.role_arn.as_deref().map(account_of);
        assert!(account.is_none_or(|account| account == Some(one.account_id.as_str())), "a role of another account: {one:?}");
        assert!(one.role_arn.is_some() || one.external_id.is_none(), "an external id without its role");
    }
    let quoted = |text: &Option<String>| format!("\"{}\"", text.as_deref().unwrap_or("").replace('"', "\"\""));
    let line = |one: &Listed| format!("{},{},{}\n", one.account_id, quoted(&one.role_arn), quoted(&one.external_id));
    let written = format!("account_id,role_arn,external_id\n{}", listed.iter().map(line).collect::<String>());
    assert_eq!(parse(&written), Ok(listed), "{written}");
}
