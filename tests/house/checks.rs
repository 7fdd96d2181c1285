//! The checks that driftlead ships: whole, proven, and plain SQL.

use std::collections::{BTreeMap, BTreeSet};

use driftlead::check::{self, Check, Vet, Vetted};
use driftlead::finding::Leg;
use driftlead::inventory::LEDGER_DDL;
use driftlead::services;

use super::source::{hold, tracked};
use super::tables::empty_snapshot;

/// Tables whose ARNs are the same in every account. What is shared from account to account has an `owner_id`.
const SAME_EVERYWHERE: &[&str] = &["aws_api_gateway_account_settings", "aws_availability_zone", "aws_ec2_instance_type"];

fn shipped() -> Vec<Check> {
    check::shipped().unwrap_or_else(|error| panic!("{error}"))
}

fn vetted() -> Vec<(Check, Vetted)> {
    let vet = Vet::new(services::tables(), &services::views(), LEDGER_DDL).expect("the tables are SQL");
    let vet_one = |check: Check| match vet.vet(&check) {
        Ok(vetted) => (check, vetted),
        Err(error) => panic!("{error}"),
    };
    shipped().into_iter().map(vet_one).collect()
}

#[test]
fn every_check_has_its_proof_and_a_good_id() {
    let files: BTreeSet<String> = tracked().into_iter().filter(|path| path.starts_with("checks/") && path != "checks/README.md").collect();
    let ids: BTreeSet<String> = shipped().into_iter().map(|check| check.id).collect();
    let mut wrong = Vec::new();
    for file in &files {
        let Some((id, other)) =
            file.strip_suffix(".test.toml").map(|id| (id, ".sql")).or(file.strip_suffix(".sql").map(|id| (id, ".test.toml")))
        else {
            wrong.push(format!("{file}: is neither a check (.sql) nor a proof (.test.toml)"));
            continue;
        };
        if !files.contains(&format!("{id}{other}")) {
            wrong.push(format!("{file}: there is no {id}{other}"));
        }
        let id = id.trim_start_matches("checks/");
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        match id.split_once('/') {
            Some((service, fault)) if services::ALL.iter().any(|known| known.name == service) && is_name(fault) => {}
            _ => wrong
                .push(format!("{file}: a check is checks/SERVICE/FAULT.sql, the service one of `driftlead list services`, in snake_case")),
        }
        if !ids.contains(id) {
            wrong.push(format!("{file}: is not compiled in; see build.rs"));
        }
    }
    hold("A check is two files, FAULT.sql and FAULT.test.toml.", &wrong);
}

#[test]
fn every_check_parses_and_vets() {
    assert!(!vetted().is_empty(), "driftlead ships no check");
}

#[test]
fn every_check_runs_in_any_sqlite_shell() {
    let connection = empty_snapshot();
    let mut wrong = Vec::new();
    for check in shipped() {
        let run = || -> rusqlite::Result<()> {
            let mut statement = connection.prepare(&check.sql)?;
            for (name, param) in &check.card.params {
                if let Some(index) = statement.parameter_index(&format!(":{name}"))? {
                    statement.raw_bind_parameter(index, param.default.to_sql())?;
                }
            }
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        };
        if let Err(error) = run() {
            wrong.push(format!("{}: {error}", check.path.display()));
        }
    }
    hold("A shipped check uses nothing but SQLite: put what it computes into a column or a view, not into a function of ours.", &wrong);
}

#[test]
fn every_check_says_what_why_and_what_to_do() {
    let mut wrong = Vec::new();
    for check in shipped() {
        let card = &check.card;
        let mut bad = |what: &str| wrong.push(format!("{}: {what}", check.path.display()));
        let texts = [("title", &card.title), ("why", &card.why), ("fix", &card.fix), ("message", &card.message), ("family", &card.family)];
        for (name, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
            bad(&format!("`{name}` is empty"));
        }
        if card.title.ends_with(['.', '!', '?']) || card.title.contains('\n') {
            bad("`title` is a few words, not a sentence");
        }
        if !card.family.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            bad("`family` is words joined by `-`");
        }
        let all = card.reasons.iter().chain(&card.fixes).chain(card.params.iter().map(|(name, param)| (name, &param.doc)));
        for (name, _) in all.filter(|(_, text)| text.trim().is_empty()) {
            bad(&format!("the text of `{name}` is empty"));
        }
        for reference in
            card.references.iter().filter(|reference| !reference.starts_with("https://") || reference.contains(char::is_whitespace))
        {
            bad(&format!("the reference `{reference}` is not https"));
        }
        for (framework, controls) in &card.frameworks {
            if controls.is_empty() || controls.iter().any(|control| control.trim().is_empty()) {
                bad(&format!("the framework {framework} has no control, or an empty one"));
            }
        }
    }
    hold("The front-matter of a check is what people read of it: fill it.", &wrong);
}

#[test]
fn a_check_of_what_several_accounts_see_says_whose_row_it_judged() {
    let has_owner = |name: &str| services::tables().iter().any(|table| table.name == name && table.column("owner_id").is_some());
    let is_shareable = |name: &str| has_owner(name) || SAME_EVERYWHERE.contains(&name);
    let gone = SAME_EVERYWHERE.iter().filter(|name| services::reader_of(name).is_none());
    assert_eq!(gone.count(), 0, "SAME_EVERYWHERE in tests/house/checks.rs names a table that does not exist");
    let wrong: Vec<String> = vetted()
        .into_iter()
        .filter(|(_, vetted)| is_shareable(&vetted.subject) && !vetted.names_account())
        .map(|(check, vetted)| format!("{}: rows of {}", check.path.display(), vetted.subject))
        .collect();
    hold("Two accounts can see one resource here: add the subject's `account_id` to the SELECT.", &wrong);
}

#[test]
fn the_legs_of_a_family_are_about_the_same_thing() {
    let mut families: BTreeMap<String, [Vec<(String, String)>; 2]> = BTreeMap::new();
    for (check, vetted) in vetted() {
        let leg = usize::from(check.card.leg == Leg::Working);
        families.entry(check.card.family.clone()).or_default()[leg].push((check.id.clone(), vetted.subject));
    }
    let mut wrong = Vec::new();
    for (family, [configured, working]) in &families {
        let meet = configured.iter().any(|(_, subject)| working.iter().any(|(_, other)| other == subject));
        if !configured.is_empty() && !working.is_empty() && !meet {
            wrong.push(format!("{family}: configured {configured:?}, working {working:?}"));
        }
    }
    hold(
        "A family joins its legs by resource: both must be about rows of one table, or `configured, not working` can never be said.",
        &wrong,
    );
}
