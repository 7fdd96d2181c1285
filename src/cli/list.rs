//! `list`: what there is to ask, and of what.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{Checks, Exit, Global};
use crate::inventory::table::one_line;
use crate::report::print_rows;
use crate::services;

/// List checks, tables, services or frameworks
#[derive(Debug, Args)]
pub struct List {
    /// What to list
    what: What,
    #[command(flatten)]
    checks: Checks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Checks with their severity, leg and family
    Checks,
    /// Tables and views
    Tables,
    /// Services that are read
    Services,
    /// Frameworks, with how many controls have a check
    Frameworks,
}

impl List {
    /// Runs the command.
    pub fn run(&self, global: &Global) -> Result<Exit> {
        let style = global.style(0);
        let (heads, rows): (&[&str], Vec<Vec<String>>) = match self.what {
            // Five columns of a hundred checks do not fit a narrow terminal; `explain` tells the rest.
            What::Checks if style.is_bounded && style.width < 130 => {
                let three = |row: Vec<String>| [0, 1, 4].map(|i| row[i].clone()).to_vec();
                (&["id", "severity", "title"], self.list_checks()?.into_iter().map(three).collect())
            }
            What::Checks => (&["id", "severity", "leg", "family", "title"], self.list_checks()?),
            What::Tables => (&["table", "what"], tables()),
            What::Services => (&["service", "name", "tables"], list_services()),
            What::Frameworks => (&["framework", "controls", "checks"], self.list_frameworks()?),
        };
        print_rows(style, heads, &rows)?;
        Ok(Exit::Clean)
    }

    fn list_checks(&self) -> Result<Vec<Vec<String>>> {
        let row = |check: crate::check::Check| {
            let card = check.card;
            vec![check.id, card.severity.word().to_owned(), card.leg.word().to_owned(), card.family, card.title]
        };
        Ok(self.checks.all()?.into_iter().map(row).collect())
    }

    fn list_frameworks(&self) -> Result<Vec<Vec<String>>> {
        let mut frameworks: BTreeMap<String, (std::collections::BTreeSet<String>, usize)> = BTreeMap::new();
        for check in self.checks.all()? {
            for (name, controls) in check.card.frameworks {
                let entry = frameworks.entry(name).or_default();
                entry.0.extend(controls);
                entry.1 += 1;
            }
        }
        let row = |(name, (controls, checks)): (String, (std::collections::BTreeSet<String>, usize))| {
            vec![name, controls.into_iter().collect::<Vec<_>>().join(", "), checks.to_string()]
        };
        Ok(frameworks.into_iter().map(row).collect())
    }
}

fn tables() -> Vec<Vec<String>> {
    let first = |doc: &str| one_line(doc).split_once(". ").map_or_else(|| one_line(doc), |(first, _)| format!("{first}."));
    let mut rows: Vec<Vec<String>> = services::tables().into_iter().map(|table| vec![table.name.to_owned(), first(table.doc)]).collect();
    rows.extend(services::views().into_iter().map(|view| vec![view.name.to_owned(), first(&view.doc())]));
    rows.sort();
    rows
}

fn list_services() -> Vec<Vec<String>> {
    let row = |service: &&services::Service| {
        let tables = service.readers.iter().flat_map(|reader| reader.tables).map(|table| table.name);
        vec![service.name.to_owned(), service.title.to_owned(), tables.collect::<Vec<_>>().join(", ")]
    };
    services::ALL.iter().map(row).collect()
}
