//! The frameworks that driftlead ships: whole, in order, in our words; and every requirement that a check names is one of them.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use driftlead::check;
use driftlead::finding::Asked;
use driftlead::framework::{self, Clause, Framework};

use super::source::hold;

/// Characters that a title may have.
const LONGEST_TITLE: usize = 120;

fn shipped() -> Vec<Framework> {
    framework::shipped().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_framework_says_where_it_is_from() {
    let mut wrong = Vec::new();
    for framework in shipped() {
        let mut bad = |what: String| wrong.push(format!("{}: {what}", framework.path.display()));
        if framework.path.file_stem().is_none_or(|stem| stem != framework.id.as_str()) {
            bad(format!("is called otherwise than its id {}", framework.id));
        }
        let texts = [("version", &framework.version), ("publisher", &framework.publisher), ("covers", &framework.covers)];
        for (name, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
            bad(format!("`{name}` is empty"));
        }
        for (name, page) in framework.sources.iter().filter(|(_, page)| !page.starts_with("https://")) {
            bad(format!("the source {name} is {page}, which is not https"));
        }
        let named: BTreeSet<&String> = framework.clauses.iter().flat_map(|clause| &clause.sources).collect();
        if named.is_empty() {
            bad("no requirement names its source".to_owned());
        }
        for clause in &framework.clauses {
            if clause.sources.is_empty() || clause.section.is_empty() {
                bad(format!("{} has no source or no section", clause.id));
            }
            if clause.title.chars().count() > LONGEST_TITLE || clause.title.ends_with('.') {
                bad(format!("the title of {} is more than a few words", clause.id));
            }
            // Which checks are behind it, the checks say.
            if !clause.checks.is_empty() {
                bad(format!("{} lists checks: name it in their front-matter", clause.id));
            }
        }
    }
    hold("A framework's file says what it covers and where each requirement was found, in a few words of our own.", &wrong);
}

#[test]
fn requirements_stand_in_order() {
    let mut wrong = Vec::new();
    for framework in shipped() {
        let mut sections: BTreeSet<&str> = BTreeSet::new();
        for section in framework.clauses.chunk_by(|one, other| one.section == other.section) {
            if !sections.insert(&section[0].section) {
                wrong.push(format!("{}: the section {} is in two parts", framework.id, section[0].section));
            }
            let in_order = |pair: &&[Clause]| natural(&pair[0].id, &pair[1].id) != Ordering::Less;
            wrong.extend(section.windows(2).filter(in_order).map(|pair| format!("{}: {} before {}", framework.id, pair[0].id, pair[1].id)));
        }
    }
    hold("Requirements stand in the framework's own order.", &wrong);
}

/// As people count: 1.9 before 1.10, AC-2 before AC-2(1).
fn natural(one: &str, other: &str) -> Ordering {
    let parts = |id: &str| -> Vec<(bool, u64, String)> {
        let bytes = id.as_bytes();
        let runs = bytes.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
        let part = |run: &[u8]| {
            let text = String::from_utf8_lossy(run).into_owned();
            text.parse().map_or_else(|_| (false, 0, text.clone()), |number| (true, number, String::new()))
        };
        runs.map(part).collect()
    };
    parts(one).cmp(&parts(other))
}

#[test]
fn every_requirement_that_a_check_names_exists() {
    let frameworks = shipped();
    let checks: Vec<Asked> = check::shipped().unwrap_or_else(|error| panic!("{error}")).iter().map(check::Check::asked).collect();
    let mut wrong = Vec::new();
    for check in &checks {
        for (name, ids) in &check.frameworks {
            let framework = frameworks.iter().find(|framework| framework.id == *name);
            if framework.is_none() {
                wrong.push(format!("{}: {name} is no file of frameworks/", check.id));
            }
            let unknown = ids.iter().filter(|id| framework.is_some_and(|framework| framework.clause(id).is_none()));
            wrong.extend(unknown.map(|id| format!("{}: {name} has no {id}", check.id)));
            let twice = ids.iter().enumerate().filter(|(i, id)| ids[..*i].contains(id));
            wrong.extend(twice.map(|(_, id)| format!("{}: {name} {id} is there twice", check.id)));
        }
    }
    hold("A check names requirements of frameworks/*.toml: an id that is nowhere verified is none.", &wrong);
    for framework in frameworks {
        let id = framework.id.clone();
        let mapped = framework.map(&checks).unwrap_or_else(|error| panic!("{error}"));
        assert!(!mapped.checks().is_empty(), "{id}: no check is behind any requirement");
    }
}
