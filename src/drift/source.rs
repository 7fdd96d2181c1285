//! What a source hands in: declarations, and what it could not tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Connection;
use serde_json::{Map, Value};

use super::shelf::{self, Shelves};
use super::wanted::Declaration;
use crate::change::{Change, Kind as ChangeKind, Origin, Scope};
use crate::declared::holes;
use crate::inventory::Table;
use crate::inventory::kind::{Kind, Words};

/// Where wanted rows come from.
pub trait Source {
    /// Hands in what it declares.
    ///
    /// # Errors
    /// When it cannot be read at all; what is merely not understood is counted.
    fn declare(&self, desk: &mut Desk<'_>) -> anyhow::Result<()>;
}

/// Takes declarations in.
pub struct Desk<'s> {
    /// The snapshot that they will be compared with.
    pub found: &'s Connection,
    /// The wanted rows.
    pub shelves: Shelves,
    /// What was handed in, and how much of it can be compared.
    pub scope: Scope,
    /// Why some declarations are not known, by account and region (`''` for all of them): then nothing there can be called undeclared.
    pub unread: BTreeMap<(String, String), String>,
    /// What is handed in now is told nothing of: it only keeps what it declares from being called undeclared.
    pub is_quiet: bool,
    /// Stacks that a template on disk stands for, by their ARNs: their own templates have no say.
    pub stood_for: BTreeSet<String>,
    /// Changes that are known before anything is compared: what could not be read, what was never made.
    pub early: Vec<Change>,
    tables: HashMap<&'static str, &'static Table>,
    kinds: HashMap<(bool, &'static str), Vec<&'static Kind>>,
}

impl<'s> Desk<'s> {
    /// An empty desk beside a snapshot.
    ///
    /// # Errors
    /// When SQLite cannot make room.
    pub fn new(found: &'s Connection, tables: &[&'static Table], kinds: &'static [Kind]) -> rusqlite::Result<Self> {
        shelf::make(found)?;
        let mut by_type: HashMap<(bool, &str), Vec<&Kind>> = HashMap::new();
        for kind in kinds {
            for words in [Words::CloudFormation, Words::Terraform] {
                for name in kind.types(words) {
                    by_type.entry((words == Words::Terraform, name.as_str())).or_default().push(kind);
                }
            }
        }
        Ok(Self {
            found,
            shelves: Shelves::default(),
            scope: Scope::default(),
            unread: BTreeMap::new(),
            early: Vec::new(),
            is_quiet: false,
            stood_for: BTreeSet::new(),
            tables: tables.iter().map(|table| (table.name, *table)).collect(),
            kinds: by_type,
        })
    }

    /// The kinds that a type declares: several where one resource declares rows of several tables.
    pub fn kinds_of<'d>(&'d self, words: Words, type_name: &'d str) -> &'d [&'static Kind] {
        self.kinds.get(&(words == Words::Terraform, type_name)).map_or(&[], Vec::as_slice)
    }

    /// Takes in one resource.
    ///
    /// # Errors
    /// When the snapshot cannot be asked.
    pub fn take(&mut self, resource: &Resource<'_>) -> rusqlite::Result<()> {
        self.scope.declared += u64::from(!self.is_quiet);
        let kinds = self.kinds_of(resource.words, &resource.origin.type_name).to_vec();
        if kinds.is_empty() && !self.is_quiet {
            *self.scope.unsupported.entry(resource.origin.type_name.clone()).or_default() += 1;
        }
        for kind in kinds {
            let declaration = Declaration {
                kind,
                words: resource.words,
                document: resource.document,
                physical_id: resource.physical_id,
                account: resource.account,
                region: resource.region,
                other_tags: resource.other_tags,
                origin: resource.origin,
            };
            for mut row in declaration.rows(self.found)? {
                row.is_quiet = self.is_quiet;
                let Some(table) = self.tables.get(row.table.as_str()) else { continue };
                let placed = self.shelves.put(self.found, table, &row)?;
                if self.is_quiet {
                    continue;
                }
                for why in row.id.values().flat_map(|value| holes(value)).filter(|why| !why.is_empty()) {
                    *self.scope.unresolved.entry(why.to_owned()).or_default() += 1;
                }
                if let Err(why) = placed
                    && !row.is_part
                    && row.table == kind.table
                {
                    self.scope.remarks.push(format!("{} ({}) was not compared: {why}", row.origin.address, row.origin.type_name));
                }
            }
        }
        Ok(())
    }

    /// Notes that something that declares could not be read.
    pub fn unread(&mut self, account: &str, region: &str, table: &str, resource: &str, why: &str) {
        let place = (account.to_owned(), region.to_owned());
        self.unread.entry(place).or_insert_with(|| format!("not all declarations are known: {why}"));
        if self.is_quiet {
            return;
        }
        let change = Change { reason: why.to_owned(), ..blank(ChangeKind::Unknown, account, region, table, resource, None) };
        self.early.push(change.sealed());
    }
}

impl Desk<'_> {
    /// Notes a resource that its stack has not made: it is declared, and not there.
    pub fn not_deployed(&mut self, account: &str, region: &str, origin: &Origin) {
        if self.is_quiet {
            return;
        }
        let name = format!("{} of {}", origin.address, origin.name);
        let reason = "it is in the template and was never made".to_owned();
        let change = Change {
            reason,
            ..blank(ChangeKind::Missing, account, region, "aws_cloudformation_stack_resource", &name, Some(origin.clone()))
        };
        self.early.push(change.sealed());
    }
}

/// A change without its details.
pub(super) fn blank(kind: ChangeKind, account: &str, region: &str, table: &str, resource: &str, origin: Option<Origin>) -> Change {
    Change {
        kind,
        severity: kind.severity(),
        table: table.to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        resource: resource.to_owned(),
        key: BTreeMap::new(),
        columns: Vec::new(),
        declared: origin,
        reason: String::new(),
        verdicts: Vec::new(),
        who: None,
        ignored: String::new(),
        fingerprint: String::new(),
        row: 0,
    }
}

/// One declared resource.
#[derive(Debug, Clone)]
pub struct Resource<'r> {
    /// In which words.
    pub words: Words,
    /// Its properties or attributes.
    pub document: &'r Value,
    /// What the service calls it, where that is not in the document.
    pub physical_id: Option<&'r str>,
    /// The account.
    pub account: &'r str,
    /// The region.
    pub region: &'r str,
    /// Tags that everything of its unit gets.
    pub other_tags: &'r Map<String, Value>,
    /// Where it was declared.
    pub origin: &'r Origin,
}
