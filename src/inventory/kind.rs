//! Kinds: how what a template or a state declares becomes rows of our tables.
//!
//! A kind is a stanza of `kinds.toml` in the folder of a service: a type of CloudFormation and of Terraform, the table whose rows it
//! declares, by which columns its row is found, and from which property or attribute each column comes. A column that is not named
//! is one on which no declaration has an opinion.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// In which words a declaration is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// CloudFormation's properties.
    CloudFormation,
    /// The attributes of Terraform's AWS provider.
    Terraform,
}

/// A kind of resource that can be declared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// The table whose rows it declares.
    pub table: String,
    /// Types of CloudFormation.
    #[serde(default)]
    pub cloudformation: OneOrMany,
    /// Types of Terraform's AWS provider.
    #[serde(default)]
    pub terraform: OneOrMany,
    /// It sets columns of a row that another resource declares (a bucket's policy), or ties two resources together.
    #[serde(default)]
    pub part: bool,
    /// Only of these resources it says something: the table holds no others (scalable targets of ECS), or another stanza is for them.
    #[serde(default)]
    pub when: Option<When>,
    /// What `Fn::GetAtt` tells: the attribute, and the column that holds it, or SQL in brackets over the row `it`. Only what cannot be
    /// changed belongs here: an attribute that somebody changed by hand would make a difference of each reference to it.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// SQL over the row `it`: true for what AWS still lists though it is gone (a terminated instance).
    #[serde(default)]
    pub gone: String,
    /// SQL over the row `it`: true for what AWS made and nobody declares (a service-linked role, the default VPC).
    #[serde(default)]
    pub aws_owned: String,
    /// By which columns the row is found.
    #[serde(default)]
    pub id: BTreeMap<String, Rule>,
    /// On which columns a declaration has an opinion.
    #[serde(default)]
    pub columns: BTreeMap<String, Rule>,
    /// Rows of other tables that it declares.
    #[serde(default)]
    pub rows: Vec<Rows>,
    /// Tables whose rows hang on this one and are all declared: any other is an addition. The value is SQL over `it` that says which
    /// of them anybody would declare at all (not the routes that AWS makes); '' for all.
    #[serde(default)]
    pub owns: BTreeMap<String, String>,
}

/// Which resources of its types a kind is about, by one of their values. What says nothing there is none of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Paths, as in a [`Rule`].
    #[serde(default)]
    pub cf: OneOrMany,
    /// Paths, as in a [`Rule`].
    #[serde(default)]
    pub tf: OneOrMany,
    /// Patterns (`sg-*`) of which one fits; none given: any value.
    #[serde(default)]
    pub like: OneOrMany,
    /// Patterns of which none fits.
    #[serde(default)]
    pub unlike: OneOrMany,
}

/// Rows of another table that a kind declares: one for each item of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The table.
    pub table: String,
    /// The list; `absent` is what AWS puts there where none is declared, which may be there and need not. Without paths the declaration itself is the one item.
    #[serde(default)]
    pub each: Rule,
    /// They may be there and need not: for a list that a state reads back, whoever put its items there.
    #[serde(default)]
    pub optional: bool,
    /// Properties of CloudFormation that the list's shape looks at, where its paths do not tell.
    #[serde(default)]
    pub properties: Vec<String>,
    /// By which columns a row is found. A path that begins with `^` is one of the whole declaration, others are the item's.
    pub id: BTreeMap<String, Rule>,
    /// On which columns a declaration has an opinion.
    #[serde(default)]
    pub columns: BTreeMap<String, Rule>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Path of CloudFormation's property; of several the first that is there. `@` is the physical id, `@account` and `@region` are
    /// the place, `.` is the item itself.
    #[serde(default)]
    pub cf: OneOrMany,
    /// Path of Terraform's attribute, likewise.
    #[serde(default)]
    pub tf: OneOrMany,
    /// Path in both kinds of words: for items that a shape has brought into one form.
    #[serde(default)]
    pub at: OneOrMany,
    /// Of what lies below CloudFormation's property, what may be stored of it (`[].Field`); nothing given: all.
    #[serde(default)]
    pub keep: Vec<String>,
    /// An empty text, list or map says nothing: Terraform writes them for what is not set, or what another resource sets.
    #[serde(default)]
    pub skip_empty: bool,
    /// The value, whatever is declared; the first path, if there is one, says which property is about it.
    #[serde(default)]
    pub is: Option<Value>,
    /// The value that AWS documents for what is not declared. Without it there is no opinion then.
    #[serde(default)]
    pub absent: Option<Value>,
    /// The same, only where what the path leads through is declared: of `Lock.Mode`, where there is a `Lock`.
    #[serde(default)]
    pub absent_within: Option<Value>,
    /// Properties with which what is not declared comes from elsewhere (a snapshot that is restored): then `absent` does not hold.
    #[serde(default)]
    pub unless: OneOrMany,
    /// SQL over the found row `it` and the declared value `:wanted`: the column is compared only where it is true. For what another
    /// setting puts out of force.
    #[serde(default)]
    pub only: String,
    /// The column is a list of which the value is one (a key's aliases); others may be there.
    #[serde(default)]
    pub among: bool,
    /// The declaration's words and ours, where they differ (`Enabled` and true).
    #[serde(default)]
    pub words: BTreeMap<String, Value>,
    /// The name of the shape that brings the value into the form of the column (`tags`, `names`); see `src/drift/shape`. Where it
    /// gives null there is no opinion.
    #[serde(default, rename = "as")]
    pub shape: Option<String>,
    /// `[table, column, result]`: the value is looked for in that column of that table, and the row's result stands in its place.
    #[serde(default)]
    pub via: Option<[String; 3]>,
}

/// One text or a list of them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "OneOrManyFile")]
pub struct OneOrMany(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrManyFile {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrManyFile> for OneOrMany {
    fn from(file: OneOrManyFile) -> Self {
        match file {
            OneOrManyFile::One(one) => Self(vec![one]),
            OneOrManyFile::Many(many) => Self(many),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "kind")]
    kinds: Vec<Kind>,
}

/// The kinds of a `kinds.toml`.
///
/// # Errors
/// What is wrong with the text, in words and with its place.
pub fn parse(text: &str) -> Result<Vec<Kind>, String> {
    toml::from_str::<File>(text).map(|file| file.kinds).map_err(|error| error.to_string())
}

impl Rule {
    /// The paths in these words.
    pub fn paths(&self, words: Words) -> &[String] {
        match words {
            _ if !self.at.0.is_empty() => &self.at.0,
            Words::CloudFormation => &self.cf.0,
            Words::Terraform => &self.tf.0,
        }
    }
}

impl Kind {
    /// The types in these words.
    pub fn types(&self, words: Words) -> &[String] {
        match words {
            Words::CloudFormation => &self.cloudformation.0,
            Words::Terraform => &self.terraform.0,
        }
    }

    /// Every rule, with the table and the column that it is for (`''` for lists of rows).
    pub fn rules(&self) -> Vec<(&str, &str, &Rule)> {
        let mut rules: Vec<(&str, &str, &Rule)> = Vec::new();
        rules.extend(self.id.iter().chain(&self.columns).map(|(column, rule)| (self.table.as_str(), column.as_str(), rule)));
        for rows in &self.rows {
            rules.push((&rows.table, "", &rows.each));
            rules.extend(rows.id.iter().chain(&rows.columns).map(|(column, rule)| (rows.table.as_str(), column.as_str(), rule)));
        }
        rules
    }

    /// Paths of CloudFormation's properties that a comparison needs, with whether only the names of a map are needed.
    pub fn properties(&self) -> Vec<(String, bool)> {
        let mut paths = Vec::new();
        let mut add = |path: &str, rule: &Rule| {
            let names_only = rule.shape.as_deref() == Some(NAMES);
            if path == "." || path.is_empty() {
                paths.extend(rule.keep.iter().map(|part| (each(part), names_only)));
                return;
            }
            if path.starts_with('@') {
                return;
            }
            if rule.keep.is_empty() {
                paths.push((each(path), names_only));
            }
            for part in &rule.keep {
                let dot = if part.starts_with('[') { "" } else { "." };
                paths.push((each(&format!("{path}{dot}{part}")), names_only));
            }
        };
        let whole = Rule::default();
        if let Some(when) = &self.when {
            when.cf.0.iter().for_each(|path| add(path, &whole));
        }
        for rule in self.id.values().chain(self.columns.values()) {
            rule.cf.0.iter().for_each(|path| add(path, rule));
        }
        for rows in &self.rows {
            rows.properties.iter().for_each(|path| add(path, &whole));
            if rows.each.shape.is_some() || !rows.each.keep.is_empty() {
                rows.each.cf.0.iter().for_each(|path| add(path, &rows.each));
            }
            for rule in rows.id.values().chain(rows.columns.values()) {
                for path in &rule.cf.0 {
                    match path.strip_prefix('^') {
                        Some(outer) => add(outer, rule),
                        // An item's path hangs below the list's.
                        None if rows.each.cf.0.is_empty() => add(path, rule),
                        None if path == "." && !rule.keep.is_empty() => {}
                        None => rows.each.cf.0.iter().for_each(|list| add(&below(list, path), rule)),
                    }
                }
            }
        }
        paths
    }
}

/// The shape that takes a map's names and leaves its values.
pub const NAMES: &str = "names";

/// Of a list all items are kept: `Certificates[0]` becomes `Certificates[]`.
fn each(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or("").to_owned();
    parts.fold(first, |path, part| match part.split_once(']') {
        Some((index, rest)) if index.bytes().all(|byte| byte.is_ascii_digit()) => format!("{path}[]{rest}"),
        _ => format!("{path}[{part}"),
    })
}

/// `Ingress` and `CidrIp` make `Ingress[].CidrIp`; `.` is the item itself.
fn below(list: &str, path: &str) -> String {
    let list = if list.ends_with("[]") { list.to_owned() } else { format!("{list}[]") };
    if path == "." { list } else { format!("{list}.{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = r#"
        [[kind]]
        table = "aws_vpc_security_group"
        cloudformation = "AWS::EC2::SecurityGroup"
        terraform = ["aws_security_group", "aws_default_security_group"]
        id.group_id = { cf = "@", tf = "id" }
        columns.tags = { cf = "Tags", tf = "tags_all", as = "tags", absent = {} }
        [[kind.rows]]
        table = "aws_vpc_security_group_rule"
        each = { cf = "SecurityGroupIngress", tf = "ingress" }
        id.group_id = { cf = "^@", tf = "^id" }
        id.cidr_ipv4 = { cf = "CidrIp", absent = "" }
    "#;

    #[test]
    fn a_stanza_tells_both_kinds_of_words() {
        let kind = &parse(GROUP).unwrap()[0];
        assert_eq!(kind.types(Words::CloudFormation), ["AWS::EC2::SecurityGroup"]);
        assert_eq!(kind.types(Words::Terraform).len(), 2);
        let properties: Vec<String> = kind.properties().into_iter().map(|(path, _)| path).collect();
        assert_eq!(properties, ["Tags", "SecurityGroupIngress[].CidrIp"]);
    }

    #[test]
    fn what_may_not_be_stored_is_not_named() {
        let text = r#"
            [[kind]]
            table = "x"
            when = { cf = "Type", unlike = "TXT" }
            id.arn = { cf = "@" }
            columns.region = { cf = "@region" }
            columns.types = { cf = "Actions", keep = ["[].Type", "[].Forward[0].Arn"] }
            columns.certificate = { cf = "Certificates[0].Arn" }
        "#;
        let properties: Vec<String> = parse(text).unwrap()[0].properties().into_iter().map(|(path, _)| path).collect();
        assert_eq!(properties, ["Type", "Certificates[].Arn", "Actions[].Type", "Actions[].Forward[].Arn"]);
    }

    #[test]
    fn a_word_that_is_none_is_told() {
        let error = parse("[[kind]]\ntable = 'x'\ncolums = {}").unwrap_err();
        assert!(error.contains("colums"), "{error}");
    }
}
