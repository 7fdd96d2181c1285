//! Wanted rows: what a declaration says about rows of our tables, column by column, only where it has an opinion.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Map, Value};

use super::same::cell;
use super::shape;
use crate::change::Origin;
use crate::declared::{hole, is_hole, path};
use crate::inventory::kind::{Kind, Rows, Rule, Words};

/// What is wanted of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The value; parts of it may be holes.
    pub value: Value,
    /// The property or attribute that says so.
    pub property: String,
    /// SQL over `it` and `:wanted`: the column is compared only where it is true. '' for always.
    pub only: String,
    /// The column is a list of which this is one.
    pub is_among: bool,
}

/// A row that a declaration wants.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The table.
    pub table: String,
    /// The account in which it should be.
    pub account: String,
    /// The region in which it should be.
    pub region: String,
    /// By which columns it is found.
    pub id: BTreeMap<String, Value>,
    /// The columns on which there is an opinion.
    pub cells: BTreeMap<String, Cell>,
    /// Tags that may be there besides the wanted ones: those of the stack.
    pub other_tags: Map<String, Value>,
    /// It sets columns of a row that another resource declares.
    pub is_part: bool,
    /// It is told nothing of: it only keeps what it declares from being called undeclared.
    pub is_quiet: bool,
    /// It may be there and need not.
    pub is_optional: bool,
    /// SQL over `it`: true for what is still listed though it is gone.
    pub gone: String,
    /// It hangs on a row of this table that was not found; '' for none. Where all of that table was read it cannot be there either.
    pub lost_in: String,
    /// Where it was declared.
    pub origin: Origin,
}

/// A declaration of one resource, in its own words.
#[derive(Debug, Clone)]
pub struct Declaration<'d> {
    /// What kind of resource it is.
    pub kind: &'static Kind,
    /// In which words it is written.
    pub words: Words,
    /// Its properties or attributes.
    pub document: &'d Value,
    /// What the service calls it, where the words have that apart from the document.
    pub physical_id: Option<&'d str>,
    /// The account.
    pub account: &'d str,
    /// The region.
    pub region: &'d str,
    /// Tags that its stack gives to everything.
    pub other_tags: &'d Map<String, Value>,
    /// Where it was declared.
    pub origin: &'d Origin,
}

impl Declaration<'_> {
    /// The rows that it wants. `found` is the snapshot in which references are looked up.
    ///
    /// # Errors
    /// When the snapshot cannot be asked.
    pub fn rows(&self, found: &Connection) -> rusqlite::Result<Vec<Wanted>> {
        let kind = self.kind;
        let mut rows = Vec::new();
        if !self.is_meant() {
            return Ok(rows);
        }
        if !kind.id.is_empty() {
            let mut row = self.row(found, &kind.table, self.document, &kind.id, &kind.columns)?;
            row.is_part = kind.part;
            row.gone.clone_from(&kind.gone);
            rows.push(row);
        }
        for list in &kind.rows {
            let is_optional = list.optional || self.is_absent(&list.each);
            for item in self.items(&list.each) {
                let mut row = self.row(found, &list.table, &item, &list.id, &list.columns)?;
                row.cells.iter_mut().for_each(|(column, cell)| cell.property = self.in_list(list, column, &cell.property));
                rows.push(Wanted { is_optional, is_part: kind.part, ..row });
            }
        }
        Ok(rows)
    }

    /// Whether the kind is about this resource. Where that cannot be told it is: what names the row cannot be told then either.
    fn is_meant(&self) -> bool {
        let Some(when) = &self.kind.when else { return true };
        let paths = if self.words == Words::CloudFormation { &when.cf.0 } else { &when.tf.0 };
        let Some(value) = paths.iter().find_map(|path| self.at(path, self.document)) else { return false };
        let Some(text) = value.as_str() else { return is_hole(&value).is_some() };
        let fits = |pattern: &String| crate::glob::matcher(pattern).is_ok_and(|glob| glob.is_match(text));
        !text.is_empty() && (when.like.0.is_empty() || when.like.0.iter().any(fits)) && !when.unlike.0.iter().any(fits)
    }

    /// Whether a list is not declared, so that what AWS puts there stands for it.
    fn is_absent(&self, each: &Rule) -> bool {
        each.absent.is_some() && each.paths(self.words).iter().all(|path| self.at(path, self.document).is_none())
    }

    /// The property of an item, from the whole declaration down. What a shape calls its parts is nobody's property: then the list is.
    fn in_list(&self, list: &Rows, column: &str, property: &str) -> String {
        let (Some(each), Some(rule)) = (list.each.paths(self.words).first(), list.columns.get(column)) else { return property.to_owned() };
        match rule.paths(self.words).first() {
            Some(path) if rule.at.0.is_empty() && !path.starts_with('^') => format!("{each}[].{property}"),
            Some(_) if !rule.at.0.is_empty() => each.clone(),
            _ => property.to_owned(),
        }
    }

    fn items(&self, each: &Rule) -> Vec<Value> {
        let told = if each.is.is_none() && each.cf.0.is_empty() && each.tf.0.is_empty() {
            // The declaration itself is the one item; a shape may make several of it.
            let one = Value::Array(vec![self.document.clone()]);
            Some((each.shape.as_deref().map_or_else(|| one.clone(), |name| shape::shape(name, &one)), String::new()))
        } else {
            self.told(each, self.document)
        };
        match told {
            None => Vec::new(),
            Some((Value::Array(items), _)) => items,
            // What one list would hold, nobody knows: one row that cannot be told stands for it.
            Some((one, _)) => vec![one],
        }
    }

    fn row(
        &self,
        found: &Connection,
        table: &str,
        item: &Value,
        id: &BTreeMap<String, Rule>,
        columns: &BTreeMap<String, Rule>,
    ) -> rusqlite::Result<Wanted> {
        let mut row = Wanted {
            table: table.to_owned(),
            account: self.account.to_owned(),
            region: self.region.to_owned(),
            id: BTreeMap::new(),
            cells: BTreeMap::new(),
            other_tags: self.other_tags.clone(),
            is_part: false,
            is_quiet: false,
            is_optional: false,
            gone: String::new(),
            lost_in: String::new(),
            origin: self.origin.clone(),
        };
        for (column, rule) in id {
            let told = self.value(found, rule, item)?;
            let is_open = || told.as_ref().is_some_and(|(value, _)| is_hole(value).is_some());
            if let Some([table, ..]) = &rule.via
                && is_open()
                && self.told(rule, item).is_some_and(|(value, _)| value.is_string())
            {
                row.lost_in.clone_from(table);
            }
            row.id.insert(column.clone(), told.map_or_else(|| hole("it is not declared which"), |(value, _)| value));
        }
        for (column, rule) in columns {
            if let Some((value, property)) = self.value(found, rule, item)? {
                let cell = Cell { value, property, only: rule.only.clone(), is_among: rule.among };
                row.cells.insert(column.clone(), cell);
            }
        }
        Ok(row)
    }

    fn value(&self, found: &Connection, rule: &Rule, item: &Value) -> rusqlite::Result<Option<(Value, String)>> {
        let Some((value, property)) = self.told(rule, item) else { return Ok(None) };
        let value = match self.physical_id.filter(|_| value.as_str() == Some(shape::ITSELF)) {
            Some(id) => id.into(),
            None => value,
        };
        let value = match &rule.via {
            Some([table, column, result]) => self.look_up(found, table, column, result, value)?,
            None => value,
        };
        Ok(Some((value, property)))
    }

    /// What the document says, in the form of the column, and which property says it.
    fn told(&self, rule: &Rule, item: &Value) -> Option<(Value, String)> {
        let paths = rule.paths(self.words);
        if let Some(value) = &rule.is {
            return Some((value.clone(), paths.first().map_or_else(String::new, String::clone)));
        }
        // Of several, Terraform writes all and leaves those empty that are not meant.
        let is_meant = |value: &Value| match value {
            Value::String(text) => !text.is_empty() || (paths.len() == 1 && !rule.skip_empty),
            Value::Array(items) => !items.is_empty() || !rule.skip_empty,
            Value::Object(members) => !members.is_empty() || !rule.skip_empty,
            _ => true,
        };
        let first = paths.iter().find_map(|path| Some((self.at(path, item).filter(is_meant)?, path)));
        let (value, path) = match first {
            Some(told) => told,
            None => (self.default(rule, item)?, paths.first()?),
        };
        // Where a shape looks at all of it, what it keeps is what it is about.
        let path = rule.keep.first().filter(|_| path == ".").unwrap_or(path);
        let property = path.trim_start_matches(['^', '.', '@']).to_owned();
        if is_hole(&value).is_some() {
            return Some((value, property));
        }
        let value = translate(rule, value);
        let value = match &rule.shape {
            Some(name) => shape::shape(name, &value),
            None => value,
        };
        (!value.is_null()).then_some((value, property))
    }

    /// What AWS takes for what is not declared.
    fn default(&self, rule: &Rule, item: &Value) -> Option<Value> {
        let comes_from_elsewhere = |path: &String| path::get(self.document, path).is_some();
        if rule.unless.0.iter().any(comes_from_elsewhere) {
            return None;
        }
        let is_around = |path: &String| around(path).and_then(|outer| self.at(outer, item)).is_some();
        let within = || rule.absent_within.clone().filter(|_| rule.paths(self.words).iter().any(is_around));
        rule.absent.clone().or_else(within)
    }

    fn at(&self, path: &str, item: &Value) -> Option<Value> {
        let (document, path) = match path.strip_prefix('^') {
            Some(outer) => (self.document, outer),
            None => (item, path),
        };
        let value = match path {
            "@" => Some(self.physical_id.filter(|id| !id.is_empty()).map_or_else(|| hole("it is not deployed"), Value::from)),
            "@account" => Some(self.account.into()),
            "@region" if self.region.is_empty() => Some(hole("it is not said in which region")),
            "@region" => Some(self.region.into()),
            "." => Some(document.clone()),
            _ if is_hole(document).is_some() => Some(document.clone()),
            _ => path::get(document, path),
        };
        // Terraform writes null for what is not set.
        value.filter(|value| !value.is_null())
    }

    /// The row that a reference names, by the column that the comparison needs.
    fn look_up(&self, found: &Connection, table: &str, column: &str, result: &str, value: Value) -> rusqlite::Result<Value> {
        let Some(text) = value.as_str() else { return Ok(value) };
        if text.starts_with("arn:") && result == "arn" {
            return Ok(value);
        }
        let found = one_of(found, table, (column, text), &format!("it.\"{result}\""), (self.account, self.region))?;
        Ok(found.unwrap_or_else(|why| hole(&format!("{text} {why} in {table}"))))
    }
}

/// A column, or SQL over `it`, of the one row that a name means in a place: of several, those in that region. `Err` tells why nobody knows which it is.
///
/// # Errors
/// When the snapshot cannot be asked.
pub(super) fn one_of(
    found: &Connection,
    table: &str,
    (column, name): (&str, &str),
    expression: &str,
    (account, region): (&str, &str),
) -> rusqlite::Result<Result<Value, String>> {
    let sql = format!(
        "select it.region, {expression} from {table} as it where it.\"{column}\" = ?1 and it.account_id = ?2 order by it.region <> ?3"
    );
    let mut statement = match found.prepare_cached(&sql) {
        Err(error) if error.to_string().contains("no such column") => return Ok(Err("was not kept by an older driftlead".to_owned())),
        statement => statement?,
    };
    let mut rows = statement.query([name, account, region])?;
    let mut known: Option<(bool, Value)> = None;
    while let Some(row) = rows.next()? {
        let is_here = row.get_ref(0)?.as_str().is_ok_and(|place| place == region);
        let told = row.get_ref(1)?;
        // A list or a map is one; a text that happens to be a number stays a text.
        let is_json = told.as_str().is_ok_and(|text| text.starts_with(['[', '{']));
        let kind = if is_json { crate::inventory::Kind::Json } else { crate::inventory::Kind::Text };
        let Some(value) = cell(kind, told) else { return Ok(Err("was not read".to_owned())) };
        match &known {
            // What is elsewhere has the same name by chance.
            Some((true, _)) if !is_here => break,
            Some((_, other)) if *other != value => return Ok(Err("is not the only one of its name".to_owned())),
            _ => known = Some((is_here, value)),
        }
    }
    Ok(known.map(|(_, value)| value).ok_or_else(|| "was not found".to_owned()))
}

/// What a path leads through: `Lock` of `Lock.Mode`, `lock[0]` of `lock[0].mode`.
fn around(path: &str) -> Option<&str> {
    path.rfind('.').map(|dot| &path[..dot])
}

fn translate(rule: &Rule, value: Value) -> Value {
    match &value {
        Value::String(word) => rule.words.get(word.as_str()).cloned().unwrap_or(value),
        Value::Bool(switch) => rule.words.get(if *switch { "true" } else { "false" }).cloned().unwrap_or(value),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inventory::kind::parse;

    const RULES: &str = r#"
        [[kind]]
        table = "group"
        cloudformation = "Group"
        when = { cf = "@", tf = "id", like = "sg-*" }
        id.group_id = { cf = "@", tf = "id" }
        columns.name = { cf = "Name", tf = "name", skip_empty = true }
        columns.region = { cf = "@region" }
        columns.values = { cf = ".", as = "record_values", keep = ["ResourceRecords"] }
        [[kind.rows]]
        table = "rule"
        each = { cf = "Egress", tf = "egress", absent = [{ Port = 1 }] }
        id.group_id = { cf = "^@", tf = "^id" }
        id.port = { cf = "Port" }
    "#;

    fn rows(physical_id: &str, document: &Value) -> Vec<Wanted> {
        let kinds: &'static [Kind] = Vec::leak(parse(RULES).unwrap());
        let declaration = Declaration {
            kind: &kinds[0],
            words: Words::CloudFormation,
            document,
            physical_id: Some(physical_id),
            account: "1",
            region: "eu-west-1",
            other_tags: &Map::new(),
            origin: &Origin::default(),
        };
        declaration.rows(&Connection::open_in_memory().unwrap()).unwrap()
    }

    #[test]
    fn a_kind_is_about_what_its_condition_says() {
        assert_eq!(rows("sg-1", &json!({"Egress": []})).len(), 1);
        assert_eq!(rows("by-name", &json!({"Egress": []})).len(), 0);
    }

    #[test]
    fn what_aws_puts_there_need_not_be_there() {
        let optional = |document: Value| -> Vec<bool> { rows("sg-1", &document).iter().map(|row| row.is_optional).collect() };
        assert_eq!(optional(json!({})), [false, true]);
        assert_eq!(optional(json!({"Egress": [{"Port": 2}, {"Port": 3}]})), [false, false, false]);
    }

    #[test]
    fn what_is_empty_can_say_nothing() {
        let cells = |document: Value| rows("sg-1", &document).remove(0).cells;
        assert!(!cells(json!({"Name": ""})).contains_key("name"));
        let told = cells(json!({"Name": "web", "Type": "A", "ResourceRecords": ["192.0.2.1"]}));
        assert_eq!(told["name"].value, "web");
        assert_eq!(told["region"].value, "eu-west-1");
        assert_eq!((&told["values"].value, told["values"].property.as_str()), (&json!(["192.0.2.1"]), "ResourceRecords"));
        // A shape that gives nothing has no opinion.
        assert!(!cells(json!({"Type": "TXT", "ResourceRecords": ["hunter2"]})).contains_key("values"));
    }
}
