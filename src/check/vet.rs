//! Vetting: SQLite itself is asked what a check does before it is believed.
//!
//! One statement; it only reads; it has the columns of the contract; its parameters are declared; it does not join by `USING` or
//! `NATURAL` (a column added later would change its meaning); and which tables it reads, by the pages that its program opens. A
//! check that reads a list which hangs on an item reads that item's guard column too, or an unread list would look empty.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::file::{Check, FileError};
use super::growth;
use crate::inventory::{Nature, Table, View};

/// Columns with a meaning of their own; all others are evidence.
pub const CONTRACT: &[&str] = &["resource", "account_id", "ok", "applies", "reason", "severity"];

/// What vetting found out about a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vetted {
    /// The tables that it reads, through views too.
    pub tables: BTreeSet<String>,
    /// The table whose ARN is the resource.
    pub subject: String,
    /// The columns in their order.
    pub columns: Vec<String>,
    /// Columns that change by themselves, though nothing that the verdict stands on does: by the nature of the table's column behind
    /// them, or because the check says so.
    pub volatile: BTreeSet<String>,
}

impl Vetted {
    /// Whether the check says whose row of a resource it judged.
    pub fn names_account(&self) -> bool {
        self.columns.iter().any(|column| column == "account_id")
    }
}

/// An empty database with every table and view, to ask SQLite about checks.
#[derive(Debug)]
pub struct Vet {
    connection: Connection,
    tables: Vec<&'static Table>,
    reads: Arc<Mutex<Vec<(String, String)>>>,
}

impl Vet {
    /// Makes the database.
    ///
    /// # Errors
    /// When a table or view of ours is not SQL, which the tests would have told.
    pub fn new(tables: Vec<&'static Table>, views: &[&View], ledger: &str) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(ledger)?;
        tables.iter().try_for_each(|table| connection.execute_batch(&table.ddl(true)))?;
        views.iter().try_for_each(|view| connection.execute_batch(&view.ddl(false)))?;
        crate::inventory::add_functions(&connection, "1970-01-01T00:00:00Z")?;
        let reads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reads);
        connection.authorizer(Some(move |context: AuthContext<'_>| allow(&context, &seen)))?;
        Ok(Self { connection, tables, reads })
    }

    /// Vets a check.
    ///
    /// # Errors
    /// With the line of the file and what to do.
    pub fn vet(&self, check: &Check) -> Result<Vetted, FileError> {
        let first_line = check.line_of(check.sql.find("*/").unwrap_or(0));
        let bad = |detail: String| check.error(first_line, detail);
        if let Some((offset, word)) = forbidden_join(&check.sql) {
            let detail = format!("{word} joins by whatever columns there happen to be: write `on` with the columns");
            return Err(check.error(check.line_of(offset), detail));
        }
        if growth::is_endless(&check.sql) {
            return Err(bad(ENDLESS.to_owned()));
        }
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let statement = self.connection.prepare(&check.sql).map_err(|error| match error {
            rusqlite::Error::MultipleStatement => bad("a check is one statement; there is a second one after the semicolon".into()),
            error if error.sqlite_error_code() == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => bad(ONLY_READS.into()),
            error => sql_error(check, &error),
        })?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        if !statement.readonly() || columns.is_empty() {
            return Err(bad(ONLY_READS.into()));
        }
        self.check_columns(check, &columns, &bad)?;
        self.check_params(check, &statement, &bad)?;
        let reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let tables = self.tables_read(check.select()).map_err(|error| sql_error(check, &error))?;
        self.check_guards(&tables, &reads, &bad)?;
        let subject = statement
            .columns_with_metadata()
            .find(|column| column.name() == "resource")
            .and_then(|column| (column.origin_name() == Some("arn")).then(|| column.table_name().map(str::to_owned))?)
            .ok_or_else(|| bad("`resource` must be the `arn` of a table, as it stands: `x.arn as resource`".into()))?;
        if !tables.contains(&subject) {
            return Err(bad(format!("`resource` comes from {subject}, which holds no resources")));
        }
        let volatile = self.volatile(check, &statement, &subject);
        Ok(Vetted { tables, subject, columns, volatile })
    }

    /// SQLite tells which table's column stands behind a column of the answer, through views too; for what is computed it tells none,
    /// and the check itself has to say.
    fn volatile(&self, check: &Check, statement: &rusqlite::Statement<'_>, subject: &str) -> BTreeSet<String> {
        let is_volatile = |table: &str, column: &str| match self.tables.iter().find(|known| known.name == table) {
            // The ledger: times and numbers of this very run.
            None => true,
            Some(table) => {
                let is_passing = match table.nature {
                    Nature::Setting | Nature::Derived | Nature::Partial => false,
                    // A row of its own is what it is; of others, another one may stand there tomorrow.
                    Nature::Passing => table.name != subject,
                    Nature::Churn | Nature::Reference => true,
                };
                let is_key = table.name == subject && table.key.contains(&column);
                !is_key && (is_passing || table.column(column).is_some_and(|column| column.nature == Nature::Churn))
            }
        };
        let mut volatile: BTreeSet<String> = check.card.volatile.iter().cloned().collect();
        for column in statement.columns_with_metadata() {
            let origin = column.table_name().zip(column.origin_name());
            if origin.is_some_and(|(table, origin)| is_volatile(table, origin)) {
                volatile.insert(column.name().to_owned());
            }
        }
        volatile
    }

    fn check_columns(&self, check: &Check, columns: &[String], bad: &dyn Fn(String) -> FileError) -> Result<(), FileError> {
        for required in ["resource", "ok"] {
            if !columns.iter().any(|column| column == required) {
                return Err(bad(format!("the SELECT has no column `{required}` (it has {})", columns.join(", "))));
            }
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(*column)) {
            return Err(bad(format!("the column `{twice}` is there twice")));
        }
        let card = &check.card;
        let texts = [&card.message, &card.fix].into_iter().chain(card.fixes.values());
        for name in texts.flat_map(|text| super::template::names(text)) {
            if !columns.iter().any(|column| column == name) && !card.params.contains_key(name) && !BUILT_IN.contains(&name) {
                return Err(bad(format!("`{{{name}}}` in the front-matter is neither a column nor a parameter")));
            }
        }
        let is_evidence = |name: &&String| columns.contains(name) && !CONTRACT.contains(&name.as_str());
        if let Some(unknown) = card.volatile.iter().find(|name| !is_evidence(name)) {
            return Err(bad(format!("volatile has `{unknown}`, which is no column of evidence")));
        }
        if let Some(unknown) = card.fixes.keys().find(|reason| !card.reasons.contains_key(*reason)) {
            return Err(bad(format!("fixes has `{unknown}`, which is not in reasons")));
        }
        Ok(())
    }

    fn check_params(&self, check: &Check, statement: &rusqlite::Statement<'_>, bad: &dyn Fn(String) -> FileError) -> Result<(), FileError> {
        let used: BTreeSet<String> = (1..=statement.parameter_count())
            .map(|i| statement.parameter_name(i).unwrap_or("?").trim_start_matches(':').to_owned())
            .collect();
        for name in &used {
            if !check.card.params.contains_key(name) {
                return Err(bad(format!("the parameter `:{name}` is not declared: add it under [params]")));
            }
        }
        match check.card.params.keys().find(|name| !used.contains(*name)) {
            Some(unused) => Err(bad(format!("the parameter `{unused}` is declared and never used"))),
            None => Ok(()),
        }
    }

    fn check_guards(
        &self,
        tables: &BTreeSet<String>,
        reads: &[(String, String)],
        bad: &dyn Fn(String) -> FileError,
    ) -> Result<(), FileError> {
        for table in self.tables.iter().filter(|table| tables.contains(table.name)) {
            let Some((guard_table, guard_column)) = table.guard else { continue };
            if !reads.iter().any(|(table, column)| table == guard_table && column == guard_column) {
                return Err(bad(format!(
                    "{} is empty when it could not be read: join {guard_table} and let `{guard_column}` (NULL when unread) decide",
                    table.name
                )));
            }
        }
        Ok(())
    }

    /// The tables that a statement reads, if it is one that only reads.
    ///
    /// # Errors
    /// What SQLite says to the statement.
    pub fn tables_of(&self, sql: &str) -> rusqlite::Result<BTreeSet<String>> {
        if growth::is_endless(sql) {
            let too_big = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_TOOBIG);
            return Err(rusqlite::Error::SqliteFailure(too_big, Some(ENDLESS.to_owned())));
        }
        self.connection.prepare(sql)?;
        self.tables_read(sql.trim().trim_end_matches(';'))
    }

    /// The tables whose pages the compiled statement opens. Complete where the authorizer's list of reads is not.
    fn tables_read(&self, sql: &str) -> rusqlite::Result<BTreeSet<String>> {
        let mut names = std::collections::HashMap::new();
        let mut schema = self.connection.prepare("select rootpage, tbl_name from sqlite_schema where rootpage > 0")?;
        let mut rows = schema.query([])?;
        while let Some(row) = rows.next()? {
            names.insert(row.get::<_, i64>(0)?, row.get::<_, String>(1)?);
        }
        let mut explain = self.connection.prepare(&format!("explain {sql}"))?;
        let mut program = explain.raw_query();
        let mut tables = BTreeSet::new();
        while let Some(step) = program.next()? {
            if step.get::<_, String>("opcode")? == "OpenRead" && step.get::<_, i64>("p3")? == 0 {
                tables.extend(names.get(&step.get::<_, i64>("p2")?).cloned());
            }
        }
        // The ledger's own tables are always there and always whole.
        tables.retain(|name| self.tables.iter().any(|table| table.name == name));
        Ok(tables)
    }
}

/// Placeholders that every template may use.
pub const BUILT_IN: &[&str] = &["resource", "account", "region", "reason", "meaning"];

const ONLY_READS: &str = "a check is one SELECT: it reads the snapshot and nothing else";

const ENDLESS: &str = "its common tables (`with … as`) mention one another so often that SQLite could never write them out: \
    mention each of them once, or join them in the end";

fn allow(context: &AuthContext<'_>, reads: &Mutex<Vec<(String, String)>>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Read { table_name, column_name } => {
            reads.lock().unwrap_or_else(PoisonError::into_inner).push((table_name.to_owned(), column_name.to_owned()));
            Authorization::Allow
        }
        AuthAction::Function { function_name } if function_name != "load_extension" => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn sql_error(check: &Check, error: &rusqlite::Error) -> FileError {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, sql, .. } => {
            // The text that SQLite was given is the file from some byte on, or the bare SELECT after `explain `.
            let start = check.sql.find(sql.as_str()).unwrap_or(0);
            let offset = usize::try_from(*offset).unwrap_or(0);
            check.error(check.line_of(start + offset), msg.clone())
        }
        other => check.error(check.line_of(check.sql.find("*/").unwrap_or(0)), other.to_string()),
    }
}

/// The first `USING (` or `NATURAL` outside of comments and quotes.
fn forbidden_join(sql: &str) -> Option<(usize, &'static str)> {
    let bare = without_comments_and_texts(sql);
    let lower = bare.to_ascii_lowercase();
    let is_word = |at: usize, length: usize| {
        let byte = |i: usize| lower.as_bytes().get(i).copied().unwrap_or(b' ');
        let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        (at == 0 || !is_inside(byte(at - 1))) && !is_inside(byte(at + length))
    };
    let find = |word: &'static str| lower.match_indices(word).find(|(at, _)| is_word(*at, word.len())).map(|(at, _)| at);
    find("natural").map(|at| (at, "NATURAL")).or_else(|| find("using").map(|at| (at, "USING")))
}

/// The statement with comments and quoted texts blanked, byte for byte.
fn without_comments_and_texts(sql: &str) -> String {
    let bytes = sql.as_bytes();
    let mut out = bytes.to_vec();
    let mut i = 0;
    while i < bytes.len() {
        let end = match &bytes[i..] {
            [b'/', b'*', ..] => sql[i + 2..].find("*/").map_or(bytes.len(), |end| i + end + 4),
            [b'-', b'-', ..] => sql[i..].find('\n').map_or(bytes.len(), |end| i + end),
            [b'[', rest @ ..] => rest.iter().position(|byte| *byte == b']').map_or(bytes.len(), |end| i + end + 2),
            [quote @ (b'\'' | b'"' | b'`'), rest @ ..] => rest.iter().position(|byte| byte == quote).map_or(bytes.len(), |end| i + end + 2),
            _ => {
                i += 1;
                continue;
            }
        };
        out[i..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        i = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::forbidden_join;

    #[test]
    fn a_join_by_accident_is_seen_whatever_is_quoted_before_it() {
        for before in ["[it's]", "`it's`", "\"it's\"", "'[`\"'", "/*/ ' */ 1", "1 -- '\n", "''''"] {
            let sql = format!("select {before} from a natural join b");
            assert_eq!(forbidden_join(&sql), Some((sql.find("natural").unwrap(), "NATURAL")), "{sql}");
        }
        for sql in ["select [natural] from a", "select `using` from a", "select 1 /*/ natural */", "select unnatural, using_it from a"] {
            assert_eq!(forbidden_join(sql), None, "{sql}");
        }
    }
}
