//! WHAT MUST BE READ: from checks to the tables that they read, to the readers that fill them, to the calls that these make.
//!
//! The plan is made before the first call, so that it can be printed, and so that a spot check makes only the calls that it needs.

mod forecast;

use std::collections::BTreeSet;

pub use forecast::{Forecast, Like};

use crate::aws::{Call, Reader, Scope};
use crate::check::Vetted;
use crate::services;
use crate::services::account::{account, region};

/// The readers of a run, each after those that it needs.
#[derive(Debug, Clone)]
pub struct Plan {
    readers: Vec<&'static Reader>,
}

impl Plan {
    /// Readers that run before all others, whatever is asked.
    pub const FIRST: [&'static Reader; 2] = [account::READER, region::READER];

    /// Everything.
    pub fn everything() -> Self {
        Self::closure(services::readers())
    }

    /// What these checks need.
    pub fn for_checks<'v>(vetted: impl IntoIterator<Item = &'v Vetted>) -> Self {
        Self::for_tables(vetted.into_iter().flat_map(|vetted| &vetted.tables).map(String::as_str))
    }

    /// What these tables need.
    pub fn for_tables<'t>(tables: impl IntoIterator<Item = &'t str>) -> Self {
        let tables: BTreeSet<&str> = tables.into_iter().collect();
        Self::closure(tables.into_iter().filter_map(services::reader_of))
    }

    fn closure(wanted: impl IntoIterator<Item = &'static Reader>) -> Self {
        let mut plan = Self { readers: Vec::new() };
        for reader in wanted {
            plan.add(reader);
        }
        plan
    }

    fn add(&mut self, reader: &'static Reader) {
        let has = |plan: &Self| plan.readers.iter().any(|planned| planned.name == reader.name);
        if has(self) || Self::FIRST.iter().any(|first| first.name == reader.name) {
            return;
        }
        for needed in Self::needs(reader) {
            self.add(needed);
        }
        // A reader that needs itself would be added by its own needs; the tests of the house forbid it.
        if !has(self) {
            self.readers.push(reader);
        }
    }

    /// The readers that must have run before one.
    pub fn needs(reader: &Reader) -> Vec<&'static Reader> {
        let mut needs: Vec<&'static Reader> = reader.needs.iter().filter_map(|table| services::reader_of(table.name)).collect();
        needs.dedup_by_key(|needed| needed.name);
        needs
    }

    /// The readers after [`Plan::FIRST`], each after those that it needs.
    pub fn readers(&self) -> &[&'static Reader] {
        &self.readers
    }

    /// All readers, the first ones too.
    pub fn all(&self) -> impl Iterator<Item = &'static Reader> {
        Self::FIRST.into_iter().chain(self.readers.iter().copied())
    }

    /// The tables that will be filled.
    pub fn tables(&self) -> Vec<&'static str> {
        let mut tables: Vec<_> = self.all().flat_map(|reader| reader.tables).map(|table| table.name).collect();
        tables.sort_unstable();
        tables
    }

    /// The permissions that it needs, sorted.
    pub fn permissions(&self) -> BTreeSet<&'static str> {
        self.all().flat_map(|reader| reader.calls).map(|call| call.permission).collect()
    }

    /// What will be asked, and how often, in the order of the plan.
    pub fn steps(&self) -> Vec<Step> {
        let step = |reader: &'static Reader| {
            let once = reader.needs.is_empty();
            let step = move |(i, call): (usize, &&'static Call)| Step {
                reader,
                call,
                // A reader's first call lists; the others ask about what was listed.
                per_item: i > 0 || !once,
            };
            reader.calls.iter().enumerate().map(step).collect::<Vec<_>>()
        };
        self.all().flat_map(step).collect()
    }
}

/// A call of the plan.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// The reader that makes it.
    pub reader: &'static Reader,
    /// The call.
    pub call: &'static Call,
    /// Whether it is made for every item that was found, not once a place.
    pub per_item: bool,
}

impl Step {
    /// Where and how often, in words.
    pub fn how_often(&self) -> String {
        let place = match self.reader.scope {
            Scope::Global => "once an account",
            Scope::Regional => "in every region",
        };
        match (self.per_item, self.reader.needs.first()) {
            (false, _) => place.to_owned(),
            (true, Some(table)) => format!("{place}, for rows of {}", table.name),
            (true, None) => format!("{place}, or for each item there"),
        }
    }
}
