//! Files of accounts: one id a line, or CSV with a header.

use std::collections::HashMap;

use super::members::{Listed, account_of, is_account_id};

/// The columns of a CSV file; only the first must be there.
const COLUMNS: [&str; 4] = ["account_id", "role_arn", "external_id", "name"];

/// Reads a file of accounts: one id a line with `#` comments, or CSV that begins with a header (`account_id,role_arn,external_id,name`).
///
/// # Errors
/// What is wrong, and in which line, from 1.
///
/// ```
/// let listed = driftlead::aws::accounts::parse("# prod\n111122223333\n").unwrap();
/// assert_eq!(listed[0].account_id, "111122223333");
/// assert_eq!(driftlead::aws::accounts::parse("11112222333").unwrap_err(), "line 1: `11112222333` is no account id: it has 12 digits");
/// ```
pub fn parse(text: &str) -> Result<Vec<Listed>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().map(without_comment).find(|line| !line.is_empty());
    let is_csv = first.is_some_and(|line| line.split(',').any(|column| column.trim().trim_matches('"') == COLUMNS[0]));
    let listed = if is_csv { of_csv(text)? } else { of_lines(text)? };
    not_twice(&listed)?;
    if listed.is_empty() {
        return Err("there is no account in it: write one id a line".to_owned());
    }
    Ok(listed.into_iter().map(|(_, one)| one).collect())
}

fn not_twice(listed: &[(u64, Listed)]) -> Result<(), String> {
    let mut lines = HashMap::new();
    for (line, one) in listed {
        if let Some(before) = lines.insert(one.account_id.as_str(), line) {
            return Err(format!("line {line}: {} is in line {before} already", one.account_id));
        }
    }
    Ok(())
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or("").trim()
}

fn of_lines(text: &str) -> Result<Vec<(u64, Listed)>, String> {
    let lines = (1..).zip(text.lines().map(without_comment)).filter(|(_, line)| !line.is_empty());
    lines.map(|(number, id)| Ok((number, listed(number, id, None, None)?))).collect()
}

fn of_csv(text: &str) -> Result<Vec<(u64, Listed)>, String> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| {
        let line = error.position().map_or_else(String::new, |position| format!("line {}: ", position.line()));
        match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{line}it has {len} fields, and the header {expected_len}"),
            _ => format!("{line}{error}"),
        }
    };
    let header = reader.headers().map_err(wrong)?.clone();
    if let Some(unknown) = header.iter().find(|column| !COLUMNS.contains(column)) {
        return Err(format!("the header has a column `{unknown}`; there are {}", COLUMNS.join(", ")));
    }
    let column = |name: &str| header.iter().position(|column| column == name);
    let [account_id, role_arn, external_id, _] = COLUMNS.map(column);
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let field = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|field| !field.is_empty());
        let line = record.position().map_or(0, csv::Position::line);
        let Some(id) = field(account_id) else {
            if record.iter().all(str::is_empty) {
                continue;
            }
            return Err(format!("line {line}: it has no account_id"));
        };
        all.push((line, listed(line, id, field(role_arn), field(external_id))?));
    }
    Ok(all)
}

fn listed(line: u64, id: &str, role_arn: Option<&str>, external_id: Option<&str>) -> Result<Listed, String> {
    if !is_account_id(id) {
        return Err(format!("line {line}: `{id}` is no account id: it has 12 digits"));
    }
    match role_arn.map(|arn| (arn, account_of(arn))) {
        Some((arn, None)) => return Err(format!("line {line}: `{arn}` is no ARN of a role, such as arn:aws:iam::{id}:role/audit")),
        Some((arn, Some(other))) if other != id => return Err(format!("line {line}: {arn} is a role of {other}, not of {id}")),
        Some(_) | None => {}
    }
    if external_id.is_some() && role_arn.is_none() {
        return Err(format!("line {line}: an external_id goes with a role_arn; --external-id is for all others"));
    }
    Ok(Listed { account_id: id.to_owned(), role_arn: role_arn.map(str::to_owned), external_id: external_id.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_ids_and_comments() {
        let ids: Vec<String> =
            parse("# all\n111122223333 # prod\r\n\n  444455556666\n").unwrap().into_iter().map(|one| one.account_id).collect();
        assert_eq!(ids, ["111122223333", "444455556666"]);
    }

    #[test]
    fn a_table_may_say_more_of_each() {
        let text = "# ours\naccount_id, role_arn, external_id, name\n111122223333,arn:aws:iam::111122223333:role/x,s,\"Prod, EU\"\n444455556666,,,\n";
        let all = parse(text).unwrap();
        assert_eq!((all[0].role_arn.as_deref(), all[0].external_id.as_deref()), (Some("arn:aws:iam::111122223333:role/x"), Some("s")));
        assert_eq!((all[1].role_arn.as_deref(), all[1].external_id.as_deref()), (None, None));
        assert_eq!(parse("name,account_id\nx,111122223333\n").unwrap()[0].account_id, "111122223333");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, said) in [
            ("", "no account in it"),
            ("# nothing\n", "no account in it"),
            ("111122223333\n\n12345\n", "line 3: `12345` is no account id"),
            ("111122223333\n111122223333\n", "line 2: 111122223333 is in line 1 already"),
            ("account_id,role\n111122223333,x\n", "a column `role`"),
            ("account_id,role_arn\n111122223333\n", "line 2: it has 1 fields, and the header 2"),
            ("account_id,role_arn\n111122223333,audit\n", "line 2: `audit` is no ARN of a role"),
            (
                "account_id,role_arn\n111122223333,arn:aws:iam::444455556666:role/x\n",
                "line 2: arn:aws:iam::444455556666:role/x is a role of 444455556666",
            ),
            ("account_id,role_arn\n,arn:aws:iam::444455556666:role/x\n", "line 2: it has no account_id"),
            ("account_id,external_id\n111122223333,x\n", "line 2: an external_id goes with a role_arn"),
        ] {
            let told = parse(text).unwrap_err();
            assert!(told.contains(said), "{text:?}: {told}");
        }
    }
}
