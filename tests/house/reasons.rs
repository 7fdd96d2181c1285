//! The reason codes of the decision tables: each is given by a check, whose proof proves it, or excused in `checks/README.md`.

use std::collections::BTreeSet;

use driftlead::check::shipped;

use super::source::{hold, read};

/// Codes by topic, as `topic: code code …`.
const CODES: &str = include_str!("reasons.txt");

#[test]
fn every_code_of_the_decision_tables_is_given_or_excused() {
    let given: BTreeSet<String> =
        shipped().expect("the shipped checks").into_iter().flat_map(|check| check.card.reasons.into_keys()).collect();
    let page = read("checks/README.md");
    let excused: BTreeSet<(&str, &str)> = page.lines().filter_map(excuse).collect();
    let mut wrong = Vec::new();
    let mut codes = BTreeSet::new();
    for line in CODES.lines().filter(|line| !line.starts_with('#')) {
        let (topic, listed) = line.split_once(": ").unwrap_or_else(|| panic!("`{line}` is not `topic: codes`"));
        codes.extend(listed.split(' ').map(|code| (topic, code)));
    }
    for (topic, code) in &codes {
        if !given.contains(*code) && !excused.contains(&(*topic, *code)) {
            wrong.push(format!("topic {topic}: {code}"));
        }
    }
    let strange = excused.iter().filter(|one| !codes.contains(*one));
    wrong.extend(strange.map(|(topic, code)| format!("checks/README.md excuses {code} of topic {topic}, which is no code")));
    hold("Give the code in a check and prove it, or say in checks/README.md why that cannot be.", &wrong);
}

/// A line of the table of excuses: ``| 3 | `handshake_accepted` | why |``.
fn excuse(line: &str) -> Option<(&str, &str)> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let (topic, code) = (cells.next()?, cells.next()?);
    let is_topic = topic.bytes().all(|byte| byte.is_ascii_digit());
    let code = code.strip_prefix('`')?.strip_suffix('`')?;
    (is_topic && cells.next().is_some_and(|why| why.len() > 10)).then_some((topic, code))
}
