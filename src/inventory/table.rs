//! How a Rust struct becomes a table: its columns, their documentation, the DDL and the INSERT.
//!
//! A row is an ordinary struct with `#[apply(row!)]` above it. The doc comment of the struct documents the table, the doc comment
//! of a field documents its column, and both are required: they are what `driftlead explain`, the generated pages and the schema
//! inside every snapshot show. The type of a field says what SQLite stores, and whether it can be unread ([`Fact`]).

use rusqlite::types::Value;
use serde_json::Value as JsonValue;

use super::fact::Fact;
use super::nature::{Nature, Parent};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; `''` where AWS says that there is none.
    Text,
    /// A whole number.
    Integer,
    /// A floating-point number.
    Real,
    /// 0 or 1.
    Bool,
    /// RFC 3339 in UTC, to the second; `''` where AWS says that it never happened.
    Time,
    /// A list or a map as JSON text; `'[]'` or `'{}'` where AWS says that it is empty.
    Json,
}

impl Kind {
    /// SQLite's word for how the value is stored.
    pub fn sql_type(self) -> &'static str {
        match self {
            Self::Text | Self::Time | Self::Json => "text",
            Self::Integer | Self::Bool => "integer",
            Self::Real => "real",
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Real => "real",
            Self::Bool => "boolean",
            Self::Time => "time",
            Self::Json => "json",
        }
    }
}

/// One column of a table.
#[derive(Debug)]
pub struct Column {
    /// The name, as in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it can be NULL, that is: whether it can have stayed unread.
    pub can_be_unread: bool,
    /// What it means, in AWS's terms.
    pub doc: &'static str,
    /// How it changes: [`Nature::Setting`], [`Nature::Churn`] or [`Nature::Derived`].
    pub nature: Nature,
    /// Whether the order of its list means something. Other lists are sets.
    pub is_ordered: bool,
}

impl Column {
    /// What is to be known of its value besides its kind, for people: `churns`, `derived`, `ordered`.
    pub fn mark(&self) -> Option<&'static str> {
        self.nature.word().or(self.is_ordered.then_some("ordered"))
    }
}

/// A table: what one kind of row looks like.
#[derive(Debug)]
pub struct Table {
    /// The name, as in SQL.
    pub name: &'static str,
    /// What a row stands for, and which call tells it.
    pub doc: &'static str,
    /// The columns in their order; the first three are always `arn`, `account_id`, `region`.
    pub columns: &'static [Column],
    /// The columns that together name a row once within an account.
    pub key: &'static [&'static str],
    /// For rows that hang on an item of another table: that item's column which is NULL when these rows could not be read, as
    /// `(table, column)`. A check that reads this table must read the guard too, or a list that nobody could read would look empty.
    pub guard: Option<(&'static str, &'static str)>,
    /// What its rows hang on, if they are parts of something: the first of these whose row is there. Empty for what stands for itself.
    pub parents: &'static [Parent],
    /// How its rows come and go.
    pub nature: Nature,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// `create table` and its indexes, with the documentation as SQL comments.
    ///
    /// `lenient` leaves NOT NULL out: the proofs of the checks state only the columns that matter to them.
    pub fn ddl(&self, lenient: bool) -> String {
        let mut sql = format!("create table {} (\n", self.name);
        for (i, column) in self.columns.iter().enumerate() {
            let not_null = if column.can_be_unread || lenient { "" } else { " not null" };
            let comma = if i + 1 < self.columns.len() { "," } else { "" };
            let doc = one_line(column.doc);
            let mark = column.mark().map_or_else(String::new, |word| format!(" ({word})"));
            sql += &format!("  \"{}\" {}{not_null}{comma} -- {doc}{mark}\n", column.name, column.kind.sql_type());
        }
        sql += ") strict;\n";
        // Several accounts may see one resource (a shared subnet, a policy of AWS's): each keeps its own row of it.
        let account = if self.key.contains(&"account_id") { "" } else { ", account_id" };
        sql += &format!("create unique index {0}_key on {0} ({1}{account});\n", self.name, self.key.join(", "));
        if self.key[0] != "arn" {
            sql += &format!("create index {0}_arn on {0} (arn);\n", self.name);
        }
        sql
    }

    /// The INSERT that writes a row of this table.
    ///
    /// A list that moves while it is paged can tell an item twice; the later answer is the truer one, hence `or replace`.
    pub fn insert(&self) -> String {
        let marks = vec!["?"; self.columns.len()].join(", ");
        format!("insert or replace into {} values ({marks})", self.name)
    }
}

/// A documentation text without line breaks.
pub fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A struct that is a row of a table.
pub trait Row: Send + 'static {
    /// The table.
    const TABLE: &'static Table;

    /// The values in the order of the columns.
    fn cells(self) -> Vec<Value>;
}

/// A type that a column can have.
pub trait Cell {
    /// What the column holds.
    const KIND: Kind;
    /// Whether it can be unread.
    const CAN_BE_UNREAD: bool = false;

    /// The value for SQLite.
    fn cell(self) -> Value;
}

impl Cell for String {
    const KIND: Kind = Kind::Text;
    fn cell(self) -> Value {
        Value::Text(self)
    }
}

impl Cell for i64 {
    const KIND: Kind = Kind::Integer;
    fn cell(self) -> Value {
        Value::Integer(self)
    }
}

impl Cell for f64 {
    const KIND: Kind = Kind::Real;
    fn cell(self) -> Value {
        Value::Real(self)
    }
}

impl Cell for bool {
    const KIND: Kind = Kind::Bool;
    fn cell(self) -> Value {
        Value::Integer(i64::from(self))
    }
}

/// A moment: RFC 3339 in UTC, to the second, or `''` for "never".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(String);

impl Time {
    /// A moment by seconds since 1970.
    ///
    /// ```
    /// use driftlead::inventory::Time;
    /// assert_eq!(Time::from_unix(0).as_str(), "1970-01-01T00:00:00Z");
    /// ```
    pub fn from_unix(seconds: i64) -> Self {
        match jiff::Timestamp::from_second(seconds) {
            Ok(moment) => Self(moment.to_string()),
            // Outside of the years that a timestamp can name: the first or the last of them, never "never".
            Err(_) if seconds < 0 => Self(jiff::Timestamp::MIN.to_string()),
            Err(_) => Self(jiff::Timestamp::MAX.to_string()),
        }
    }

    /// A moment that a snapshot already holds as text.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The moment as seconds since 1970; `None` for "never".
    pub fn unix(&self) -> Option<i64> {
        self.0.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
    }

    /// What AWS says never happened.
    pub fn never() -> Self {
        Self(String::new())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Cell for Time {
    const KIND: Kind = Kind::Time;
    fn cell(self) -> Value {
        Value::Text(self.0)
    }
}

/// A list or a map, stored as JSON text.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(pub JsonValue);

impl Json {
    /// A list of texts, sorted: AWS does not promise an order, and a snapshot should not change when only the order does.
    pub fn set<S: Into<String>>(items: impl IntoIterator<Item = S>) -> Self {
        let mut items: Vec<String> = items.into_iter().map(Into::into).collect();
        items.sort();
        Self(items.into())
    }

    /// A map of tags.
    pub fn map<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let sorted: std::collections::BTreeMap<String, String> = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self(sorted.into_iter().map(|(key, value)| (key, JsonValue::String(value))).collect())
    }

    /// A map that AWS leaves out when it is empty.
    pub fn tags(map: Option<&std::collections::HashMap<String, String>>) -> Self {
        Self::map(map.into_iter().flatten())
    }
}

impl Cell for Json {
    const KIND: Kind = Kind::Json;
    fn cell(self) -> Value {
        Value::Text(self.0.to_string())
    }
}

impl<T: Cell> Cell for Fact<T> {
    const KIND: Kind = T::KIND;
    const CAN_BE_UNREAD: bool = true;
    fn cell(self) -> Value {
        match self {
            Fact::Known(value) => value.cell(),
            Fact::Unread => Value::Null,
        }
    }
}

/// Makes a struct a [`Row`]: `#[apply(row!)] #[table("aws_vpc", key(arn))] pub struct Vpc { … }`.
///
/// After the key may come, in this order:
///
/// - `guard("table", "column")`: the column of the parent that is NULL when these rows could not be read;
/// - `part_of("table", own = parents)`, once or more: what the rows hang on, and by which columns ([`Parent`]);
/// - `is(churn)`, `is(derived)`, `is(reference)`, `is(passing)` or `is(partial)`: how the rows come and go ([`Nature`]).
///
/// A field can have `#[is(churn)]`, `#[is(derived)]` or `#[is(ordered)]` after its documentation.
macro_rules! row {
    (
        $(#[doc = $doc:literal])+
        #[table(
            $name:literal, key($($key:ident),+)
            $(, guard($guard_table:literal, $guard_column:literal))?
            $(, part_of($parent:literal, $($own:ident = $theirs:ident),+))*
            $(, is($nature:ident))?
        )]
        pub struct $row:ident {
            $( $(#[doc = $column_doc:literal])+ $(#[is($mark:ident)])? pub $field:ident : $type:ty ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $row {
            $( $(#[doc = $column_doc])+ pub $field: $type, )+
        }

        impl $crate::inventory::Row for $row {
            const TABLE: &'static $crate::inventory::Table = &$crate::inventory::Table {
                name: $name,
                doc: concat!($($doc, "\n"),+),
                columns: &[$(
                    $crate::inventory::Column {
                        name: stringify!($field),
                        kind: <$type as $crate::inventory::Cell>::KIND,
                        can_be_unread: <$type as $crate::inventory::Cell>::CAN_BE_UNREAD,
                        doc: concat!($($column_doc),+),
                        nature: $crate::inventory::table::row!(@column $($mark)?),
                        is_ordered: $crate::inventory::table::row!(@ordered $($mark)?),
                    },
                )+],
                key: &[$(stringify!($key)),+],
                guard: $crate::inventory::table::row!(@guard $($guard_table, $guard_column)?),
                parents: &[$(
                    $crate::inventory::Parent { table: $parent, columns: &[$((stringify!($own), stringify!($theirs))),+] },
                )*],
                nature: $crate::inventory::table::row!(@table $($nature)?),
            };

            fn cells(self) -> Vec<$crate::inventory::Value> {
                vec![$($crate::inventory::Cell::cell(self.$field)),+]
            }
        }
    };
    (@guard) => { None };
    (@guard $table:literal, $column:literal) => { Some(($table, $column)) };
    (@ordered ordered) => { true };
    (@ordered $($other:ident)?) => { false };
    (@column ordered) => { $crate::inventory::Nature::Setting };
    (@column) => { $crate::inventory::Nature::Setting };
    (@column churn) => { $crate::inventory::Nature::Churn };
    (@column derived) => { $crate::inventory::Nature::Derived };
    (@table) => { $crate::inventory::Nature::Setting };
    (@table churn) => { $crate::inventory::Nature::Churn };
    (@table derived) => { $crate::inventory::Nature::Derived };
    (@table reference) => { $crate::inventory::Nature::Reference };
    (@table passing) => { $crate::inventory::Nature::Passing };
    (@table partial) => { $crate::inventory::Nature::Partial };
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;
    use macro_rules_attribute::apply;

    /// A thing.
    #[apply(row!)]
    #[table("aws_test_thing", key(arn), part_of("aws_test_box", region = region, arn = thing_arn), is(passing))]
    pub struct Thing {
        /// Its ARN.
        pub arn: String,
        /// Its account.
        pub account_id: String,
        /// Its region.
        pub region: String,
        /// Whether it is on.
        pub is_on: Fact<bool>,
        /// How often it was used.
        #[is(churn)]
        pub use_count: i64,
        /// Its steps.
        #[is(ordered)]
        pub steps: Json,
    }

    #[test]
    fn a_struct_becomes_ddl_with_its_documentation() {
        let ddl = Thing::TABLE.ddl(false);
        assert!(ddl.contains("\"arn\" text not null, -- Its ARN."), "{ddl}");
        assert!(ddl.contains("\"is_on\" integer, -- Whether it is on.\n"), "{ddl}");
        assert!(ddl.contains("\"use_count\" integer not null, -- How often it was used. (churns)\n"), "{ddl}");
        rusqlite::Connection::open_in_memory().unwrap().execute_batch(&ddl).unwrap();
    }

    #[test]
    fn unread_is_null_and_false_is_zero() {
        let thing =
            |is_on| Thing { arn: "a".into(), account_id: "1".into(), region: "r".into(), is_on, use_count: 1, steps: Json::set(["a"]) };
        assert_eq!(thing(Fact::Unread).cells()[3], Value::Null);
        assert_eq!(thing(Fact::Known(false)).cells()[3], Value::Integer(0));
    }

    #[test]
    fn marks_stand_beside_what_they_are_about() {
        let marks: Vec<Option<&str>> = Thing::TABLE.columns.iter().map(Column::mark).collect();
        assert_eq!(marks, [None, None, None, None, Some("churns"), Some("ordered")]);
        assert_eq!(Thing::TABLE.columns[5].nature, Nature::Setting);
        assert_eq!(Thing::TABLE.nature, Nature::Passing);
        assert_eq!(Thing::TABLE.parents, [Parent { table: "aws_test_box", columns: &[("region", "region"), ("arn", "thing_arn")] }]);
    }
}
