//! How often SQLite would write out the common tables of a statement (`with a as (…)`) before it runs it.
//!
//! Each mention of a common table is a copy of its SELECT, with copies of those that it mentions. Thirty that mention the one before
//! twice are a kilobyte of text, and more copies than any memory holds. SQLite has no limit for that.

use std::collections::HashMap;

/// Copies that a statement may have. The checks that driftlead ships have a few dozen.
const MOST_COPIES: u64 = 20_000;

/// Words that end a list of tables.
const ENDS: &[&str] = &["select", "where", "group", "order", "having", "limit", "union", "except", "intersect", "window"];

/// Whether a statement has more copies than can be.
pub(super) fn is_endless(sql: &str) -> bool {
    let tokens = tokens(sql);
    let mut tables: HashMap<&str, Vec<&str>> = HashMap::new();
    for (at, name) in tokens.iter().enumerate() {
        if let Some((from, end)) = body(&tokens, at) {
            tables.entry(name).or_default().extend(mentioned(&tokens[from..end]));
        }
    }
    let mut known = HashMap::new();
    mentioned(&tokens).into_iter().fold(0, |sum: u64, name| sum.saturating_add(copies(name, &tables, &mut known))) > MOST_COPIES
}

/// How many copies a mention of a table is; one that mentions itself is not written out again.
fn copies<'t>(name: &'t str, tables: &HashMap<&'t str, Vec<&'t str>>, known: &mut HashMap<&'t str, u64>) -> u64 {
    if let Some(copies) = known.get(name) {
        return *copies;
    }
    known.insert(name, 1);
    let of = tables.get(name).into_iter().flatten();
    let sum = of.fold(1_u64, |sum, inner| sum.saturating_add(copies(inner, tables, known)));
    known.insert(name, sum);
    sum
}

/// What follows a name that a common table is given: `name [(columns)] as [[not] materialized] ( … )`, the place of that SELECT.
fn body(tokens: &[String], at: usize) -> Option<(usize, usize)> {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token == word);
    let mut next = at + 1;
    if is(next, "(") {
        next = close(tokens, next)? + 1;
    }
    if !is(next, "as") {
        return None;
    }
    next += 1;
    while is(next, "not") || is(next, "materialized") {
        next += 1;
    }
    is(next, "(").then(|| Some((next + 1, close(tokens, next)?)))?
}

/// Where brackets are closed that open here.
fn close(tokens: &[String], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The names that stand where a table does: after FROM and JOIN and the commas between tables, and after IN.
fn mentioned(tokens: &[String]) -> Vec<&str> {
    let mut names = Vec::new();
    // Whether a list of tables is open, for each bracket that is.
    let mut lists = vec![false];
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before].as_str());
        let is_in_list = lists.last().copied() == Some(true);
        match token.as_str() {
            "(" => lists.push(is_in_list && matches!(before, "from" | "join" | ",")),
            ")" => drop(lists.pop()),
            "from" | "join" => lists.last_mut().into_iter().for_each(|list| *list = true),
            word if ENDS.contains(&word) => lists.last_mut().into_iter().for_each(|list| *list = false),
            "," => {}
            word if before == "in" || (is_in_list && matches!(before, "from" | "join" | "," | "(")) => names.push(word),
            _ => {}
        }
    }
    names
}

/// Words in lower case, whether quoted or not, brackets and commas; nothing else, and no comments.
fn tokens(sql: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end_of = |skip: usize, sign: &str| rest[skip..].find(sign).map_or(rest.len(), |at| skip + at + sign.len());
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = match first {
            '/' if rest.starts_with("/*") => end_of(2, "*/"),
            '-' if rest.starts_with("--") => end_of(2, "\n"),
            '\'' | '"' | '`' | '[' => {
                let close = if first == '[' { "]" } else { &rest[..1] };
                let end = end_of(1, close);
                tokens.push(rest[1..end].trim_end_matches(close).to_lowercase());
                end
            }
            '(' | ')' | ',' => {
                tokens.push(first.to_string());
                1
            }
            c if is_word(c) => {
                let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                tokens.push(rest[..end].to_lowercase());
                end
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each mentions the one before twice.
    fn doubling(times: usize, mention: &str) -> String {
        let next = |i: usize| format!(", \"c{}\" as materialized (select 1 as x {})", i + 1, mention.replace('?', &format!("c{i}")));
        format!("with c0(x) as (select 1){} select * from c{times}", (0..times).map(next).collect::<String>())
    }

    #[test]
    fn tables_that_double_are_seen_however_they_are_mentioned() {
        for mention in
            ["from ? a, ? b", "from ? join [?] as b on a in (1, 2), z", "from (?) cross join `?`", "from y where 1 in ? or 2 in ?"]
        {
            assert!(is_endless(&doubling(30, mention)), "{mention}");
            assert!(!is_endless(&doubling(8, mention)), "{mention}");
        }
        assert!(!is_endless(&doubling(300, "from ? where 'c1, c2' <> ? -- from c1, c1")));
        assert!(!is_endless("with recursive n (i) as (select 1 union all select i + 1 from n) select i from n, n, n"));
    }

    #[test]
    fn no_check_that_is_shipped_comes_near() {
        for check in crate::check::shipped().unwrap() {
            assert!(!is_endless(&check.sql), "{}", check.id);
        }
    }
}
